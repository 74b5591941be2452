/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* What execution, the HAL and user memory give the VFS, for one thread on the host. */
#include <stdlib.h>
#include <string.h>

#include <helix/entropy/entropy.h>
#include <helix/execution/mutex.h>
#include <helix/execution/quiesce.h>
#include <helix/execution/thread.h>
#include <helix/execution/timer.h>
#include <helix/execution/wait.h>
#include <helix/execution/work.h>
#include <helix/hal/console.h>
#include <helix/lib/assert.h>
#include <helix/memory/user_copy.h>

void mutex_init(struct mutex *mutex, enum lock_rank rank)
{
    memset(mutex, 0, sizeof *mutex);
    mutex->rank = rank;
}

void mutex_lock(struct mutex *mutex) HELIX_NO_THREAD_SAFETY
{
    helix_assert(mutex->state == 0);
    mutex->state = 1;
}

void mutex_unlock(struct mutex *mutex) HELIX_NO_THREAD_SAFETY
{
    helix_assert(mutex->state == 1);
    mutex->state = 0;
}

void wait_queue_init(struct wait_queue *queue)
{
    spinlock_init(&queue->lock, LOCK_RANK_WAIT_QUEUE);
    list_init(&queue->waiters);
}

void wait_begin(struct wait_queue *queue, struct waiter *waiter, const char *what)
{
    (void)what;
    waiter->queue = queue;
    list_push_back(&queue->waiters, &waiter->link);
}

void wait_end(struct waiter *waiter)
{
    list_remove(&waiter->link);
}

helix_status wait_sleep(nanos deadline, enum wait_mode mode)
{
    (void)deadline;
    helix_assert(mode != WAIT_UNINTERRUPTIBLE);
    return HELIX_E_INTERRUPTED;
}

unsigned wait_wake_all(struct wait_queue *queue)
{
    (void)queue;
    return 0;
}

unsigned wait_wake_events(struct wait_queue *queue, u64 events)
{
    (void)events;
    return wait_wake_all(queue);
}

bool wait_queue_active(const struct wait_queue *queue)
{
    return !list_is_empty(&queue->waiters);
}

/* Sections nest; what is to run after them runs when the last one ends. */
static unsigned sections;
static struct quiesce_head *pending;

static void run_pending(void)
{
    while (sections == 0 && pending != NULL) {
        struct quiesce_head *head = pending;
        pending = head->next;
        head->fn(head);
    }
}

void quiesce_read_begin(void)
{
    sections++;
}

void quiesce_read_end(void)
{
    sections--;
    run_pending();
}

void quiesce_call(struct quiesce_head *head, void (*fn)(struct quiesce_head *head))
{
    head->fn = fn;
    head->next = pending;
    pending = head;
    run_pending();
}

void work_init(struct work *work, void (*run)(struct work *work))
{
    *work = (struct work){.run = run};
}

bool work_queue(struct work *work)
{
    if (hal_current()->preempt == 0 && sections == 0)
        work->run(work);
    return true;
}

i64 wall_clock_now(void)
{
    static i64 now = 1700000000ll * 1000000000ll;
    return now += 1000;
}

bool thread_interrupted(void)
{
    return false;
}

void entropy_fill(void *to, size_t bytes)
{
    memset(to, 0x5a, bytes);
}

void entropy_mix(const void *data, size_t bytes)
{
    (void)data, (void)bytes;
}

bool hal_host_channel_present(enum hal_host_channel channel)
{
    (void)channel;
    return false;
}

void hal_host_channel_write(enum hal_host_channel channel, const char *bytes, size_t count)
{
    (void)channel, (void)bytes, (void)count;
}

unsigned hal_cpu_count(void)
{
    return 4;
}

/* "User" memory is the test's own; address 0 faults. */
helix_status user_copy_in(void *to, vaddr from, size_t bytes)
{
    if (from.raw == 0)
        return HELIX_E_FAULT;
    memcpy(to, (const void *)from.raw, bytes);
    return HELIX_OK;
}

helix_status user_copy_out(vaddr to, const void *from, size_t bytes)
{
    if (to.raw == 0)
        return HELIX_E_FAULT;
    memcpy((void *)to.raw, from, bytes);
    return HELIX_OK;
}

helix_status user_clear(vaddr at, size_t bytes)
{
    if (at.raw == 0)
        return HELIX_E_FAULT;
    memset((void *)at.raw, 0, bytes);
    return HELIX_OK;
}
