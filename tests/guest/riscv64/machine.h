/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <stdint.h>
#include <ucontext.h>

enum { MACHINE_DIVISION_TRAPS = 0 }; // by zero, of whole numbers

/* An undefined instruction; the answer is what the handler leaves in the register of results. */
__attribute__((noinline)) static uint64_t machine_undefined(void)
{
    register uint64_t value __asm__("a0") = 0;
    __asm__ volatile(".word 0xc0001073" : "+r"(value) : : "memory");
    return value;
}

static inline void machine_answer(ucontext_t *user, uint64_t value)
{
    user->uc_mcontext.__gregs[REG_PC] += 4;
    user->uc_mcontext.__gregs[REG_A0] = value;
}

/* Touch a stack that is not there. */
static inline void machine_lose_stack(void)
{
    __asm__ volatile("li sp, 64; sd sp, -16(sp)" : : : "memory");
}

/* Return from a signal whose frame is not there. */
static inline void machine_return_from_nowhere(void)
{
    __asm__ volatile("li sp, 0x1000; li a7, 139; ecall" : : : "memory");
}
