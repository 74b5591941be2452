/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Pseudoterminals: how they come and go, and the slave's side. */
#include "pty/pty.h"

#include <helix/abi/linux.h>
#include <helix/lib/assert.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#include "file_kinds.h"

static struct sleep_lock table_lock;
static struct pty *table[PTY_MOST]; // made when first needed, and kept

static struct pty *pty_of(const struct tty *tty)
{
    return container_of(tty, struct pty, tty);
}

/* ---- The slave's driver: the terminal's lock is held ---- */

static void wake_master(struct pty *pty)
{
    if (wait_queue_active(&pty->master_queue))
        wait_wake_all(&pty->master_queue);
}

/* What does not fit is echo of a master that does not read: lost, as on a line without flow
 * control. */
static void slave_write(struct tty *tty, const char *bytes, size_t count)
{
    struct pty *pty = pty_of(tty);
    if (pty->output == NULL)
        return; // nobody has the other side
    for (size_t i = 0; i < count && pty->output_tail - pty->output_head < PTY_OUTPUT; i++)
        pty->output[pty->output_tail++ % PTY_OUTPUT] = bytes[i];
    wake_master(pty);
}

static bool slave_room(const struct tty *tty)
{
    const struct pty *pty = pty_of(tty);
    return PTY_OUTPUT - (pty->output_tail - pty->output_head) >= PTY_CHUNK_ROOM;
}

static void slave_event(struct tty *tty, unsigned events)
{
    struct pty *pty = pty_of(tty);
    if (events & TTY_EVENT_FLUSH_WRITE) {
        pty->output_head = pty->output_tail;
        if (wait_queue_active(&tty->writers))
            wait_wake_all(&tty->writers);
    }
    if (!pty->packets)
        return;
    // Of two that contradict each other the last is true.
    if (events & (TTY_EVENT_STOP | TTY_EVENT_START))
        pty->packet_status &= (u8) ~(TTY_EVENT_STOP | TTY_EVENT_START);
    if (events & (TTY_EVENT_STOP_KEYS | TTY_EVENT_NO_STOP_KEYS))
        pty->packet_status &= (u8) ~(TTY_EVENT_STOP_KEYS | TTY_EVENT_NO_STOP_KEYS);
    pty->packet_status |= (u8)events;
    wake_master(pty);
}

static void slave_input_taken(struct tty *tty)
{
    wake_master(pty_of(tty)); // who writes may go on
}

/* ---- Life ---- */

static helix_status slave_opened(struct tty *tty);
static void slave_closed(struct tty *tty);

static struct pty *create(u32 index)
{
    struct pty *pty = kzalloc(sizeof *pty);
    if (pty == NULL)
        return NULL;
    pty->index = index;
    pty->driver = (struct tty_driver){
        .major = PTY_SLAVE_MAJOR,
        .minor = index,
        .pseudo = true,
        .write = slave_write,
        .room = slave_room,
        .event = slave_event,
        .input_taken = slave_input_taken,
        .opened = slave_opened,
        .closed = slave_closed,
    };
    tty_init(&pty->tty, &pty->driver);
    wait_queue_init(&pty->master_queue);
    return pty;
}

/* A free one, or a new one at an index that never was; with the table locked. */
static struct pty *take_free(void)
{
    for (u32 i = 0; i < PTY_MOST; i++) {
        if (table[i] == NULL)
            table[i] = create(i);
        if (table[i] == NULL || !table[i]->used)
            return table[i];
    }
    return NULL;
}

/* Somebody may still look at it who had it as a terminal in its last life: so under its lock. */
static void begin(struct pty *pty, char *output, const struct credentials *owner)
{
    const struct irq_key key = spin_lock_irq(&pty->tty.lock);
    tty_reset(&pty->tty);
    pty->tty.termios.control = TERMIOS_B38400 | TERMIOS_CS8 | TERMIOS_CREAD;
    pty->output = output;
    pty->output_head = pty->output_tail = 0;
    pty->owner_uid = owner != NULL ? owner->fsuid : 0;
    pty->owner_gid = owner != NULL ? owner->fsgid : 0;
    pty->slaves = 0;
    pty->was_opened = pty->packets = false;
    pty->packet_status = 0;
    pty->used = pty->master = pty->locked = true;
    spin_unlock_irq(&pty->tty.lock, key);
}

static helix_status open_master(struct file *file, u32 minor)
{
    (void)minor;
    sleep_lock_write(&table_lock);
    struct pty *pty = take_free();
    char *output = pty != NULL ? kmalloc(PTY_OUTPUT) : NULL;
    if (output != NULL)
        begin(pty, output, file->credentials);
    sleep_unlock_write(&table_lock);
    if (output == NULL)
        return pty != NULL ? HELIX_E_NOMEM : HELIX_E_NO_SPACE;
    file->private_data = pty;
    file->ops = &pty_master_ops;
    devpts_add(pty);
    return HELIX_OK;
}

/* Nobody has either side any more. */
static void end_if_unused(struct pty *pty)
{
    char *output = NULL;
    sleep_lock_write(&table_lock);
    const struct irq_key key = spin_lock_irq(&pty->tty.lock);
    if (!pty->master && pty->slaves == 0) {
        pty->used = false;
        output = pty->output;
        pty->output = NULL;
    }
    spin_unlock_irq(&pty->tty.lock, key);
    sleep_unlock_write(&table_lock);
    kfree(output);
}

static void slave_closed(struct tty *tty)
{
    struct pty *pty = pty_of(tty);
    const struct irq_key key = spin_lock_irq(&tty->lock);
    const bool last = --pty->slaves == 0;
    if (last)
        tty->exclusive = false;
    wake_master(pty);
    spin_unlock_irq(&tty->lock, key);
    if (last)
        end_if_unused(pty);
}

void pty_master_closed(struct pty *pty)
{
    devpts_remove(pty);
    tty_hang_up(&pty->tty);
    const struct irq_key key = spin_lock_irq(&pty->tty.lock);
    pty->master = false;
    spin_unlock_irq(&pty->tty.lock, key);
    end_if_unused(pty);
}

void pty_for_each(void (*visit)(const struct pty *pty, void *context), void *context)
{
    sleep_lock_read(&table_lock);
    for (u32 i = 0; i < PTY_MOST && table[i] != NULL; i++) {
        if (table[i]->used && table[i]->master)
            visit(table[i], context);
    }
    sleep_unlock_read(&table_lock);
}

/* ---- Opening the slave ---- */

/* IO: it is locked, or its master is gone. */
static helix_status slave_opened(struct tty *tty)
{
    struct pty *pty = pty_of(tty);
    const struct irq_key key = spin_lock_irq(&tty->lock);
    const bool open = pty->master && !pty->locked;
    if (open) {
        pty->slaves++;
        pty->was_opened = true;
    }
    spin_unlock_irq(&tty->lock, key);
    return open ? HELIX_OK : HELIX_E_IO;
}

helix_status pty_open_slave(struct file *file, struct pty *pty)
{
    return tty_open_file(file, &pty->tty, false);
}

static helix_status open_by_number(struct file *file, u32 minor)
{
    sleep_lock_read(&table_lock);
    struct pty *pty = table[minor];
    const bool used = pty != NULL && pty->used;
    sleep_unlock_read(&table_lock);
    return used ? pty_open_slave(file, pty) : HELIX_E_IO;
}

/* ---- Devices ---- */

static const char *master_name(u32 minor, char *buffer, size_t capacity)
{
    (void)minor, (void)buffer, (void)capacity;
    return "ptmx";
}

static const char *no_name(u32 minor, char *buffer, size_t capacity)
{
    (void)minor, (void)buffer, (void)capacity;
    return NULL; // devpts has their names
}

static const struct device_class master_class = {
    .name = "/dev/ptmx",
    .major = PTY_MASTER_MAJOR,
    .minor = PTY_MASTER_MINOR,
    .minor_count = 1,
    .open = open_master,
    .mode = 0666,
    .node_name = master_name,
};

static const struct device_class slave_class = {
    .name = "pts",
    .major = PTY_SLAVE_MAJOR,
    .minor = 0,
    .minor_count = PTY_MOST,
    .open = open_by_number,
    .mode = 0620,
    .node_name = no_name,
};

void pty_register(void)
{
    helix_status st = device_register(&master_class);
    if (st == HELIX_OK)
        st = device_register(&slave_class);
    helix_assert(st == HELIX_OK); // numbers of our own, before anybody else
}
