/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* A message queue as a record: its name, its messages, who is told. */
#include <helix/abi/linux.h>
#include <helix/lib/string.h>

#include "mqueue/mqueue.h"
#include "record.h"

struct queue_record {
    u64 count_most, bytes_most;
    u64 count;
    u64 owner; // process, 0: nobody
    u64 value;
    i32 how, signal;
    u32 mode, name_length;
    u32 named, spare;
    char name[LINUX_NAME_MAX + 1];
};

struct message_record {
    u32 priority;
    u32 spare;
    u64 bytes; // that follow, padded to 8
};

static struct mq *queue_of(const struct object *object)
{
    return container_of(object, struct mq, object);
}

static struct mq_message *message_of(const struct rb_node *node)
{
    return container_of(node, struct mq_message, node);
}

static void fill(struct mq *queue, struct queue_record *record) HELIX_REQUIRES(&queue->lock)
{
    const struct mq_notification *note = &queue->notification;
    *record = (struct queue_record){
        .count_most = queue->sizes.count,
        .bytes_most = queue->sizes.bytes,
        .count = queue->count,
        .owner = note->owner ? note->owner->object.id : 0,
        .value = note->value,
        .how = note->how,
        .signal = note->signal,
        .mode = queue->attributes.mode,
        .name_length = queue->name_length,
        .named = queue->named,
    };
    memcpy(record->name, queue->name, queue->name_length);
}

static u64 bytes_of_messages(struct mq *queue) HELIX_REQUIRES(&queue->lock)
{
    u64 bytes = 0;
    rb_for_each(node, &queue->messages)
        bytes += sizeof(struct message_record) + align_up(message_of(node)->bytes, 8);
    return bytes;
}

static void write_message(const struct mq_message *message, struct object_writer *writer)
{
    static const u8 padding[8];
    const struct message_record record = {.priority = message->priority, .bytes = message->bytes};
    object_write(writer, &record, sizeof record);
    object_write(writer, message->data, message->bytes);
    object_write(writer, padding, align_up(message->bytes, 8) - message->bytes);
}

static helix_status describe(const struct object *object, struct object_writer *writer)
{
    struct mq *queue = queue_of(object);
    struct queue_record record;
    spin_lock(&queue->lock);
    if (queue->notification.note) { // waits in the kernel for a socket: nobody's until it is sent
        spin_unlock(&queue->lock);
        return HELIX_E_BUSY;
    }
    fill(queue, &record);
    record_begin(object, sizeof record + bytes_of_messages(queue), writer);
    object_write(writer, &record, sizeof record);
    rb_for_each(node, &queue->messages)
        write_message(message_of(node), writer);
    spin_unlock(&queue->lock);
    return HELIX_OK;
}

static helix_status read_message(struct object_reader *reader, struct mq *queue)
{
    struct message_record record;
    u8 padding[8];
    helix_status status = object_read(reader, &record, sizeof record);
    if (status != HELIX_OK)
        return status;
    if (record.bytes > queue->sizes.bytes || record.priority >= MQ_PRIORITIES)
        return HELIX_E_CORRUPT;
    struct mq_message *message = mq_message_allocate(record.bytes);
    if (!message)
        return HELIX_E_NOMEM;
    message->priority = record.priority;
    status = object_read(reader, message->data, record.bytes);
    if (status == HELIX_OK)
        status = object_read(reader, padding, align_up(record.bytes, 8) - record.bytes);
    if (status != HELIX_OK) {
        mq_message_free(message);
        return status;
    }
    spin_lock(&queue->lock);
    mq_insert(queue, message);
    spin_unlock(&queue->lock);
    return HELIX_OK;
}

static helix_status restore_owner(struct object_reader *reader, const struct queue_record *record,
                                  struct mq *queue)
{
    struct mq_notification note = {
        .how = record->how, .signal = record->signal, .value = record->value};
    if (!record->owner)
        return HELIX_OK;
    struct object *object = reader->resolve(reader->context, OBJECT_PROCESS, record->owner);
    if (!object || (u32)record->signal > SIGNAL_COUNT)
        return HELIX_E_CORRUPT;
    note.owner = container_of(object, struct process, object);
    return mq_register(queue, &note);
}

static helix_status recreate(struct object_reader *reader, const struct object_record *header,
                             struct object **object_out)
{
    struct queue_record record;
    struct mq *queue;
    if (header->version != 1)
        return HELIX_E_NOTSUP;
    helix_status status = object_read(reader, &record, sizeof record);
    if (status != HELIX_OK)
        return status;
    if (record.name_length > LINUX_NAME_MAX || record.count > record.count_most || record.named > 1)
        return HELIX_E_CORRUPT;
    const struct mq_sizes sizes = {record.count_most, record.bytes_most};
    status = mq_create(&sizes, record.name, record.name_length, &queue);
    if (status != HELIX_OK)
        return status;
    queue->named = record.named;
    queue->attributes.mode = record.mode;
    for (u64 i = 0; status == HELIX_OK && i < record.count; i++)
        status = read_message(reader, queue);
    if (status == HELIX_OK)
        status = restore_owner(reader, &record, queue);
    if (status != HELIX_OK) {
        mq_put(queue);
        return status;
    }
    *object_out = &queue->object;
    return HELIX_OK;
}

static void discard(struct object *object)
{
    mq_put(queue_of(object));
}

static bool messages_equal(struct mq *left, struct mq *right) HELIX_NO_THREAD_SAFETY
{
    const struct rb_node *a = rb_first(&left->messages), *b = rb_first(&right->messages);
    for (; a && b; a = rb_next(a), b = rb_next(b)) {
        const struct mq_message *l = message_of(a), *r = message_of(b);
        if (l->priority != r->priority || l->bytes != r->bytes ||
            memcmp(l->data, r->data, l->bytes) != 0)
            return false;
    }
    return !a && !b;
}

static bool equal(const struct object *left, const struct object *right)
{
    struct mq *l = queue_of(left), *r = queue_of(right);
    return l->sizes.count == r->sizes.count && l->sizes.bytes == r->sizes.bytes &&
           l->named == r->named && l->name_length == r->name_length &&
           memcmp(l->name, r->name, l->name_length) == 0 && messages_equal(l, r);
}

const struct object_type mq_object_type = {
    .kind = OBJECT_MESSAGE_QUEUE,
    .version = 1,
    .name = "message queue",
    .describe = describe,
    .recreate = recreate,
    .discard = discard,
    .equal = equal,
};
OBJECT_TYPE_ENTRY(mq_object_type);
