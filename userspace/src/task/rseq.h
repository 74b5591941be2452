/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/userspace/task.h>

/* Restartable sequences of the running task, at its user boundary. A handler is about to interrupt
 * it: errors mean that its area is wrong, which is a SIGSEGV. */
helix_status rseq_interrupt(struct hal_frame *frame);

/* It was switched out since it was last in user mode (HAL_WORK_RSEQ). */
void rseq_return(struct hal_frame *frame);

/* A new task with a memory of its own has its parent's area; one whose program ends has none. */
void rseq_inherit(struct task *child);
void rseq_forget(struct task *task);
