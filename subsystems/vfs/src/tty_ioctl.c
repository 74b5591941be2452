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
    TCGETA = 0x5405,
    TCSETA = 0x5406,
    TCSETAW = 0x5407,
    TCSETAF = 0x5408,
    TCSBRK = 0x5409,
    TCXONC = 0x540a,
    TCFLSH = 0x540b,
    TIOCEXCL = 0x540c,
    TIOCNXCL = 0x540d,
    TIOCSCTTY = 0x540e,
    TIOCGPGRP = 0x540f,
    TIOCSPGRP = 0x5410,
    TIOCOUTQ = 0x5411,
    TIOCSTI = 0x5412,
    TIOCGWINSZ = 0x5413,
    TIOCSWINSZ = 0x5414,
    FIONREAD = 0x541b,
    TIOCNOTTY = 0x5422,
    TIOCSETD = 0x5423,
    TIOCGETD = 0x5424,
    TCSBRKP = 0x5425,
    TIOCSBRK = 0x5427,
    TIOCCBRK = 0x5428,
    TIOCGSID = 0x5429,
    TIOCVHANGUP = 0x5437,
    TIOCGLCKTRMIOS = 0x5456,
    TIOCSLCKTRMIOS = 0x5457,
};
#define TIOCGDEV  0x80045432u
#define TIOCGEXCL 0x80045440u
#define TCGETS2   0x802c542au
#define TCSETS2   0x402c542bu
#define TCSETSW2  0x402c542cu
#define TCSETSF2  0x402c542du

/* struct termios2: speeds as numbers, too. */
struct linux_termios2 {
    struct linux_termios termios;
    u32 input_speed, output_speed;
};
_Static_assert(sizeof(struct linux_termios2) == 44, "struct termios2 of ioctl_tty(2)");

/* struct termio: the lower halves of the flags, and the first characters. */
struct linux_termio {
    u16 input, output, control, local;
    u8 line;
    u8 characters[8];
};
_Static_assert(sizeof(struct linux_termio) == 18, "struct termio of ioctl_tty(2)");
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

static helix_status get_termio(struct tty *tty, u64 user_termio)
{
    const struct irq_key key = spin_lock_irq(&tty->lock);
    const struct linux_termios termios = tty->termios;
    spin_unlock_irq(&tty->lock, key);
    struct linux_termio old = {.input = (u16)termios.input,
                               .output = (u16)termios.output,
                               .control = (u16)termios.control,
                               .local = (u16)termios.local,
                               .line = termios.line};
    memcpy(old.characters, termios.characters, sizeof old.characters);
    return user_copy_out(vaddr_of(user_termio), &old, sizeof old);
}

/* Bits per second of the codes of c_cflag; 0: hung up, or any other speed. */
static u32 speed_of(u32 control)
{
    static const u32 slow[] = {0,   50,   75,   110,  134,  150,  200,   300,
                               600, 1200, 1800, 2400, 4800, 9600, 19200, 38400};
    static const u32 fast[] = {0, 57600, 115200, 230400, 460800, 500000, 576000, 921600};
    const u32 code = control & 0010017;
    if (!(code & 0010000))
        return slow[code];
    return (code & 017) < array_count(fast) ? fast[code & 017] : 0;
}

static helix_status get_termios2(struct tty *tty, u64 user_termios)
{
    const struct irq_key key = spin_lock_irq(&tty->lock);
    struct linux_termios2 termios = {.termios = tty->termios};
    spin_unlock_irq(&tty->lock, key);
    termios.input_speed = termios.output_speed = speed_of(termios.termios.control);
    return user_copy_out(vaddr_of(user_termios), &termios, sizeof termios);
}

/* Do ^S and ^Q stop output, for who reads packets? */
static bool keys_stop(const struct linux_termios *termios)
{
    return (termios->input & TERMIOS_IXON) && termios->characters[TERMIOS_VSTOP] == 19 &&
           termios->characters[TERMIOS_VSTART] == 17;
}

static void tell_settings(struct tty *tty, const struct linux_termios *before)
    HELIX_REQUIRES(&tty->lock)
{
    const bool now = keys_stop(&tty->termios);
    if (tty->driver && now != keys_stop(before))
        tty->driver->event(tty, now ? TTY_EVENT_STOP_KEYS : TTY_EVENT_NO_STOP_KEYS);
}

/* What the administrator has locked stays: single flags, and a character or the line as a whole. */
static void keep_locked(const struct tty *tty, struct linux_termios *wanted)
    HELIX_REQUIRES(&tty->lock)
{
    const struct linux_termios *now = &tty->termios, *locked = &tty->termios_locked;
    wanted->input ^= (wanted->input ^ now->input) & locked->input;
    wanted->output ^= (wanted->output ^ now->output) & locked->output;
    wanted->control ^= (wanted->control ^ now->control) & locked->control;
    wanted->local ^= (wanted->local ^ now->local) & locked->local;
    if (locked->line)
        wanted->line = now->line;
    for (unsigned i = 0; i < TERMIOS_CCS; i++)
        if (locked->characters[i])
            wanted->characters[i] = now->characters[i];
}

static void use_termios(struct tty *tty, struct linux_termios wanted, bool flush)
{
    const struct irq_key key = spin_lock_irq(&tty->lock);
    const struct linux_termios before = tty->termios;
    keep_locked(tty, &wanted);
    if (flush)
        discipline_flush_input(tty);
    tty->termios = wanted;
    if ((before.local ^ wanted.local) & TERMIOS_ICANON)
        discipline_mode_changed(tty);
    if (!(wanted.input & TERMIOS_IXON))
        discipline_stop(tty, false);
    tell_settings(tty, &before);
    spin_unlock_irq(&tty->lock, key);
    wait_wake_all(&tty->readers); // VMIN may be met now
    wait_wake_all(&tty->writers);
}

/* Output is never behind: it has reached the device when write(2) returns, so W and F have nothing
 * to wait for. */
static helix_status set_termios(struct tty *tty, u64 user_termios, bool flush)
{
    struct linux_termios wanted;
    helix_status status = tty_check_change(tty);
    if (status == HELIX_OK)
        status = user_copy_in(&wanted, vaddr_of(user_termios), sizeof wanted);
    if (status == HELIX_OK)
        use_termios(tty, wanted, flush);
    return status;
}

static u32 with_low_half(u32 flags, u16 half)
{
    return (flags & 0xffff0000u) | half;
}

static helix_status set_termio(struct tty *tty, u64 user_termio, bool flush)
{
    struct linux_termio old;
    helix_status status = tty_check_change(tty);
    if (status == HELIX_OK)
        status = user_copy_in(&old, vaddr_of(user_termio), sizeof old);
    if (status != HELIX_OK)
        return status;
    const struct irq_key key = spin_lock_irq(&tty->lock);
    struct linux_termios wanted = tty->termios;
    spin_unlock_irq(&tty->lock, key);
    wanted.input = with_low_half(wanted.input, old.input);
    wanted.output = with_low_half(wanted.output, old.output);
    wanted.control = with_low_half(wanted.control, old.control);
    wanted.local = with_low_half(wanted.local, old.local);
    wanted.line = old.line;
    memcpy(wanted.characters, old.characters, sizeof old.characters);
    use_termios(tty, wanted, flush);
    return HELIX_OK;
}

static helix_status get_locked(struct tty *tty, u64 user_termios)
{
    const struct irq_key key = spin_lock_irq(&tty->lock);
    const struct linux_termios locked = tty->termios_locked;
    spin_unlock_irq(&tty->lock, key);
    return user_copy_out(vaddr_of(user_termios), &locked, sizeof locked);
}

static helix_status set_locked(struct tty *tty, u64 user_termios)
{
    struct linux_termios wanted;
    if (!tty_hooks.is_administrator())
        return HELIX_E_PERM;
    const helix_status status = user_copy_in(&wanted, vaddr_of(user_termios), sizeof wanted);
    if (status != HELIX_OK)
        return status;
    const struct irq_key key = spin_lock_irq(&tty->lock);
    tty->termios_locked = wanted;
    spin_unlock_irq(&tty->lock, key);
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
    if (status != HELIX_OK)
        return status;
    const struct irq_key key = spin_lock_irq(&tty->lock);
    if (queue != TCOFLUSH)
        discipline_flush_input(tty);
    if (tty->driver)
        tty->driver->event(tty, (queue != TCOFLUSH ? TTY_EVENT_FLUSH_READ : 0) |
                                    (queue != TCIFLUSH ? TTY_EVENT_FLUSH_WRITE : 0));
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
    const struct irq_key key = spin_lock_irq(&tty->lock);
    if (action == TCOOFF || action == TCOON)
        discipline_stop(tty, action == TCOOFF);
    else
        discipline_send(tty, action == TCIOFF ? TERMIOS_VSTOP : TERMIOS_VSTART);
    spin_unlock_irq(&tty->lock, key);
    if (action == TCOON)
        wait_wake_all(&tty->writers);
    return HELIX_OK;
}

/* As if it had been typed. Into somebody else's terminal only the administrator types. */
static helix_status fake_input(struct tty *tty, u64 user_byte)
{
    char byte;
    if (tty_hooks.controlling() != tty && !tty_hooks.is_administrator())
        return HELIX_E_PERM;
    const helix_status status = user_copy_in(&byte, vaddr_of(user_byte), sizeof byte);
    if (status == HELIX_OK)
        tty_receive(tty, &byte, 1);
    return status;
}

static helix_status hang_up(struct tty *tty)
{
    if (!tty_hooks.is_administrator())
        return HELIX_E_PERM;
    tty_hang_up(tty);
    return HELIX_OK;
}

/* There is one line discipline. */
static helix_status set_discipline(u64 user_number)
{
    i32 number;
    const helix_status status = user_copy_in(&number, vaddr_of(user_number), sizeof number);
    if (status != HELIX_OK)
        return status;
    return number == 0 ? HELIX_OK : HELIX_E_INVAL;
}

static helix_status set_exclusive(struct tty *tty, bool exclusive)
{
    WRITE_ONCE(tty->exclusive, exclusive);
    return HELIX_OK;
}

static helix_status count_input(struct tty *tty, u64 user_count)
{
    const struct irq_key key = spin_lock_irq(&tty->lock);
    const u32 bytes = (u32)discipline_available(tty);
    spin_unlock_irq(&tty->lock, key);
    return get_number(bytes, user_count);
}

helix_status tty_line_ioctl(struct tty *tty, u32 command, u64 argument)
{
    switch (command) {
    case TCGETS:
        return get_termios(tty, argument);
    case TCSETS:
    case TCSETSW:
        return set_termios(tty, argument, false);
    case TCSETSF:
        return set_termios(tty, argument, true);
    case TCGETS2:
        return get_termios2(tty, argument);
    case TCSETS2: // speeds of their own are the device's business, and none has any
    case TCSETSW2:
        return set_termios(tty, argument, false);
    case TCSETSF2:
        return set_termios(tty, argument, true);
    case TCGETA:
        return get_termio(tty, argument);
    case TCSETA:
    case TCSETAW:
    case TCSETAF:
        return set_termio(tty, argument, command == TCSETAF);
    case TIOCGLCKTRMIOS:
        return get_locked(tty, argument);
    case TIOCSLCKTRMIOS:
        return set_locked(tty, argument);
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
    case TIOCSTI:
        return fake_input(tty, argument);
    case TIOCGETD:
        return get_number(0, argument);
    case TIOCSETD:
        return set_discipline(argument);
    case TIOCEXCL:
    case TIOCNXCL:
        return set_exclusive(tty, command == TIOCEXCL);
    case TIOCGEXCL:
        return get_number(READ_ONCE(tty->exclusive), argument);
    case TIOCGDEV:
        return get_number((u32)tty_device(tty), argument);
    case TIOCVHANGUP:
        return hang_up(tty);
    case TIOCSBRK:
    case TIOCCBRK:
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
        return tty_line_ioctl(tty, command, argument);
    }
}
