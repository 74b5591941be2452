/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include "task/tasks.h"

/* Private to ptrace(2): its requests. All results are 0 or negative errno. */

i64 trace_me(void);
i64 trace_attach(u32 tid, u32 options, bool seize);

/*
 * The stopped tracee @tid of the running task, with a reference; it stays as it is until
 * trace_thaw(), which gives the reference back. NO_PROCESS: there is no such tracee, or it runs.
 */
helix_status trace_freeze(u32 tid, struct task **task_out);
void trace_thaw(struct task *task);

/* A tracee, stopped or not, with a reference; NULL: there is none. */
struct task *trace_running(u32 tid);

/* @task, frozen, goes on without a tracer; the freeze is over, and its reference still to be put.
 */
i64 trace_detach(struct task *task, int signal);

/* inspect.c: requests that look at a frozen tracee. */
i64 trace_peek(struct task *task, u64 address, u64 data);
i64 trace_poke(struct task *task, u64 address, u64 word);
i64 trace_peek_user(struct task *task, u64 offset, u64 data);
i64 trace_poke_user(struct task *task, u64 offset, u64 word);
i64 trace_get_info(struct task *task, u64 data);
i64 trace_set_info(struct task *task, u64 data);
i64 trace_peek_info(struct task *task, u64 arguments, u64 data);
i64 trace_get_mask(struct task *task, u64 bytes, u64 data);
i64 trace_set_mask(struct task *task, u64 bytes, u64 data);
i64 trace_get_call(struct task *task, u64 bytes, u64 data);
i64 trace_get_rseq(struct task *task, u64 bytes, u64 data);

/* registers.c: whole sets, and parts of them by struct iovec. */
i64 trace_registers(struct task *task, u32 type, u64 vector, bool set);
i64 trace_registers_whole(struct task *task, u32 type, u64 data, bool set);
