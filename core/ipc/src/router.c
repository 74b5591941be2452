/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/execution/mutex.h>
#include <helix/ipc/router.h>
#include <helix/lib/assert.h>
#include <helix/lib/atomic.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

struct endpoint {
    struct list link;
    u64 id;
    char name[32];
    u32 capacity, count;
    struct list queues[MESSAGE_PRIORITIES];
    struct wait_queue readable;
};

/* One that waits for an answer. It lives on the waiting thread's stack and is in the list for that
 * time. */
struct asker {
    struct list link;
    u64 ticket;
    u64 to;
    struct answer *answer;
    helix_status outcome;
    u32 done; // atomic
    struct wait_queue queue;
};

/* One lock for all: messages are rare next to what they cause, and a broadcast touches everybody.
 */
static struct spinlock lock = SPINLOCK_INIT(LOCK_RANK_CHANNEL);
static struct list endpoints HELIX_GUARDED_BY(&lock) = LIST_INIT(endpoints);
static struct list askers HELIX_GUARDED_BY(&lock) = LIST_INIT(askers);
static u64 last_id HELIX_GUARDED_BY(&lock);

static struct endpoint *find_locked(const struct message_args *args) HELIX_REQUIRES(&lock)
{
    list_for_each(struct endpoint, e, &endpoints, link) {
        if (args->name != NULL ? strcmp(e->name, args->name) == 0 : e->id == args->to)
            return e;
    }
    return NULL;
}

helix_status endpoint_create(const char *name, u32 capacity, struct endpoint **endpoint_out)
{
    struct endpoint *endpoint = kzalloc(sizeof *endpoint);
    if (endpoint == NULL)
        return HELIX_E_NOMEM;
    strlcpy(endpoint->name, name, sizeof endpoint->name);
    endpoint->capacity = capacity;
    wait_queue_init(&endpoint->readable);
    for (unsigned i = 0; i < MESSAGE_PRIORITIES; i++)
        list_init(&endpoint->queues[i]);
    struct message_args same = {.name = endpoint->name};
    struct irq_key key = spin_lock_irq(&lock);
    bool taken = find_locked(&same) != NULL;
    if (!taken) {
        endpoint->id = ++last_id;
        list_push_back(&endpoints, &endpoint->link);
    }
    spin_unlock_irq(&lock, key);
    if (taken) {
        kfree(endpoint);
        return HELIX_E_EXIST;
    }
    *endpoint_out = endpoint;
    return HELIX_OK;
}

static void finish_locked(struct asker *asker, helix_status outcome) HELIX_REQUIRES(&lock)
{
    list_remove(&asker->link);
    asker->outcome = outcome;
    // The asker lies on its thread's stack, and that thread must take our lock before it goes on:
    // so it is still there to be woken.
    atomic_store_release(&asker->done, 1u);
    wait_wake_all(&asker->queue);
}

void endpoint_destroy(struct endpoint *endpoint)
{
    struct list dropped;
    list_init(&dropped);
    struct irq_key key = spin_lock_irq(&lock);
    list_remove(&endpoint->link);
    for (unsigned i = 0; i < MESSAGE_PRIORITIES; i++)
        list_splice_back(&dropped, &endpoint->queues[i]);
    list_for_each_safe(struct asker, a, &askers, link) {
        if (a->to == endpoint->id)
            finish_locked(a, HELIX_E_CLOSED);
    }
    spin_unlock_irq(&lock, key);
    list_for_each_safe(struct message, m, &dropped, link)
        kfree(m);
    kfree(endpoint);
}

u64 endpoint_id(const struct endpoint *endpoint)
{
    return endpoint->id;
}

static struct message *make(const struct endpoint *from, const struct message_args *args,
                            u64 ticket)
{
    struct message *message = kmalloc(sizeof *message + args->bytes);
    if (message == NULL)
        return NULL;
    *message = (struct message){
        .from = from->id,
        .ticket = ticket,
        .priority = args->priority,
        .type = args->type,
        .bytes = args->bytes,
    };
    if (args->bytes > 0)
        memcpy(message->data, args->data, args->bytes);
    return message;
}

static helix_status deliver_locked(struct endpoint *to, struct message *message)
    HELIX_REQUIRES(&lock)
{
    if (to->count >= to->capacity)
        return HELIX_E_WOULD_BLOCK;
    list_push_back(&to->queues[message->priority], &message->link);
    to->count++;
    wait_wake_one(&to->readable);
    return HELIX_OK;
}

static bool args_ok(const struct message_args *args)
{
    return args->bytes <= MESSAGE_BYTES_MOST && args->priority < MESSAGE_PRIORITIES;
}

static helix_status send(struct endpoint *from, const struct message_args *args,
                         struct asker *asker)
{
    if (!args_ok(args))
        return HELIX_E_TOO_BIG;
    struct message *message = make(from, args, 0);
    if (message == NULL)
        return HELIX_E_NOMEM;
    struct irq_key key = spin_lock_irq(&lock);
    struct endpoint *to = find_locked(args);
    if (asker != NULL)
        message->ticket = ++last_id;
    helix_status st = to != NULL ? deliver_locked(to, message) : HELIX_E_NOENT;
    if (st == HELIX_OK && asker != NULL) {
        asker->ticket = message->ticket;
        asker->to = to->id;
        list_push_back(&askers, &asker->link);
    }
    spin_unlock_irq(&lock, key);
    if (st != HELIX_OK)
        kfree(message);
    return st;
}

helix_status router_send(struct endpoint *from, const struct message_args *args)
{
    return send(from, args, NULL);
}

/* Ids only rise, so the next one after @after is the smallest above it; endpoints that come
 * meanwhile are met too. */
static u64 next_id(u64 after, u64 but)
{
    u64 next = 0;
    struct irq_key key = spin_lock_irq(&lock);
    list_for_each(struct endpoint, e, &endpoints, link) {
        if (e->id > after && e->id != but && (next == 0 || e->id < next))
            next = e->id;
    }
    spin_unlock_irq(&lock, key);
    return next;
}

u32 router_broadcast(struct endpoint *from, const struct message_args *args)
{
    u32 took = 0;
    struct message_args one = *args;
    one.name = NULL;
    for (one.to = next_id(0, from->id); one.to != 0; one.to = next_id(one.to, from->id))
        took += send(from, &one, NULL) == HELIX_OK;
    return took;
}

static struct message *take(struct endpoint *endpoint)
{
    struct list *node = NULL;
    struct irq_key key = spin_lock_irq(&lock);
    for (unsigned i = 0; i < MESSAGE_PRIORITIES && node == NULL; i++)
        node = list_pop_front(&endpoint->queues[i]);
    if (node != NULL)
        endpoint->count--;
    spin_unlock_irq(&lock, key);
    return node != NULL ? list_entry(node, struct message, link) : NULL;
}

helix_status router_receive(struct endpoint *endpoint, nanos deadline, enum wait_mode mode,
                            struct message **message_out)
{
    struct message *message = NULL;
    helix_status st = WAIT_FOR(&endpoint->readable, (message = take(endpoint)) != NULL, deadline,
                               mode, "message");
    if (st == HELIX_OK)
        *message_out = message;
    return st;
}

void message_free(struct message *message)
{
    kfree(message);
}

helix_status router_request(struct endpoint *from, const struct message_args *args, nanos deadline,
                            struct answer *answer)
{
    struct asker asker = {.answer = answer};
    wait_queue_init(&asker.queue);
    helix_status st = send(from, args, &asker);
    if (st != HELIX_OK)
        return st;
    st = WAIT_FOR(&asker.queue, atomic_load_acquire(&asker.done), deadline, WAIT_INTERRUPTIBLE,
                  "answer");
    struct irq_key key = spin_lock_irq(&lock);
    bool done = asker.done != 0;
    if (!done)
        list_remove(&asker.link);
    spin_unlock_irq(&lock, key);
    return done ? asker.outcome : st;
}

helix_status router_answer(const struct message *request, helix_status status, const void *data,
                           u32 bytes)
{
    helix_status st = HELIX_E_NOENT;
    struct irq_key key = spin_lock_irq(&lock);
    list_for_each(struct asker, a, &askers, link) {
        if (request->ticket == 0 || a->ticket != request->ticket)
            continue;
        a->answer->status = status;
        a->answer->bytes = bytes;
        if (bytes > 0)
            memcpy(a->answer->data, data, min(bytes, a->answer->capacity));
        finish_locked(a, HELIX_OK);
        st = HELIX_OK;
        break;
    }
    spin_unlock_irq(&lock, key);
    return st;
}
