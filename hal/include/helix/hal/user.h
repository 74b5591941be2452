/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/*
 * Checked access to user memory. Each function verifies that the whole range lies in the user half,
 * opens the hardware's user-access window (SMAP, PAN, SUM) only inside, and survives faults that
 * the fault handler cannot resolve.
 *
 * Context: thread, interrupts on, no spinlock held: page faults are served inside and may sleep.
 */
size_t hal_user_copy_in(void *to, vaddr from,
                        size_t bytes); // returns the bytes NOT copied; 0 = all
size_t hal_user_copy_out(vaddr to, const void *from, size_t bytes); // the same
size_t hal_user_clear(vaddr at, size_t bytes);                      // the same

/* True: the processor itself keeps the kernel from user memory outside these functions. */
bool hal_user_is_guarded(void);

/* Copy a NUL-terminated string of at most @most bytes with its NUL. Returns its length without NUL,
 * -1 fault, -2 no NUL in reach. */
long hal_user_copy_string(char *to, vaddr from, size_t most);

/* 32-bit word operations for futexes: false on fault. @at is 4-byte aligned. May run with
 * preemption off: then any fault gives false. */
bool hal_user_load32(vaddr at, u32 *value_out);
bool hal_user_cas32(vaddr at, u32 expected, u32 desired, u32 *previous_out);
