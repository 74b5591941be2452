/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/trap.h>

/* Entered from trap_entry.S, interrupts off. */
void hal_exception(struct hal_frame *frame, u64 esr, u64 far);
void hal_exception_interrupt(struct hal_frame *frame);
void hal_exception_error(struct hal_frame *frame, u64 esr);
void hal_exception_overflow(struct hal_frame *frame, u64 esr);
[[noreturn]] void hal_exception_never(u64 vector, u64 esr, u64 pc);
extern const u8 hal_vectors[];
