/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* rt_sigaction(2) and the calls about masks and stacks. */
#include "calls.h"
#include "arch.h"
#include "signal/signals.h"
#include "signal_layout.h"
#include "task/tasks.h"

#include <helix/lib/atomic.h>
#include <helix/memory/user_copy.h>

struct user_stack {
    u64 base;
    i32 flags, pad;
    u64 bytes;
};

#define KNOWN_ACTION_FLAGS                                                              \
    (SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_RESTORER | SA_ONSTACK | SA_RESTART | \
     SA_NODEFER | SA_RESETHAND)

#define STACK_MIN 2048u // MINSIGSTKSZ of old programs

static bool is_signal(u64 number)
{
    return number >= 1 && number <= SIGNAL_COUNT;
}

/* A signal that is ignored from now on is not pending any more. */
static void forget_ignored_locked(struct process *process, int signal, uintptr_t handler)
    HELIX_REQUIRES(&process->lock)
{
    const signal_set bit = SIGNAL_BIT(signal);
    if (handler == SIG_IGN || (handler == SIG_DFL && (SIGNALS_IGNORED & bit)))
        signal_forget_locked(process, bit);
}

static void exchange_action(int signal, const struct signal_action *wanted,
                            struct signal_action *old_out)
{
    struct process *process = process_current();
    struct signal_hand *hand = process->signals;
    const struct irq_key key = spin_lock_irq(&process->lock);
    spin_lock(&hand->lock);
    *old_out = hand->actions[signal - 1];
    if (wanted)
        hand->actions[signal - 1] = *wanted;
    spin_unlock(&hand->lock);
    if (wanted)
        forget_ignored_locked(process, signal, wanted->handler.raw);
    spin_unlock_irq(&process->lock, key);
}

i64 sys_rt_sigaction(const u64 *arguments)
{
    const u64 number = arguments[0];
    HELIX_UNINITIALIZED struct signal_action wanted, old;
    HELIX_UNINITIALIZED struct user_action user;
    if (arguments[3] != sizeof(signal_set) || !is_signal(number))
        return call_error(LINUX_EINVAL);
    const bool change = arguments[1] != 0;
    if (change) {
        if (SIGNALS_UNBLOCKABLE & SIGNAL_BIT(number))
            return call_error(LINUX_EINVAL);
        if (user_copy_in(&user, vaddr_of(arguments[1]), sizeof user) != HELIX_OK)
            return call_error(LINUX_EFAULT);
        wanted = (struct signal_action){
            .handler = vaddr_of(user.handler),
            .flags = user.flags & KNOWN_ACTION_FLAGS,
            .restorer = vaddr_of(user_action_restorer(&user)),
            .mask = user.mask & ~SIGNALS_UNBLOCKABLE,
        };
    }
    exchange_action((int)number, change ? &wanted : NULL, &old);
    if (!arguments[2])
        return 0;
    user = (struct user_action){.handler = old.handler.raw, .flags = old.flags, .mask = old.mask};
    user_action_set_restorer(&user, old.restorer.raw);
    return syscall_result(user_copy_out(vaddr_of(arguments[2]), &user, sizeof user));
}

i64 sys_rt_sigprocmask(const u64 *arguments)
{
    const signal_set old = task_current()->signal.blocked;
    if (arguments[3] != sizeof(signal_set))
        return call_error(LINUX_EINVAL);
    if (arguments[1]) {
        signal_set set;
        if (user_copy_in(&set, vaddr_of(arguments[1]), sizeof set) != HELIX_OK)
            return call_error(LINUX_EFAULT);
        switch ((int)arguments[0]) {
        case SIG_BLOCK:
            signal_set_mask(old | set);
            break;
        case SIG_UNBLOCK:
            signal_set_mask(old & ~set);
            break;
        case SIG_SETMASK:
            signal_set_mask(set);
            break;
        default:
            return call_error(LINUX_EINVAL);
        }
    }
    if (!arguments[2])
        return 0;
    return syscall_result(user_copy_out(vaddr_of(arguments[2]), &old, sizeof old));
}

i64 sys_rt_sigpending(const u64 *arguments) HELIX_NO_THREAD_SAFETY
{
    const struct task *task = task_current();
    const signal_set set =
        (READ_ONCE(task->signal.pending.set) | READ_ONCE(task->process->pending.set)) &
        task->signal.blocked;
    if (arguments[1] > sizeof set)
        return call_error(LINUX_EINVAL);
    return syscall_result(user_copy_out(vaddr_of(arguments[0]), &set, arguments[1]));
}

i64 sys_pause(const u64 *arguments)
{
    (void)arguments;
    for (;;) {
        if (sleep_until(NANOS_NEVER, WAIT_INTERRUPTIBLE) == HELIX_E_INTERRUPTED)
            return SYSCALL_RESTART_NO_HANDLER;
    }
}

i64 sys_rt_sigsuspend(const u64 *arguments)
{
    signal_set set;
    if (arguments[1] != sizeof set)
        return call_error(LINUX_EINVAL);
    if (user_copy_in(&set, vaddr_of(arguments[0]), sizeof set) != HELIX_OK)
        return call_error(LINUX_EFAULT);
    signal_mask_replace(set);
    return sys_pause(arguments);
}

static void set_awaited(struct task *task, signal_set set)
{
    const struct irq_key key = spin_lock_irq(&task->process->lock);
    task->signal.awaited = set;
    spin_unlock_irq(&task->process->lock, key);
}

/* What ended a sleep for a signal that is not there: HELIX_OK to go on waiting. */
static helix_status after_sleep(struct task *task, helix_status slept)
{
    if (slept != HELIX_E_INTERRUPTED)
        return HELIX_E_AGAIN; // the time is up
    if (signal_pending_here())
        return HELIX_E_INTERRUPTED;
    // It was one that we wait for, and another task took it. One that came since keeps its mark.
    atomic_fetch_and_acq_rel(&task->thread->hal.work, ~(unsigned)HAL_WORK_SIGNAL);
    if (!signal_deliverable(task))
        return HELIX_OK;
    atomic_fetch_or_relaxed(&task->thread->hal.work, (unsigned)HAL_WORK_SIGNAL);
    return HELIX_E_INTERRUPTED;
}

/* Sleep for one of @wanted. AGAIN: the time is up. INTERRUPTED: another signal wants to be taken.
 */
static helix_status await_signal(signal_set wanted, nanos deadline, struct signal_info *info)
{
    struct task *task = task_current();
    helix_status status = HELIX_OK;
    set_awaited(task, wanted);
    while (!signal_take(wanted, info)) {
        const helix_status slept = sleep_until(deadline, WAIT_INTERRUPTIBLE);
        if (signal_take(wanted, info))
            break;
        status = after_sleep(task, slept);
        if (status != HELIX_OK)
            break;
    }
    set_awaited(task, 0);
    return status;
}

static i64 read_deadline(u64 at, nanos *deadline_out)
{
    struct linux_timespec time;
    *deadline_out = NANOS_NEVER;
    if (!at)
        return 0;
    if (user_copy_in(&time, vaddr_of(at), sizeof time) != HELIX_OK)
        return call_error(LINUX_EFAULT);
    if (time.seconds < 0 || time.nanoseconds < 0 || (u64)time.nanoseconds >= NANOS_PER_SECOND)
        return call_error(LINUX_EINVAL);
    const u64 seconds = min((u64)time.seconds, (u64)1 << 32);
    *deadline_out = hal_clock_now() + seconds * NANOS_PER_SECOND + (u64)time.nanoseconds;
    return 0;
}

i64 sys_rt_sigtimedwait(const u64 *arguments)
{
    signal_set wanted;
    nanos deadline;
    struct signal_info info;
    if (arguments[3] != sizeof wanted)
        return call_error(LINUX_EINVAL);
    if (user_copy_in(&wanted, vaddr_of(arguments[0]), sizeof wanted) != HELIX_OK)
        return call_error(LINUX_EFAULT);
    const i64 error = read_deadline(arguments[2], &deadline);
    if (error)
        return error;
    const helix_status status = await_signal(wanted & ~SIGNALS_UNBLOCKABLE, deadline, &info);
    if (status == HELIX_E_INTERRUPTED)
        return call_error(LINUX_EINTR);
    if (status != HELIX_OK)
        return call_error(LINUX_EAGAIN);
    if (arguments[1]) {
        struct linux_siginfo user;
        signal_info_write(&info, &user);
        if (user_copy_out(vaddr_of(arguments[1]), &user, sizeof user) != HELIX_OK)
            return call_error(LINUX_EFAULT);
    }
    return info.number;
}

static bool on_signal_stack(const struct signal_task *signal, uintptr_t sp)
{
    return !(signal->stack_flags & SS_DISABLE) && sp > signal->stack_base.raw &&
           sp - signal->stack_base.raw <= signal->stack_bytes;
}

static i64 set_signal_stack(struct signal_task *signal, const struct user_stack *stack)
{
    const u32 mode = (u32)stack->flags & ~SS_AUTODISARM;
    if (mode != 0 && mode != SS_ONSTACK && mode != SS_DISABLE)
        return call_error(LINUX_EINVAL);
    if (mode != SS_DISABLE && stack->bytes < max(arch_signal_stack_min(), (u64)STACK_MIN))
        return call_error(LINUX_ENOMEM);
    signal->stack_flags = (u32)stack->flags & ~SS_ONSTACK;
    signal->stack_base = vaddr_of(mode == SS_DISABLE ? 0 : stack->base);
    signal->stack_bytes = mode == SS_DISABLE ? 0 : stack->bytes;
    return 0;
}

i64 sys_sigaltstack(const u64 *arguments)
{
    struct signal_task *signal = &task_current()->signal;
    const bool active = on_signal_stack(signal, hal_frame_sp(hal_current_frame()));
    const struct user_stack old = {
        .base = signal->stack_base.raw,
        .flags = (i32)(signal->stack_flags | (active ? SS_ONSTACK : 0)),
        .bytes = signal->stack_bytes,
    };
    if (arguments[0]) {
        struct user_stack wanted;
        if (user_copy_in(&wanted, vaddr_of(arguments[0]), sizeof wanted) != HELIX_OK)
            return call_error(LINUX_EFAULT);
        if (active)
            return call_error(LINUX_EPERM);
        const i64 error = set_signal_stack(signal, &wanted);
        if (error)
            return error;
    }
    if (!arguments[1])
        return 0;
    return syscall_result(user_copy_out(vaddr_of(arguments[1]), &old, sizeof old));
}

i64 sys_rt_sigreturn(const u64 *arguments)
{
    (void)arguments;
    struct hal_frame *frame = hal_current_frame();
    struct task *task = task_current();
    signal_set mask;
    if (signal_frame_pop(frame, &mask) != HELIX_OK) {
        const struct signal_info info = {.number = SIGSEGV, .code = SI_KERNEL};
        signal_force(task, SIGSEGV, &info);
        return 0;
    }
    signal_set_mask(mask);
    return hal_frame_syscall_result(frame); // the dispatcher stores what is there already
}
