/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <stdint.h>
#include <ucontext.h>

enum { MACHINE_DIVISION_TRAPS = 0 }; // by zero, of whole numbers

/* An undefined instruction; the answer is what the handler leaves in the register of results. */
__attribute__((noinline)) static uint64_t machine_undefined(void)
{
    register uint64_t value __asm__("x0") = 0;
    __asm__ volatile(".inst 0" : "+r"(value) : : "memory");
    return value;
}

static inline void machine_answer(ucontext_t *user, uint64_t value)
{
    user->uc_mcontext.pc += 4;
    user->uc_mcontext.regs[0] = value;
}

/* Touch a stack that is not there. */
static inline void machine_lose_stack(void)
{
    __asm__ volatile("mov x9, #64; mov sp, x9; str x9, [sp, #-16]!" : : : "memory");
}

/* Return from a signal whose frame is not there. */
static inline void machine_return_from_nowhere(void)
{
    __asm__ volatile("mov x9, #0x1000; mov sp, x9; mov x8, #139; svc #0" : : : "memory");
}
