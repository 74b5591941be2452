/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * An inotify as a record: its watches by path, and the events that nobody has read. A watched file
 * without a known name cannot be found again: HELIX_E_STALE.
 */
#include <helix/abi/linux.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#include "inotify/inotify.h"
#include "record.h"

struct inotify_record {
    u64 watches, events;
    u32 uid;
    i32 last_number;
};

struct watch_record {
    i32 number;
    u32 mask, flags;
    u32 path_bytes; // that follow, with the NUL, padded to 8
};

static struct inotify *inotify_of(const struct object *object)
{
    return container_of(object, struct inotify, object);
}

static helix_status write_watch(const struct inotify_watch *watch, char *path,
                                struct object_writer *writer)
{
    memset(path, 0, LINUX_PATH_MAX);
    watch_name(&watch->watch, path, LINUX_PATH_MAX);
    const struct watch_record record = {
        .number = watch->number,
        .mask = watch->watch.mask,
        .flags = watch->flags,
        .path_bytes = (u32)align_up(strlen(path) + 1, 8),
    };
    object_write(writer, &record, sizeof record);
    object_write(writer, path, record.path_bytes);
    return path[0] == '\0' ? HELIX_E_STALE : HELIX_OK;
}

static helix_status write_all(struct inotify *inotify, char *path, struct object_writer *writer)
{
    helix_status status = HELIX_OK;
    mutex_lock(&watch_lock);
    spin_lock(&inotify->lock);
    const struct inotify_record record = {.watches = inotify->count,
                                          .events = inotify->event_count,
                                          .uid = inotify->uid,
                                          .last_number = inotify->last_number};
    object_write(writer, &record, sizeof record);
    list_for_each(struct inotify_event, event, &inotify->events, link) {
        object_write(writer, &event->head, sizeof event->head);
        object_write(writer, inotify_event_name(event), event->head.length);
    }
    spin_unlock(&inotify->lock);
    rb_for_each(node, &inotify->watches) {
        if (status == HELIX_OK)
            status =
                write_watch(container_of(node, const struct inotify_watch, node), path, writer);
    }
    mutex_unlock(&watch_lock);
    return status;
}

/* Twice: the header tells the size of what follows. */
static helix_status describe(const struct object *object, struct object_writer *writer)
{
    struct object_writer measure = {0};
    char *path = kmalloc(LINUX_PATH_MAX);
    if (!path)
        return HELIX_E_NOMEM;
    helix_status status = write_all(inotify_of(object), path, &measure);
    const size_t before = writer->bytes + sizeof(struct object_record);
    record_begin(object, measure.bytes, writer);
    if (status == HELIX_OK)
        status = write_all(inotify_of(object), path, writer);
    kfree(path);
    return status == HELIX_OK && writer->bytes != before + measure.bytes ? HELIX_E_AGAIN : status;
}

static helix_status read_event(struct object_reader *reader, struct inotify *inotify)
{
    struct linux_inotify_event head;
    char name[LINUX_NAME_MAX + 1 + sizeof head];
    helix_status status = object_read(reader, &head, sizeof head);
    if (status != HELIX_OK)
        return status;
    if (head.length >= sizeof name)
        return HELIX_E_CORRUPT;
    status = object_read(reader, name, head.length);
    name[head.length] = '\0';
    if (status == HELIX_OK)
        inotify_queue(inotify, &head, head.length ? name : NULL, (u32)strlen(name));
    return status;
}

static helix_status walk_to(const char *name, struct path *path_out)
{
    struct fs_context *fs;
    helix_status status = fs_context_create(&fs);
    if (status != HELIX_OK)
        return status;
    const struct walk_context walk = {.fs = fs, .credentials = credentials_root()};
    status = path_walk(&walk, name, 0, path_out);
    credentials_put(walk.credentials);
    fs_context_put(fs);
    return status;
}

static helix_status add_again(struct inotify *inotify, const struct watch_record *record,
                              const char *name)
{
    struct path path;
    i32 number;
    helix_status status = walk_to(name, &path);
    if (status != HELIX_OK)
        return status;
    mutex_lock(&watch_lock);
    inotify->last_number = record->number - 1;
    mutex_unlock(&watch_lock);
    status =
        inotify_watch_path(inotify, &path, record->mask | record->flags | IN_MASK_CREATE, &number);
    path_put(&path);
    return status == HELIX_E_EXIST ? HELIX_E_CORRUPT : status;
}

static helix_status read_watch(struct object_reader *reader, struct inotify *inotify, char *name)
{
    struct watch_record record;
    helix_status status = object_read(reader, &record, sizeof record);
    if (status != HELIX_OK)
        return status;
    if (record.path_bytes == 0 || record.path_bytes > LINUX_PATH_MAX || record.number < 1)
        return HELIX_E_CORRUPT;
    status = object_read(reader, name, record.path_bytes);
    if (status == HELIX_OK && name[record.path_bytes - 1] != '\0')
        status = HELIX_E_CORRUPT;
    return status == HELIX_OK ? add_again(inotify, &record, name) : status;
}

static helix_status read_all(struct object_reader *reader, const struct inotify_record *record,
                             struct inotify *inotify)
{
    helix_status status = HELIX_OK;
    char *name = kmalloc(LINUX_PATH_MAX);
    if (!name)
        return HELIX_E_NOMEM;
    for (u64 i = 0; status == HELIX_OK && i < record->events; i++)
        status = read_event(reader, inotify);
    for (u64 i = 0; status == HELIX_OK && i < record->watches; i++)
        status = read_watch(reader, inotify, name);
    kfree(name);
    mutex_lock(&watch_lock);
    inotify->last_number = record->last_number;
    mutex_unlock(&watch_lock);
    return status;
}

static helix_status recreate(struct object_reader *reader, const struct object_record *header,
                             struct object **object_out)
{
    struct inotify_record record;
    struct inotify *inotify;
    if (header->version != 1)
        return HELIX_E_NOTSUP;
    helix_status status = object_read(reader, &record, sizeof record);
    if (status == HELIX_OK)
        status = inotify_create(record.uid, &inotify);
    if (status != HELIX_OK)
        return status;
    status = read_all(reader, &record, inotify);
    if (status == HELIX_OK)
        *object_out = &inotify->object;
    else
        inotify_put(inotify);
    return status;
}

static void discard(struct object *object)
{
    inotify_put(inotify_of(object));
}

static bool equal(const struct object *left, const struct object *right) HELIX_NO_THREAD_SAFETY
{
    const struct inotify *l = inotify_of(left), *r = inotify_of(right);
    return l->count == r->count && l->uid == r->uid && l->last_number == r->last_number &&
           l->event_count == r->event_count && l->event_bytes == r->event_bytes;
}

const struct object_type inotify_object_type = {
    .kind = OBJECT_INOTIFY,
    .version = 1,
    .name = "inotify",
    .describe = describe,
    .recreate = recreate,
    .discard = discard,
    .equal = equal,
};
OBJECT_TYPE_ENTRY(inotify_object_type);
