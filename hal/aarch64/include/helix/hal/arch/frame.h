/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/thread.h>

#define HAL_ARCH_USER_MIN 0x10000ul
#define HAL_ARCH_USER_END 0x0000fffffffff000ul

/*
 * The interrupted registers, at the top of the kernel stack when user mode was interrupted. Up to
 * pstate this is what Linux's ptrace shows. syscall is the call's number, -1 in every frame that no
 * system call made; argument0 is x0 as the call came with it, before a result took its place.
 */
struct hal_frame {
    u64 x[31];
    u64 sp;
    u64 pc;
    u64 pstate;
    i64 syscall;
    u64 argument0;
};

static inline uintptr_t hal_frame_pc(const struct hal_frame *frame)
{
    return frame->pc;
}

static inline void hal_frame_set_pc(struct hal_frame *frame, uintptr_t pc)
{
    frame->pc = pc;
}

static inline uintptr_t hal_frame_sp(const struct hal_frame *frame)
{
    return frame->sp;
}

static inline void hal_frame_set_sp(struct hal_frame *frame, uintptr_t sp)
{
    frame->sp = sp;
}

static inline uintptr_t hal_frame_fp(const struct hal_frame *frame)
{
    return frame->x[29];
}

static inline bool hal_frame_is_user(const struct hal_frame *frame)
{
    return (frame->pstate & 0xf) == 0;
}

static inline u64 hal_frame_syscall_number(const struct hal_frame *frame)
{
    return (u64)frame->syscall;
}

static inline u64 hal_frame_syscall_argument(const struct hal_frame *frame, unsigned n)
{
    return n == 0 ? frame->argument0 : frame->x[n];
}

static inline void hal_frame_set_syscall_result(struct hal_frame *frame, i64 result)
{
    frame->x[0] = (u64)result;
}

static inline i64 hal_frame_syscall_result(const struct hal_frame *frame)
{
    return (i64)frame->x[0];
}

static inline void hal_frame_restart_syscall(struct hal_frame *frame, u64 number)
{
    frame->x[0] = frame->argument0;
    frame->x[8] = number;
    frame->pc -= 4;
}

static inline struct hal_frame *hal_current_frame(void)
{
    return (struct hal_frame *)hal_current()->kernel_top - 1;
}
