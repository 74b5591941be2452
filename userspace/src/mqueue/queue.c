/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* A message queue: sending, receiving, waiting, telling. */
#include "mqueue/mqueue.h"

#include <helix/lib/atomic.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#include <helix/socket/netlink.h>

#include "signal/signals.h"

#define POLL_READABLE (LINUX_POLLIN | LINUX_POLLRDNORM)
#define POLL_WRITABLE (LINUX_POLLOUT | LINUX_POLLWRNORM)

struct mq_message *mq_message_allocate(size_t bytes)
{
    struct mq_message *message = kmalloc(sizeof *message + bytes);
    if (message)
        message->bytes = bytes;
    return message;
}

void mq_message_free(struct mq_message *message)
{
    kfree(message);
}

helix_status mq_create(const struct mq_sizes *sizes, const char *name, u32 length,
                       struct mq **queue_out) HELIX_NO_THREAD_SAFETY
{
    struct mq *queue = kzalloc(sizeof *queue + length);
    if (!queue)
        return HELIX_E_NOMEM;
    queue->object = (struct object){.type = &mq_object_type, .id = object_id_new()};
    ref_init(&queue->references);
    queue->sizes = *sizes;
    spinlock_init(&queue->lock, LOCK_RANK_OBJECT);
    rb_init(&queue->messages, NULL);
    list_init(&queue->receivers);
    list_init(&queue->senders);
    wait_queue_init(&queue->sleepers);
    wait_queue_init(&queue->pollers);
    list_init(&queue->link);
    queue->name_length = length;
    memcpy(queue->name, name, length);
    *queue_out = queue;
    return HELIX_OK;
}

enum {
    NOTE_WOKEN = 1,
    NOTE_REMOVED = 2,
};

static void send_note(const struct mq_notification *notification, u8 what)
{
    if (!notification->note)
        return;
    ((u8 *)netlink_note_data(notification->note))[MQ_NOTE_BYTES - 1] = what;
    netlink_note_send(notification->note);
}

void mq_put(struct mq *queue) HELIX_NO_THREAD_SAFETY
{
    struct rb_node *node;
    if (!ref_put(&queue->references))
        return;
    while ((node = rb_first(&queue->messages)) != NULL) {
        rb_erase(&queue->messages, node);
        mq_message_free(container_of(node, struct mq_message, node));
    }
    send_note(&queue->notification, NOTE_REMOVED);
    if (queue->notification.owner)
        process_put(queue->notification.owner);
    kfree(queue);
}

static bool goes_first(const struct rb_node *left, const struct rb_node *right)
{
    return container_of(left, const struct mq_message, node)->priority >
           container_of(right, const struct mq_message, node)->priority;
}

void mq_insert(struct mq *queue, struct mq_message *message)
{
    rb_insert(&queue->messages, &message->node, goes_first);
    queue->count++;
    queue->bytes += message->bytes;
}

/* ---- Waiting ---- */

static void join(struct list *waiters, struct mq_waiter *self)
{
    const struct sched_entity *entity = &thread_current()->sched;
    self->urgency = entity->rt_priority ? 100 + (i32)entity->rt_priority : -entity->nice;
    self->done = false;
    list_for_each(struct mq_waiter, other, waiters, link) {
        if (other->urgency < self->urgency) {
            list_insert_before(&other->link, &self->link);
            return;
        }
    }
    list_push_back(waiters, &self->link);
}

/* The waiter whose turn it is, off its list; NULL: nobody waits. It may go once done is set and the
 * lock is free. */
static struct mq_waiter *take_waiter(struct list *waiters)
{
    struct mq_waiter *waiter = list_first(waiters, struct mq_waiter, link);
    if (waiter)
        list_remove(&waiter->link);
    return waiter;
}

static helix_status wait_turn(struct mq *queue, struct mq_waiter *self, nanos deadline,
                              const char *what)
{
    helix_status status = WAIT_FOR(&queue->sleepers, atomic_load_acquire(&self->done), deadline,
                                   WAIT_INTERRUPTIBLE, what);
    spin_lock(&queue->lock);
    if (self->done)
        status = HELIX_OK;
    else
        list_remove(&self->link);
    spin_unlock(&queue->lock);
    return status;
}

/* ---- Telling ---- */

static void tell(const struct mq_notification *notification)
{
    if (!notification->owner)
        return;
    const struct task *task = task_current();
    const struct signal_info info = {
        .number = notification->signal,
        .code = SI_MESGQ,
        .pid = task ? task->process->pid : 0,
        .uid = task ? task->credentials->uid : 0,
        .value = notification->value,
    };
    if (notification->how == SIGEV_SIGNAL && notification->signal)
        helix_ignore(signal_send_process(notification->owner, notification->signal, &info));
    send_note(notification, NOTE_WOKEN);
    process_put(notification->owner);
}

static struct mq_notification take_notification(struct mq *queue) HELIX_REQUIRES(&queue->lock)
{
    const struct mq_notification taken = queue->notification;
    queue->notification = (struct mq_notification){0};
    return taken;
}

helix_status mq_register(struct mq *queue, const struct mq_notification *notification)
{
    struct mq_notification old = {0};
    helix_status status = HELIX_OK;
    spin_lock(&queue->lock);
    if (!notification) {
        if (queue->notification.owner == process_current())
            old = take_notification(queue);
    } else if (queue->notification.owner) {
        status = HELIX_E_BUSY;
    } else {
        process_get(notification->owner);
        queue->notification = *notification;
    }
    spin_unlock(&queue->lock);
    send_note(&old, NOTE_REMOVED);
    if (old.owner)
        process_put(old.owner);
    return status;
}

/* ---- Sending and receiving ---- */

/* @woken_out: a receiver has it. False: the queue is full. */
static bool put_locked(struct mq *queue, struct mq_message *message, bool *woken_out,
                       struct mq_notification *told_out) HELIX_REQUIRES(&queue->lock)
{
    struct mq_waiter *receiver = take_waiter(&queue->receivers);
    *woken_out = receiver != NULL;
    if (receiver) {
        receiver->message = message;
        atomic_store_release(&receiver->done, true);
        return true;
    }
    if (queue->count >= queue->sizes.count)
        return false;
    mq_insert(queue, message);
    if (queue->count == 1)
        *told_out = take_notification(queue);
    return true;
}

helix_status mq_send(struct mq *queue, struct mq_message *message, nanos deadline, bool nowait)
{
    struct mq_waiter self = {.message = message};
    struct mq_notification told = {0};
    bool woken;
    spin_lock(&queue->lock);
    const bool sent = put_locked(queue, message, &woken, &told);
    if (!sent && !nowait)
        join(&queue->senders, &self);
    spin_unlock(&queue->lock);
    if (!sent)
        return nowait ? HELIX_E_WOULD_BLOCK : wait_turn(queue, &self, deadline, "mq_timedsend");
    if (woken) {
        wait_wake_all(&queue->sleepers);
        return HELIX_OK;
    }
    tell(&told);
    wait_wake_events(&queue->pollers, POLL_READABLE);
    return HELIX_OK;
}

/* @woken_out: a sender's message took the place. NULL: the queue is empty. */
static struct mq_message *take_locked(struct mq *queue, bool *woken_out)
    HELIX_REQUIRES(&queue->lock)
{
    struct rb_node *node = rb_first(&queue->messages);
    if (!node)
        return NULL;
    struct mq_message *message = container_of(node, struct mq_message, node);
    rb_erase(&queue->messages, node);
    queue->count--;
    queue->bytes -= message->bytes;
    struct mq_waiter *sender = take_waiter(&queue->senders);
    *woken_out = sender != NULL;
    if (sender) {
        mq_insert(queue, sender->message);
        atomic_store_release(&sender->done, true);
    }
    return message;
}

helix_status mq_receive(struct mq *queue, struct mq_message **message_out, nanos deadline,
                        bool nowait)
{
    struct mq_waiter self = {.message = NULL};
    bool woken = false;
    spin_lock(&queue->lock);
    *message_out = take_locked(queue, &woken);
    if (!*message_out && !nowait)
        join(&queue->receivers, &self);
    spin_unlock(&queue->lock);
    if (!*message_out && nowait)
        return HELIX_E_WOULD_BLOCK;
    if (!*message_out) {
        const helix_status status = wait_turn(queue, &self, deadline, "mq_timedreceive");
        *message_out = self.message;
        return status;
    }
    if (woken)
        wait_wake_all(&queue->sleepers);
    else
        wait_wake_events(&queue->pollers, POLL_WRITABLE);
    return HELIX_OK;
}
