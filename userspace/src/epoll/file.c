/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The epoll itself, and the file that stands for it. */
#include "epoll/epoll.h"

#include <helix/abi/linux.h>
#include <helix/lib/compiler.h>
#include <helix/memory/heap.h>

struct mutex epoll_nest_lock = MUTEX_INIT(epoll_nest_lock, LOCK_RANK_NONE);

static struct kmem_cache epoll_cache = KMEM_CACHE(epoll);

helix_status epoll_create_object(struct epoll **epoll_out) HELIX_NO_THREAD_SAFETY
{
    struct epoll *epoll = kmem_alloc(&epoll_cache);
    if (!epoll)
        return HELIX_E_NOMEM;
    epoll->object = (struct object){.type = &epoll_object_type, .id = object_id_new()};
    ref_init(&epoll->references);
    mutex_init(&epoll->lock, LOCK_RANK_NONE);
    rb_init(&epoll->items, NULL);
    spinlock_init(&epoll->ready_lock, LOCK_RANK_EPOLL);
    list_init(&epoll->ready);
    wait_queue_init(&epoll->sleepers);
    wait_queue_init(&epoll->watchers);
    *epoll_out = epoll;
    return HELIX_OK;
}

/* Any context: the items are gone since epoll_end(). */
void epoll_put(struct epoll *epoll)
{
    if (ref_put(&epoll->references))
        kmem_free(&epoll_cache, epoll);
}

void epoll_end(struct epoll *epoll)
{
    mutex_lock(&epoll_nest_lock);
    mutex_lock(&epoll->lock);
    struct rb_node *node;
    while ((node = rb_first(&epoll->items)) != NULL)
        epoll_item_remove(container_of(node, struct epoll_item, node));
    mutex_unlock(&epoll->lock);
    mutex_unlock(&epoll_nest_lock);
    epoll_put(epoll);
}

bool epoll_has_ready(struct epoll *epoll) HELIX_NO_THREAD_SAFETY
{
    return READ_ONCE(epoll->ready.next) != &epoll->ready;
}

static struct epoll_item *take_first(struct epoll *epoll)
{
    const struct irq_key key = spin_lock_irq(&epoll->ready_lock);
    struct epoll_item *item = list_first(&epoll->ready, struct epoll_item, ready_link);
    if (item) {
        list_remove(&item->ready_link);
        item->is_ready = false;
    }
    spin_unlock_irq(&epoll->ready_lock, key);
    return item;
}

/* Is anything on the ready list still ready? What is not leaves the list. */
static bool is_ready(struct epoll *epoll)
{
    struct epoll_item *item = NULL;
    if (!epoll_has_ready(epoll))
        return false;
    mutex_lock(&epoll->lock);
    while ((item = take_first(epoll)) != NULL) {
        if (!epoll_item_poll(item))
            continue;
        epoll_item_queue(item);
        break;
    }
    mutex_unlock(&epoll->lock);
    return item != NULL;
}

static u32 epoll_poll(struct file *file, struct poll_table *table)
{
    struct epoll *epoll = file->private_data;
    if (table->add)
        table->add(table, &epoll->watchers);
    return is_ready(epoll) ? LINUX_POLLIN | LINUX_POLLRDNORM : 0;
}

static void epoll_release(struct file *file)
{
    epoll_end(file->private_data);
}

static struct object *object_of(struct file *file)
{
    return &((struct epoll *)file->private_data)->object;
}

static helix_status open_object(struct object *object, u32 flags, struct file **file_out)
{
    struct epoll *epoll = container_of(object, struct epoll, object);
    ref_get(&epoll->references);
    const helix_status status = epoll_open(epoll, flags, file_out);
    if (status != HELIX_OK)
        epoll_put(epoll);
    return status;
}

static struct file_object_ops object_ops = {
    .kind = OBJECT_EPOLL,
    .object = object_of,
    .open = open_object,
};

static const struct file_ops epoll_ops = {
    .name = "eventpoll",
    .object = &object_ops,
    .read = file_read_none,
    .write = file_write_none,
    .seek = file_seek_none,
    .poll = epoll_poll,
    .ioctl = file_ioctl_none,
    .map = file_map_none,
    .read_directory = file_read_directory_none,
    .flush = file_flush_none,
    .sync = file_sync_none,
    .release = epoll_release,
};

helix_status epoll_open(struct epoll *epoll, u32 flags, struct file **file_out)
{
    const helix_status status = file_create(&epoll_ops, epoll, flags, file_out);
    if (status == HELIX_OK)
        epoll->file = *file_out;
    return status;
}

struct epoll *epoll_of_file(const struct file *file)
{
    return file->ops == &epoll_ops ? file->private_data : NULL;
}

void epoll_objects_start(void)
{
    epoll_items_start();
    file_object_register(&object_ops);
}
