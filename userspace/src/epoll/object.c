/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* An epoll as a record: what it watches, and which of that is on its ready list. */
#include <helix/lib/compiler.h>

#include "epoll/epoll.h"
#include "record.h"

struct item_record {
    u64 file;
    u64 data;
    u32 fd;
    u32 events;
    u32 ready;
    u32 spare;
};

static struct epoll *epoll_of(const struct object *object)
{
    return container_of(object, struct epoll, object);
}

static helix_status describe(const struct object *object, struct object_writer *writer)
{
    struct epoll *epoll = epoll_of(object);
    mutex_lock(&epoll->lock);
    const u64 count = epoll->count;
    record_begin(object, sizeof count + count * sizeof(struct item_record), writer);
    object_write(writer, &count, sizeof count);
    rb_for_each(node, &epoll->items) {
        const struct epoll_item *item = container_of(node, struct epoll_item, node);
        const struct item_record record = {
            .file = item->file->object.id,
            .data = item->data,
            .fd = (u32)item->fd,
            .events = item->events,
            .ready = READ_ONCE(item->is_ready),
        };
        object_write(writer, &record, sizeof record);
    }
    mutex_unlock(&epoll->lock);
    return HELIX_OK;
}

/* One-shot items that have fired watch for nothing, and an edge that was told is not told again. */
static void restore_state(struct epoll_item *item, const struct item_record *record)
{
    struct epoll *epoll = item->epoll;
    const struct irq_key key = spin_lock_irq(&epoll->ready_lock);
    item->events = record->events;
    if (item->is_ready && !record->ready) {
        list_remove(&item->ready_link);
        item->is_ready = false;
    }
    spin_unlock_irq(&epoll->ready_lock, key);
    if (record->ready)
        epoll_item_queue(item);
}

static helix_status recreate_item(struct object_reader *reader, struct epoll *epoll)
{
    struct item_record record;
    helix_status status = object_read(reader, &record, sizeof record);
    if (status != HELIX_OK)
        return status;
    struct object *object = reader->resolve(reader->context, OBJECT_FILE, record.file);
    if (!object)
        return HELIX_E_CORRUPT;
    struct file *file = container_of(object, struct file, object);
    mutex_lock(&epoll->lock);
    status = epoll_item_find(epoll, file, (int)record.fd) ? HELIX_E_CORRUPT : HELIX_OK;
    if (status == HELIX_OK)
        status = epoll_item_add(epoll, file, (int)record.fd, record.events, record.data);
    if (status == HELIX_OK)
        restore_state(epoll_item_find(epoll, file, (int)record.fd), &record);
    mutex_unlock(&epoll->lock);
    return status;
}

static helix_status recreate(struct object_reader *reader, const struct object_record *record,
                             struct object **object_out)
{
    struct epoll *epoll;
    u64 count;
    if (record->version != 1)
        return HELIX_E_NOTSUP;
    helix_status status = object_read(reader, &count, sizeof count);
    if (status == HELIX_OK)
        status = epoll_create_object(&epoll);
    if (status != HELIX_OK)
        return status;
    while (count-- > 0 && status == HELIX_OK)
        status = recreate_item(reader, epoll);
    if (status != HELIX_OK) {
        epoll_end(epoll);
        return status;
    }
    *object_out = &epoll->object;
    return HELIX_OK;
}

static void discard(struct object *object)
{
    epoll_end(epoll_of(object));
}

HELIX_NO_THREAD_SAFETY static bool equal(const struct object *left, const struct object *right)
{
    const struct epoll *a = epoll_of(left), *b = epoll_of(right);
    const struct rb_node *x = rb_first(&a->items), *y = rb_first(&b->items);
    for (; x && y; x = rb_next(x), y = rb_next(y)) {
        const struct epoll_item *one = container_of(x, const struct epoll_item, node);
        const struct epoll_item *two = container_of(y, const struct epoll_item, node);
        if (one->file != two->file || one->fd != two->fd || one->events != two->events ||
            one->data != two->data || one->is_ready != two->is_ready)
            return false;
    }
    return !x && !y;
}

const struct object_type epoll_object_type = {
    .kind = OBJECT_EPOLL,
    .version = 1,
    .name = "epoll",
    .describe = describe,
    .recreate = recreate,
    .discard = discard,
    .equal = equal,
};
OBJECT_TYPE_ENTRY(epoll_object_type);
