/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/object.h>
#include <helix/execution/wait.h>
#include <helix/vfs/special.h>

/*
 * A terminal: a device behind a line discipline.
 *
 * Input comes in interrupt context, is edited and echoed, and lies in a ring: [tail, canonical) are
 * finished lines, [canonical, head) is the line being edited. Positions count up for ever; the ring
 * index is the position modulo TTY_INPUT. Output passes the discipline and goes to the device under
 * the lock, a piece at a time.
 *
 * Locks: `lock` (LOCK_RANK_TTY, interrupts off) guards everything but the hooks' business. Signals
 * are sent after it is released.
 */
#define TTY_INPUT   4096u
#define TERMIOS_CCS 19

/* struct termios as the ioctls have it. */
struct linux_termios {
    u32 input, output, control, local;
    u8 line;
    u8 characters[TERMIOS_CCS];
};
_Static_assert(sizeof(struct linux_termios) == 36, "struct termios of ioctl_tty(2)");

struct linux_winsize {
    u16 rows, columns, pixels_x, pixels_y;
};

enum { // input
    TERMIOS_IGNCR = 0000200,
    TERMIOS_ICRNL = 0000400,
    TERMIOS_INLCR = 0000100,
    TERMIOS_IUCLC = 0001000,
    TERMIOS_IXON = 0002000,
    TERMIOS_IXANY = 0004000,
    TERMIOS_ISTRIP = 0000040,
    TERMIOS_PARMRK = 0000010,
    TERMIOS_IMAXBEL = 0020000,
    TERMIOS_IUTF8 = 0040000,
};
enum { // output
    TERMIOS_OPOST = 0000001,
    TERMIOS_OLCUC = 0000002,
    TERMIOS_ONLCR = 0000004,
    TERMIOS_OCRNL = 0000010,
    TERMIOS_ONOCR = 0000020,
    TERMIOS_ONLRET = 0000040,
    TERMIOS_TABDLY = 0014000,
    TERMIOS_XTABS = 0014000,
};
enum { // control
    TERMIOS_B38400 = 0000017,
    TERMIOS_B115200 = 0010002,
    TERMIOS_CS8 = 0000060,
    TERMIOS_CREAD = 0000200,
    TERMIOS_HUPCL = 0002000,
    TERMIOS_CLOCAL = 0004000,
};
enum { // local
    TERMIOS_ISIG = 0000001,
    TERMIOS_ICANON = 0000002,
    TERMIOS_ECHO = 0000010,
    TERMIOS_ECHOE = 0000020,
    TERMIOS_ECHOK = 0000040,
    TERMIOS_ECHONL = 0000100,
    TERMIOS_NOFLSH = 0000200,
    TERMIOS_TOSTOP = 0000400,
    TERMIOS_ECHOCTL = 0001000,
    TERMIOS_ECHOPRT = 0002000,
    TERMIOS_ECHOKE = 0004000,
    TERMIOS_IEXTEN = 0100000,
};
enum { // indices of characters
    TERMIOS_VINTR,
    TERMIOS_VQUIT,
    TERMIOS_VERASE,
    TERMIOS_VKILL,
    TERMIOS_VEOF,
    TERMIOS_VTIME,
    TERMIOS_VMIN,
    TERMIOS_VSWTC,
    TERMIOS_VSTART,
    TERMIOS_VSTOP,
    TERMIOS_VSUSP,
    TERMIOS_VEOL,
    TERMIOS_VREPRINT,
    TERMIOS_VDISCARD,
    TERMIOS_VWERASE,
    TERMIOS_VLNEXT,
    TERMIOS_VEOL2,
};

/* What happened at a terminal; the bits of TIOCPKT. */
enum tty_event {
    TTY_EVENT_FLUSH_READ = 1,
    TTY_EVENT_FLUSH_WRITE = 2,
    TTY_EVENT_STOP = 4,
    TTY_EVENT_START = 8,
    TTY_EVENT_NO_STOP_KEYS = 16, // ^S and ^Q are bytes like others from now on
    TTY_EVENT_STOP_KEYS = 32,
};

/*
 * The device. All but opened() and closed() are called under the tty's lock, so they neither sleep
 * nor take a lock of lower rank. write() takes all bytes. room() says whether a chunk of output, in
 * its longest form, has room. Every slot is set.
 */
struct tty_driver {
    u32 major, minor;
    bool pseudo; // a pty: it outlives its session
    void (*write)(struct tty *tty, const char *bytes, size_t count);
    bool (*room)(const struct tty *tty);
    void (*event)(struct tty *tty, unsigned events);
    void (*input_taken)(struct tty *tty);
    helix_status (*opened)(struct tty *tty); // a file of it, by whatever name; or why not
    void (*closed)(struct tty *tty);         // the file that was opened
};

struct tty {
    struct object object;
    const struct tty_driver *driver; // NULL: a recreated one, of no device
    struct spinlock lock;
    struct linux_termios termios HELIX_GUARDED_BY(&lock);
    struct linux_termios termios_locked HELIX_GUARDED_BY(&lock); // bits that nobody may change
    struct linux_winsize window HELIX_GUARDED_BY(&lock);

    u8 input[TTY_INPUT] HELIX_GUARDED_BY(&lock);
    u8 marks[TTY_INPUT / 8] HELIX_GUARDED_BY(&lock); // a bit per byte: ends a line
    u64 head HELIX_GUARDED_BY(&lock), canonical HELIX_GUARDED_BY(&lock),
        tail HELIX_GUARDED_BY(&lock);
    u32 column HELIX_GUARDED_BY(&lock);      // where the cursor is
    u32 line_column HELIX_GUARDED_BY(&lock); // where the line being edited began
    bool literal_next HELIX_GUARDED_BY(&lock);
    bool stopped HELIX_GUARDED_BY(&lock); // ^S or TCOOFF

    u32 session, foreground; // 0: none; lock
    u32 hangups;             // counts; an open file of before is dead
    bool exclusive;          // TIOCEXCL
    struct wait_queue readers, writers;
};

/* An open file of a terminal: private_data of the file. */
struct tty_open {
    struct tty *tty;
    u32 hangups;  // the tty's when it was opened
    bool console; // through /dev/console: outlives hang-ups and never becomes the controlling
                  // terminal
};

extern const struct object_type tty_object_type;

void tty_init(struct tty *tty, const struct tty_driver *driver);

/* As after tty_init(), for another life: files of before stay dead. */
void tty_reset(struct tty *tty) HELIX_REQUIRES(&tty->lock);

/* Bytes from the device. Interrupt context. */
void tty_receive(struct tty *tty, const char *bytes, size_t count);

/* ---- line_discipline.c: lock held ---- */

/* Signals that the input asks for, as a set to be sent to the foreground group after the lock is
 * released. */
enum tty_signal {
    TTY_SIGINT = 1u << 0,
    TTY_SIGQUIT = 1u << 1,
    TTY_SIGTSTP = 1u << 2,
};

unsigned discipline_input(struct tty *tty, u8 byte) HELIX_REQUIRES(&tty->lock);
void discipline_output(struct tty *tty, const char *bytes, size_t count) HELIX_REQUIRES(&tty->lock);

/* Bytes a reader could have now; in canonical mode those of finished lines. */
size_t discipline_available(const struct tty *tty) HELIX_REQUIRES(&tty->lock);

/*
 * Take up to @capacity bytes. In canonical mode at most one line: *ended_out tells that its end was
 * reached (an end-of-file mark gives no byte).
 */
size_t discipline_take(struct tty *tty, char *to, size_t capacity, bool *ended_out)
    HELIX_REQUIRES(&tty->lock);

void discipline_flush_input(struct tty *tty) HELIX_REQUIRES(&tty->lock);

/* Output stops or goes on, and the device hears of it. */
void discipline_stop(struct tty *tty, bool stop) HELIX_REQUIRES(&tty->lock);

/* Send the control character at index @which (VSTART, VSTOP) to the device. */
void discipline_send(struct tty *tty, unsigned which) HELIX_REQUIRES(&tty->lock);

/* ICANON was switched: what is in the ring stays readable. */
void discipline_mode_changed(struct tty *tty) HELIX_REQUIRES(&tty->lock);

/* ---- job_control.c ---- */
extern struct tty_hooks tty_hooks;

/* May the caller read, or write and change settings? OK, IO (orphaned or deaf to the signal),
 * RESTART after the group was signalled. */
helix_status tty_check_read(struct tty *tty);
helix_status tty_check_change(struct tty *tty);

/* open(2) by a session leader without a terminal, and TIOCSCTTY. */
void tty_adopt(struct tty *tty);
helix_status tty_set_controlling(struct tty *tty, bool steal);
void tty_hang_up(struct tty *tty);         // its files are dead, its session loses it
helix_status tty_give_up(struct tty *tty); // TIOCNOTTY
helix_status tty_set_foreground(struct tty *tty, u32 pgid);

/* ---- tty_ioctl.c ---- */
helix_status tty_ioctl(struct file *file, u32 command, u64 argument, i64 *result_out);

/* TIOCGPGRP and TIOCGSID ask a pty's master about its slave, whoever asks. */
helix_status tty_line_ioctl(struct tty *tty, u32 command, u64 argument);

/* An open file of @tty, console or not; the file's operations are set. */
helix_status tty_open_file(struct file *file, struct tty *tty, bool as_console);

/* The open's terminal, or HELIX_E_IO after a hang-up. */
helix_status tty_of_file(const struct file *file, struct tty **tty_out);

void console_tty_register(void); // console, tty and the serial line's own name
