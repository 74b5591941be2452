/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Terminals as open files: reading, writing, polling; and as objects. */
#include "tty.h"

#include <helix/abi/linux.h>
#include <helix/hal/time.h>
#include <helix/lib/atomic.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#include "file_kinds.h"
#include "objects.h"

#define CHUNK      256u
#define DECISECOND (100 * NANOS_PER_MS)

static const struct linux_termios usual_termios = {
    .input = TERMIOS_ICRNL | TERMIOS_IXON,
    .output = TERMIOS_OPOST | TERMIOS_ONLCR,
    .control = TERMIOS_B115200 | TERMIOS_CS8 | TERMIOS_CREAD | TERMIOS_HUPCL | TERMIOS_CLOCAL,
    .local = TERMIOS_ISIG | TERMIOS_ICANON | TERMIOS_ECHO | TERMIOS_ECHOE | TERMIOS_ECHOK |
             TERMIOS_ECHOCTL | TERMIOS_ECHOKE | TERMIOS_IEXTEN,
    .characters = {[TERMIOS_VINTR] = 3,
                   [TERMIOS_VQUIT] = 28,
                   [TERMIOS_VERASE] = 127,
                   [TERMIOS_VKILL] = 21,
                   [TERMIOS_VEOF] = 4,
                   [TERMIOS_VMIN] = 1,
                   [TERMIOS_VSTART] = 17,
                   [TERMIOS_VSTOP] = 19,
                   [TERMIOS_VSUSP] = 26,
                   [TERMIOS_VREPRINT] = 18,
                   [TERMIOS_VDISCARD] = 15,
                   [TERMIOS_VWERASE] = 23,
                   [TERMIOS_VLNEXT] = 22},
};

HELIX_NO_THREAD_SAFETY void tty_init(struct tty *tty, const struct tty_driver *driver)
{
    memset(tty, 0, sizeof *tty);
    tty->object = (struct object){.type = &tty_object_type, .id = object_id_new()};
    tty->driver = driver;
    tty->termios = usual_termios;
    spinlock_init(&tty->lock, LOCK_RANK_TTY);
    wait_queue_init(&tty->readers);
    wait_queue_init(&tty->writers);
}

void tty_reset(struct tty *tty)
{
    tty->object.id = object_id_new();
    tty->termios = usual_termios;
    tty->termios_locked = (struct linux_termios){0};
    tty->window = (struct linux_winsize){0};
    discipline_flush_input(tty);
    tty->column = tty->line_column = 0;
    tty->literal_next = tty->stopped = tty->exclusive = false;
    tty->session = tty->foreground = 0;
}

u64 tty_device(const struct tty *tty)
{
    return tty->driver ? device_number(tty->driver->major, tty->driver->minor) : 0;
}

helix_status tty_open_file(struct file *file, struct tty *tty, bool as_console)
{
    if (READ_ONCE(tty->exclusive) && !tty_hooks.is_administrator())
        return HELIX_E_BUSY;
    helix_status st = tty->driver->opened(tty);
    if (st != HELIX_OK)
        return st;
    struct tty_open *open = kmalloc(sizeof *open);
    if (!open) {
        tty->driver->closed(tty);
        return HELIX_E_NOMEM;
    }
    *open =
        (struct tty_open){.tty = tty, .hangups = READ_ONCE(tty->hangups), .console = as_console};
    file->private_data = open;
    file->ops = &tty_ops;
    if (!as_console && !(file->flags & LINUX_O_NOCTTY))
        tty_adopt(tty);
    return HELIX_OK;
}

/* ---- Input from the device ---- */

static void send_signals(struct tty *tty, unsigned signals)
{
    static const struct {
        unsigned bit;
        int signal;
    } table[] = {{TTY_SIGINT, 2}, {TTY_SIGQUIT, 3}, {TTY_SIGTSTP, 20}};
    const u32 foreground = tty_foreground(tty);
    for (unsigned i = 0; i < array_count(table); i++)
        if ((signals & table[i].bit) && foreground)
            tty_hooks.signal_group(foreground, table[i].signal);
}

void tty_receive(struct tty *tty, const char *bytes, size_t count)
{
    unsigned signals = 0;
    const struct irq_key key = spin_lock_irq(&tty->lock);
    for (size_t i = 0; i < count; i++)
        signals |= discipline_input(tty, (u8)bytes[i]);
    const bool ready = discipline_available(tty) > 0;
    const bool flows = !tty->stopped;
    spin_unlock_irq(&tty->lock, key);
    if (signals)
        send_signals(tty, signals);
    if (ready)
        wait_wake_all(&tty->readers);
    if (flows && wait_queue_active(&tty->writers))
        wait_wake_all(&tty->writers);
}

/* ---- Reading ---- */

helix_status tty_of_file(const struct file *file, struct tty **tty_out)
{
    const struct tty_open *open = file->private_data;
    *tty_out = open->tty;
    return open->console || open->hangups == READ_ONCE(open->tty->hangups) ? HELIX_OK : HELIX_E_IO;
}

bool tty_file_foreground(const struct file *file, u32 *group_out)
{
    if (file->ops != &tty_ops)
        return false;
    const struct tty_open *open = file->private_data;
    *group_out = tty_foreground(open->tty);
    return true;
}

static bool never_blocks(const struct file *file, const struct io_buffer *buffer)
{
    return buffer->nowait || (atomic_load_relaxed(&file->flags) & LINUX_O_NONBLOCK);
}

/* How much has to be there before a read returns, and how long it waits for the first and for each
 * further byte. */
struct read_rule {
    bool lines;
    size_t least;
    nanos first_wait, next_wait; // 0: no limit; `least` 0 and no wait: return at once
};

static struct read_rule rule_of(struct tty *tty, size_t wanted)
{
    struct read_rule rule = {.lines = true, .least = 1};
    const struct irq_key key = spin_lock_irq(&tty->lock);
    if (!(tty->termios.local & TERMIOS_ICANON)) {
        const u8 *characters = tty->termios.characters;
        const nanos time = characters[TERMIOS_VTIME] * DECISECOND;
        rule = (struct read_rule){.least = characters[TERMIOS_VMIN]};
        *(rule.least == 0 ? &rule.first_wait : &rule.next_wait) = time;
        if (rule.least > wanted)
            rule.least = wanted;
    }
    spin_unlock_irq(&tty->lock, key);
    return rule;
}

static size_t available(struct tty *tty)
{
    const struct irq_key key = spin_lock_irq(&tty->lock);
    const size_t bytes = discipline_available(tty);
    spin_unlock_irq(&tty->lock, key);
    return bytes;
}

static helix_status still_mine(const struct file *file, struct tty *tty)
{
    struct tty *same;
    const helix_status status = tty_of_file(file, &same);
    return status == HELIX_OK ? tty_check_read(tty) : status;
}

/* Sleep until the rule is met, its time is over (OK as well: the caller looks what is there), or an
 * interruption. */
static helix_status wait_for_input(const struct file *file, struct tty *tty,
                                   const struct read_rule *rule)
{
    struct waiter waiter;
    helix_status status = HELIX_OK;
    nanos deadline = rule->first_wait ? hal_clock_now() + rule->first_wait : NANOS_NEVER;
    size_t seen = 0;
    wait_begin(&tty->readers, &waiter, "terminal input");
    for (;;) {
        const size_t bytes = available(tty);
        if (bytes >= (rule->least ? rule->least : 1))
            break;
        if (rule->next_wait && bytes > seen)
            deadline = hal_clock_now() + rule->next_wait;
        seen = bytes;
        status = still_mine(file, tty);
        if (status == HELIX_OK)
            status = wait_sleep(deadline, WAIT_INTERRUPTIBLE);
        if (status != HELIX_OK)
            break;
    }
    wait_end(&waiter);
    return status == HELIX_E_TIMEOUT ? HELIX_OK : status;
}

/* Copy what is there, a chunk at a time; one line in canonical mode. */
static helix_status take_input(struct tty *tty, struct io_buffer *to, bool lines, size_t *done)
{
    char chunk[CHUNK];
    bool ended = false;
    while (to->remaining > 0 && !ended) {
        const size_t most = to->remaining < CHUNK ? to->remaining : CHUNK;
        const struct irq_key key = spin_lock_irq(&tty->lock);
        const size_t taken = discipline_take(tty, chunk, most, &ended);
        if (tty->driver)
            tty->driver->input_taken(tty);
        spin_unlock_irq(&tty->lock, key);
        if (taken == 0)
            break;
        const helix_status status = io_copy_out(to, chunk, taken);
        if (status != HELIX_OK)
            return status;
        *done += taken;
        if (!lines && taken < most)
            break;
    }
    return HELIX_OK;
}

static helix_status tty_read(struct file *file, struct io_buffer *to, u64 *position,
                             size_t *done_out)
{
    struct tty *tty;
    (void)position;
    if (tty_of_file(file, &tty) != HELIX_OK) {
        *done_out = 0; // a hung-up terminal is at its end
        return HELIX_OK;
    }
    helix_status status = tty_check_read(tty);
    if (status != HELIX_OK || to->remaining == 0)
        return status;
    const struct read_rule rule = rule_of(tty, to->remaining);
    const bool waits = rule.least > 0 || rule.first_wait > 0;
    if (available(tty) < (rule.least ? rule.least : 1) && waits) {
        if (never_blocks(file, to) && available(tty) == 0)
            return HELIX_E_WOULD_BLOCK;
        if (!never_blocks(file, to))
            status = wait_for_input(file, tty, &rule);
        if (status == HELIX_E_IO)
            return tty_of_file(file, &tty) == HELIX_OK ? status : HELIX_OK;
        if (status != HELIX_OK && available(tty) == 0)
            return status;
    }
    return take_input(tty, to, rule.lines, done_out);
}

/* ---- Writing ---- */

static bool output_flows(struct tty *tty)
{
    const struct irq_key key = spin_lock_irq(&tty->lock);
    const bool flows = !tty->stopped && (!tty->driver || tty->driver->room(tty));
    spin_unlock_irq(&tty->lock, key);
    return flows;
}

static bool stops_background(struct tty *tty)
{
    const struct irq_key key = spin_lock_irq(&tty->lock);
    const bool stops = tty->termios.local & TERMIOS_TOSTOP;
    spin_unlock_irq(&tty->lock, key);
    return stops;
}

static helix_status write_chunk(const struct file *file, struct tty *tty, struct io_buffer *from,
                                size_t *done)
{
    char chunk[CHUNK];
    const size_t bytes = from->remaining < CHUNK ? from->remaining : CHUNK;
    if (!output_flows(tty)) {
        if (never_blocks(file, from))
            return HELIX_E_WOULD_BLOCK;
        struct tty *same;
        const helix_status status =
            WAIT_FOR(&tty->writers, output_flows(tty) || tty_of_file(file, &same) != HELIX_OK,
                     NANOS_NEVER, WAIT_INTERRUPTIBLE, "terminal output");
        if (status != HELIX_OK)
            return status;
        if (tty_of_file(file, &same) != HELIX_OK)
            return HELIX_E_IO;
    }
    const helix_status status = io_copy_in(from, chunk, bytes);
    if (status != HELIX_OK)
        return status;
    const struct irq_key key = spin_lock_irq(&tty->lock);
    discipline_output(tty, chunk, bytes);
    spin_unlock_irq(&tty->lock, key);
    *done += bytes;
    return HELIX_OK;
}

static helix_status tty_write(struct file *file, struct io_buffer *from, u64 *position,
                              size_t *done_out)
{
    struct tty *tty;
    (void)position;
    helix_status status = tty_of_file(file, &tty);
    if (status == HELIX_OK && stops_background(tty))
        status = tty_check_change(tty);
    size_t done = 0;
    while (status == HELIX_OK && from->remaining > 0)
        status = write_chunk(file, tty, from, &done);
    *done_out = done;
    return done > 0 ? HELIX_OK : status;
}

/* ---- Waiting and ending ---- */

static u32 tty_poll(struct file *file, struct poll_table *table)
{
    struct tty *tty;
    const helix_status status = tty_of_file(file, &tty);
    if (table->add) {
        table->add(table, &tty->readers);
        table->add(table, &tty->writers);
    }
    if (status != HELIX_OK)
        return LINUX_POLLIN | LINUX_POLLRDNORM | LINUX_POLLOUT | LINUX_POLLWRNORM | LINUX_POLLERR |
               LINUX_POLLHUP;
    const struct irq_key key = spin_lock_irq(&tty->lock);
    const u8 *characters = tty->termios.characters;
    const bool counts = !(tty->termios.local & TERMIOS_ICANON) && characters[TERMIOS_VTIME] == 0;
    const size_t least = counts && characters[TERMIOS_VMIN] > 1 ? characters[TERMIOS_VMIN] : 1;
    const bool readable = discipline_available(tty) >= least;
    const bool writable = !tty->stopped && (!tty->driver || tty->driver->room(tty));
    spin_unlock_irq(&tty->lock, key);
    return (readable ? LINUX_POLLIN | LINUX_POLLRDNORM : 0) |
           (writable ? LINUX_POLLOUT | LINUX_POLLWRNORM : 0);
}

static void tty_release(struct file *file)
{
    struct tty_open *open = file->private_data;
    if (open->tty->driver)
        open->tty->driver->closed(open->tty);
    kfree(open);
}

const struct file_ops tty_ops = {
    .name = "tty",
    .tells = true,
    .read = tty_read,
    .write = tty_write,
    .seek = file_seek_none,
    .poll = tty_poll,
    .ioctl = tty_ioctl,
    .map = file_map_none,
    .read_directory = file_read_directory_none,
    .flush = file_flush_none,
    .sync = file_sync_none,
    .release = tty_release,
};

/* ---- As an object: settings, window, and the input nobody has read ---- */

struct tty_payload {
    struct linux_termios termios;
    struct linux_winsize window;
    u32 session, foreground, column, input_bytes;
    u32 finished; // of the input bytes, those in finished lines
};

static helix_status tty_describe(const struct object *object, struct object_writer *writer)
{
    struct tty *tty = container_of(object, struct tty, object);
    const struct irq_key key = spin_lock_irq(&tty->lock);
    const struct tty_payload payload = {
        .termios = tty->termios,
        .window = tty->window,
        .session = tty->session,
        .foreground = tty->foreground,
        .column = tty->column,
        .input_bytes = (u32)(tty->head - tty->tail),
        .finished = (u32)(tty->canonical - tty->tail),
    };
    objects_write_header(object, sizeof payload + 2 * (u64)payload.input_bytes, writer);
    object_write(writer, &payload, sizeof payload);
    for (u64 at = tty->tail; at < tty->head; at++) {
        const u64 index = at % TTY_INPUT;
        const u8 pair[2] = {tty->input[index], (tty->marks[index / 8] >> (index % 8)) & 1};
        object_write(writer, pair, sizeof pair);
    }
    spin_unlock_irq(&tty->lock, key);
    return HELIX_OK;
}

HELIX_NO_THREAD_SAFETY static helix_status read_input(struct tty *tty, struct object_reader *reader,
                                                      u32 bytes)
{
    for (u32 i = 0; i < bytes; i++) {
        u8 pair[2];
        const helix_status status = object_read(reader, pair, sizeof pair);
        if (status != HELIX_OK)
            return status;
        tty->input[i] = pair[0];
        tty->marks[i / 8] |= (u8)((pair[1] & 1) << (i % 8));
    }
    return HELIX_OK;
}

/* Nobody else knows the new tty: no lock. */
HELIX_NO_THREAD_SAFETY static helix_status tty_recreate(struct object_reader *reader,
                                                        const struct object_record *record,
                                                        struct object **object_out)
{
    struct tty_payload payload;
    if (record->version != 1)
        return HELIX_E_NOTSUP;
    helix_status status = object_read(reader, &payload, sizeof payload);
    if (status != HELIX_OK)
        return status;
    if (payload.input_bytes > TTY_INPUT || payload.finished > payload.input_bytes)
        return HELIX_E_CORRUPT;
    struct tty *tty = kmalloc(sizeof *tty);
    if (!tty)
        return HELIX_E_NOMEM;
    tty_init(tty, NULL);
    status = read_input(tty, reader, payload.input_bytes);
    if (status != HELIX_OK) {
        kfree(tty);
        return status;
    }
    tty->termios = payload.termios;
    tty->window = payload.window;
    tty->session = payload.session;
    tty->foreground = payload.foreground;
    tty->column = payload.column;
    tty->head = payload.input_bytes;
    tty->canonical = payload.finished;
    *object_out = &tty->object;
    return HELIX_OK;
}

static void tty_discard(struct object *object)
{
    kfree(container_of(object, struct tty, object));
}

HELIX_NO_THREAD_SAFETY static bool tty_equal(const struct object *left, const struct object *right)
{
    const struct tty *a = container_of(left, struct tty, object),
                     *b = container_of(right, struct tty, object);
    const u64 bytes = a->head - a->tail;
    if (memcmp(&a->termios, &b->termios, sizeof a->termios) != 0 ||
        memcmp(&a->window, &b->window, sizeof a->window) != 0 || a->session != b->session ||
        a->foreground != b->foreground || bytes != b->head - b->tail ||
        a->canonical - a->tail != b->canonical - b->tail)
        return false;
    for (u64 i = 0; i < bytes; i++)
        if (a->input[(a->tail + i) % TTY_INPUT] != b->input[(b->tail + i) % TTY_INPUT])
            return false;
    return true;
}

const struct object_type tty_object_type = {
    .kind = OBJECT_TTY,
    .version = 1,
    .name = "tty",
    .describe = tty_describe,
    .recreate = tty_recreate,
    .discard = tty_discard,
    .equal = tty_equal,
};
OBJECT_TYPE_ENTRY(tty_object_type);
