/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* System V message queues. */
#include <helix/capability/linux.h>
#include <helix/core/syscall.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>

#include "calls.h"
#include "ipc/limits.h"
#include "ipc/records.h"
#include "record.h"

#define MSG_NOERROR  010000
#define MSG_EXCEPT   020000
#define MSG_COPY     040000
#define MSG_STAT     11
#define MSG_INFO     12
#define MSG_STAT_ANY 13

struct message {
    struct list link;
    i64 type;
    size_t bytes;
    u8 data[];
};

struct message_queue {
    struct ipc_object ipc; // first
    struct list messages;  // struct message
    u64 bytes, count, bytes_most;
    i64 sent, received, changed;
    u32 sender_pid, receiver_pid;
    struct wait_queue changes;
};

struct linux_msqid_ds {
    struct linux_ipc_perm perm;
    i64 sent, received, changed;
    u64 bytes, count, bytes_most;
    u32 sender_pid, receiver_pid;
    u64 unused[2];
};

static struct kmem_cache queue_cache = KMEM_CACHE(message_queue);
static void destroy(struct ipc_object *object);
static struct ipc_table queues =
    IPC_TABLE(queues, &ipc_settings[IPC_MSG_QUEUES].value, &messages_object_type, destroy);

static struct message_queue *queue_of(struct ipc_object *object)
{
    return container_of(object, struct message_queue, ipc);
}

static void destroy(struct ipc_object *object)
{
    struct message_queue *queue = queue_of(object);
    list_for_each_safe(struct message, message, &queue->messages, link)
        kfree(message);
    kmem_free(&queue_cache, queue);
}

static struct message_queue *allocate(void)
{
    struct message_queue *queue = kmem_alloc(&queue_cache);
    if (!queue)
        return NULL;
    list_init(&queue->messages);
    wait_queue_init(&queue->changes);
    return queue;
}

static helix_status make_locked(i32 key, u32 flags, i32 *id_out) HELIX_REQUIRES(&queues.lock)
{
    struct message_queue *queue = allocate();
    if (!queue)
        return HELIX_E_NOMEM;
    queue->bytes_most = MSG_QUEUE_BYTES;
    queue->changed = ipc_now();
    const helix_status status = ipc_add(&queues, &queue->ipc, key, flags);
    if (status == HELIX_OK)
        *id_out = queue->ipc.id;
    else
        kmem_free(&queue_cache, queue);
    return status;
}

i64 sys_msgget(const u64 *arguments)
{
    struct ipc_object *object;
    i32 id = 0;
    mutex_lock(&queues.lock);
    helix_status status = ipc_get(&queues, (i32)arguments[0], (u32)arguments[1], &object);
    if (status == HELIX_OK && !object)
        status = make_locked((i32)arguments[0], (u32)arguments[1], &id);
    else if (status == HELIX_OK)
        id = object->id;
    mutex_unlock(&queues.lock);
    return status == HELIX_OK ? id : syscall_result(status);
}

/* The queue with a reference. */
static helix_status hold_queue(i32 id, u32 wanted, struct message_queue **queue_out)
{
    struct ipc_object *object;
    mutex_lock(&queues.lock);
    helix_status status = ipc_find(&queues, id, &object);
    if (status == HELIX_OK)
        status = ipc_allowed(object, wanted);
    if (status == HELIX_OK) {
        ref_get(&object->references);
        *queue_out = queue_of(object);
    }
    mutex_unlock(&queues.lock);
    return status;
}

/* ---- Sending ---- */

static void append(struct message_queue *queue, struct message *message)
{
    list_push_back(&queue->messages, &message->link);
    queue->bytes += message->bytes;
    queue->count++;
}

/* BUSY: it does not fit. */
static helix_status try_send(struct message_queue *queue, struct message *message)
{
    helix_status status = HELIX_OK;
    mutex_lock(&queues.lock);
    if (queue->ipc.removed)
        status = HELIX_E_REMOVED;
    else if (queue->bytes + message->bytes > queue->bytes_most ||
             queue->count + 1 > queue->bytes_most)
        status = HELIX_E_BUSY;
    if (status == HELIX_OK) {
        append(queue, message);
        queue->sent = ipc_now();
        queue->sender_pid = process_current()->pid;
        wait_wake_all(&queue->changes);
    }
    mutex_unlock(&queues.lock);
    return status;
}

static helix_status send(i32 id, struct message *message, bool nowait)
{
    struct message_queue *queue;
    struct waiter waiter;
    helix_status status = hold_queue(id, IPC_WRITE, &queue);
    if (status != HELIX_OK)
        return status;
    wait_begin(&queue->changes, &waiter, "msgsnd");
    while ((status = try_send(queue, message)) == HELIX_E_BUSY) {
        status = nowait ? HELIX_E_AGAIN : wait_sleep(NANOS_NEVER, WAIT_INTERRUPTIBLE);
        if (status != HELIX_OK)
            break;
    }
    wait_end(&waiter);
    ipc_put(&queues, &queue->ipc);
    return status;
}

static helix_status read_message(u64 user, u64 bytes, struct message **message_out)
{
    struct message *message = kmalloc(sizeof *message + bytes);
    if (!message)
        return HELIX_E_NOMEM;
    message->bytes = bytes;
    helix_status status = user_copy_in(&message->type, vaddr_of(user), sizeof message->type);
    if (status == HELIX_OK && message->type < 1)
        status = HELIX_E_INVAL;
    if (status == HELIX_OK)
        status = user_copy_in(message->data, vaddr_of(user + sizeof message->type), bytes);
    if (status == HELIX_OK)
        *message_out = message;
    else
        kfree(message);
    return status;
}

i64 sys_msgsnd(const u64 *arguments)
{
    struct message *message;
    if ((i32)arguments[0] < 0 || arguments[2] > MSG_BYTES_MOST)
        return -LINUX_EINVAL;
    helix_status status = read_message(arguments[1], arguments[2], &message);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = send((i32)arguments[0], message, arguments[3] & IPC_NOWAIT);
    if (status != HELIX_OK)
        kfree(message);
    return ipc_result(status);
}

/* ---- Receiving ---- */

struct receive {
    i64 type;
    size_t bytes;
    int flags;
    struct message *message; // out
};

static bool fits_type(const struct message *message, const struct receive *receive)
{
    if (receive->type == 0)
        return true;
    if (receive->type < 0)
        return message->type <= (receive->type == INT64_MIN ? INT64_MAX : -receive->type);
    return (message->type == receive->type) != !!(receive->flags & MSG_EXCEPT);
}

static struct message *choose(struct message_queue *queue, const struct receive *receive)
{
    struct message *best = NULL;
    i64 index = 0;
    list_for_each(struct message, message, &queue->messages, link) {
        if (receive->flags & MSG_COPY) {
            if (index++ == receive->type)
                return message;
            continue;
        }
        if (!fits_type(message, receive))
            continue;
        if (receive->type >= 0)
            return message;
        if (!best || message->type < best->type)
            best = message;
    }
    return best;
}

static helix_status copy_message(struct receive *receive, const struct message *from)
{
    struct message *copy = kmalloc(sizeof *copy + from->bytes);
    if (!copy)
        return HELIX_E_NOMEM;
    __builtin_memcpy(copy, from, sizeof *copy + from->bytes);
    receive->message = copy;
    return HELIX_OK;
}

static helix_status take_locked(struct message_queue *queue, struct receive *receive)
    HELIX_REQUIRES(&queues.lock)
{
    if (queue->ipc.removed)
        return HELIX_E_REMOVED;
    struct message *message = choose(queue, receive);
    if (!message)
        return HELIX_E_BUSY;
    if (message->bytes > receive->bytes && !(receive->flags & MSG_NOERROR))
        return HELIX_E_TOO_BIG;
    if (receive->flags & MSG_COPY)
        return copy_message(receive, message);
    list_remove(&message->link);
    queue->bytes -= message->bytes;
    queue->count--;
    queue->received = ipc_now();
    queue->receiver_pid = process_current()->pid;
    wait_wake_all(&queue->changes);
    receive->message = message;
    return HELIX_OK;
}

static helix_status try_receive(struct message_queue *queue, struct receive *receive)
{
    mutex_lock(&queues.lock);
    const helix_status status = take_locked(queue, receive);
    mutex_unlock(&queues.lock);
    return status;
}

static helix_status receive_from(i32 id, struct receive *receive)
{
    struct message_queue *queue;
    struct waiter waiter;
    helix_status status = hold_queue(id, IPC_READ, &queue);
    if (status != HELIX_OK)
        return status;
    wait_begin(&queue->changes, &waiter, "msgrcv");
    while ((status = try_receive(queue, receive)) == HELIX_E_BUSY) {
        status = receive->flags & (int)IPC_NOWAIT ? HELIX_E_NO_MESSAGE
                                                  : wait_sleep(NANOS_NEVER, WAIT_INTERRUPTIBLE);
        if (status != HELIX_OK)
            break;
    }
    wait_end(&waiter);
    ipc_put(&queues, &queue->ipc);
    return status;
}

i64 sys_msgrcv(const u64 *arguments)
{
    struct receive receive = {
        .type = (i64)arguments[3], .bytes = arguments[2], .flags = (int)arguments[4]};
    if ((i32)arguments[0] < 0 || (i64)arguments[2] < 0)
        return -LINUX_EINVAL;
    if ((receive.flags & MSG_COPY) &&
        (!(receive.flags & (int)IPC_NOWAIT) || (receive.flags & MSG_EXCEPT)))
        return -LINUX_EINVAL;
    helix_status status = receive_from((i32)arguments[0], &receive);
    if (status != HELIX_OK)
        return ipc_result(status);
    const struct message *message = receive.message;
    const size_t bytes = min(message->bytes, receive.bytes);
    status = user_copy_out(vaddr_of(arguments[1]), &message->type, sizeof message->type);
    if (status == HELIX_OK)
        status = user_copy_out(vaddr_of(arguments[1] + sizeof message->type), message->data, bytes);
    kfree(receive.message);
    return status == HELIX_OK ? (i64)bytes : syscall_result(status);
}

/* ---- Control ---- */

struct linux_msginfo {
    i32 pool, map, bytes_most, queue_bytes, queues_most, segment_bytes, headers;
    u16 segments;
};

static i64 tell_limits(int command, u64 user)
{
    struct linux_msginfo info = {.pool = (i32)(MSG_QUEUES_MOST * MSG_QUEUE_BYTES / 1024),
                                 .map = (i32)MSG_QUEUE_BYTES,
                                 .bytes_most = (i32)MSG_BYTES_MOST,
                                 .queue_bytes = (i32)MSG_QUEUE_BYTES,
                                 .queues_most = (i32)MSG_QUEUES_MOST,
                                 .segment_bytes = 16,
                                 .headers = (i32)MSG_QUEUE_BYTES,
                                 .segments = 0xffff};
    mutex_lock(&queues.lock);
    if (command == MSG_INFO) {
        info.pool = (i32)queues.used;
        info.map = info.headers = 0;
        for (u32 i = 0; i < queues.capacity; i++) {
            info.map += queues.slots[i] ? (i32)queue_of(queues.slots[i])->count : 0;
            info.headers += queues.slots[i] ? (i32)queue_of(queues.slots[i])->bytes : 0;
        }
    }
    const i32 highest = ipc_highest(&queues);
    mutex_unlock(&queues.lock);
    const helix_status status = user_copy_out(vaddr_of(user), &info, sizeof info);
    return status == HELIX_OK ? highest : syscall_result(status);
}

static void read_status(const struct message_queue *queue, struct linux_msqid_ds *to)
{
    *to = (struct linux_msqid_ds){.sent = queue->sent,
                                  .received = queue->received,
                                  .changed = queue->changed,
                                  .bytes = queue->bytes,
                                  .count = queue->count,
                                  .bytes_most = queue->bytes_most,
                                  .sender_pid = queue->sender_pid,
                                  .receiver_pid = queue->receiver_pid};
    ipc_perm_get(&queue->ipc, &to->perm);
}

helix_status messages_show(struct text_writer *writer, void *unused)
{
    (void)unused;
    text_write(writer,
               "       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  "
               "cuid  cgid      stime      rtime      ctime\n");
    mutex_lock(&queues.lock);
    for (u32 i = 0; i < queues.capacity; i++) {
        if (!queues.slots[i])
            continue;
        const struct ipc_object *o = queues.slots[i];
        const struct message_queue *q = queue_of(queues.slots[i]);
        text_write(
            writer, "%10d %10d  %4o  %10llu %10llu %5u %5u %5u %5u %5u %5u %10lld %10lld %10lld\n",
            o->key, o->id, o->mode, (unsigned long long)q->bytes, (unsigned long long)q->count,
            q->sender_pid, q->receiver_pid, o->uid, o->gid, o->creator_uid, o->creator_gid,
            (long long)q->sent, (long long)q->received, (long long)q->changed);
    }
    mutex_unlock(&queues.lock);
    return HELIX_OK;
}

static i64 tell_status(i32 id, int command, u64 user)
{
    struct linux_msqid_ds out;
    struct ipc_object *object;
    helix_status status = HELIX_OK;
    i64 result = 0;
    mutex_lock(&queues.lock);
    if (command == IPC_STAT)
        status = ipc_find(&queues, id, &object);
    else if (!(object = ipc_at(&queues, id)))
        status = HELIX_E_INVAL;
    if (status == HELIX_OK && command != MSG_STAT_ANY)
        status = ipc_allowed(object, IPC_READ);
    if (status == HELIX_OK) {
        read_status(queue_of(object), &out);
        result = command == IPC_STAT ? 0 : object->id;
    }
    mutex_unlock(&queues.lock);
    if (status == HELIX_OK)
        status = user_copy_out(vaddr_of(user), &out, sizeof out);
    return status == HELIX_OK ? result : syscall_result(status);
}

static helix_status change_locked(i32 id, int command, const struct linux_msqid_ds *in)
    HELIX_REQUIRES(&queues.lock)
{
    struct ipc_object *object;
    helix_status status = ipc_find(&queues, id, &object);
    if (status == HELIX_OK)
        status = ipc_owned(object);
    if (status != HELIX_OK)
        return status;
    struct message_queue *queue = queue_of(object);
    if (command == IPC_SET) {
        if (in->bytes_most > MSG_QUEUE_BYTES && !task_capable(CAP_SYS_RESOURCE))
            return HELIX_E_PERM;
        ipc_perm_set(object, &in->perm);
        queue->bytes_most = in->bytes_most;
        queue->changed = ipc_now();
    }
    object->removed = command == IPC_RMID;
    wait_wake_all(&queue->changes);
    if (object->removed)
        ipc_remove(&queues, object);
    return HELIX_OK;
}

i64 sys_msgctl(const u64 *arguments)
{
    const i32 id = (i32)arguments[0];
    const int command = (int)arguments[1];
    struct linux_msqid_ds in = {0};
    helix_status status = HELIX_OK;
    if (id < 0 || command < 0)
        return -LINUX_EINVAL;
    switch (command) {
    case IPC_INFO:
    case MSG_INFO:
        return tell_limits(command, arguments[2]);
    case IPC_STAT:
    case MSG_STAT:
    case MSG_STAT_ANY:
        return tell_status(id, command, arguments[2]);
    case IPC_SET:
        status = user_copy_in(&in, vaddr_of(arguments[2]), sizeof in);
        break;
    case IPC_RMID:
        break;
    default:
        return -LINUX_EINVAL;
    }
    if (status == HELIX_OK) {
        mutex_lock(&queues.lock);
        status = change_locked(id, command, &in);
        mutex_unlock(&queues.lock);
    }
    return syscall_result(status);
}

/* ---- Records ---- */

static u64 bytes_of_messages(struct message_queue *queue) HELIX_REQUIRES(&queues.lock)
{
    u64 bytes = 0;
    list_for_each(struct message, message, &queue->messages, link)
        bytes += sizeof(struct message_record) + align_up(message->bytes, 8);
    return bytes;
}

static helix_status describe(const struct object *object, struct object_writer *writer)
{
    struct message_queue *queue = queue_of(ipc_of_object(object));
    mutex_lock(&queues.lock);
    struct message_queue_record record = {
        .count = queue->count,
        .bytes_most = queue->bytes_most,
        .sent = queue->sent,
        .received = queue->received,
        .changed = queue->changed,
        .sender_pid = queue->sender_pid,
        .receiver_pid = queue->receiver_pid,
    };
    ipc_record_fill(&queue->ipc, &record.ipc);
    record_begin(object, sizeof record + bytes_of_messages(queue), writer);
    object_write(writer, &record, sizeof record);
    list_for_each(struct message, message, &queue->messages, link) {
        const struct message_record each = {.type = message->type, .bytes = message->bytes};
        object_write(writer, &each, sizeof each);
        ipc_write_padded(writer, message->data, message->bytes);
    }
    mutex_unlock(&queues.lock);
    return HELIX_OK;
}

static helix_status message_again(struct object_reader *reader, struct message_queue *queue)
{
    struct message_record record;
    helix_status status = object_read(reader, &record, sizeof record);
    if (status != HELIX_OK)
        return status;
    if (record.type < 1 || record.bytes > reader->bytes)
        return HELIX_E_CORRUPT;
    struct message *message = kmalloc(sizeof *message + record.bytes);
    if (!message)
        return HELIX_E_NOMEM;
    message->type = record.type;
    message->bytes = record.bytes;
    append(queue, message); // and goes with it
    return ipc_read_padded(reader, message->data, record.bytes);
}

static helix_status recreate(struct object_reader *reader, const struct object_record *header,
                             struct object **object_out)
{
    struct message_queue_record record;
    if (header->version != 1)
        return HELIX_E_NOTSUP;
    helix_status status = object_read(reader, &record, sizeof record);
    if (status != HELIX_OK)
        return status;
    struct message_queue *queue = allocate();
    if (!queue)
        return HELIX_E_NOMEM;
    queue->bytes_most = record.bytes_most;
    queue->sent = record.sent;
    queue->received = record.received;
    queue->changed = record.changed;
    queue->sender_pid = record.sender_pid;
    queue->receiver_pid = record.receiver_pid;
    for (u64 i = 0; i < record.count && status == HELIX_OK; i++)
        status = message_again(reader, queue);
    if (status == HELIX_OK) {
        mutex_lock(&queues.lock);
        status = ipc_restore(&queues, &queue->ipc, &record.ipc);
        mutex_unlock(&queues.lock);
    }
    if (status != HELIX_OK) {
        destroy(&queue->ipc);
        return status;
    }
    *object_out = &queue->ipc.object;
    return HELIX_OK;
}

static void discard(struct object *object)
{
    struct message_queue *queue = queue_of(ipc_of_object(object));
    mutex_lock(&queues.lock);
    wait_wake_all(&queue->changes);
    ipc_remove(&queues, &queue->ipc);
    mutex_unlock(&queues.lock);
}

static bool equal(const struct object *left, const struct object *right)
{
    const struct message_queue *l = queue_of(ipc_of_object(left));
    const struct message_queue *r = queue_of(ipc_of_object(right));
    return ipc_equal(&l->ipc, &r->ipc) && l->count == r->count && l->bytes == r->bytes &&
           l->bytes_most == r->bytes_most;
}

const struct object_type messages_object_type = {
    .kind = OBJECT_MESSAGES,
    .version = 1,
    .name = "System V message queue",
    .describe = describe,
    .recreate = recreate,
    .discard = discard,
    .equal = equal,
};
OBJECT_TYPE_ENTRY(messages_object_type);
