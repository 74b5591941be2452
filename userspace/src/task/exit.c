/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The end of tasks and processes.
 *
 * A task gives up its address space first, then leaves its process; the last one takes the
 * process's memory, files and timers with it. What is left is a zombie: a process in the table with
 * an exit status, until its parent has waited for it.
 */
#include "calls.h"
#include "ipc/ipc.h"
#include "signal/signals.h"
#include "task/rseq.h"
#include "task/tasks.h"
#include "time/timers.h"
#include "trace/trace.h"

#include <helix/hal/mmu.h>
#include <helix/lib/assert.h>
#include <helix/lib/atomic.h>
#include <helix/lib/string.h>
#include <helix/memory/user_copy.h>
#include <helix/userspace/file_table.h>
#include <helix/vfs/special.h>

static void wake_vfork_parent(struct task *task)
{
    if (!READ_ONCE(task->vfork_done))
        return;
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    struct vfork_wait *wait = task->vfork_done;
    if (wait) {
        task->vfork_done = NULL;
        WRITE_ONCE(wait->done, true);
        wait_wake_all(&wait->queue);
    }
    spin_unlock_irq(&process_table_lock, key);
}

void task_release_memory(struct task *task)
{
    futex_owner_ends(task);
    if (task->clear_child_tid.raw) {
        static const u32 zero;
        // Nobody is left to tell of a bad address.
        if (user_copy_out(task->clear_child_tid, &zero, sizeof zero) == HELIX_OK)
            futex_wake_address(task->clear_child_tid, 1);
        task->clear_child_tid = vaddr_of(0);
    }
    rseq_forget(task);
    wake_vfork_parent(task);
}

/* From here on the thread runs on the kernel's own address space: the process's may go any time. */
static void leave_space(struct thread *thread)
{
    const struct irq_key key = hal_irq_save();
    thread->hal.space = NULL;
    hal_space_activate(NULL);
    hal_irq_restore(key);
}

static void add_usage_locked(struct process *process, const struct task *task)
    HELIX_REQUIRES(&process->lock)
{
    struct process_usage usage;
    task_usage(task, &usage);
    process->user_time += usage.user_time;
    process->kernel_time += usage.kernel_time;
    process->minor_faults += usage.minor_faults;
    process->major_faults += usage.major_faults;
    process->voluntary += usage.voluntary;
    process->involuntary += usage.involuntary;
    task_io_add(&process->io, &task->io);
}

/* True: this was the last task. */
static bool leave_process(struct process *process, struct task *task, u32 status)
{
    const struct irq_key key = spin_lock_irq(&process->lock);
    add_usage_locked(process, task);
    list_remove(&task->process_link);
    memcpy(process->last_name, task->thread->name, sizeof process->last_name);
    if (process->leader == task) {
        process->leader = NULL;
        process->exit_status = status;
    }
    signal_queue_flush(process, &task->signal.pending);
    const bool last = --process->task_count == 0;
    if (process->survivor)
        wait_wake_all(&process->exit_wait);
    spin_unlock_irq(&process->lock, key);
    return last;
}

static void give_up_process_parts(struct process *process)
{
    process_timers_end(process);
    semaphores_process_ended(process);
    process->children_peak_rss = max(process->children_peak_rss, process_peak_rss_kb(process));
    struct vm_space *space = process_space_swap(process, NULL);
    if (space)
        vm_space_put(space);
    shared_memory_reap();
    process_program_set(process, NULL);
}

static void give_up_files(struct process *process, struct task *task)
{
    const struct irq_key key = spin_lock_irq(&process->lock);
    struct file_table *files = task->files;
    struct fs_context *fs = task->fs;
    task->files = NULL;
    task->fs = NULL;
    spin_unlock_irq(&process->lock, key);
    file_table_put(files);
    fs_context_put(fs);
}

/* A session leader takes the terminal away from its session. */
static void give_up_terminal(struct process *process)
{
    struct tty *tty = process->tty;
    if (process->sid != process->pid || !tty)
        return;
    tty_hangup(tty);
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    list_for_each(struct process, member, &process_table, table_link)
        if (member->sid == process->sid)
            member->tty = NULL;
    spin_unlock_irq(&process_table_lock, key);
}

static struct process *find_reaper_locked(struct process *process)
    HELIX_REQUIRES(&process_table_lock)
{
    for (struct process *above = process->parent; above; above = above->parent)
        if (above->child_subreaper && !above->zombie)
            return above;
    return process_init;
}

static void tell_parent_death_locked(struct process *child, const struct process *parent)
    HELIX_REQUIRES(&process_table_lock)
{
    spin_lock(&child->lock);
    list_for_each(struct task, task, &child->tasks, process_link)
        if (task->parent_death_signal) {
            const struct signal_info info = {.number = (i32)task->parent_death_signal,
                                             .code = SI_USER,
                                             .pid = parent->pid,
                                             .uid = parent->uid};
            signal_send_locked(child, task, info.number, &info);
        }
    spin_unlock(&child->lock);
}

/*
 * Stopped members of @process's group, which nobody can continue any more without @parent or
 * without @process itself, are told; @except, one of the two, ends. A parent in the same group, or
 * in another session, never was one who could.
 */
static void check_orphaned_group_locked(const struct process *process, const struct process *parent,
                                        const struct process *except)
    HELIX_REQUIRES(&process_table_lock)
{
    const u32 pgid = process->pgid;
    if (likely(signal_stopped_processes() == 0) || parent->pgid == pgid ||
        parent->sid != process->sid || !group_is_orphaned_locked(pgid, except))
        return;
    bool any_stopped = false;
    list_for_each(struct process, member, &process_table, table_link)
        any_stopped |= member->pgid == pgid && member != except && member->stopped;
    if (!any_stopped)
        return;
    signal_send_group_locked(pgid, SIGHUP, NULL);
    signal_send_group_locked(pgid, SIGCONT, NULL);
}

static void reap_locked(struct process *process) HELIX_REQUIRES(&process_table_lock)
{
    list_remove(&process->sibling_link);
    process_table_remove_locked(process);
}

static void reparent_children_locked(struct process *process, struct list *unwanted)
    HELIX_REQUIRES(&process_table_lock)
{
    if (list_is_empty(&process->children))
        return;
    struct process *reaper = find_reaper_locked(process);
    list_for_each_safe(struct process, child, &process->children, sibling_link) {
        list_remove(&child->sibling_link);
        list_push_back(&reaper->children, &child->sibling_link);
        child->parent = reaper;
        child->parent_tid = reaper->pid;
        tell_parent_death_locked(child, process);
        check_orphaned_group_locked(child, process, process);
        child->exit_signal = SIGCHLD;
        if (child->zombie && process_notify_parent_locked(child, 0, 0)) {
            reap_locked(child);
            list_push_back(unwanted, &child->sibling_link);
        }
    }
}

static void put_unwanted(struct list *unwanted)
{
    struct list *node;
    while ((node = list_pop_front(unwanted)) != NULL)
        process_put(list_entry(node, struct process, sibling_link));
}

/* The last task has ended. Children that nobody will wait for end up in @unwanted. */
static void become_zombie_locked(struct process *process, struct list *unwanted)
    HELIX_REQUIRES(&process_table_lock)
{
    if (process->exiting)
        process->exit_status = process->group_exit_code;
    reparent_children_locked(process, unwanted);
    if (process->parent)
        check_orphaned_group_locked(process, process->parent, process);
    WRITE_ONCE(process->zombie, true);
    wait_wake_all(&process->exit_wait);
    if (trace_process_ended_locked(process))
        return;
    if (process_notify_parent_locked(process, 0, 0)) {
        reap_locked(process);
        list_push_back(unwanted, &process->sibling_link);
    }
}

static void refuse_end_of_init(const struct process *process, u32 status)
{
    if (process == process_init)
        helix_panic("init ended with status 0x%x",
                    process->exiting ? process->group_exit_code : status);
}

/* The children that the task @from of @process made are @to's from now on: __WNOTHREAD. */
static void give_children_locked(struct process *process, u32 from, u32 to)
    HELIX_REQUIRES(&process_table_lock)
{
    list_for_each(struct process, child, &process->children, sibling_link)
        if (child->parent_tid == from)
            child->parent_tid = to;
}

/* Any task of @process that lives takes over what @task leaves. */
static void leave_children_locked(struct process *process, const struct task *task)
    HELIX_REQUIRES(&process_table_lock)
{
    if (list_is_empty(&process->children))
        return;
    spin_lock(&process->lock);
    const struct task *heir = list_first(&process->tasks, struct task, process_link);
    const u32 tid = heir ? heir->tid : process->pid;
    spin_unlock(&process->lock);
    give_children_locked(process, task->tid, tid);
}

[[noreturn]] void task_exit(u32 status)
{
    struct task *task = task_current();
    struct process *process = task->process;
    struct list unwanted = LIST_INIT(unwanted);

    if (task_is_traced(task))
        trace_event(TRACE_EVENT_EXIT, status);
    trace_tracer_ended(task);
    task_release_memory(task);
    futex_owner_ended(task, FUTEX_LIFE_ENDED);
    leave_space(task->thread);
    const bool last = leave_process(process, task, status);
    if (last) {
        refuse_end_of_init(process, status);
        give_up_process_parts(process);
    }
    give_up_files(process, task);
    if (last)
        give_up_terminal(process);

    const struct irq_key key = spin_lock_irq(&process_table_lock);
    task_table_remove_locked(task);
    trace_task_ended_locked(task, status);
    if (last)
        become_zombie_locked(process, &unwanted);
    else
        leave_children_locked(process, task);
    spin_unlock_irq(&process_table_lock, key);
    put_unwanted(&unwanted);
    thread_exit();
}

[[noreturn]] void process_exit_group(u32 status)
{
    struct process *process = process_current();
    const struct irq_key key = spin_lock_irq(&process->lock);
    process_kill_locked(process, status);
    status = process->group_exit_code;
    spin_unlock_irq(&process->lock, key);
    task_exit(status);
}

static bool siblings_gone(struct process *process)
{
    return READ_ONCE(process->task_count) == 1 || READ_ONCE(process->exiting);
}

/* The survivor of execve() answers to the process's pid from now on. */
static void take_leadership(struct process *process, struct task *task)
{
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    spin_lock(&process->lock);
    process->survivor = NULL;
    process->leader = task;
    if (task->tid != process->pid) {
        give_children_locked(process, task->tid, process->pid);
        task_table_remove_locked(task);
        task->tid = process->pid;
        task_table_add_locked(task);
    }
    spin_unlock(&process->lock);
    struct task *old = trace_drop_leader_locked(process, task);
    spin_unlock_irq(&process_table_lock, key);
    if (unlikely(old))
        task_put(old);
}

helix_status process_end_siblings(void)
{
    struct process *process = process_current();
    struct task *task = task_current();
    const struct irq_key key = spin_lock_irq(&process->lock);
    const bool refused = process->exiting || process->survivor;
    if (!refused && process->task_count > 1) {
        process->survivor = task;
        process_end_tasks_locked(process, task);
    }
    spin_unlock_irq(&process->lock, key);
    if (refused)
        return HELIX_E_INTERRUPTED;
    if (process->survivor) {
        // The siblings end at their boundary without waiting for anything of ours; a fatal signal
        // ends this wait too.
        helix_ignore(WAIT_FOR(&process->exit_wait, siblings_gone(process), NANOS_NEVER,
                              WAIT_UNINTERRUPTIBLE, "exec"));
    }
    if (READ_ONCE(process->exiting))
        return HELIX_E_INTERRUPTED;
    take_leadership(process, task);
    return HELIX_OK;
}

i64 sys_exit(const u64 *arguments)
{
    task_exit(WAIT_STATUS_EXIT((u32)arguments[0]));
}

i64 sys_exit_group(const u64 *arguments)
{
    process_exit_group(WAIT_STATUS_EXIT((u32)arguments[0]));
}
