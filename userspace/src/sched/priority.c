/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* getpriority(2), setpriority(2) over threads, groups and users. */
#include "sched/sched.h"
#include "sched/select.h"

#include <helix/abi/linux.h>
#include <helix/core/syscall.h>

#include "calls.h"

#define PRIO_USER 2

static bool is_selected(const struct selection *selection, const struct process *process)
{
    return selection->which == SELECT_GROUP ? process->pgid == selection->who
                                            : process->uid == selection->who;
}

/* The task of @process with the smallest number above *@after, with a reference; NULL: no more. */
static struct task *next_task(struct process *process, u32 *after)
{
    struct task *next = NULL;
    const struct irq_key key = spin_lock_irq(&process->lock);
    list_for_each(struct task, task, &process->tasks, process_link)
        if (task->tid > *after && (!next || task->tid < next->tid))
            next = task;
    if (next) {
        task_get(next);
        *after = next->tid;
    }
    spin_unlock_irq(&process->lock, key);
    return next;
}

static void visit_tasks(struct selection *selection, struct process *process)
{
    struct task *task;
    for (u32 after = 0; (task = next_task(process, &after)) != NULL;) {
        selection->found = true;
        selection->visit(task, selection->context);
        task_put(task);
    }
}

static void visit_many(struct selection *selection)
{
    for (u32 pid = process_next_pid(0); pid != 0; pid = process_next_pid(pid)) {
        struct process *process = process_find(pid);
        if (!process)
            continue;
        if (is_selected(selection, process))
            visit_tasks(selection, process);
        process_put(process);
    }
}

helix_status sched_visit(struct selection *selection)
{
    if (selection->which == SELECT_TASK) {
        struct task *task = task_find(selection->who ? selection->who : task_current()->tid);
        if (!task)
            return HELIX_E_NO_PROCESS;
        selection->visit(task, selection->context);
        task_put(task);
        return HELIX_OK;
    }
    if (selection->who == 0)
        selection->who =
            selection->which == SELECT_GROUP ? process_current()->pgid : process_current()->uid;
    visit_many(selection);
    return selection->found ? HELIX_OK : HELIX_E_NO_PROCESS;
}

static void take_best(struct task *task, void *context)
{
    i64 *best = context;
    struct sched_setting setting;
    task_setting_get(task, &setting);
    *best = max(*best, (i64)20 - setting.nice);
}

/* The kernel's form is 20 - nice, so that no priority looks like an error. */
i64 sys_getpriority(const u64 *arguments)
{
    i64 best = 0;
    struct selection selection = {(enum select_which)arguments[0], (u32)arguments[1], take_best,
                                  &best, false};
    if ((u32)arguments[0] > PRIO_USER)
        return -LINUX_EINVAL;
    const helix_status status = sched_visit(&selection);
    return status == HELIX_OK ? best : syscall_result(status);
}

struct change {
    i32 nice;
    helix_status status; // of the last that failed
};

static helix_status set_nice_of(struct task *task, i32 nice)
{
    struct sched_setting setting;
    if (!task_owns(task->process))
        return HELIX_E_PERM;
    task_setting_get(task, &setting);
    if (nice < setting.nice && !sched_may_be_nice(task, nice))
        return HELIX_E_ACCESS;
    setting.nice = nice;
    return task_setting_set(task, &setting);
}

static void set_nice(struct task *task, void *context)
{
    struct change *change = context;
    const helix_status status = set_nice_of(task, change->nice);
    if (status != HELIX_OK)
        change->status = status;
}

i64 sys_setpriority(const u64 *arguments)
{
    struct change change = {min(max((i32)arguments[2], -20), 19), HELIX_OK};
    struct selection selection = {(enum select_which)arguments[0], (u32)arguments[1], set_nice,
                                  &change, false};
    if ((u32)arguments[0] > PRIO_USER)
        return -LINUX_EINVAL;
    const helix_status status = sched_visit(&selection);
    return syscall_result(status == HELIX_OK ? change.status : status);
}
