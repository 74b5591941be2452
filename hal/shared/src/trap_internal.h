/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/trap.h>

/* The upper layers' entries, copied: the system-call entry calls through it directly. */
extern struct hal_handlers hal_handlers_table;

/* Entered from trap_entry.S, interrupts off. */
void hal_trap_dispatch(struct hal_frame *frame);
void hal_trap_paranoid(struct hal_frame *frame);
void hal_user_leave(struct hal_frame *frame);
void hal_syscall_entry(void);

/* Everything on vectors that are not exceptions; interrupt.c. */
void hal_interrupt_dispatch(unsigned vector);

/* Where a fault at @pc inside a user copy goes on, or 0; user_access.c. */
uintptr_t hal_user_access_fixup(uintptr_t pc);
void hal_user_access_patch(void);

/* Make @frame return to @landing's second return; landing.c. */
void hal_landing_take(struct hal_landing *landing, struct hal_frame *frame,
                      const struct hal_fault *fault);

/* A kernel address whose top-level entry this space has not seen yet; page_table.c. */
bool hal_page_table_sync_kernel(uintptr_t at);
