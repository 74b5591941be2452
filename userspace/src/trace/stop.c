/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Stops of tracees. A tracee stops itself: it says so under its process's lock, tells its tracer,
 * and sleeps on a queue of its own until the tracer resumes it or it must end. While the tracer
 * looks at it ("frozen") not even its end goes on, so that its registers stay where they are.
 */
#include "trace/trace.h"

#include <helix/lib/atomic.h>

#include "arch.h"
#include "signal/signals.h"
#include "trace/registers.h"

struct stop {
    u32 code, why;
    const struct signal_info *info; // NULL: none
    u64 message;
    int untraced; // what to go on with when the tracer has gone meanwhile
    bool in_call;
    bool at_end; // the process's end does not end the stop: it has begun
};

static bool is_dying(const struct task *task)
{
    const struct process *process = task->process;
    const struct task *survivor = READ_ONCE(process->survivor);
    return READ_ONCE(process->exiting) || (survivor && survivor != task);
}

static bool must_stay(const struct task *task, const struct stop *stop)
{
    return READ_ONCE(task->trace.frozen) ||
           (READ_ONCE(task->trace.stopped) && (stop->at_end || !is_dying(task)));
}

static bool leave(struct task *task, const struct stop *stop)
{
    const struct irq_key key = spin_lock_irq(&task->process->lock);
    const bool stays = must_stay(task, stop);
    if (!stays) {
        task->trace.stopped = false;
        task->trace.report = false;
        task->trace.listening = false;
        task->trace.has_info = false;
    }
    spin_unlock_irq(&task->process->lock, key);
    return !stays;
}

static void notify_tracer_locked(const struct task *task, i32 code, i32 status)
    HELIX_REQUIRES(&process_table_lock)
{
    struct process *to = task->trace.tracer->process;
    struct signal_action action;
    signal_action_get(to, SIGCHLD, &action);
    if (action.handler.raw != SIG_IGN && !(action.flags & SA_NOCLDSTOP)) {
        struct signal_info info;
        process_child_info(task->process, code, status, &info);
        info.pid = task->tid;
        spin_lock(&to->lock);
        signal_send_locked(to, NULL, SIGCHLD, &info);
        spin_unlock(&to->lock);
    }
    wait_wake_all(&to->wait_children);
}

static bool begin(struct task *task, const struct stop *stop)
{
    struct task_trace *trace = &task->trace;
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    spin_lock(&task->process->lock);
    const bool stops = trace->tracer && (stop->at_end || !is_dying(task));
    if (stops) {
        trace->stopped = trace->report = true;
        trace->code = stop->code;
        trace->why = stop->why;
        trace->message = stop->message;
        trace->in_call = stop->in_call;
        trace->has_info = stop->info != NULL;
        if (stop->info)
            trace->info = *stop->info;
        trace->signal = 0;
    }
    spin_unlock(&task->process->lock);
    if (stops)
        notify_tracer_locked(task, (i32)stop->why, (i32)(stop->code & 0x7f));
    spin_unlock_irq(&process_table_lock, key);
    return stops;
}

/* What to go on with: a signal, 0: none. */
static int do_stop(const struct stop *stop)
{
    struct task *task = task_current();
    struct task_trace *trace = &task->trace;
    if (trace->steps) {
        trace->steps = false;
        hal_step(false);
    }
    if (!begin(task, stop))
        return is_dying(task) ? 0 : stop->untraced;
    do {
        helix_ignore(WAIT_FOR(&trace->resume, !must_stay(task, stop), NANOS_NEVER,
                              WAIT_UNINTERRUPTIBLE, "tracer"));
    } while (!leave(task, stop));
    if (trace->steps)
        hal_step(true);
    return is_dying(task) ? 0 : trace->signal;
}

static struct signal_info trap_info(int signal, u32 code)
{
    return (struct signal_info){
        .number = signal,
        .code = (i32)code,
        .pid = task_current()->tid,
        .uid = task_current()->credentials->uid,
    };
}

static int stop_with_trap(u32 code, u32 why, u64 message, bool in_call)
{
    const struct signal_info info = trap_info((int)(code & 0x7f), code);
    const struct stop stop = {
        .code = code,
        .why = why,
        .info = &info,
        .message = message,
        .in_call = in_call,
        .at_end = code >> 8 == TRACE_EVENT_EXIT,
    };
    return do_stop(&stop);
}

void trace_event(u32 event, u64 message)
{
    struct task *task = task_current();
    if (!task_is_traced(task) || !(task->trace.options & TRACE_O_EVENT(event)))
        return;
    (void)stop_with_trap(SIGTRAP | event << 8, CLD_TRAPPED, message, false); // takes no signal
}

/* Who attached in the old way and did not ask for events hears of it by a signal. */
void trace_exec_done(u32 old_tid)
{
    struct task *task = task_current();
    if (likely(!task_is_traced(task)))
        return;
    if (task->trace.options & TRACE_O_EVENT(TRACE_EVENT_EXEC))
        trace_event(TRACE_EVENT_EXEC, old_tid);
    else if (!task->trace.seized)
        signal_raise(SIGTRAP);
}

static void stop_in_call(struct task *task, u64 message)
{
    const u32 code = SIGTRAP | (task->trace.options & TRACE_O_SYSGOOD ? 0x80 : 0);
    const int signal = stop_with_trap(code, CLD_TRAPPED, message, true);
    if (signal) {
        // A full queue drops it, as for any sender.
        helix_ignore(signal_send_task(task, signal, NULL));
    }
}

bool trace_call_begin(struct hal_frame *frame)
{
    struct task *task = task_current();
    const bool emulated = task->trace.emulates;
    if (!task_is_traced(task) || !(task->trace.calls || emulated))
        return true;
    const bool was_call = (i64)hal_frame_syscall_number(frame) != -1;
    arch_call_begins(frame);
    stop_in_call(task, TRACE_CALL_BEGIN);
    arch_call_changed(frame);
    return !emulated && !is_dying(task) &&
           (!was_call || (i64)hal_frame_syscall_number(frame) != -1);
}

void trace_call_end(struct hal_frame *frame)
{
    (void)frame;
    struct task *task = task_current();
    if (!task_is_traced(task))
        return;
    if (task->trace.calls) {
        stop_in_call(task, TRACE_CALL_END);
    } else if (task->trace.steps) {
        const struct signal_info info = {
            .number = SIGTRAP, .code = TRAP_TRACE, .address = hal_frame_pc(hal_current_frame())};
        signal_force(task, SIGTRAP, &info);
    }
}

void trace_handler_entered(void)
{
    (void)stop_with_trap(SIGTRAP, CLD_TRAPPED, 0, false); // takes no signal
}

/* Stopped with the whole process, or by PTRACE_INTERRUPT. */
bool trace_boundary(struct task *task)
{
    struct process *process = task->process;
    struct task_trace *trace = &task->trace;
    const struct irq_key key = spin_lock_irq(&process->lock);
    const bool group = process->stopped && trace->stops_seen != process->stops;
    const bool stops = (group || (trace->trap && trace->seized)) && !is_dying(task);
    const u32 signal = process->stopped ? process->stop_signal : SIGTRAP;
    const bool seized = trace->seized;
    trace->trap = false;
    trace->stops_seen = process->stops;
    spin_unlock_irq(&process->lock, key);
    if (!stops)
        return false;
    if (seized)
        (void)stop_with_trap(signal | TRACE_EVENT_STOP << 8, CLD_STOPPED, 0, false);
    else
        (void)do_stop(&(struct stop){.code = signal, .why = CLD_STOPPED});
    return true;
}

bool trace_signal(struct task *task, struct signal_info *info)
{
    const int was = info->number;
    const struct stop stop = {.code = (u32)was, .why = CLD_TRAPPED, .info = info, .untraced = was};
    task->trace.info = *info;
    const int signal = do_stop(&stop);
    if (!signal)
        return false;
    if (signal == task->trace.info.number) {
        *info = task->trace.info;
    } else {
        const struct irq_key key = spin_lock_irq(&process_table_lock);
        const struct task *tracer = task->trace.tracer;
        *info = (struct signal_info){.code = SI_USER, .pid = tracer ? tracer->process->pid : 0};
        spin_unlock_irq(&process_table_lock, key);
    }
    info->number = signal;
    if (!(task->signal.blocked & SIGNAL_BIT(signal)))
        return true;
    // A full queue drops it, as for any sender.
    helix_ignore(signal_send_task(task, signal, info));
    return false;
}

void trace_wake(struct task *task)
{
    if (unlikely(task->trace.stopped))
        wait_wake_all(&task->trace.resume);
}

void trace_continued_locked(struct process *process)
{
    list_for_each(struct task, task, &process->tasks, process_link) {
        struct task_trace *trace = &task->trace;
        if (likely(!task_is_traced(task)) || !trace->seized)
            continue;
        trace->trap = true;
        thread_interrupt(task->thread, HAL_WORK_UNWIND);
        if (trace->listening) {
            trace->stopped = false;
            wait_wake_all(&trace->resume);
        }
    }
}
