/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* What terminals ask about process groups and sessions. */
#include "proc/proc.h"

#include <helix/capability/linux.h>

#include "signal/signals.h"
#include "task/tasks.h"

static void signal_group(u32 pgid, int signal)
{
    // A group without members has nobody to tell.
    helix_ignore(signal_send_group(pgid, signal, NULL));
}

/* Kernel threads have no group. */
static u32 current_group(void)
{
    const struct task *task = task_current();
    return task ? READ_ONCE(task->process->pgid) : 0;
}

static u32 current_session(void)
{
    const struct task *task = task_current();
    return task ? READ_ONCE(task->process->sid) : 0;
}

static bool is_session_leader(void)
{
    const struct task *task = task_current();
    return task && READ_ONCE(task->process->sid) == task->process->pid;
}

static struct tty *controlling(void)
{
    const struct task *task = task_current();
    return task ? READ_ONCE(task->process->tty) : NULL;
}

static void set_controlling(struct tty *tty)
{
    const u32 session = current_session();
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    list_for_each(struct process, member, &process_table, table_link)
        if (member->sid == session)
            member->tty = tty;
    spin_unlock_irq(&process_table_lock, key);
}

static bool ignored_or_blocked(int signal)
{
    const struct task *task = task_current();
    struct signal_action action;
    if (!task)
        return true;
    if (task->signal.blocked & SIGNAL_BIT(signal))
        return true;
    signal_action_get(task->process, signal, &action);
    return action.handler.raw == SIG_IGN;
}

static bool group_orphaned(u32 pgid)
{
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    const bool orphaned = group_is_orphaned_locked(pgid, NULL);
    spin_unlock_irq(&process_table_lock, key);
    return orphaned;
}

static bool group_in_session(u32 pgid, u32 session)
{
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    const bool exists = group_exists_locked(pgid, session);
    spin_unlock_irq(&process_table_lock, key);
    return exists;
}

static bool is_administrator(void)
{
    return task_capable(CAP_SYS_ADMIN);
}

/* A terminal hung up: its session has none, and the leader hears of it. */
static void session_lost(u32 session, struct tty *tty)
{
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    list_for_each(struct process, member, &process_table, table_link)
        if (member->sid == session && member->tty == tty)
            member->tty = NULL;
    spin_unlock_irq(&process_table_lock, key);
    struct process *leader = process_find(session);
    if (!leader)
        return;
    helix_ignore(signal_send_process(leader, SIGHUP, NULL)); // it may be ending: then it knows
    helix_ignore(signal_send_process(leader, SIGCONT, NULL));
    process_put(leader);
}

void terminal_start(void)
{
    static const struct tty_hooks hooks = {
        .signal_group = signal_group,
        .current_pgid = current_group,
        .current_session = current_session,
        .is_session_leader = is_session_leader,
        .controlling = controlling,
        .set_controlling = set_controlling,
        .signal_ignored_or_blocked = ignored_or_blocked,
        .group_orphaned = group_orphaned,
        .group_in_session = group_in_session,
        .is_administrator = is_administrator,
        .session_lost = session_lost,
    };
    tty_set_hooks(&hooks);
}
