/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * getpriority(2), setpriority(2) over processes, groups and users; I/O priorities, which are kept
 * by nobody and answered as Linux does for a disk without a scheduler.
 */
#include <helix/abi/linux.h>
#include <helix/capability/linux.h>
#include <helix/core/syscall.h>
#include <helix/execution/thread.h>

#include "calls.h"
#include "task/tasks.h"

#define PRIO_PROCESS 0
#define PRIO_PGRP    1
#define PRIO_USER    2

struct selection {
    int which;
    u32 who;
    bool (*visit)(struct task *task, void *context); // false: stop
    void *context;
    bool found;
};

static bool is_selected(const struct selection *selection, const struct process *process)
{
    return selection->which == PRIO_PGRP ? process->pgid == selection->who
                                         : process->uid == selection->who;
}

static void visit_one(struct selection *selection, struct process *process)
{
    struct task *task = process_any_task(process);
    if (!task)
        return;
    selection->found = true;
    selection->visit(task, selection->context);
    task_put(task);
}

static void visit_many(struct selection *selection)
{
    for (u32 pid = process_next_pid(0); pid != 0; pid = process_next_pid(pid)) {
        struct process *process = process_find(pid);
        if (!process)
            continue;
        if (is_selected(selection, process))
            visit_one(selection, process);
        process_put(process);
    }
}

static helix_status visit_selected(struct selection *selection)
{
    if (selection->which < PRIO_PROCESS || selection->which > PRIO_USER)
        return HELIX_E_INVAL;
    if (selection->which == PRIO_PROCESS) {
        struct task *task = task_find(selection->who ? selection->who : task_current()->tid);
        if (!task)
            return HELIX_E_NO_PROCESS;
        selection->visit(task, selection->context);
        task_put(task);
        return HELIX_OK;
    }
    if (selection->who == 0)
        selection->who =
            selection->which == PRIO_PGRP ? process_current()->pgid : process_current()->uid;
    visit_many(selection);
    return selection->found ? HELIX_OK : HELIX_E_NO_PROCESS;
}

static bool take_best(struct task *task, void *context)
{
    i64 *best = context;
    const i64 value = 20 - task->thread->sched.nice;
    if (value > *best)
        *best = value;
    return true;
}

/* The kernel's form is 20 - nice, so that no priority looks like an error. */
i64 sys_getpriority(const u64 *arguments)
{
    i64 best = 0;
    struct selection selection = {(int)arguments[0], (u32)arguments[1], take_best, &best, false};
    const helix_status status = visit_selected(&selection);
    return status == HELIX_OK ? best : syscall_result(status);
}

struct change {
    i32 nice;
    helix_status status;
};

static bool set_nice(struct task *task, void *context)
{
    struct change *change = context;
    struct sched_entity *entity = &task->thread->sched;
    const bool better = change->nice < entity->nice;
    if (!task_owns(task->process))
        change->status = HELIX_E_PERM;
    else if (better && !task_capable(CAP_SYS_NICE) &&
             (u64)(20 - change->nice) > process_limit(LINUX_RLIMIT_NICE))
        change->status = HELIX_E_ACCESS;
    else
        change->status =
            thread_set_policy(task->thread, entity->policy, entity->rt_priority, change->nice);
    return true;
}

i64 sys_setpriority(const u64 *arguments)
{
    i32 nice = (i32)arguments[2];
    nice = nice < -20 ? -20 : nice > 19 ? 19 : nice;
    struct change change = {nice, HELIX_OK};
    struct selection selection = {(int)arguments[0], (u32)arguments[1], set_nice, &change, false};
    const helix_status status = visit_selected(&selection);
    return syscall_result(status == HELIX_OK ? change.status : status);
}

#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_WHO_USER    3
#define IOPRIO_CLASS_MOST  3u

i64 sys_ioprio_set(const u64 *arguments)
{
    const i32 which = (i32)arguments[0];
    if (which < IOPRIO_WHO_PROCESS || which > IOPRIO_WHO_USER ||
        ((u32)arguments[2] >> 13) > IOPRIO_CLASS_MOST)
        return -LINUX_EINVAL;
    return 0;
}

i64 sys_ioprio_get(const u64 *arguments)
{
    const i32 which = (i32)arguments[0];
    return which < IOPRIO_WHO_PROCESS || which > IOPRIO_WHO_USER ? -LINUX_EINVAL : 0;
}
