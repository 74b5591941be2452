/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The frame of a signal handler on RISC-V, as the C libraries, debuggers and unwinders know it:
 *
 *     sp at the handler's entry -> siginfo_t, struct ucontext with the registers and the
 * floating-point state
 *
 * The handler returns to code of the vDSO. Everything that comes back by
 * rt_sigreturn(2) is the program's own invention until checked.
 */
#include "arch.h"
#include "signal/signals.h"

#include <helix/hal/fpu.h>
#include <helix/lib/string.h>
#include <helix/memory/user_copy.h>

#define REGISTERS 32 // the pc, then x1 to x31: as in struct hal_frame

struct float_state {
    u64 registers[32];
    u32 control;
    u32 pad;
};

struct signal_context {
    u64 registers[REGISTERS];
    union {
        struct float_state d;
        u64 room[66]; // as large as quad precision
    } floats;
};
static_assert(sizeof(struct signal_context) == 784);

struct signal_frame {
    struct linux_siginfo info;
    u64 flags, link;
    struct {
        u64 base;
        i32 flags, pad;
        u64 bytes;
    } stack;
    u64 mask;
    u8 mask_room[120];
    HELIX_ALIGNED(16) struct signal_context context;
};
static_assert(offsetof(struct signal_frame, flags) == 128);
static_assert(offsetof(struct signal_frame, context) == 128 + 176);

static u64 choose_stack(const struct hal_frame *frame, const struct signal_task *signal,
                        const struct signal_action *action)
{
    const bool on_it = frame->sp > signal->stack_base.raw &&
                       frame->sp - signal->stack_base.raw <= signal->stack_bytes;
    if ((action->flags & SA_ONSTACK) && !(signal->stack_flags & SS_DISABLE) && !on_it)
        return signal->stack_base.raw + signal->stack_bytes;
    return frame->sp;
}

static void fill_frame(struct signal_frame *to, const struct hal_frame *frame,
                       const struct signal_info *info, signal_set mask)
{
    struct hal_thread *thread = hal_current();
    const struct signal_task *signal = &task_current()->signal;
    *to = (struct signal_frame){
        .stack = {signal->stack_base.raw, (i32)signal->stack_flags, 0, signal->stack_bytes},
        .mask = mask,
    };
    signal_info_write(info, &to->info);
    memcpy(to->context.registers, frame, sizeof to->context.registers);
    preempt_disable();
    hal_fpu_save(thread->fpu);
    preempt_enable();
    memcpy(&to->context.floats.d, thread->fpu, sizeof to->context.floats.d);
}

helix_status signal_frame_push(struct hal_frame *frame, int signal,
                               const struct signal_action *action, const struct signal_info *info,
                               signal_set mask)
{
    struct task *task = task_current();
    struct signal_frame made;
    const u64 top = choose_stack(frame, &task->signal, action);
    const u64 at = align_down(top - sizeof made, 16);
    if (top > HAL_USER_END || at > top)
        return HELIX_E_FAULT;
    fill_frame(&made, frame, info, mask);
    helix_status status = user_copy_out(vaddr_of(at), &made, sizeof made);
    if (status != HELIX_OK)
        return status;
    if (task->signal.stack_flags & SS_AUTODISARM) {
        task->signal.stack_flags = SS_DISABLE;
        task->signal.stack_base = vaddr_of(0);
        task->signal.stack_bytes = 0;
    }
    frame->sp = at;
    frame->pc = action->handler.raw;
    frame->ra = process_current()->signal_return.raw;
    frame->a0 = (u64)signal;
    frame->a1 = at + offsetof(struct signal_frame, info);
    frame->a2 = at + offsetof(struct signal_frame, flags);
    arch_frame_leave_syscall(frame);
    return HELIX_OK;
}

helix_status signal_frame_pop(struct hal_frame *frame, signal_set *mask_out)
{
    struct signal_frame made HELIX_UNINITIALIZED;
    struct hal_thread *thread = hal_current();
    struct signal_task *signal = &task_current()->signal;
    helix_status status = user_copy_in(&made, vaddr_of(frame->sp), sizeof made);
    if (status != HELIX_OK)
        return status;
    if (!hal_fpu_validate(&made.context.floats.d))
        return HELIX_E_FAULT;
    memcpy(frame, made.context.registers, sizeof made.context.registers);
    arch_frame_leave_syscall(frame);
    preempt_disable();
    memcpy(thread->fpu, &made.context.floats.d, sizeof made.context.floats.d);
    hal_fpu_restore(thread->fpu);
    preempt_enable();
    signal->stack_base = vaddr_of(made.stack.base);
    signal->stack_bytes = made.stack.bytes;
    signal->stack_flags = (u32)made.stack.flags & (SS_DISABLE | SS_AUTODISARM);
    *mask_out = made.mask;
    return HELIX_OK;
}
