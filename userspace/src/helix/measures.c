/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* What the benchmark call measures. Two-threaded rounds go through a partner thread, which ends
 * with the measure. */
#include "helix/helix_calls.h"

#include <helix/execution/thread.h>
#include <helix/execution/wait.h>
#include <helix/ipc/bus.h>
#include <helix/ipc/channel.h>
#include <helix/lib/string.h>
#include <helix/memory/frame.h>
#include <helix/memory/heap.h>

static helix_status nothing(void *context)
{
    (void)context;
    return HELIX_OK;
}

/* ---- Scheduler ---- */

static helix_status yield_round(void *context)
{
    (void)context;
    thread_yield();
    return HELIX_OK;
}

/* The two sides take turns; a side waits until the turn is its own. */
enum turn {
    TURN_CALLER,
    TURN_PARTNER,
    TURN_END,
    TURN_ENDED,
};

struct partner {
    struct wait_queue queue;
    u32 turn; // enum turn, atomic
};

static void pass_turn(struct partner *partner, u32 turn)
{
    atomic_store_release(&partner->turn, turn);
    wait_wake_all(&partner->queue);
}

static bool is_callers(const struct partner *partner)
{
    return atomic_load_acquire(&partner->turn) == TURN_CALLER;
}

static bool is_partners(const struct partner *partner)
{
    const u32 turn = atomic_load_acquire(&partner->turn);
    return turn == TURN_PARTNER || turn == TURN_END;
}

/* After the last turn is passed the caller frees everything: nothing of @partner is used then. */
static void partner_main(void *argument)
{
    struct partner *partner = argument;
    for (;;) {
        helix_ignore(WAIT_FOR(&partner->queue, is_partners(partner), NANOS_NEVER,
                              WAIT_UNINTERRUPTIBLE, "benchmark"));
        if (atomic_load_acquire(&partner->turn) == TURN_END)
            break;
        pass_turn(partner, TURN_CALLER);
    }
    pass_turn(partner, TURN_ENDED);
}

struct pair {
    struct partner partner;
    struct thread *thread;
};

static helix_status pair_begin(void **context_out)
{
    struct pair *pair = kzalloc(sizeof *pair);
    if (!pair)
        return HELIX_E_NOMEM;
    wait_queue_init(&pair->partner.queue);
    const helix_status status =
        thread_spawn_kernel("benchmark", partner_main, &pair->partner, &pair->thread);
    if (status != HELIX_OK) {
        kfree(pair);
        return status;
    }
    *context_out = pair;
    return HELIX_OK;
}

static helix_status pair_round(void *context)
{
    struct partner *partner = &((struct pair *)context)->partner;
    pass_turn(partner, TURN_PARTNER);
    return WAIT_FOR(&partner->queue, is_callers(partner), NANOS_NEVER, WAIT_UNINTERRUPTIBLE,
                    "benchmark");
}

static bool has_died(const struct thread *thread)
{
    const u32 state = atomic_load_acquire(&thread->state);
    return state == THREAD_DEAD || state == THREAD_ZOMBIE;
}

/* The partner may still be inside its last wake-up: its memory goes when the thread has gone. */
static void pair_end(void *context)
{
    struct pair *pair = context;
    pass_turn(&pair->partner, TURN_END);
    while (!has_died(pair->thread))
        helix_ignore(sleep_until(hal_clock_now() + NANOS_PER_MS, WAIT_UNINTERRUPTIBLE));
    thread_put(pair->thread);
    kfree(pair);
}

static void end_at_once(void *argument)
{
    struct partner *partner = argument;
    pass_turn(partner, TURN_CALLER);
}

static helix_status thread_begin(void **context_out)
{
    struct pair *pair = kzalloc(sizeof *pair);
    if (!pair)
        return HELIX_E_NOMEM;
    wait_queue_init(&pair->partner.queue);
    *context_out = pair;
    return HELIX_OK;
}

static helix_status thread_round(void *context)
{
    struct pair *pair = context;
    struct thread *before = pair->thread;
    atomic_store_relaxed(&pair->partner.turn, (u32)TURN_PARTNER);
    helix_status status =
        thread_spawn_kernel("benchmark", end_at_once, &pair->partner, &pair->thread);
    if (status != HELIX_OK) {
        pair->thread = before;
        return status;
    }
    if (before)
        thread_put(before);
    return WAIT_FOR(&pair->partner.queue, is_callers(&pair->partner), NANOS_NEVER,
                    WAIT_UNINTERRUPTIBLE, "benchmark");
}

static void thread_end(void *context)
{
    struct pair *pair = context;
    while (pair->thread && !has_died(pair->thread))
        helix_ignore(sleep_until(hal_clock_now() + NANOS_PER_MS, WAIT_UNINTERRUPTIBLE));
    if (pair->thread)
        thread_put(pair->thread);
    kfree(pair);
}

static const struct measure scheduler_measures[] = {
    {.name = "nothing", .round = nothing},
    {.name = "yield", .round = yield_round},
    {.name = "switch there and back", .begin = pair_begin, .round = pair_round, .end = pair_end},
    {.name = "thread start", .begin = thread_begin, .round = thread_round, .end = thread_end},
};
const struct measure_list measures_scheduler = {scheduler_measures,
                                                array_count(scheduler_measures)};

/* ---- Memory ---- */

static helix_status heap_round(size_t bytes)
{
    void *memory = kmalloc(bytes);
    kfree(memory);
    return memory ? HELIX_OK : HELIX_E_NOMEM;
}

static helix_status heap_64(void *context)
{
    (void)context;
    return heap_round(64);
}

static helix_status heap_1024(void *context)
{
    (void)context;
    return heap_round(1024);
}

static helix_status heap_16384(void *context)
{
    (void)context;
    return heap_round(16384);
}

static helix_status frame_round(void *context)
{
    paddr frame;
    (void)context;
    const helix_status status = frame_alloc(0, 0, &frame);
    if (status == HELIX_OK)
        frame_free(frame, 0);
    return status;
}

static helix_status mapped_round(void *context)
{
    void *memory;
    (void)context;
    const helix_status status = kvm_alloc(4 * PAGE_SIZE, KVM_DATA, &memory);
    if (status == HELIX_OK)
        kvm_free(memory);
    return status;
}

static helix_status copy_begin(void **context_out)
{
    *context_out = kzalloc(2 * PAGE_SIZE);
    return *context_out ? HELIX_OK : HELIX_E_NOMEM;
}

static helix_status copy_round(void *context)
{
    char *pages = context;
    memcpy(pages + PAGE_SIZE, pages, PAGE_SIZE);
    __asm__ volatile("" ::: "memory"); // the copy is made, each time
    return HELIX_OK;
}

static void copy_end(void *context)
{
    kfree(context);
}

static const struct measure memory_measures[] = {
    {.name = "nothing", .round = nothing},
    {.name = "heap 64 bytes", .round = heap_64},
    {.name = "heap 1024 bytes", .round = heap_1024},
    {.name = "heap 16384 bytes", .round = heap_16384},
    {.name = "frame", .round = frame_round},
    {.name = "mapped 4 pages", .round = mapped_round},
    {.name = "copy 4096 bytes", .begin = copy_begin, .round = copy_round, .end = copy_end},
};
const struct measure_list measures_memory = {memory_measures, array_count(memory_measures)};

/* ---- IPC ---- */

#define CHANNEL_WORDS 64u

static helix_status channel_begin(void **context_out)
{
    struct channel *channel;
    const helix_status status = channel_create(CHANNEL_WORDS, &channel);
    *context_out = status == HELIX_OK ? channel : NULL;
    return status;
}

static helix_status channel_round(void *context)
{
    u64 word;
    const helix_status status = channel_send(context, 1);
    return status == HELIX_OK ? channel_try_receive(context, &word) : status;
}

static void channel_end(void *context)
{
    channel_put(context);
}

struct echo {
    struct channel *to, *from;
    struct thread *thread;
};

static void echo_main(void *argument)
{
    struct echo *echo = argument;
    u64 word;
    while (channel_receive(echo->to, NANOS_NEVER, WAIT_UNINTERRUPTIBLE, &word) == HELIX_OK)
        // One word is under way at a time: there is room.
        helix_ignore(channel_send(echo->from, word));
}

static helix_status echo_begin(void **context_out)
{
    struct echo *echo = kzalloc(sizeof *echo);
    if (!echo)
        return HELIX_E_NOMEM;
    helix_status status = channel_create(CHANNEL_WORDS, &echo->to);
    if (status != HELIX_OK)
        goto free_echo;
    status = channel_create(CHANNEL_WORDS, &echo->from);
    if (status != HELIX_OK)
        goto put_to;
    status = thread_spawn_kernel("benchmark", echo_main, echo, &echo->thread);
    if (status != HELIX_OK)
        goto put_from;
    *context_out = echo;
    return HELIX_OK;
put_from:
    channel_put(echo->from);
put_to:
    channel_put(echo->to);
free_echo:
    kfree(echo);
    return status;
}

static helix_status echo_round(void *context)
{
    struct echo *echo = context;
    u64 word;
    const helix_status status = channel_send(echo->to, 1);
    if (status != HELIX_OK)
        return status;
    return channel_receive(echo->from, NANOS_NEVER, WAIT_UNINTERRUPTIBLE, &word);
}

static void echo_end(void *context)
{
    struct echo *echo = context;
    channel_close(echo->to);
    while (!has_died(echo->thread))
        helix_ignore(sleep_until(hal_clock_now() + NANOS_PER_MS, WAIT_UNINTERRUPTIBLE));
    thread_put(echo->thread);
    channel_put(echo->from);
    channel_put(echo->to);
    kfree(echo);
}

static enum helix_event_response hear(const struct helix_event *event, void *context)
{
    (void)event;
    (void)context;
    return HELIX_EVENT_HANDLED;
}

static helix_status bus_begin(void **context_out)
{
    struct bus_subscriber *subscriber = kzalloc(sizeof *subscriber);
    if (!subscriber)
        return HELIX_E_NOMEM;
    subscriber->kind = HELIX_EVENT_CUSTOM;
    subscriber->handle = hear;
    bus_subscribe(subscriber);
    *context_out = subscriber;
    return HELIX_OK;
}

static helix_status bus_round(void *context)
{
    const struct helix_event event = {.kind = HELIX_EVENT_CUSTOM,
                                      .custom = {.name = "benchmark", .data = NULL, .bytes = 0}};
    (void)context;
    return bus_publish(&event).handled ? HELIX_OK : HELIX_E_CORRUPT;
}

static void bus_end(void *context)
{
    bus_unsubscribe(context);
    kfree(context);
}

static const struct measure ipc_measures[] = {
    {.name = "nothing", .round = nothing},
    {.name = "channel send and receive",
     .begin = channel_begin,
     .round = channel_round,
     .end = channel_end},
    {.name = "channel there and back", .begin = echo_begin, .round = echo_round, .end = echo_end},
    {.name = "event to one subscriber", .begin = bus_begin, .round = bus_round, .end = bus_end},
};
const struct measure_list measures_ipc = {ipc_measures, array_count(ipc_measures)};
