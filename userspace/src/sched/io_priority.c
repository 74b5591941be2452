/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* I/O priorities: kept and answered as on Linux; no disk asks for them here. */
#include "sched/sched.h"
#include "sched/select.h"

#include <helix/abi/linux.h>
#include <helix/capability/linux.h>
#include <helix/core/syscall.h>

#include "calls.h"

#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_WHO_USER    3
#define CLASS_SHIFT        13
#define CLASS_MASK         7u
#define LEVEL_MASK         0x1fffu
#define LEVELS             8u

enum io_class {
    IO_CLASS_NONE,
    IO_CLASS_REALTIME,
    IO_CLASS_BEST_EFFORT,
    IO_CLASS_IDLE,
};

static u32 class_of(u32 priority)
{
    return (priority >> CLASS_SHIFT) & CLASS_MASK;
}

/* What the scheduling policy gives to who asked for nothing. */
static u32 effective(struct task *task)
{
    struct sched_setting setting;
    const u32 priority = READ_ONCE(task->io_priority);
    if (class_of(priority) != IO_CLASS_NONE)
        return priority;
    task_setting_get(task, &setting);
    const u32 class =
        setting.policy == SCHED_POLICY_IDLE ? IO_CLASS_IDLE
        : setting.policy == SCHED_POLICY_NORMAL || setting.policy == SCHED_POLICY_BATCH
            ? IO_CLASS_BEST_EFFORT
            : IO_CLASS_REALTIME;
    return class << CLASS_SHIFT | (u32)(setting.nice + 20) / 5;
}

i64 sched_io_priority_check(u32 priority)
{
    const u32 level = priority & LEVEL_MASK;
    switch (class_of(priority)) {
    case IO_CLASS_NONE:
        return level == 0 ? 0 : -LINUX_EINVAL;
    case IO_CLASS_REALTIME:
        if (!task_capable(CAP_SYS_ADMIN) && !task_capable(CAP_SYS_NICE))
            return -LINUX_EPERM;
        return level < LEVELS ? 0 : -LINUX_EINVAL;
    case IO_CLASS_BEST_EFFORT:
        return level < LEVELS ? 0 : -LINUX_EINVAL;
    case IO_CLASS_IDLE:
        return 0;
    default:
        return -LINUX_EINVAL;
    }
}

struct io_change {
    u16 priority;
    i64 result;
};

static void set_one(struct task *task, void *context)
{
    struct io_change *change = context;
    const struct credentials *own = task_current()->credentials;
    const u32 uid = task->process->uid;
    if (change->result)
        return;
    if (uid != own->euid && uid != own->uid && !task_capable(CAP_SYS_NICE)) {
        change->result = -LINUX_EPERM;
        return;
    }
    WRITE_ONCE(task->io_priority, change->priority);
    if (!task->io_context)
        task->io_context = object_id_new();
}

static bool is_who(u64 which)
{
    return (i32)which >= IOPRIO_WHO_PROCESS && (i32)which <= IOPRIO_WHO_USER;
}

i64 sys_ioprio_set(const u64 *arguments)
{
    struct io_change change = {(u16)arguments[2], 0};
    struct selection selection = {(enum select_which)(arguments[0] - IOPRIO_WHO_PROCESS),
                                  (u32)arguments[1], set_one, &change, false};
    const i64 error = sched_io_priority_check((u32)arguments[2]);
    if (error)
        return error;
    if (!is_who(arguments[0]))
        return -LINUX_EINVAL;
    const helix_status status = sched_visit(&selection);
    return status == HELIX_OK ? change.result : syscall_result(status);
}

struct io_best {
    u32 best;
    bool raw; // of one task: what it asked for
};

/* The highest of all; less is higher. */
static void take_one(struct task *task, void *context)
{
    struct io_best *best = context;
    const u32 priority = best->raw ? READ_ONCE(task->io_priority) : effective(task);
    if (best->raw || !best->best || priority < best->best)
        best->best = priority;
}

i64 sys_ioprio_get(const u64 *arguments)
{
    struct io_best best = {.raw = (i32)arguments[0] == IOPRIO_WHO_PROCESS};
    struct selection selection = {(enum select_which)(arguments[0] - IOPRIO_WHO_PROCESS),
                                  (u32)arguments[1], take_one, &best, false};
    if (!is_who(arguments[0]))
        return -LINUX_EINVAL;
    const helix_status status = sched_visit(&selection);
    return status == HELIX_OK ? (i64)best.best : syscall_result(status);
}
