/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* An inotify, the file that stands for it, and its queue of events. */
#include "inotify/inotify.h"

#include <helix/abi/linux.h>
#include <helix/lib/string.h>
#include <helix/memory/frame.h>
#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>
#include <helix/userspace/task.h>
#include <helix/vfs/special.h>

#include "proc/proc.h"

#define FIONREAD          0x541bu
#define WATCHES_LEAST     8192u
#define WATCHES_LARGEST   1048576u
#define BYTES_PER_WATCH   1080u // Linux counts an inode for each
#define SHARE_FOR_WATCHES 100u
#define READABLE          (LINUX_POLLIN | LINUX_POLLRDNORM)

static struct list instances = LIST_INIT(instances); // watch_lock
static struct kmem_cache inotify_cache = KMEM_CACHE(inotify);

/* ---- Limits ---- */

static struct proc_tunable settings[INOTIFY_SETTINGS] = {
    [INOTIFY_EVENTS_MOST] = {"sys/fs/inotify/max_queued_events", 16384, 0, INT32_MAX},
    [INOTIFY_INSTANCES_MOST] = {"sys/fs/inotify/max_user_instances", 128, 0, INT32_MAX},
    [INOTIFY_WATCHES_MOST] = {"sys/fs/inotify/max_user_watches", WATCHES_LEAST, 0, INT32_MAX},
};

u32 inotify_setting(enum inotify_setting which)
{
    return (u32)READ_ONCE(settings[which].value);
}

u32 inotify_watches_of(u32 uid)
{
    u32 sum = 0;
    list_for_each(struct inotify, other, &instances, link) {
        sum += other->uid == uid ? other->count : 0;
    }
    return sum;
}

static u32 instances_of(u32 uid)
{
    u32 sum = 0;
    list_for_each(struct inotify, other, &instances, link) {
        sum += other->uid == uid;
    }
    return sum;
}

/* ---- Life ---- */

helix_status inotify_create(u32 uid, struct inotify **inotify_out) HELIX_NO_THREAD_SAFETY
{
    struct inotify *inotify = kmem_alloc(&inotify_cache);
    if (!inotify)
        return HELIX_E_NOMEM;
    inotify->object = (struct object){.type = &inotify_object_type, .id = object_id_new()};
    ref_init(&inotify->references);
    inotify->uid = uid;
    rb_init(&inotify->watches, NULL);
    spinlock_init(&inotify->lock, LOCK_RANK_OBJECT);
    list_init(&inotify->events);
    wait_queue_init(&inotify->readers);
    mutex_lock(&watch_lock);
    const bool fits = instances_of(uid) < inotify_setting(INOTIFY_INSTANCES_MOST);
    if (fits)
        list_push_back(&instances, &inotify->link);
    mutex_unlock(&watch_lock);
    if (fits)
        *inotify_out = inotify;
    else
        kmem_free(&inotify_cache, inotify);
    return fits ? HELIX_OK : HELIX_E_TOO_MANY_FILES;
}

static void free_event(struct inotify *inotify, struct inotify_event *event)
{
    if (event != &inotify->overflow)
        kfree(event);
}

void inotify_put(struct inotify *inotify) HELIX_NO_THREAD_SAFETY
{
    if (!ref_put(&inotify->references))
        return;
    inotify_drop_watches(inotify);
    mutex_lock(&watch_lock);
    list_remove(&inotify->link);
    mutex_unlock(&watch_lock);
    list_for_each_safe(struct inotify_event, event, &inotify->events, link)
        free_event(inotify, event);
    kmem_free(&inotify_cache, inotify);
}

/* ---- The queue ---- */

static struct inotify_event *make_event(const struct linux_inotify_event *head, const char *name,
                                        u32 length)
{
    const u32 room = name ? (u32)align_up(length + 1, sizeof *head) : 0;
    struct inotify_event *event = kzalloc(sizeof *event + room);
    if (!event)
        return NULL;
    event->head = *head;
    event->head.length = room;
    if (name)
        memcpy(inotify_event_name(event), name, length);
    return event;
}

static bool same_as_last(struct inotify *inotify, const struct inotify_event *event)
    HELIX_REQUIRES(&inotify->lock)
{
    if (list_is_empty(&inotify->events) || (event->head.mask & IN_IGNORED))
        return false;
    const struct inotify_event *last = list_entry(inotify->events.prev, struct inotify_event, link);
    return last->head.watch == event->head.watch && last->head.mask == event->head.mask &&
           last->head.cookie == event->head.cookie && last->head.length == event->head.length &&
           memcmp(inotify_event_name(last), inotify_event_name(event), event->head.length) == 0;
}

static void append(struct inotify *inotify, struct inotify_event *event)
    HELIX_REQUIRES(&inotify->lock)
{
    list_push_back(&inotify->events, &event->link);
    inotify->event_count++;
    inotify->event_bytes += sizeof event->head + event->head.length;
}

/* NULL for @event: there was no memory for it. True: it is in the queue. */
static bool queue_locked(struct inotify *inotify, struct inotify_event *event)
    HELIX_REQUIRES(&inotify->lock)
{
    if (event && same_as_last(inotify, event))
        return false;
    if (event && inotify->event_count < inotify_setting(INOTIFY_EVENTS_MOST)) {
        append(inotify, event);
        return true;
    }
    if (!inotify->overflowed) {
        inotify->overflowed = true;
        inotify->overflow.head = (struct linux_inotify_event){.watch = -1, .mask = IN_Q_OVERFLOW};
        append(inotify, &inotify->overflow);
    }
    return false;
}

void inotify_queue(struct inotify *inotify, const struct linux_inotify_event *head,
                   const char *name, u32 length)
{
    struct inotify_event *event = make_event(head, name, length);
    spin_lock(&inotify->lock);
    const bool taken = queue_locked(inotify, event);
    spin_unlock(&inotify->lock);
    if (!taken)
        kfree(event);
    wait_wake_events(&inotify->readers, READABLE);
}

/* The first event, off the queue, if it is no longer than @room. INVAL: it is. WOULD_BLOCK: there
 * is none. */
static helix_status take(struct inotify *inotify, size_t room, struct inotify_event **event_out)
{
    helix_status status = HELIX_OK;
    spin_lock(&inotify->lock);
    struct inotify_event *event = list_first(&inotify->events, struct inotify_event, link);
    if (!event)
        status = HELIX_E_WOULD_BLOCK;
    else if (sizeof event->head + event->head.length > room)
        status = HELIX_E_INVAL;
    if (status == HELIX_OK) {
        list_remove(&event->link);
        inotify->event_count--;
        inotify->event_bytes -= sizeof event->head + event->head.length;
        *event_out = event;
    }
    spin_unlock(&inotify->lock);
    return status;
}

/* ---- The file ---- */

static helix_status give(struct inotify *inotify, struct inotify_event *event, struct io_buffer *to,
                         size_t *done_out)
{
    const struct linux_inotify_event head = event->head;
    helix_status status = io_copy_out(to, &head, sizeof head);
    if (status == HELIX_OK)
        status = io_copy_out(to, inotify_event_name(event), head.length);
    if (status == HELIX_OK)
        *done_out += sizeof head + head.length;
    if (event == &inotify->overflow) {
        spin_lock(&inotify->lock);
        inotify->overflowed = false;
        spin_unlock(&inotify->lock);
    }
    free_event(inotify, event);
    return status;
}

static helix_status read_ready(struct inotify *inotify, struct io_buffer *to, size_t *done_out)
{
    struct inotify_event *event;
    helix_status status = take(inotify, to->remaining, &event);
    while (status == HELIX_OK) {
        status = give(inotify, event, to, done_out);
        if (status == HELIX_OK)
            status = take(inotify, to->remaining, &event);
    }
    return *done_out > 0 && status != HELIX_E_FAULT ? HELIX_OK : status;
}

static helix_status inotify_read(struct file *file, struct io_buffer *to, u64 *position,
                                 size_t *done_out)
{
    struct inotify *inotify = file->private_data;
    struct waiter waiter;
    (void)position;
    helix_status status = read_ready(inotify, to, done_out);
    if (status != HELIX_E_WOULD_BLOCK || to->nowait ||
        (atomic_load_relaxed(&file->flags) & LINUX_O_NONBLOCK))
        return status;
    wait_begin(&inotify->readers, &waiter, "inotify");
    while ((status = read_ready(inotify, to, done_out)) == HELIX_E_WOULD_BLOCK) {
        status = wait_sleep(NANOS_NEVER, WAIT_INTERRUPTIBLE);
        if (status != HELIX_OK)
            break;
    }
    wait_end(&waiter);
    return status;
}

static u32 inotify_poll(struct file *file, struct poll_table *table)
{
    struct inotify *inotify = file->private_data;
    if (table->add)
        table->add(table, &inotify->readers);
    spin_lock(&inotify->lock);
    const bool ready = !list_is_empty(&inotify->events);
    spin_unlock(&inotify->lock);
    return ready ? READABLE : 0;
}

static helix_status inotify_ioctl(struct file *file, u32 command, u64 argument, i64 *result_out)
{
    struct inotify *inotify = file->private_data;
    if (command != FIONREAD)
        return HELIX_E_NOT_TTY;
    spin_lock(&inotify->lock);
    const i32 bytes = (i32)inotify->event_bytes;
    spin_unlock(&inotify->lock);
    *result_out = 0;
    return user_copy_out(vaddr_of(argument), &bytes, sizeof bytes);
}

static void inotify_release(struct file *file)
{
    inotify_put(file->private_data);
}

static struct object *object_of(struct file *file)
{
    return &((struct inotify *)file->private_data)->object;
}

static helix_status open_object(struct object *object, u32 flags, struct file **file_out)
{
    return inotify_open(container_of(object, struct inotify, object), flags, file_out);
}

static struct file_object_ops object_ops = {
    .kind = OBJECT_INOTIFY,
    .object = object_of,
    .open = open_object,
};

static const struct file_ops inotify_ops = {
    .name = "inotify",
    .tells = true,
    .object = &object_ops,
    .read = inotify_read,
    .write = file_write_none,
    .seek = file_seek_none,
    .poll = inotify_poll,
    .ioctl = inotify_ioctl,
    .map = file_map_none,
    .read_directory = file_read_directory_none,
    .flush = file_flush_none,
    .sync = file_sync_none,
    .release = inotify_release,
};

helix_status inotify_open(struct inotify *inotify, u32 flags, struct file **file_out)
{
    const helix_status status = file_create(&inotify_ops, inotify, flags, file_out);
    if (status == HELIX_OK)
        ref_get(&inotify->references);
    return status;
}

struct inotify *inotify_of_file(const struct file *file)
{
    return file->ops == &inotify_ops ? file->private_data : NULL;
}

void inotify_start(void)
{
    static struct proc_entry entries[INOTIFY_SETTINGS];
    struct memory_counts counts;
    memory_counts(&counts);
    const u64 watches = counts.total / SHARE_FOR_WATCHES * PAGE_SIZE / BYTES_PER_WATCH;
    settings[INOTIFY_WATCHES_MOST].value =
        min(max(watches, (u64)WATCHES_LEAST), (u64)WATCHES_LARGEST);
    proc_tunables_register(settings, entries, INOTIFY_SETTINGS);
    file_object_register(&object_ops);
}
