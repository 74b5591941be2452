/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/thread.h>

#define HAL_ARCH_USER_MIN 0x10000ul
#define HAL_ARCH_USER_END 0x00007ffffffff000ul

/* The fake takes no traps; the type is there so that code that passes frames on compiles. */
struct hal_frame {
    uintptr_t pc, sp, fp;
    bool user;
    u64 number, arguments[6];
    i64 result;
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
    return frame->fp;
}

static inline bool hal_frame_is_user(const struct hal_frame *frame)
{
    return frame->user;
}

static inline u64 hal_frame_syscall_number(const struct hal_frame *frame)
{
    return frame->number;
}

static inline u64 hal_frame_syscall_argument(const struct hal_frame *frame, unsigned n)
{
    return frame->arguments[n];
}

static inline void hal_frame_set_syscall_result(struct hal_frame *frame, i64 result)
{
    frame->result = result;
}

static inline i64 hal_frame_syscall_result(const struct hal_frame *frame)
{
    return frame->result;
}

static inline void hal_frame_restart_syscall(struct hal_frame *frame, u64 number)
{
    frame->number = number;
}

static inline struct hal_frame *hal_current_frame(void)
{
    return NULL;
}
