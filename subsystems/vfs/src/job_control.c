/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Job control: who may read from and write to a terminal, and whose it is (POSIX, General Terminal
 * Interface, 11.1). Process groups belong to the personality; they are asked through tty_hooks,
 * never under a tty's lock.
 */
#include <helix/lib/assert.h>

#include "tty.h"

#define SIGHUP  1
#define SIGCONT 18
#define SIGTTIN 21
#define SIGTTOU 22

/* Without a personality nobody has a group, a session or a terminal. */
static void signal_nobody(u32 pgid, int signal)
{
    (void)pgid, (void)signal;
}

static u32 no_group(void)
{
    return 0;
}

static bool no_leader(void)
{
    return false;
}

static struct tty *no_terminal(void)
{
    return NULL;
}

static void keep_none(struct tty *tty)
{
    (void)tty;
}

static bool deaf(int signal)
{
    (void)signal;
    return true;
}

static bool orphaned(u32 pgid)
{
    (void)pgid;
    return true;
}

static void lost_by_nobody(u32 session, struct tty *tty)
{
    (void)session, (void)tty;
}

static bool in_no_session(u32 pgid, u32 session)
{
    (void)pgid, (void)session;
    return false;
}

struct tty_hooks tty_hooks = {
    .signal_group = signal_nobody,
    .current_pgid = no_group,
    .current_session = no_group,
    .is_session_leader = no_leader,
    .controlling = no_terminal,
    .set_controlling = keep_none,
    .signal_ignored_or_blocked = deaf,
    .group_orphaned = orphaned,
    .group_in_session = in_no_session,
    .session_lost = lost_by_nobody,
    .is_administrator = no_leader,
};

void tty_set_hooks(const struct tty_hooks *hooks)
{
    tty_hooks = *hooks;
}

static u32 foreground_of(struct tty *tty)
{
    const struct irq_key key = spin_lock_irq(&tty->lock);
    const u32 foreground = tty->foreground;
    spin_unlock_irq(&tty->lock, key);
    return foreground;
}

/* Is the caller in a background group of its own controlling terminal? */
static bool is_background(struct tty *tty, u32 *pgid_out)
{
    if (tty_hooks.controlling() != tty)
        return false;
    const u32 foreground = foreground_of(tty);
    *pgid_out = tty_hooks.current_pgid();
    return foreground != 0 && foreground != *pgid_out;
}

helix_status tty_check_read(struct tty *tty)
{
    u32 pgid;
    if (likely(!is_background(tty, &pgid)))
        return HELIX_OK;
    if (tty_hooks.signal_ignored_or_blocked(SIGTTIN) || tty_hooks.group_orphaned(pgid))
        return HELIX_E_IO;
    tty_hooks.signal_group(pgid, SIGTTIN);
    return HELIX_E_RESTART;
}

helix_status tty_check_change(struct tty *tty)
{
    u32 pgid;
    if (likely(!is_background(tty, &pgid)) || tty_hooks.signal_ignored_or_blocked(SIGTTOU))
        return HELIX_OK;
    if (tty_hooks.group_orphaned(pgid))
        return HELIX_E_IO;
    tty_hooks.signal_group(pgid, SIGTTOU);
    return HELIX_E_RESTART;
}

/* Make @tty the terminal of @session, if it is free or already theirs, or with @steal whoever's it
 * is. */
static bool claim(struct tty *tty, u32 session, bool steal)
{
    const struct irq_key key = spin_lock_irq(&tty->lock);
    const bool free = tty->session == 0 || tty->session == session || steal;
    if (free) {
        tty->session = session;
        tty->foreground = tty_hooks.current_pgid();
    }
    spin_unlock_irq(&tty->lock, key);
    return free;
}

void tty_adopt(struct tty *tty)
{
    if (!tty_hooks.is_session_leader() || tty_hooks.controlling())
        return;
    if (claim(tty, tty_hooks.current_session(), false))
        tty_hooks.set_controlling(tty);
}

helix_status tty_set_controlling(struct tty *tty, bool steal)
{
    if (!tty_hooks.is_session_leader())
        return HELIX_E_PERM;
    struct tty *now = tty_hooks.controlling();
    if (now == tty)
        return HELIX_OK;
    if (now || !claim(tty, tty_hooks.current_session(), steal))
        return HELIX_E_PERM;
    tty_hooks.set_controlling(tty);
    return HELIX_OK;
}

/* The leader's session loses its terminal; the foreground group is told as for a hang-up. */
static void release_session(struct tty *tty)
{
    const struct irq_key key = spin_lock_irq(&tty->lock);
    const u32 foreground = tty->foreground;
    tty->session = tty->foreground = 0;
    spin_unlock_irq(&tty->lock, key);
    if (foreground == 0)
        return;
    tty_hooks.signal_group(foreground, SIGHUP);
    tty_hooks.signal_group(foreground, SIGCONT);
}

helix_status tty_give_up(struct tty *tty)
{
    if (tty_hooks.controlling() != tty)
        return HELIX_E_NOT_TTY;
    if (tty_hooks.is_session_leader()) {
        release_session(tty);
        tty_hooks.set_controlling(NULL);
    }
    return HELIX_OK;
}

helix_status tty_set_foreground(struct tty *tty, u32 pgid)
{
    const helix_status status = tty_check_change(tty);
    if (status != HELIX_OK)
        return status;
    if (tty_hooks.controlling() != tty)
        return HELIX_E_NOT_TTY;
    if ((i32)pgid <= 0)
        return HELIX_E_INVAL;
    if (!tty_hooks.group_in_session(pgid, tty_hooks.current_session()))
        return HELIX_E_PERM;
    const struct irq_key key = spin_lock_irq(&tty->lock);
    tty->foreground = pgid;
    spin_unlock_irq(&tty->lock, key);
    return HELIX_OK;
}

u32 tty_foreground(const struct tty *tty)
{
    return READ_ONCE(tty->foreground);
}

void tty_hang_up(struct tty *tty)
{
    const struct irq_key key = spin_lock_irq(&tty->lock);
    tty->hangups++;
    tty->stopped = false;
    discipline_flush_input(tty);
    const u32 session = tty->session;
    spin_unlock_irq(&tty->lock, key);
    if (session != 0)
        tty_hooks.session_lost(session, tty);
    release_session(tty);
    wait_wake_all(&tty->readers);
    wait_wake_all(&tty->writers);
}

void tty_hangup(struct tty *tty)
{
    // A pty's files stay alive: somebody else holds the other side.
    if (tty->driver->pseudo)
        release_session(tty);
    else
        tty_hang_up(tty);
}
