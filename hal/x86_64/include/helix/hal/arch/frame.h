/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/thread.h>

#define HAL_ARCH_USER_MIN 0x10000ul
#define HAL_ARCH_USER_END 0x00007ffffffff000ul

/*
 * The interrupted registers, at the top of the kernel stack when user mode was interrupted. From
 * r15 on this is the order that Linux's ptrace shows. syscall is the call's number; -1 in every
 * frame that no system call made.
 */
struct hal_frame {
    u64 vector;
    u64 r15, r14, r13, r12, rbp, rbx;
    u64 r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
    i64 syscall;
    u64 rip, cs, rflags, rsp, ss;
};

static inline uintptr_t hal_frame_pc(const struct hal_frame *frame)
{
    return frame->rip;
}

static inline void hal_frame_set_pc(struct hal_frame *frame, uintptr_t pc)
{
    frame->rip = pc;
}

static inline uintptr_t hal_frame_sp(const struct hal_frame *frame)
{
    return frame->rsp;
}

static inline void hal_frame_set_sp(struct hal_frame *frame, uintptr_t sp)
{
    frame->rsp = sp;
}

static inline uintptr_t hal_frame_fp(const struct hal_frame *frame)
{
    return frame->rbp;
}

static inline bool hal_frame_is_user(const struct hal_frame *frame)
{
    return (frame->cs & 3) == 3;
}

static inline u64 hal_frame_syscall_number(const struct hal_frame *frame)
{
    return (u64)frame->syscall;
}

static inline u64 hal_frame_syscall_argument(const struct hal_frame *frame, unsigned n)
{
    switch (n) {
    case 0:
        return frame->rdi;
    case 1:
        return frame->rsi;
    case 2:
        return frame->rdx;
    case 3:
        return frame->r10;
    case 4:
        return frame->r8;
    default:
        return frame->r9;
    }
}

static inline void hal_frame_set_syscall_result(struct hal_frame *frame, i64 result)
{
    frame->rax = (u64)result;
}

static inline i64 hal_frame_syscall_result(const struct hal_frame *frame)
{
    return (i64)frame->rax;
}

/* Both `syscall` and `int 0x80` are two bytes long. */
static inline void hal_frame_restart_syscall(struct hal_frame *frame, u64 number)
{
    frame->rax = number;
    frame->rip -= 2;
}

static inline struct hal_frame *hal_current_frame(void)
{
    return (struct hal_frame *)hal_current()->kernel_top - 1;
}
