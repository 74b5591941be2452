/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* ioctl(2) on terminals, as ioctl_tty(2) describes them. */
#include <helix/lib/string.h>
#include <helix/memory/user_copy.h>

#include "tty.h"

enum {
    TCGETS = 0x5401,
    TCSETS = 0x5402,
    TCSETSW = 0x5403,
    TCSETSF = 0x5404,
    TCSBRK = 0x5409,
    TCXONC = 0x540a,
    TCFLSH = 0x540b,
    TIOCSCTTY = 0x540e,
    TIOCGPGRP = 0x540f,
    TIOCSPGRP = 0x5410,
    TIOCOUTQ = 0x5411,
    TIOCGWINSZ = 0x5413,
    TIOCSWINSZ = 0x5414,
    FIONREAD = 0x541b,
    TIOCNOTTY = 0x5422,
    TCSBRKP = 0x5425,
    TIOCGSID = 0x5429,
};
enum { TCOOFF, TCOON, TCIOFF, TCION };
enum { TCIFLUSH, TCOFLUSH, TCIOFLUSH };

#define SIGWINCH 28

static helix_status get_termios(struct tty *tty, u64 user_termios)
{
    const struct irq_key key = spin_lock_irq(&tty->lock);
    const struct linux_termios termios = tty->termios;
    spin_unlock_irq(&tty->lock, key);
    return user_copy_out(vaddr_of(user_termios), &termios, sizeof termios);
}

/* Output is never behind: it has reached the device when write(2) returns, so W and F have nothing
 * to wait for. */
static helix_status set_termios(struct tty *tty, u64 user_termios, bool flush)
{
    struct linux_termios wanted;
    helix_status status = tty_check_change(tty);
    if (status == HELIX_OK)
        status = user_copy_in(&wanted, vaddr_of(user_termios), sizeof wanted);
    if (status != HELIX_OK)
        return status;
    const struct irq_key key = spin_lock_irq(&tty->lock);
    const bool mode_changed = (tty->termios.local ^ wanted.local) & TERMIOS_ICANON;
    if (flush)
        discipline_flush_input(tty);
    tty->termios = wanted;
    if (mode_changed)
        discipline_mode_changed(tty);
    if (!(wanted.input & TERMIOS_IXON))
        tty->stopped = false;
    spin_unlock_irq(&tty->lock, key);
    wait_wake_all(&tty->readers); // VMIN may be met now
    wait_wake_all(&tty->writers);
    return HELIX_OK;
}

static helix_status get_window(struct tty *tty, u64 user_window)
{
    const struct irq_key key = spin_lock_irq(&tty->lock);
    const struct linux_winsize window = tty->window;
    spin_unlock_irq(&tty->lock, key);
    return user_copy_out(vaddr_of(user_window), &window, sizeof window);
}

static helix_status set_window(struct tty *tty, u64 user_window)
{
    struct linux_winsize wanted;
    const helix_status status = user_copy_in(&wanted, vaddr_of(user_window), sizeof wanted);
    if (status != HELIX_OK)
        return status;
    const struct irq_key key = spin_lock_irq(&tty->lock);
    const bool changed = memcmp(&tty->window, &wanted, sizeof wanted) != 0;
    tty->window = wanted;
    spin_unlock_irq(&tty->lock, key);
    const u32 foreground = tty_foreground(tty);
    if (changed && foreground)
        tty_hooks.signal_group(foreground, SIGWINCH);
    return HELIX_OK;
}

static helix_status get_number(u32 number, u64 user_number)
{
    return user_copy_out(vaddr_of(user_number), &number, sizeof number);
}

static helix_status get_foreground(struct tty *tty, u64 user_pgid)
{
    return tty_hooks.controlling() == tty ? get_number(tty_foreground(tty), user_pgid)
                                          : HELIX_E_NOT_TTY;
}

static helix_status get_session(struct tty *tty, u64 user_sid)
{
    return tty_hooks.controlling() == tty ? get_number(READ_ONCE(tty->session), user_sid)
                                          : HELIX_E_NOT_TTY;
}

static helix_status set_foreground(struct tty *tty, u64 user_pgid)
{
    u32 pgid;
    const helix_status status = user_copy_in(&pgid, vaddr_of(user_pgid), sizeof pgid);
    return status == HELIX_OK ? tty_set_foreground(tty, pgid) : status;
}

static helix_status flush(struct tty *tty, u64 queue)
{
    if (queue > TCIOFLUSH)
        return HELIX_E_INVAL;
    const helix_status status = tty_check_change(tty);
    if (status != HELIX_OK || queue == TCOFLUSH)
        return status;
    const struct irq_key key = spin_lock_irq(&tty->lock);
    discipline_flush_input(tty);
    spin_unlock_irq(&tty->lock, key);
    return HELIX_OK;
}

static helix_status suspend_output(struct tty *tty, u64 action)
{
    const helix_status status = tty_check_change(tty);
    if (status != HELIX_OK)
        return status;
    if (action > TCION)
        return HELIX_E_INVAL;
    if (action == TCOOFF || action == TCOON) {
        const struct irq_key key = spin_lock_irq(&tty->lock);
        tty->stopped = action == TCOOFF;
        spin_unlock_irq(&tty->lock, key);
        wait_wake_all(&tty->writers);
    }
    return HELIX_OK; // a serial line's other side is not told to stop sending
}

static helix_status count_input(struct tty *tty, u64 user_count)
{
    const struct irq_key key = spin_lock_irq(&tty->lock);
    const u32 bytes = (u32)discipline_available(tty);
    spin_unlock_irq(&tty->lock, key);
    return get_number(bytes, user_count);
}

/* Settings and queues. */
static helix_status line_ioctl(struct tty *tty, u32 command, u64 argument)
{
    switch (command) {
    case TCGETS:
        return get_termios(tty, argument);
    case TCSETS:
    case TCSETSW:
        return set_termios(tty, argument, false);
    case TCSETSF:
        return set_termios(tty, argument, true);
    case TIOCGWINSZ:
        return get_window(tty, argument);
    case TIOCSWINSZ:
        return set_window(tty, argument);
    case FIONREAD:
        return count_input(tty, argument);
    case TIOCOUTQ:
        return get_number(0, argument); // everything has been sent
    case TCFLSH:
        return flush(tty, argument);
    case TCXONC:
        return suspend_output(tty, argument);
    case TCSBRK:
    case TCSBRKP:
        return tty_check_change(tty); // sent already; there is no break to send
    default:
        return HELIX_E_NOT_TTY;
    }
}

helix_status tty_ioctl(struct file *file, u32 command, u64 argument, i64 *result_out)
{
    struct tty *tty;
    const helix_status status = tty_of_file(file, &tty);
    if (status != HELIX_OK)
        return status;
    *result_out = 0;
    switch (command) {
    case TIOCSCTTY:
        return tty_set_controlling(tty, argument == 1 && file->credentials->euid == 0);
    case TIOCNOTTY:
        return tty_give_up(tty);
    case TIOCGPGRP:
        return get_foreground(tty, argument);
    case TIOCSPGRP:
        return set_foreground(tty, argument);
    case TIOCGSID:
        return get_session(tty, argument);
    default:
        return line_ioctl(tty, command, argument);
    }
}
