/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* wait4(2) and waitid(2). */
#include "task/wait.h"
#include "calls.h"
#include "signal/signals.h"
#include "task/tasks.h"
#include "trace/trace.h"

#include <helix/lib/atomic.h>
#include <helix/lib/string.h>
#include <helix/memory/user_copy.h>

static bool matches_locked(const struct process *child, const struct wait_request *request)
    HELIX_REQUIRES(&process_table_lock)
{
    if (request->which == P_PID && child->pid != request->id)
        return false;
    if (request->which == P_PGID && child->pgid != request->id)
        return false;
    if ((request->options & W_NOTHREAD) && child->parent_tid != task_current()->tid)
        return false;
    const bool is_clone = child->exit_signal != SIGCHLD;
    return (request->options & W_ALL) || is_clone == ((request->options & W_CLONE) != 0);
}

static void take_children_usage(struct process *parent, const struct process *child)
    HELIX_REQUIRES(&process_table_lock)
{
    parent->children_user_time += child->user_time + child->children_user_time;
    parent->children_kernel_time += child->kernel_time + child->children_kernel_time;
    parent->children_minor_faults += child->minor_faults + child->children_minor_faults;
    parent->children_major_faults += child->major_faults + child->children_major_faults;
    parent->children_peak_rss = max(parent->children_peak_rss, child->children_peak_rss);
}

void wait_tell_end_locked(struct process *child, struct wait_found *found)
{
    found->status = child->exit_status;
    process_child_info(child, 0, 0, &found->info);
    found->usage =
        (struct process_usage){child->user_time,    child->kernel_time, child->minor_faults,
                               child->major_faults, child->voluntary,   child->involuntary};
    found->peak_rss = child->children_peak_rss;
}

/* Its tracer, when that is another process, waits for it first. */
static bool take_ended_locked(struct process *child, const struct wait_request *request,
                              struct wait_found *found) HELIX_REQUIRES(&process_table_lock)
{
    struct task *tracee = child->traced_leader;
    if (!child->zombie || !(request->options & WEXITED) ||
        (tracee && !trace_is_by(child, child->parent)))
        return false;
    wait_tell_end_locked(child, found);
    if (request->options & WNOWAIT)
        return true;
    if (tracee) {
        trace_unlink_locked(tracee);
        found->released = tracee;
    }
    take_children_usage(child->parent, child);
    list_remove(&child->sibling_link);
    process_table_remove_locked(child);
    found->reaped = child;
    return true;
}

static bool take_stopped_locked(struct process *child, const struct wait_request *request,
                                struct wait_found *found) HELIX_REQUIRES(&process_table_lock)
{
    const bool keep = request->options & WNOWAIT;
    bool taken = false;
    spin_lock(&child->lock);
    // A tracer has its own kind of stops.
    if (child->stop_report && (request->options & WSTOPPED) && !trace_is_by(child, child->parent)) {
        child->stop_report = keep;
        found->status = WAIT_STATUS_STOP(child->stop_signal);
        process_child_info(child, CLD_STOPPED, (i32)child->stop_signal, &found->info);
        taken = true;
    } else if (child->continue_report && (request->options & WCONTINUED)) {
        child->continue_report = keep;
        found->status = WAIT_STATUS_CONTINUED;
        process_child_info(child, CLD_CONTINUED, SIGCONT, &found->info);
        taken = true;
    }
    spin_unlock(&child->lock);
    return taken;
}

/* OK: found one. AGAIN: none ready. NO_CHILD: none that could ever be. */
static helix_status scan_locked(struct process *parent, const struct wait_request *request,
                                struct wait_found *found) HELIX_REQUIRES(&process_table_lock)
{
    helix_status status = trace_scan_locked(parent, request, found);
    if (status == HELIX_OK)
        return status;
    list_for_each(struct process, child, &parent->children, sibling_link) {
        if (!matches_locked(child, request))
            continue;
        if (take_ended_locked(child, request, found) || take_stopped_locked(child, request, found))
            return HELIX_OK;
        status = HELIX_E_AGAIN;
    }
    return status;
}

static helix_status scan(const struct wait_request *request, struct wait_found *found)
{
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    const helix_status status = scan_locked(process_current(), request, found);
    spin_unlock_irq(&process_table_lock, key);
    if (status == HELIX_OK && found->reaped)
        process_put(found->reaped);
    if (status == HELIX_OK && found->released)
        task_put(found->released);
    return status;
}

static helix_status wait_for_change(const struct wait_request *request, struct wait_found *found)
{
    memset(found, 0, sizeof *found);
    helix_status status = scan(request, found);
    if (status != HELIX_E_AGAIN || (request->options & WNOHANG) || request->nonblocking)
        return status;
    struct waiter waiter;
    wait_begin(&process_current()->wait_children, &waiter, "child");
    while ((status = scan(request, found)) == HELIX_E_AGAIN) {
        status = wait_sleep(NANOS_NEVER, WAIT_INTERRUPTIBLE);
        if (status != HELIX_OK)
            break;
    }
    wait_end(&waiter);
    return status;
}

static void usage_of_found(const struct wait_found *found, struct linux_rusage *usage_out)
{
    *usage_out = (struct linux_rusage){
        .user = {(i64)(found->usage.user_time / NANOS_PER_SECOND),
                 (i64)(found->usage.user_time % NANOS_PER_SECOND / NANOS_PER_US)},
        .system = {(i64)(found->usage.kernel_time / NANOS_PER_SECOND),
                   (i64)(found->usage.kernel_time % NANOS_PER_SECOND / NANOS_PER_US)},
        .max_rss_kb = (i64)found->peak_rss,
        .minor_faults = (i64)found->usage.minor_faults,
        .major_faults = (i64)found->usage.major_faults,
        .voluntary = (i64)found->usage.voluntary,
        .involuntary = (i64)found->usage.involuntary,
    };
}

static helix_status write_usage(const struct wait_found *found, u64 to)
{
    if (!to)
        return HELIX_OK;
    struct linux_rusage usage;
    usage_of_found(found, &usage);
    return user_copy_out(vaddr_of(to), &usage, sizeof usage);
}

static void request_of_pid(i32 pid, struct wait_request *request)
{
    if (pid == -1) {
        request->which = P_ALL;
    } else if (pid > 0) {
        request->which = P_PID;
        request->id = (u32)pid;
    } else {
        request->which = P_PGID;
        request->id = pid == 0 ? process_current()->pgid : (u32)-pid;
    }
}

i64 sys_wait4(const u64 *arguments)
{
    const i32 pid = (i32)arguments[0];
    const u32 options = (u32)arguments[2];
    if (options & ~(WNOHANG | WUNTRACED | WCONTINUED | W_NOTHREAD | W_CLONE | W_ALL))
        return call_error(LINUX_EINVAL);
    if (pid == INT32_MIN)
        return -3; // ESRCH: its negation is no number
    struct wait_request request = {.options = options | WEXITED};
    request_of_pid(pid, &request);
    struct wait_found found;
    helix_status status = wait_for_change(&request, &found);
    if (status == HELIX_E_AGAIN)
        return 0;
    if (status == HELIX_OK && arguments[1])
        status = user_copy_out(vaddr_of(arguments[1]), &found.status, sizeof found.status);
    if (status == HELIX_OK)
        status = write_usage(&found, arguments[3]);
    return status == HELIX_OK ? (i64)found.info.pid : syscall_result(status);
}

static i64 request_of_id(int which, u64 id, struct wait_request *request)
{
    request->which = which;
    request->id = (u32)id;
    if (which == P_ALL)
        return 0;
    if (which == P_PGID) {
        if ((i32)id < 0)
            return call_error(LINUX_EINVAL);
        if (id == 0)
            request->id = process_current()->pgid;
        return 0;
    }
    if (which == P_PID)
        return (i32)id > 0 ? 0 : call_error(LINUX_EINVAL);
    if (which != P_PIDFD)
        return call_error(LINUX_EINVAL);
    struct process *process;
    const helix_status status = pidfd_process((int)id, &process, &request->nonblocking);
    if (status != HELIX_OK)
        return syscall_result(status);
    request->which = P_PID;
    request->id = process->pid;
    process_put(process);
    return 0;
}

/* Without a change waitid() gives zeros. */
static helix_status write_info(const struct wait_found *found, u64 to)
{
    if (!to)
        return HELIX_OK;
    struct linux_siginfo info;
    signal_info_write(&found->info, &info);
    if (found->info.pid == 0)
        memset(&info, 0, sizeof info);
    // No more than Linux writes: to the end of si_status.
    return user_copy_out(vaddr_of(to), &info, offsetof(struct linux_siginfo, child.pad));
}

i64 sys_waitid(const u64 *arguments)
{
    const u32 options = (u32)arguments[3];
    if ((options &
         ~(WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | W_NOTHREAD | W_CLONE | W_ALL)) ||
        !(options & (WEXITED | WSTOPPED | WCONTINUED)))
        return call_error(LINUX_EINVAL);
    struct wait_request request = {.options = options};
    const i64 error = request_of_id((int)arguments[0], arguments[1], &request);
    if (error)
        return error;
    struct wait_found found;
    helix_status status = wait_for_change(&request, &found);
    if (status == HELIX_E_AGAIN && !(options & WNOHANG))
        return call_error(LINUX_EAGAIN);
    const bool nothing = status == HELIX_E_AGAIN;
    if (nothing)
        status = HELIX_OK;
    if (status == HELIX_OK)
        status = write_info(&found, arguments[2]);
    if (status == HELIX_OK && !nothing)
        status = write_usage(&found, arguments[4]);
    return syscall_result(status);
}
