/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/execution/wait.h>
#include <helix/execution/work.h>
#include <helix/hal/spinlock.h>
#include <helix/hal/time.h>
#include <helix/init/init.h>
#include <helix/ipc/bus.h>
#include <helix/lib/assert.h>
#include <helix/lib/atomic.h>

#define TOPICS     (HELIX_EVENT_CUSTOM + 1)
#define LATER_MOST 64
#define BATCH      16

static struct spinlock lock = SPINLOCK_INIT(LOCK_RANK_BUS);
static struct list topics[TOPICS] HELIX_GUARDED_BY(&lock);
static bool ready;

static struct helix_event later[LATER_MOST] HELIX_GUARDED_BY(&lock);
static u32 later_head HELIX_GUARDED_BY(&lock);
static u32 later_count HELIX_GUARDED_BY(&lock);
static struct work later_work;

static void init_topics_locked(void) HELIX_REQUIRES(&lock)
{
    for (unsigned i = 0; i < TOPICS && !ready; i++)
        list_init(&topics[i]);
    ready = true;
}

void bus_subscribe(struct bus_subscriber *subscriber)
{
    struct irq_key key = spin_lock_irq(&lock);
    init_topics_locked();
    struct list *at = topics[subscriber->kind].next;
    while (at != &topics[subscriber->kind] &&
           list_entry(at, struct bus_subscriber, link)->priority >= subscriber->priority)
        at = at->next;
    subscriber->inside = 0;
    list_insert_before(at, &subscriber->link);
    spin_unlock_irq(&lock, key);
}

void bus_unsubscribe(struct bus_subscriber *subscriber)
{
    struct irq_key key = spin_lock_irq(&lock);
    list_remove(&subscriber->link);
    spin_unlock_irq(&lock, key);
    while (atomic_load_acquire(&subscriber->inside) > 0)
        helix_ignore(sleep_until(hal_clock_now() + NANOS_PER_MS, WAIT_UNINTERRUPTIBLE));
}

/*
 * A batch of subscribers is pinned under the lock and called without it. A subscriber that comes or
 * goes meanwhile shifts the list; @skip counts those called, which is right for all that stay.
 */
static unsigned pin(enum helix_event_kind kind, unsigned skip, struct bus_subscriber **batch)
{
    unsigned count = 0;
    struct irq_key key = spin_lock_irq(&lock);
    init_topics_locked();
    list_for_each(struct bus_subscriber, s, &topics[kind], link) {
        if (skip > 0) {
            skip--;
            continue;
        }
        if (count == BATCH)
            break;
        atomic_fetch_add_acquire(&s->inside, 1u);
        batch[count++] = s;
    }
    spin_unlock_irq(&lock, key);
    return count;
}

struct bus_result bus_publish(const struct helix_event *event)
{
    struct bus_result result = {0};
    struct bus_subscriber *batch[BATCH];
    unsigned done = 0;
    for (;;) {
        unsigned count = pin(event->kind, done, batch);
        for (unsigned i = 0; i < count; i++) {
            enum helix_event_response response = batch[i]->handle(event, batch[i]->context);
            result.handled += response == HELIX_EVENT_HANDLED;
            result.failed += response == HELIX_EVENT_ERROR;
            atomic_fetch_sub_release(&batch[i]->inside, 1u);
        }
        done += count;
        if (count < BATCH)
            return result;
    }
}

/* ---- From interrupts
 * ------------------------------------------------------------------------------------------------
 */

static bool take_later(struct helix_event *event_out)
{
    struct irq_key key = spin_lock_irq(&lock);
    bool there = later_count > 0;
    if (there) {
        *event_out = later[later_head];
        later_head = (later_head + 1) % LATER_MOST;
        later_count--;
    }
    spin_unlock_irq(&lock, key);
    return there;
}

static void publish_kept(struct work *work)
{
    struct helix_event event;
    (void)work;
    while (take_later(&event))
        bus_publish(&event);
}

bool bus_publish_later(const struct helix_event *event)
{
    helix_assert(event->kind != HELIX_EVENT_CUSTOM);
    struct irq_key key = spin_lock_irq(&lock);
    bool room = later_count < LATER_MOST;
    if (room)
        later[(later_head + later_count++) % LATER_MOST] = *event;
    spin_unlock_irq(&lock, key);
    if (room)
        work_queue(&later_work);
    return room;
}

static helix_status start_bus(void)
{
    work_init(&later_work, publish_kept);
    return HELIX_OK;
}
INIT_STEP(ipc, bus, .run = start_bus);
