/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <stdint.h>
#include <ucontext.h>

enum { MACHINE_DIVISION_TRAPS = 1 }; // by zero, of whole numbers

/* An undefined instruction; the answer is what the handler leaves in the register of results. */
__attribute__((noinline)) static uint64_t machine_undefined(void)
{
    uint64_t value = 0;
    __asm__ volatile("ud2" : "+a"(value) : : "memory");
    return value;
}

static inline void machine_answer(ucontext_t *user, uint64_t value)
{
    user->uc_mcontext.gregs[REG_RIP] += 2;
    user->uc_mcontext.gregs[REG_RAX] = (greg_t)value;
}

/* Touch a stack that is not there. */
static inline void machine_lose_stack(void)
{
    __asm__ volatile("mov $64, %%rsp; push %%rax" : : : "memory");
}

/* Return from a signal whose frame is not there. */
static inline void machine_return_from_nowhere(void)
{
    __asm__ volatile("mov $0x1000, %%rsp; mov $15, %%eax; syscall" : : : "memory");
}
