/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* epoll_wait()'s pass over the ready list. */
#include <helix/abi/linux.h>
#include <helix/memory/user_copy.h>

#include "epoll/epoll.h"
#include "epoll/event.h"

/* One pass, under epoll->lock. Items on either list count as queued: a wake-up that finds one there
 * leaves it, and it is still to be asked, or stays ready anyway. */
struct pass {
    struct epoll *epoll;
    struct list taken; // were ready when the pass began, not asked yet
    struct list again; // level-triggered ones that were told and stay on the list
};

static void begin(struct pass *pass)
{
    struct epoll *epoll = pass->epoll;
    list_init(&pass->taken);
    list_init(&pass->again);
    const struct irq_key key = spin_lock_irq(&epoll->ready_lock);
    list_splice_back(&pass->taken, &epoll->ready);
    spin_unlock_irq(&epoll->ready_lock, key);
}

/* What was not reached comes first the next time, what was told last, so that nobody starves. */
static bool end(struct pass *pass)
{
    struct epoll *epoll = pass->epoll;
    const struct irq_key key = spin_lock_irq(&epoll->ready_lock);
    list_splice_back(&pass->taken, &epoll->ready);
    list_splice_back(&pass->taken, &pass->again);
    list_splice_back(&epoll->ready, &pass->taken);
    const bool left = !list_is_empty(&epoll->ready);
    spin_unlock_irq(&epoll->ready_lock, key);
    return left;
}

static struct epoll_item *next_item(struct pass *pass)
{
    struct epoll *epoll = pass->epoll;
    const struct irq_key key = spin_lock_irq(&epoll->ready_lock);
    struct epoll_item *item = list_first(&pass->taken, struct epoll_item, ready_link);
    if (item) {
        list_remove(&item->ready_link);
        item->is_ready = false; // a wake-up from here on queues it anew
    }
    spin_unlock_irq(&epoll->ready_lock, key);
    return item;
}

static void put_back(struct pass *pass, struct list *head, struct epoll_item *item)
{
    struct epoll *epoll = pass->epoll;
    const struct irq_key key = spin_lock_irq(&epoll->ready_lock);
    if (!item->is_ready) {
        list_push_back(head, &item->ready_link);
        item->is_ready = true;
    }
    spin_unlock_irq(&epoll->ready_lock, key);
}

static void disarm(struct epoll_item *item)
{
    struct epoll *epoll = item->epoll;
    const struct irq_key key = spin_lock_irq(&epoll->ready_lock);
    item->events &= EPOLL_PRIVATE;
    spin_unlock_irq(&epoll->ready_lock, key);
}

static helix_status tell(struct pass *pass, struct epoll_item *item, u32 ready, u64 user_event)
{
    struct linux_epoll_event event = {.events = ready, .data = item->data};
    const helix_status status = user_copy_out(vaddr_of(user_event), &event, sizeof event);
    if (status != HELIX_OK)
        put_back(pass, &pass->again, item);
    else if (item->events & EPOLL_ONESHOT)
        disarm(item);
    else if (!(item->events & EPOLL_EDGE))
        put_back(pass, &pass->again, item);
    return status;
}

helix_status epoll_collect(struct epoll *epoll, u64 user_events, u32 most, u32 *count_out)
{
    struct pass pass = {.epoll = epoll};
    helix_status status = HELIX_OK;
    struct epoll_item *item;
    u32 count = 0;
    mutex_lock(&epoll->lock);
    begin(&pass);
    while (count < most && (item = next_item(&pass)) != NULL) {
        const u32 ready = epoll_item_poll(item);
        if (!ready)
            continue;
        status = tell(&pass, item, ready, user_events + count * sizeof(struct linux_epoll_event));
        if (status != HELIX_OK)
            break;
        count++;
    }
    const bool left = end(&pass);
    mutex_unlock(&epoll->lock);
    if (left)
        epoll_wake(epoll);
    *count_out = count;
    return count > 0 ? HELIX_OK : status;
}
