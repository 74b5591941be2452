/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The master's side of a pseudoterminal as an open file: pty(7), ioctl_tty(2). */
#include <helix/abi/linux.h>
#include <helix/lib/atomic.h>
#include <helix/lib/format.h>
#include <helix/lib/string.h>
#include <helix/memory/user_copy.h>

#include "device.h"
#include "file_kinds.h"
#include "mount.h"
#include "pty/pty.h"

#define CHUNK 256u

enum {
    TCFLSH = 0x540b,
    TIOCSCTTY = 0x540e,
    TIOCGPGRP = 0x540f,
    TIOCSPGRP = 0x5410,
    TIOCOUTQ = 0x5411,
    FIONREAD = 0x541b,
    TIOCPKT = 0x5420,
    TIOCGSID = 0x5429,
    TIOCSPTLCK = 0x40045431,
    TIOCSIG = 0x40045436,
};
#define TIOCGPTN   0x80045430u
#define TIOCGPKT   0x80045438u
#define TIOCGPTLCK 0x80045439u
enum { TCIFLUSH, TCOFLUSH, TCIOFLUSH };

static bool never_blocks(const struct file *file, const struct io_buffer *buffer)
{
    return buffer->nowait || (atomic_load_relaxed(&file->flags) & LINUX_O_NONBLOCK);
}

/* ---- Reading what the slave wrote ---- */

static size_t output_bytes(const struct pty *pty)
{
    return (size_t)(pty->output_tail - pty->output_head);
}

static bool slave_is_gone(const struct pty *pty)
{
    return pty->was_opened && READ_ONCE(pty->slaves) == 0;
}

static bool may_read(struct pty *pty)
{
    const struct irq_key key = spin_lock_irq(&pty->tty.lock);
    const bool may = output_bytes(pty) != 0 || pty->packet_status != 0 || slave_is_gone(pty);
    spin_unlock_irq(&pty->tty.lock, key);
    return may;
}

/* Up to @capacity bytes; a pending status instead. */
static size_t take_output(struct pty *pty, char *to, size_t capacity, u8 *status_out)
{
    size_t taken = 0;
    const struct irq_key key = spin_lock_irq(&pty->tty.lock);
    *status_out = pty->packet_status;
    pty->packet_status = 0;
    const size_t most = *status_out != 0 ? 0 : min(capacity, output_bytes(pty));
    for (; taken < most; taken++)
        to[taken] = pty->output[pty->output_head++ % PTY_OUTPUT];
    const bool room = pty->driver.room(&pty->tty);
    spin_unlock_irq(&pty->tty.lock, key);
    if (taken > 0 && room && wait_queue_active(&pty->tty.writers))
        wait_wake_all(&pty->tty.writers);
    return taken;
}

static helix_status read_chunk(struct pty *pty, struct io_buffer *to, bool first, size_t *done)
{
    char chunk[CHUNK];
    u8 status;
    const bool packets = READ_ONCE(pty->packets);
    const size_t header = packets && first ? 1 : 0;
    const size_t capacity = min((size_t)CHUNK, to->remaining - header);
    const size_t taken = take_output(pty, chunk, capacity, &status);
    if (taken == 0 && status == 0)
        return HELIX_E_WOULD_BLOCK;
    helix_status st = HELIX_OK;
    if (header != 0)
        st = io_copy_out(to, &status, 1);
    if (st == HELIX_OK)
        st = io_copy_out(to, chunk, taken);
    if (st != HELIX_OK)
        return st;
    *done += taken + header;
    return status != 0 || taken < capacity ? HELIX_E_NO_DATA : HELIX_OK; // that was all
}

static helix_status master_read(struct file *file, struct io_buffer *to, u64 *position,
                                size_t *done_out)
{
    struct pty *pty = file->private_data;
    (void)position;
    *done_out = 0;
    if (to->remaining == 0)
        return HELIX_OK;
    for (;;) {
        helix_status st = HELIX_OK;
        while (st == HELIX_OK && to->remaining > 0)
            st = read_chunk(pty, to, *done_out == 0, done_out);
        if (*done_out > 0)
            return HELIX_OK;
        if (st != HELIX_E_WOULD_BLOCK && st != HELIX_E_NO_DATA)
            return st;
        if (slave_is_gone(pty) && output_bytes(pty) == 0)
            return HELIX_E_IO;
        if (never_blocks(file, to))
            return HELIX_E_WOULD_BLOCK;
        st = WAIT_FOR(&pty->master_queue, may_read(pty), NANOS_NEVER, WAIT_INTERRUPTIBLE,
                      "pty master");
        if (st != HELIX_OK)
            return st;
    }
}

/* ---- Typing ---- */

/* A discipline that edits a line throws away what is too long; whole lines and raw bytes wait until
 * somebody has read. */
static size_t input_room(struct pty *pty)
{
    struct tty *tty = &pty->tty;
    const struct irq_key key = spin_lock_irq(&tty->lock);
    const size_t used = (size_t)(tty->head - tty->tail);
    const bool edits = (tty->termios.local & TERMIOS_ICANON) && tty->canonical == tty->tail;
    // PARMRK may double each byte.
    const size_t room = edits ? TTY_INPUT : used + 2 < TTY_INPUT ? (TTY_INPUT - used - 1) / 2 : 0;
    spin_unlock_irq(&tty->lock, key);
    return room;
}

static helix_status master_write(struct file *file, struct io_buffer *from, u64 *position,
                                 size_t *done_out)
{
    struct pty *pty = file->private_data;
    char chunk[CHUNK];
    helix_status st = HELIX_OK;
    (void)position;
    *done_out = 0;
    while (st == HELIX_OK && from->remaining > 0) {
        const size_t room = input_room(pty);
        if (room == 0) {
            st = never_blocks(file, from) ? HELIX_E_WOULD_BLOCK
                                          : WAIT_FOR(&pty->master_queue, input_room(pty) != 0,
                                                     NANOS_NEVER, WAIT_INTERRUPTIBLE, "pty input");
            continue;
        }
        const size_t most = min(room, (size_t)CHUNK);
        const size_t bytes = min(from->remaining, most);
        st = io_copy_in(from, chunk, bytes);
        if (st == HELIX_OK) {
            tty_receive(&pty->tty, chunk, bytes);
            *done_out += bytes;
        }
    }
    return *done_out > 0 ? HELIX_OK : st;
}

static u32 master_poll(struct file *file, struct poll_table *table)
{
    struct pty *pty = file->private_data;
    u32 ready = 0;
    if (table->add != NULL)
        table->add(table, &pty->master_queue);
    const struct irq_key key = spin_lock_irq(&pty->tty.lock);
    if (pty->packet_status != 0)
        ready |= LINUX_POLLPRI | LINUX_POLLIN | LINUX_POLLRDNORM;
    if (output_bytes(pty) != 0)
        ready |= LINUX_POLLIN | LINUX_POLLRDNORM;
    if (slave_is_gone(pty))
        ready |= LINUX_POLLHUP;
    spin_unlock_irq(&pty->tty.lock, key);
    if (input_room(pty) != 0)
        ready |= LINUX_POLLOUT | LINUX_POLLWRNORM;
    return ready;
}

/* ---- ioctl(2) ---- */

static helix_status give(u32 number, u64 user)
{
    return user_copy_out(vaddr_of(user), &number, sizeof number);
}

static helix_status set_lock(struct pty *pty, u64 user)
{
    i32 wanted;
    const helix_status st = user_copy_in(&wanted, vaddr_of(user), sizeof wanted);
    if (st == HELIX_OK)
        WRITE_ONCE(pty->locked, wanted != 0);
    return st;
}

static helix_status set_packets(struct pty *pty, u64 user)
{
    i32 wanted;
    const helix_status st = user_copy_in(&wanted, vaddr_of(user), sizeof wanted);
    if (st != HELIX_OK)
        return st;
    const struct irq_key key = spin_lock_irq(&pty->tty.lock);
    if (wanted && !pty->packets)
        pty->packet_status = 0;
    pty->packets = wanted != 0;
    if (!wanted)
        pty->packet_status = 0;
    spin_unlock_irq(&pty->tty.lock, key);
    return HELIX_OK;
}

static helix_status send_signal(struct pty *pty, u64 signal)
{
    if (signal != 2 && signal != 3 && signal != 20) // those that keys make
        return HELIX_E_INVAL;
    const u32 foreground = tty_foreground(&pty->tty);
    if (foreground)
        tty_hooks.signal_group(foreground, (int)signal);
    return HELIX_OK;
}

/* What the master has not read is its input. */
static helix_status flush(struct pty *pty, u64 queue)
{
    if (queue > TCIOFLUSH)
        return HELIX_E_INVAL;
    const struct irq_key key = spin_lock_irq(&pty->tty.lock);
    if (queue != TCOFLUSH)
        pty->output_head = pty->output_tail;
    if (queue != TCIFLUSH)
        discipline_flush_input(&pty->tty);
    spin_unlock_irq(&pty->tty.lock, key);
    wait_wake_all(&pty->tty.writers);
    return HELIX_OK;
}

static helix_status own_ioctl(struct pty *pty, u32 command, u64 argument)
{
    switch (command) {
    case TIOCGPTN:
        return give(pty->index, argument);
    case TIOCSPTLCK:
        return set_lock(pty, argument);
    case TIOCGPTLCK:
        return give(READ_ONCE(pty->locked), argument);
    case TIOCPKT:
        return set_packets(pty, argument);
    case TIOCGPKT:
        return give(READ_ONCE(pty->packets), argument);
    case TIOCSIG:
        return send_signal(pty, argument);
    case TCFLSH:
        return flush(pty, argument);
    case FIONREAD:
        return give((u32)output_bytes(pty), argument);
    case TIOCOUTQ:
        return give(0, argument);
    case TIOCGPGRP:
        return give(tty_foreground(&pty->tty), argument);
    case TIOCGSID: {
        const u32 session = READ_ONCE(pty->tty.session);
        return session != 0 ? give(session, argument) : HELIX_E_NOT_TTY;
    }
    case TIOCSCTTY:
        return HELIX_E_INVAL; // the slave can be that
    default:
        return tty_line_ioctl(&pty->tty, command, argument);
    }
}

static helix_status master_ioctl(struct file *file, u32 command, u64 argument, i64 *result_out)
{
    struct pty *pty = file->private_data;
    u32 pgid;
    *result_out = 0;
    if (command != TIOCSPGRP)
        return own_ioctl(pty, command, argument);
    const helix_status st = user_copy_in(&pgid, vaddr_of(argument), sizeof pgid);
    return st == HELIX_OK ? tty_set_foreground(&pty->tty, pgid) : st;
}

static void master_release(struct file *file)
{
    pty_master_closed(file->private_data);
}

const struct file_ops pty_master_ops = {
    .name = "ptmx",
    .tells = true,
    .read = master_read,
    .write = master_write,
    .seek = file_seek_none,
    .poll = master_poll,
    .ioctl = master_ioctl,
    .map = file_map_none,
    .read_directory = file_read_directory_none,
    .flush = file_flush_none,
    .sync = file_sync_none,
    .release = master_release,
};

/* ttyname(3) wants to know where the slave is: beside its master, or in the folder pts there. */
static void take_name(const struct walk_context *from, const struct file *master,
                      struct file *slave)
{
    const struct pty *pty = master->private_data;
    struct walk_context walk = *from;
    struct path folder, found;
    char name[16];
    if (master->dentry == NULL)
        return;
    folder = (struct path){master->mount, master->dentry->parent};
    walk.at = &folder;
    lib_format(name, sizeof name, "pts/%u", pty->index);
    const bool beside = master->vnode->volume->type == &devpts_type;
    if (path_walk(&walk, beside ? name + 4 : name, 0, &found) != HELIX_OK)
        return;
    if (found.dentry->vnode->attributes.device == device_number(PTY_SLAVE_MAJOR, pty->index))
        file_set_place(slave, &found);
    path_put(&found);
}

helix_status pty_open_peer(const struct walk_context *walk, struct file *master, u32 flags,
                           struct file **file_out)
{
    if (master->ops != &pty_master_ops)
        return HELIX_E_NOT_TTY;
    struct file *file;
    helix_status st = file_allocate_kind(&path_only_ops, flags, &file);
    if (st != HELIX_OK)
        return st;
    file->flags |= flags & LINUX_O_NOCTTY;
    if (master->credentials != NULL) {
        credentials_get(master->credentials);
        file->credentials = master->credentials;
    }
    take_name(walk, master, file);
    st = pty_open_slave(file, master->private_data);
    file->flags &= ~LINUX_O_NOCTTY;
    if (st != HELIX_OK) {
        file_put(file);
        return st;
    }
    *file_out = file;
    return HELIX_OK;
}
