/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/trap.h>

/* The upper layers' entries, copied: the system-call entry calls through it directly. */
extern struct hal_handlers hal_handlers_table;

/* From the architecture's entries, interrupts off. A fault ends resumed, landed, or not at all. */
void hal_trap_fault(struct hal_frame *frame, const struct hal_fault *fault);
void hal_trap_land(struct hal_frame *frame, const struct hal_fault *fault);
[[noreturn]] void hal_trap_die(struct hal_frame *frame, const struct hal_fault *fault);

/* Run @dispatch(@number), which acknowledges and handles it; then the preemption point. */
void hal_trap_interrupt(struct hal_frame *frame, void (*dispatch)(unsigned number),
                        unsigned number);

/* The last thing before user mode: all work done. Returns with interrupts off. */
void hal_trap_work(struct hal_frame *frame);

/* The architecture's: the same, and nothing in @frame that returning to user mode would trip over.
 */
void hal_user_leave(struct hal_frame *frame);

/* Where a fault at @pc inside a user copy goes on, or 0; user_access.c. */
uintptr_t hal_user_access_fixup(uintptr_t pc);

/* Make @frame return to @landing's second return; landing.c. */
void hal_landing_take(struct hal_landing *landing, struct hal_frame *frame,
                      const struct hal_fault *fault);
