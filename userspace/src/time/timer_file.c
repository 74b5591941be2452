/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * timerfd_create(2): timers that are read. One that follows the wall clock is on a list, so that
 * setting the clock moves its expiry, and cancels it where the program asked for that.
 *
 * Locks: realtime_lock (for those on the list), then the timer's mutex, which setting takes; the
 * count of expiries has a spinlock of its own, because expiry comes by interrupt.
 */
#include <helix/capability/linux.h>
#include <helix/core/syscall.h>
#include <helix/execution/mutex.h>
#include <helix/lib/atomic.h>
#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>
#include <helix/vfs/file.h>

#include "calls.h"
#include "files/fd.h"
#include "linux_task.h"
#include "record.h"
#include "time/clock.h"
#include "time/process_timers.h"
#include "time/timer_file.h"

#define TFD_TIMER_CANCEL_ON_SET 2u

struct timer_file {
    struct object object;
    struct refcount references;
    i32 clock;
    struct mutex lock;
    struct clock_timer timer; // runs on CLOCK_MONOTONIC for a relative setting; lock
    struct list link;         // of realtime_timers while it follows the wall clock; realtime_lock
    bool cancel_on_set;       // lock
    struct spinlock count_lock;
    u64 expiries HELIX_GUARDED_BY(&count_lock);
    bool canceled HELIX_GUARDED_BY(&count_lock);
    struct wait_queue changed;
};

struct linux_itimerspec {
    struct linux_timespec interval, value;
};

static struct kmem_cache timer_file_cache = KMEM_CACHE(timer_file);
static struct mutex realtime_lock = MUTEX_INIT(realtime_lock, LOCK_RANK_NONE);
static struct list realtime_timers = LIST_INIT(realtime_timers);

/* ---- Expiry ---- */

static void add_expiries(struct timer_file *timer, u64 count, bool canceled)
{
    const struct irq_key key = spin_lock_irq(&timer->count_lock);
    timer->expiries += count;
    timer->canceled |= canceled;
    spin_unlock_irq(&timer->count_lock, key);
    wait_wake_events(&timer->changed, LINUX_POLLIN | LINUX_POLLRDNORM);
}

/* Interrupt context. */
static bool expired(struct clock_timer *clock_timer, u64 overrun)
{
    add_expiries(container_of(clock_timer, struct timer_file, timer), overrun + 1, false);
    return true;
}

void timer_files_clock_was_set(void)
{
    mutex_lock(&realtime_lock);
    list_for_each(struct timer_file, timer, &realtime_timers, link) {
        mutex_lock(&timer->lock);
        const nanos expires = READ_ONCE(timer->timer.expires);
        clock_timer_set(&timer->timer, expires, timer->timer.period);
        if (timer->cancel_on_set)
            add_expiries(timer, 1, true);
        mutex_unlock(&timer->lock);
    }
    mutex_unlock(&realtime_lock);
}

/* ---- The file ---- */

/* OK with a count above 0, or the reason why there is nothing to read. */
static helix_status take_expiries(struct timer_file *timer, u64 *count_out)
{
    const struct irq_key key = spin_lock_irq(&timer->count_lock);
    const bool canceled = timer->canceled;
    *count_out = timer->expiries;
    timer->expiries = 0;
    timer->canceled = false;
    spin_unlock_irq(&timer->count_lock, key);
    if (*count_out > 0) {
        mutex_lock(&timer->lock);
        *count_out += clock_timer_catch_up(&timer->timer);
        mutex_unlock(&timer->lock);
    }
    if (canceled)
        return HELIX_E_CANCELED;
    return *count_out > 0 ? HELIX_OK : HELIX_E_WOULD_BLOCK;
}

static helix_status timer_read(struct file *file, struct io_buffer *to, u64 *position,
                               size_t *done_out)
{
    struct timer_file *timer = file->private_data;
    u64 count;
    (void)position;
    if (to->remaining < sizeof count)
        return HELIX_E_INVAL;
    helix_status status = take_expiries(timer, &count);
    if (status == HELIX_E_WOULD_BLOCK && !to->nowait &&
        !(atomic_load_relaxed(&file->flags) & LINUX_O_NONBLOCK)) {
        const helix_status waited = WAIT_FOR(
            &timer->changed, (status = take_expiries(timer, &count)) != HELIX_E_WOULD_BLOCK,
            NANOS_NEVER, WAIT_INTERRUPTIBLE, "timerfd");
        if (waited != HELIX_OK)
            return waited;
    }
    if (status != HELIX_OK)
        return status;
    *done_out = sizeof count;
    return io_copy_out(to, &count, sizeof count);
}

static u32 timer_poll(struct file *file, struct poll_table *table)
{
    struct timer_file *timer = file->private_data;
    if (table->add)
        table->add(table, &timer->changed);
    const struct irq_key key = spin_lock_irq(&timer->count_lock);
    const bool ready = timer->expiries > 0;
    spin_unlock_irq(&timer->count_lock, key);
    return ready ? LINUX_POLLIN | LINUX_POLLRDNORM : 0;
}

static void timer_file_put(struct timer_file *timer)
{
    if (!ref_put(&timer->references))
        return;
    mutex_lock(&realtime_lock);
    list_remove(&timer->link);
    mutex_unlock(&realtime_lock);
    clock_timer_set(&timer->timer, 0, 0);
    kmem_free(&timer_file_cache, timer);
}

static void timer_release(struct file *file)
{
    timer_file_put(file->private_data);
}

static const struct object_type timer_file_type;
static struct file_object_ops object_ops;

static const struct file_ops timer_ops = {
    .name = "timerfd",
    .object = &object_ops,
    .read = timer_read,
    .write = file_write_none,
    .seek = file_seek_none,
    .poll = timer_poll,
    .ioctl = file_ioctl_none,
    .map = file_map_none,
    .read_directory = file_read_directory_none,
    .flush = file_flush_none,
    .sync = file_sync_none,
    .release = timer_release,
};

static struct timer_file *timer_file_create(i32 clock)
{
    struct timer_file *timer = kmem_alloc(&timer_file_cache);
    if (!timer)
        return NULL;
    timer->object = (struct object){.type = &timer_file_type, .id = object_id_new()};
    ref_init(&timer->references);
    timer->clock = clock;
    mutex_init(&timer->lock, LOCK_RANK_NONE);
    clock_timer_init(&timer->timer, NULL, clock, expired);
    timer->timer.waits = true;
    list_init(&timer->link);
    spinlock_init(&timer->count_lock, LOCK_RANK_TIMER_USER);
    wait_queue_init(&timer->changed);
    return timer;
}

static bool follows_wall_clock(i32 clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_ALARM;
}

static bool is_alarm(i32 clock)
{
    return clock == CLOCK_REALTIME_ALARM || clock == CLOCK_BOOTTIME_ALARM;
}

i64 sys_timerfd_create(const u64 *arguments)
{
    const i32 clock = (i32)arguments[0];
    const u32 flags = (u32)arguments[1];
    struct file *file;
    if ((flags & ~(LINUX_O_CLOEXEC | LINUX_O_NONBLOCK)) ||
        !(follows_wall_clock(clock) || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME ||
          clock == CLOCK_BOOTTIME_ALARM))
        return -LINUX_EINVAL;
    if (is_alarm(clock) && !task_capable(CAP_WAKE_ALARM))
        return -LINUX_EPERM;
    struct timer_file *timer = timer_file_create(clock);
    if (!timer)
        return -LINUX_ENOMEM;
    const helix_status status =
        file_create(&timer_ops, timer, LINUX_O_RDWR | (flags & LINUX_O_NONBLOCK), &file);
    if (status != HELIX_OK) {
        timer_file_put(timer);
        return syscall_result(status);
    }
    return fd_publish(file, flags & LINUX_O_CLOEXEC);
}

/* ---- Setting ---- */

/* Lock held. */
static void count_passed(struct timer_file *timer)
{
    const u64 passed = clock_timer_catch_up(&timer->timer);
    const struct irq_key key = spin_lock_irq(&timer->count_lock);
    timer->expiries += passed;
    spin_unlock_irq(&timer->count_lock, key);
}

/* The time left, not that of the next expiry: what is due but was not looked at counts as 1 ns. */
static struct linux_itimerspec read_setting(struct timer_file *timer)
{
    nanos left, period;
    count_passed(timer);
    clock_timer_get(&timer->timer, &left, &period);
    return (struct linux_itimerspec){clock_timespec_of(period), clock_timespec_of(left)};
}

struct setting {
    nanos value, period;
    u32 flags;
    struct linux_itimerspec old; // out
};

/* A relative time is not moved when the wall clock is set, so it runs on another one. CANCELED: it
 * is set, but the clock was set since the program last looked. */
static helix_status apply_setting(struct timer_file *timer, struct setting *setting)
{
    const bool absolute = setting->flags & TIMER_ABSTIME;
    helix_status status = HELIX_OK;
    mutex_lock(&timer->lock);
    setting->old = read_setting(timer);
    clock_timer_set(&timer->timer, 0, 0);
    const bool may_cancel =
        absolute && follows_wall_clock(timer->clock) && (setting->flags & TFD_TIMER_CANCEL_ON_SET);
    const struct irq_key key = spin_lock_irq(&timer->count_lock);
    if (may_cancel && timer->cancel_on_set && timer->canceled)
        status = HELIX_E_CANCELED;
    timer->expiries = 0;
    timer->canceled = false;
    spin_unlock_irq(&timer->count_lock, key);
    timer->cancel_on_set = may_cancel;
    timer->timer.clock = absolute ? timer->clock : CLOCK_MONOTONIC;
    const nanos expires = setting->value == 0 || absolute
                              ? setting->value
                              : clock_add(clock_timer_now(&timer->timer), setting->value);
    clock_timer_set(&timer->timer, expires, setting->period);
    mutex_unlock(&timer->lock);
    return status;
}

static helix_status set_timer(struct timer_file *timer, struct setting *setting)
{
    if (is_alarm(timer->clock) && !task_capable(CAP_WAKE_ALARM))
        return HELIX_E_PERM;
    if (!follows_wall_clock(timer->clock))
        return apply_setting(timer, setting);
    const bool follows = setting->value && (setting->flags & TIMER_ABSTIME);
    mutex_lock(&realtime_lock);
    list_remove_init(&timer->link);
    if (follows)
        list_push_back(&realtime_timers, &timer->link);
    const helix_status status = apply_setting(timer, setting);
    mutex_unlock(&realtime_lock);
    return status;
}

/* The timer behind @fd, held by @ref. */
static helix_status timer_of_fd(int fd, struct fd_ref *ref, struct timer_file **timer_out)
{
    const helix_status status = fd_borrow(fd, ref);
    if (status != HELIX_OK)
        return status;
    *timer_out = ref->file->private_data;
    if (ref->file->ops == &timer_ops)
        return HELIX_OK;
    fd_release(ref);
    return HELIX_E_INVAL;
}

i64 sys_timerfd_settime(const u64 *arguments)
{
    struct linux_itimerspec wanted;
    struct setting setting = {.flags = (u32)arguments[1]};
    struct timer_file *timer;
    struct fd_ref ref;
    helix_status status = user_copy_in(&wanted, vaddr_of(arguments[2]), sizeof wanted);
    if (status == HELIX_OK &&
        ((setting.flags & ~(TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) ||
         !clock_time_is_valid(&wanted.value) || !clock_time_is_valid(&wanted.interval)))
        status = HELIX_E_INVAL;
    if (status == HELIX_OK)
        status = timer_of_fd((int)arguments[0], &ref, &timer);
    if (status != HELIX_OK)
        return syscall_result(status);
    setting.value = clock_nanos_of(&wanted.value);
    setting.period = clock_nanos_of(&wanted.interval);
    status = set_timer(timer, &setting);
    fd_release(&ref);
    if (arguments[3] && (status == HELIX_OK || status == HELIX_E_CANCELED)) {
        const helix_status copied =
            user_copy_out(vaddr_of(arguments[3]), &setting.old, sizeof setting.old);
        if (copied != HELIX_OK)
            status = copied;
    }
    return syscall_result(status);
}

i64 sys_timerfd_gettime(const u64 *arguments)
{
    struct timer_file *timer;
    struct fd_ref ref;
    const helix_status status = timer_of_fd((int)arguments[0], &ref, &timer);
    if (status != HELIX_OK)
        return syscall_result(status);
    mutex_lock(&timer->lock);
    const struct linux_itimerspec now = read_setting(timer);
    mutex_unlock(&timer->lock);
    fd_release(&ref);
    return syscall_result(user_copy_out(vaddr_of(arguments[1]), &now, sizeof now));
}

/* ---- Records ---- */

struct timer_record {
    i32 clock;
    i32 runs_on;
    u64 expires, period; // in time of the clock it runs on
    u64 expiries;
    u32 cancel_on_set, canceled;
};

static struct timer_file *timer_of(const struct object *object)
{
    return container_of(object, struct timer_file, object);
}

static struct timer_record read_record(struct timer_file *timer)
{
    mutex_lock(&timer->lock);
    count_passed(timer);
    struct timer_record record = {
        .clock = timer->clock,
        .runs_on = timer->timer.clock,
        .expires = READ_ONCE(timer->timer.expires),
        .period = timer->timer.period,
        .cancel_on_set = timer->cancel_on_set,
    };
    const struct irq_key key = spin_lock_irq(&timer->count_lock);
    record.expiries = timer->expiries;
    record.canceled = timer->canceled;
    spin_unlock_irq(&timer->count_lock, key);
    mutex_unlock(&timer->lock);
    return record;
}

static helix_status describe(const struct object *object, struct object_writer *writer)
{
    const struct timer_record record = read_record(timer_of(object));
    record_begin(object, sizeof record, writer);
    object_write(writer, &record, sizeof record);
    return HELIX_OK;
}

static void restore(struct timer_file *timer, const struct timer_record *record)
{
    mutex_lock(&realtime_lock);
    if (record->expires && follows_wall_clock(record->runs_on))
        list_push_back(&realtime_timers, &timer->link);
    mutex_lock(&timer->lock);
    timer->timer.clock = record->runs_on;
    timer->cancel_on_set = record->cancel_on_set;
    add_expiries(timer, record->expiries, record->canceled);
    clock_timer_set(&timer->timer, record->expires, record->period);
    mutex_unlock(&timer->lock);
    mutex_unlock(&realtime_lock);
}

static helix_status recreate(struct object_reader *reader, const struct object_record *header,
                             struct object **object_out)
{
    struct timer_record record;
    nanos now;
    if (header->version != 1)
        return HELIX_E_NOTSUP;
    const helix_status status = object_read(reader, &record, sizeof record);
    if (status != HELIX_OK)
        return status;
    if (record.clock < 0 || clock_is_cpu_time(record.clock) || !clock_read(record.clock, &now) ||
        (record.runs_on != record.clock && record.runs_on != CLOCK_MONOTONIC))
        return HELIX_E_CORRUPT;
    struct timer_file *timer = timer_file_create(record.clock);
    if (!timer)
        return HELIX_E_NOMEM;
    restore(timer, &record);
    *object_out = &timer->object;
    return HELIX_OK;
}

static void discard(struct object *object)
{
    timer_file_put(timer_of(object));
}

static bool equal(const struct object *left, const struct object *right)
{
    const struct timer_record a = read_record(timer_of(left)), b = read_record(timer_of(right));
    return a.clock == b.clock && a.runs_on == b.runs_on && a.expires == b.expires &&
           a.period == b.period && a.expiries == b.expiries && a.cancel_on_set == b.cancel_on_set &&
           a.canceled == b.canceled;
}

static const struct object_type timer_file_type = {
    .kind = OBJECT_TIMER_FD,
    .version = 1,
    .name = "timerfd",
    .describe = describe,
    .recreate = recreate,
    .discard = discard,
    .equal = equal,
};
OBJECT_TYPE_ENTRY(timer_file_type);

static struct object *object_of_file(struct file *file)
{
    return &((struct timer_file *)file->private_data)->object;
}

static helix_status open_object(struct object *object, u32 flags, struct file **file_out)
{
    struct timer_file *timer = timer_of(object);
    const helix_status status = file_create(&timer_ops, timer, flags, file_out);
    if (status == HELIX_OK)
        ref_get(&timer->references);
    return status;
}

static struct file_object_ops object_ops = {
    .kind = OBJECT_TIMER_FD,
    .object = object_of_file,
    .open = open_object,
};

void timer_files_start(void)
{
    file_object_register(&object_ops);
}
