/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "futex/inherit.h"
#include "futex/waiter.h"
#include "sched/setting.h"

#include <helix/lib/atomic.h>

#define CHAIN_MOST    1024u // owners that wait for owners: a longer chain counts as a deadlock
#define URGENCY_RT    99
#define URGENCY_NICE0 120

struct spinlock futex_owner_lock = SPINLOCK_INIT(LOCK_RANK_INHERITANCE);

static i32 urgency_of(enum sched_policy policy, u32 rt_priority, i32 nice)
{
    if (policy == SCHED_POLICY_DEADLINE)
        return 0;
    if (policy == SCHED_POLICY_FIFO || policy == SCHED_POLICY_RR)
        return URGENCY_RT - (i32)rt_priority;
    return URGENCY_NICE0 + nice;
}

i32 task_urgency(const struct task *task)
{
    const struct sched_entity *entity = &task->thread->sched;
    return urgency_of(entity->policy, entity->rt_priority, entity->nice);
}

static struct sched_setting setting_of(const struct sched_entity *entity)
{
    const bool deadline = entity->policy == SCHED_POLICY_DEADLINE;
    return (struct sched_setting){
        .policy = entity->policy,
        .rt_priority = entity->rt_priority,
        .nice = entity->nice,
        .runtime = deadline ? entity->deadline_runtime : 0,
        .relative = deadline ? entity->deadline_relative : 0,
        .period = deadline ? entity->deadline_period : 0,
    };
}

static struct sched_setting own_locked(const struct task *task) HELIX_REQUIRES(&futex_owner_lock)
{
    return task->inheritance.lent ? task->inheritance.own : setting_of(&task->thread->sched);
}

static helix_status apply(struct task *task, const struct sched_setting *setting)
{
    if (setting->policy == SCHED_POLICY_DEADLINE)
        return thread_set_deadline(task->thread, setting->runtime, setting->relative,
                                   setting->period);
    return thread_set_policy(task->thread, setting->policy, setting->rt_priority, setting->nice);
}

/* The setting of a task that is as urgent as its most urgent waiter. */
static struct sched_setting lent_setting(i32 urgency, const struct sched_setting *own)
{
    if (urgency < URGENCY_RT)
        return (struct sched_setting){.policy = own->policy == SCHED_POLICY_RR ? SCHED_POLICY_RR
                                                                               : SCHED_POLICY_FIFO,
                                      .rt_priority = (u32)min(URGENCY_RT - urgency, URGENCY_RT),
                                      .nice = own->nice};
    return (struct sched_setting){.policy = SCHED_POLICY_NORMAL, .nice = urgency - URGENCY_NICE0};
}

/* True: it is more or less urgent than it was. */
static bool adjust_locked(struct task *task) HELIX_REQUIRES(&futex_owner_lock)
{
    struct task_inheritance *inheritance = &task->inheritance;
    const struct sched_setting own = own_locked(task);
    const i32 before = task_urgency(task);
    i32 best = urgency_of(own.policy, own.rt_priority, own.nice);
    const i32 without = best;
    list_for_each(struct futex_waiter, waiter, &inheritance->waiters, owner_link)
        best = min(best, task_urgency(waiter->task));
    const bool lent = best < without;
    if (best == before && lent == inheritance->lent)
        return false;
    const struct sched_setting setting = lent ? lent_setting(best, &own) : own;
    inheritance->own = own;
    inheritance->lent = lent;
    // What is applied was valid for this task or one of its waiters.
    helix_ignore(apply(task, &setting));
    return task_urgency(task) != before;
}

void futex_owner_settle_locked(struct task *task)
{
    for (unsigned i = 0; i < CHAIN_MOST && task && adjust_locked(task); i++)
        task = task->inheritance.blocked ? task->inheritance.blocked->owner : NULL;
}

static bool waits_for_locked(const struct task *task, const struct task *what)
    HELIX_REQUIRES(&futex_owner_lock)
{
    for (unsigned i = 0; i < CHAIN_MOST; i++) {
        if (task == what)
            return true;
        if (!task || !task->inheritance.blocked)
            return false;
        task = task->inheritance.blocked->owner;
    }
    return true;
}

helix_status futex_owner_attach(struct futex_waiter *waiter, struct task *owner)
{
    helix_status status = HELIX_OK;
    spin_lock(&futex_owner_lock);
    if (owner->inheritance.futexes == FUTEX_LIFE_ENDING)
        status = HELIX_E_BUSY;
    else if (owner->inheritance.futexes == FUTEX_LIFE_ENDED)
        status = HELIX_E_NO_PROCESS;
    else if (waits_for_locked(owner, waiter->task))
        status = HELIX_E_DEADLOCK;
    if (status == HELIX_OK) {
        waiter->owner = owner;
        waiter->task->inheritance.blocked = waiter;
        list_push_back(&owner->inheritance.waiters, &waiter->owner_link);
        futex_owner_settle_locked(owner);
    }
    spin_unlock(&futex_owner_lock);
    return status;
}

void futex_owner_leave_locked(struct futex_waiter *waiter)
{
    list_remove(&waiter->owner_link);
    waiter->owner = NULL;
    waiter->task->inheritance.blocked = NULL;
}

void futex_owner_move_locked(struct futex_waiter *waiter, struct task *owner)
{
    list_remove(&waiter->owner_link);
    waiter->owner = owner;
    list_push_back(&owner->inheritance.waiters, &waiter->owner_link);
}

void futex_owner_detach(struct futex_waiter *waiter)
{
    spin_lock(&futex_owner_lock);
    struct task *owner = waiter->owner;
    futex_owner_leave_locked(waiter);
    futex_owner_settle_locked(owner);
    spin_unlock(&futex_owner_lock);
}

void task_setting_get(const struct task *task, struct sched_setting *setting_out)
{
    spin_lock(&futex_owner_lock);
    *setting_out = own_locked(task);
    spin_unlock(&futex_owner_lock);
}

helix_status task_setting_set(struct task *task, const struct sched_setting *setting)
{
    struct task_inheritance *inheritance = &task->inheritance;
    spin_lock(&futex_owner_lock);
    helix_status status = apply(task, setting);
    if (status == HELIX_OK) {
        inheritance->lent = false; // until its waiters are asked
        adjust_locked(task);
        if (inheritance->blocked)
            futex_owner_settle_locked(inheritance->blocked->owner);
    }
    spin_unlock(&futex_owner_lock);
    return status;
}
