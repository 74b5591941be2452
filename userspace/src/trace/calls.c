/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* ptrace(2): its requests, sorted into those that make a tracee, that need it stopped, and that let
 * it go on. */
#include "calls.h"

#include <helix/core/syscall.h>
#include <helix/memory/user_copy.h>

#include "signal/signals.h"
#include "trace/link.h"
#include "trace/registers.h"
#include "trace/trace.h"

enum request {
    PTRACE_TRACEME = 0,
    PTRACE_PEEKTEXT = 1,
    PTRACE_PEEKDATA = 2,
    PTRACE_PEEKUSER = 3,
    PTRACE_POKETEXT = 4,
    PTRACE_POKEDATA = 5,
    PTRACE_POKEUSER = 6,
    PTRACE_CONT = 7,
    PTRACE_KILL = 8,
    PTRACE_SINGLESTEP = 9,
    PTRACE_ATTACH = 16,
    PTRACE_DETACH = 17,
    PTRACE_SYSCALL = 24,
    PTRACE_SYSEMU = 31,
    PTRACE_SYSEMU_SINGLESTEP = 32,
    PTRACE_SETOPTIONS = 0x4200,
    PTRACE_GETEVENTMSG = 0x4201,
    PTRACE_GETSIGINFO = 0x4202,
    PTRACE_SETSIGINFO = 0x4203,
    PTRACE_GETREGSET = 0x4204,
    PTRACE_SETREGSET = 0x4205,
    PTRACE_SEIZE = 0x4206,
    PTRACE_INTERRUPT = 0x4207,
    PTRACE_LISTEN = 0x4208,
    PTRACE_PEEKSIGINFO = 0x4209,
    PTRACE_GETSIGMASK = 0x420a,
    PTRACE_SETSIGMASK = 0x420b,
    PTRACE_GET_SYSCALL_INFO = 0x420e,
    PTRACE_GET_RSEQ_CONFIGURATION = 0x420f,
};

static i64 check_options(u64 options)
{
    if (options & ~(u64)TRACE_O_MASK)
        return call_error(LINUX_EINVAL);
    // There are no system-call filters that could be suspended.
    return options & TRACE_O_SUSPEND ? call_error(LINUX_EINVAL) : 0;
}

static i64 seize(u32 tid, u64 address, u64 options)
{
    if (address != 0 || (options & ~(u64)TRACE_O_MASK))
        return call_error(LINUX_EIO);
    const i64 error = check_options(options);
    return error ? error : trace_attach(tid, (u32)options, true);
}

static i64 set_options(struct task *task, u64 options)
{
    const i64 error = check_options(options);
    if (!error)
        task->trace.options = (u32)options;
    return error;
}

static i64 get_message(const struct task *task, u64 to)
{
    const u64 message = task->trace.message;
    return syscall_result(user_copy_out(vaddr_of(to), &message, sizeof message));
}

/* PTRACE_LISTEN: only a tracee that stopped at an event of its whole process can be left in it. */
static i64 listen(struct task *task)
{
    struct process *process = task->process;
    i64 result = 0;
    const struct irq_key key = spin_lock_irq(&process->lock);
    if (!task->trace.seized || task->trace.code >> 8 != TRACE_EVENT_STOP) {
        result = call_error(LINUX_EIO);
    } else {
        task->trace.listening = true;
        // What came after it stopped is told at once.
        if (task->trace.trap) {
            task->trace.stopped = false;
            wait_wake_all(&task->trace.resume);
        }
    }
    spin_unlock_irq(&process->lock, key);
    return result;
}

static i64 resume(struct task *task, u32 request, u64 signal)
{
    struct process *process = task->process;
    const bool emulates = request == PTRACE_SYSEMU || request == PTRACE_SYSEMU_SINGLESTEP;
    const bool steps = request == PTRACE_SINGLESTEP || request == PTRACE_SYSEMU_SINGLESTEP;
    if (signal > SIGNAL_COUNT || (steps && !hal_can_step) || (emulates && !arch_emulates_calls))
        return call_error(LINUX_EIO);
    const struct irq_key key = spin_lock_irq(&process->lock);
    task->trace.signal = (int)signal;
    task->trace.calls = request == PTRACE_SYSCALL;
    task->trace.emulates = emulates;
    task->trace.steps = steps;
    task->trace.stopped = false;
    spin_unlock_irq(&process->lock, key);
    return 0;
}

static i64 detach(struct task *task, u64 signal)
{
    return signal > SIGNAL_COUNT ? call_error(LINUX_EIO) : trace_detach(task, (int)signal);
}

static i64 interrupt(struct task *task)
{
    struct process *process = task->process;
    i64 result = 0;
    const struct irq_key key = spin_lock_irq(&process->lock);
    if (!task->trace.seized) {
        result = call_error(LINUX_EIO);
    } else {
        task->trace.trap = true;
        thread_interrupt(task->thread, HAL_WORK_UNWIND);
        if (process->stopped)
            wait_wake_all(&process->stop_wait);
        if (task->trace.listening) {
            task->trace.stopped = false;
            wait_wake_all(&task->trace.resume);
        }
    }
    spin_unlock_irq(&process->lock, key);
    return result;
}

/* Those that do not ask whether the tracee is stopped. */
static i64 on_running(u32 tid, u32 request)
{
    struct task *task = trace_running(tid);
    if (!task)
        return call_error(LINUX_ESRCH);
    i64 result = 0;
    if (request == PTRACE_INTERRUPT)
        result = interrupt(task);
    else
        helix_ignore(signal_send_process(task->process, SIGKILL, NULL)); // never queued
    task_put(task);
    return result;
}

static i64 other(struct task *task, const u64 *arguments)
{
    bool set;
    const u32 type = arch_trace_request((u32)arguments[0], &set);
    return type ? trace_registers_whole(task, type, arguments[3], set) : call_error(LINUX_EIO);
}

static i64 on_frozen(struct task *task, const u64 *arguments)
{
    const u32 request = (u32)arguments[0];
    const u64 address = arguments[2], data = arguments[3];
    switch (request) {
    case PTRACE_PEEKTEXT:
    case PTRACE_PEEKDATA:
        return trace_peek(task, address, data);
    case PTRACE_POKETEXT:
    case PTRACE_POKEDATA:
        return trace_poke(task, address, data);
    case PTRACE_PEEKUSER:
        return trace_peek_user(task, address, data);
    case PTRACE_POKEUSER:
        return trace_poke_user(task, address, data);
    case PTRACE_CONT:
    case PTRACE_SYSCALL:
    case PTRACE_SINGLESTEP:
    case PTRACE_SYSEMU:
    case PTRACE_SYSEMU_SINGLESTEP:
        return resume(task, request, data);
    case PTRACE_DETACH:
        return detach(task, data);
    case PTRACE_SETOPTIONS:
        return set_options(task, data);
    case PTRACE_GETEVENTMSG:
        return get_message(task, data);
    case PTRACE_GETSIGINFO:
        return trace_get_info(task, data);
    case PTRACE_SETSIGINFO:
        return trace_set_info(task, data);
    case PTRACE_PEEKSIGINFO:
        return trace_peek_info(task, address, data);
    case PTRACE_GETSIGMASK:
        return trace_get_mask(task, address, data);
    case PTRACE_SETSIGMASK:
        return trace_set_mask(task, address, data);
    case PTRACE_GETREGSET:
    case PTRACE_SETREGSET:
        return trace_registers(task, (u32)address, data, request == PTRACE_SETREGSET);
    case PTRACE_LISTEN:
        return listen(task);
    case PTRACE_GET_SYSCALL_INFO:
        return trace_get_call(task, address, data);
    case PTRACE_GET_RSEQ_CONFIGURATION:
        return trace_get_rseq(task, address, data);
    default:
        return other(task, arguments);
    }
}

i64 sys_ptrace(const u64 *arguments)
{
    const u64 request = arguments[0];
    const u32 tid = (u32)arguments[1];
    struct task *task;
    if (request > UINT32_MAX)
        return call_error(LINUX_EIO);
    switch (request) {
    case PTRACE_TRACEME:
        return trace_me();
    case PTRACE_ATTACH:
        return trace_attach(tid, 0, false);
    case PTRACE_SEIZE:
        return seize(tid, arguments[2], arguments[3]);
    case PTRACE_INTERRUPT:
    case PTRACE_KILL:
        return on_running(tid, (u32)request);
    default:
        break;
    }
    const helix_status status = trace_freeze(tid, &task);
    if (status != HELIX_OK)
        return call_error(LINUX_ESRCH);
    const i64 result = on_frozen(task, arguments);
    trace_thaw(task);
    return result;
}
