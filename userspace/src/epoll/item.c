/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Items of an epoll: watching a file, being told, being taken away. */
#include "epoll/epoll.h"

#include <helix/abi/linux.h>
#include <helix/lib/atomic.h>
#include <helix/memory/frame.h>
#include <helix/memory/heap.h>

static struct kmem_cache item_cache = KMEM_CACHE(epoll_item);
static struct kmem_cache hook_cache = KMEM_CACHE(epoll_hook);
static struct spinlock watch_lock = SPINLOCK_INIT(LOCK_RANK_OBJECT);
static u32 watches; // of all programs, atomic

static u64 watches_most;

u64 *epoll_watches_most(void)
{
    return &watches_most;
}

/* As many items as fill a twenty-fifth of memory. */
void epoll_items_start(void)
{
    struct memory_counts counts;
    memory_counts(&counts);
    watches_most = counts.total * PAGE_SIZE / 25 / sizeof(struct epoll_item);
}

/* ---- Being told ---- */

/* Runs once the lock of the queue that told us is free. Items that come from now on announce
 * themselves anew; those that came before are on the ready list and seen by who is woken. */
static void run_announcement(struct wait_after *after)
{
    struct epoll *epoll = container_of(after, struct epoll, after);
    (void)atomic_exchange_acq_rel(&epoll->announced, 0u);
    epoll_wake(epoll);
    epoll_put(epoll);
}

static void announce(struct epoll *epoll, struct wait_after **after)
{
    if (atomic_exchange_acq_rel(&epoll->announced, 1u) != 0)
        return; // whoever announces has not woken anybody yet
    ref_get(&epoll->references);
    epoll->after = (struct wait_after){.next = *after, .run = run_announcement};
    *after = &epoll->after;
}

static bool queue_if_wanted(struct epoll_item *item, u64 key)
{
    struct epoll *epoll = item->epoll;
    spin_lock(&epoll->ready_lock);
    const bool wanted =
        (item->events & ~EPOLL_PRIVATE) != 0 && (key == 0 || (key & item->events) != 0);
    if (wanted && !item->is_ready) {
        list_push_back(&epoll->ready, &item->ready_link);
        item->is_ready = true;
    }
    spin_unlock(&epoll->ready_lock);
    return wanted;
}

/* An exclusive item takes a wake-up for itself only when somebody waits for it. */
static bool told(struct waiter *waiter, u64 key, struct wait_after **after)
{
    struct epoll_item *item = container_of(waiter, struct epoll_hook, waiter)->item;
    struct epoll *epoll = item->epoll;
    const bool wanted = queue_if_wanted(item, key);
    if (wanted)
        announce(epoll, after);
    if (!(waiter->flags & WAITER_EXCLUSIVE))
        return true;
    return wanted && (wait_queue_active(&epoll->sleepers) || wait_queue_active(&epoll->watchers));
}

void epoll_item_queue(struct epoll_item *item)
{
    struct epoll *epoll = item->epoll;
    const struct irq_key key = spin_lock_irq(&epoll->ready_lock);
    if (!item->is_ready) {
        list_push_back(&epoll->ready, &item->ready_link);
        item->is_ready = true;
    }
    spin_unlock_irq(&epoll->ready_lock, key);
}

void epoll_wake(struct epoll *epoll)
{
    if (wait_queue_active(&epoll->sleepers))
        (void)wait_wake_one(&epoll->sleepers);
    if (wait_queue_active(&epoll->watchers))
        (void)wait_wake_events(&epoll->watchers, LINUX_POLLIN | LINUX_POLLRDNORM);
}

/* ---- Watching ---- */

struct hook_table {
    struct poll_table table; // first
    struct epoll_item *item;
    bool out_of_memory;
};

static void hook_queue(struct poll_table *table, struct wait_queue *queue)
{
    struct hook_table *hooks = container_of(table, struct hook_table, table);
    struct epoll_item *item = hooks->item;
    struct epoll_hook *hook = item->hooks ? kmem_alloc(&hook_cache) : &item->first;
    if (!hook) {
        hooks->out_of_memory = true;
        return;
    }
    hook->item = item;
    hook->next = item->hooks;
    item->hooks = hook;
    wait_attach(queue, &hook->waiter, item->events & EPOLL_EXCLUSIVE ? WAITER_EXCLUSIVE : 0, told);
}

static void unhook(struct epoll_item *item)
{
    while (item->hooks) {
        struct epoll_hook *hook = item->hooks;
        item->hooks = hook->next;
        wait_detach(&hook->waiter);
        if (hook != &item->first)
            kmem_free(&hook_cache, hook);
    }
}

static void watch_file(struct epoll_item *item)
{
    struct epoll_item **head = (struct epoll_item **)&item->file->watchers;
    spin_lock(&watch_lock);
    item->file_next = *head;
    item->file_at = head;
    if (*head)
        (*head)->file_at = &item->file_next;
    *head = item;
    spin_unlock(&watch_lock);
}

static void unwatch_file(struct epoll_item *item)
{
    spin_lock(&watch_lock);
    *item->file_at = item->file_next;
    if (item->file_next)
        item->file_next->file_at = item->file_at;
    spin_unlock(&watch_lock);
}

static bool comes_before(const struct file *file, int fd, const struct epoll_item *item)
{
    return file != item->file ? (uintptr_t)file < (uintptr_t)item->file : fd < item->fd;
}

static bool node_less(const struct rb_node *a, const struct rb_node *b)
{
    const struct epoll_item *item = container_of(a, const struct epoll_item, node);
    return comes_before(item->file, item->fd, container_of(b, const struct epoll_item, node));
}

struct epoll_item *epoll_item_find(struct epoll *epoll, struct file *file, int fd)
{
    struct rb_node *at = epoll->items.root;
    while (at) {
        struct epoll_item *item = container_of(at, struct epoll_item, node);
        if (item->file == file && item->fd == fd)
            return item;
        at = at->child[comes_before(file, fd, item) ? RB_LEFT : RB_RIGHT];
    }
    return NULL;
}

helix_status epoll_target(struct epoll *epoll, int fd, u32 skipped, u64 *file_out)
{
    helix_status status = HELIX_E_NOENT;
    mutex_lock(&epoll->lock);
    for (struct rb_node *at = rb_first(&epoll->items); at && status != HELIX_OK; at = rb_next(at)) {
        const struct epoll_item *item = container_of(at, struct epoll_item, node);
        if (item->fd != fd || skipped-- != 0)
            continue;
        *file_out = (u64)item->file;
        status = HELIX_OK;
    }
    mutex_unlock(&epoll->lock);
    return status;
}

u32 epoll_item_poll(const struct epoll_item *item)
{
    struct poll_table only_ask = {0};
    return file_poll(item->file, &only_ask) & item->events & ~EPOLL_PRIVATE;
}

static helix_status hook_file(struct epoll_item *item, u32 *ready_out)
{
    struct hook_table hooks = {.table.add = hook_queue, .item = item};
    *ready_out = file_poll(item->file, &hooks.table) & item->events & ~EPOLL_PRIVATE;
    return hooks.out_of_memory ? HELIX_E_NOMEM : HELIX_OK;
}

static helix_status make_item(struct epoll_item **item_out)
{
    if (atomic_fetch_add_relaxed(&watches, 1u) >= watches_most) {
        atomic_fetch_sub_relaxed(&watches, 1u);
        return HELIX_E_NO_SPACE;
    }
    *item_out = kmem_alloc(&item_cache);
    if (*item_out)
        return HELIX_OK;
    atomic_fetch_sub_relaxed(&watches, 1u);
    return HELIX_E_NOMEM;
}

helix_status epoll_item_add(struct epoll *epoll, struct file *file, int fd, u32 events, u64 data)
{
    struct epoll_item *item;
    u32 ready;
    helix_status status = make_item(&item);
    if (status != HELIX_OK)
        return status;
    item->epoll = epoll;
    item->file = file;
    item->fd = fd;
    item->events = events | EPOLL_ERR | EPOLL_HUP;
    item->data = data;
    rb_insert(&epoll->items, &item->node, node_less);
    epoll->count++;
    watch_file(item);
    status = hook_file(item, &ready);
    if (status != HELIX_OK)
        epoll_item_remove(item);
    else if (ready)
        epoll_item_queue(item);
    return status;
}

void epoll_item_modify(struct epoll_item *item, u32 events, u64 data)
{
    struct epoll *epoll = item->epoll;
    const struct irq_key key = spin_lock_irq(&epoll->ready_lock);
    item->events = events | EPOLL_ERR | EPOLL_HUP;
    item->data = data;
    spin_unlock_irq(&epoll->ready_lock, key);
    // The file is asked after a wake-up sees the new events: one of the two finds what is ready.
    atomic_fence_seq();
    if (epoll_item_poll(item))
        epoll_item_queue(item);
}

void epoll_item_remove(struct epoll_item *item) HELIX_NO_THREAD_SAFETY
{
    struct epoll *epoll = item->epoll;
    unhook(item);
    const struct irq_key key = spin_lock_irq(&epoll->ready_lock);
    if (item->is_ready)
        list_remove(&item->ready_link);
    spin_unlock_irq(&epoll->ready_lock, key);
    unwatch_file(item);
    rb_erase(&epoll->items, &item->node);
    epoll->count--;
    kmem_free(&item_cache, item);
    atomic_fetch_sub_relaxed(&watches, 1u);
}

static struct epoll_item *first_watcher(const struct file *file)
{
    spin_lock(&watch_lock);
    struct epoll_item *item = file->watchers;
    spin_unlock(&watch_lock);
    return item;
}

/* Nobody can name the file any more, so its items go only here or with their epoll, and that needs
 * the nest lock too. */
void epoll_file_ended(struct file *file)
{
    struct epoll_item *item;
    mutex_lock(&epoll_nest_lock);
    while ((item = first_watcher(file)) != NULL) {
        struct epoll *epoll = item->epoll;
        mutex_lock(&epoll->lock);
        epoll_item_remove(item);
        mutex_unlock(&epoll->lock);
    }
    mutex_unlock(&epoll_nest_lock);
}
