/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/thread.h>

/* The user half ends with the mode that was chosen at boot: 256 GB under Sv39, 128 TB under Sv48.
 */
extern uintptr_t hal_user_end;

#define HAL_ARCH_USER_MIN 0x10000ul
#define HAL_ARCH_USER_END hal_user_end

#define HAL_SSTATUS_SPP 0x100ul

/*
 * The interrupted registers, at the top of the kernel stack when user mode was interrupted. Up to
 * t6 this is the order that Linux's ptrace shows. syscall is the call's number; -1 in every frame
 * that no system call made. first_argument keeps a0, where the result goes.
 */
struct hal_frame {
    u64 pc;
    u64 ra, sp, gp, tp, t0, t1, t2, s0, s1;
    u64 a0, a1, a2, a3, a4, a5, a6, a7;
    u64 s2, s3, s4, s5, s6, s7, s8, s9, s10, s11;
    u64 t3, t4, t5, t6;
    u64 status, cause, value;
    u64 first_argument;
    i64 syscall;
    u64 pad;
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
    return frame->s0;
}

static inline bool hal_frame_is_user(const struct hal_frame *frame)
{
    return (frame->status & HAL_SSTATUS_SPP) == 0;
}

static inline u64 hal_frame_syscall_number(const struct hal_frame *frame)
{
    return (u64)frame->syscall;
}

static inline u64 hal_frame_syscall_argument(const struct hal_frame *frame, unsigned n)
{
    return n == 0 ? frame->first_argument : (&frame->a0)[n];
}

static inline void hal_frame_set_syscall_result(struct hal_frame *frame, i64 result)
{
    frame->a0 = (u64)result;
}

static inline i64 hal_frame_syscall_result(const struct hal_frame *frame)
{
    return (i64)frame->a0;
}

/* `ecall` has no short form. */
static inline void hal_frame_restart_syscall(struct hal_frame *frame, u64 number)
{
    frame->a0 = frame->first_argument;
    frame->a7 = number;
    frame->pc -= 4;
}

static inline struct hal_frame *hal_current_frame(void)
{
    return (struct hal_frame *)hal_current()->kernel_top - 1;
}
