/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The worker thread and its queue. Items are pushed on a stack without a lock, since even the
 * scheduler's failure path queues work; the worker takes all at once and turns the order round.
 */
#include <helix/execution/wait.h>
#include <helix/execution/work.h>

#include "cpu.h"

static struct work *pushed; // atomic, newest first
static struct thread *worker;
static struct wait_queue worker_queue = WAIT_QUEUE_INIT(worker_queue);

void work_init(struct work *work, void (*run)(struct work *work))
{
    *work = (struct work){.run = run};
}

/* Not through the queue's lock, which ranks below a run queue's: the token alone does. */
void work_wake(void)
{
    if (worker != NULL)
        (void)thread_wake(worker, WAKE_TOKEN);
}

bool work_queue(struct work *work)
{
    if (atomic_exchange_acq_rel(&work->queued, 1u) != 0)
        return false;
    struct work *first = atomic_load_relaxed(&pushed);
    do {
        work->next = first;
    } while (!atomic_cas_release(&pushed, &first, work));
    struct irq_key key = hal_irq_save();
    struct cpu *here = this_cpu();
    if (here->locked != 0)
        here->post |= POST_WORKER;
    else
        work_wake();
    hal_irq_restore(key);
    return true;
}

static struct work *take_all(void)
{
    struct work *newest = atomic_exchange_acquire(&pushed, (struct work *)NULL);
    struct work *oldest = NULL;
    while (newest != NULL) {
        struct work *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    return oldest;
}

/* An item may free itself or queue itself again, so it is let go of before it runs. */
static void run_all(struct work *work)
{
    while (work != NULL) {
        struct work *next = work->next;
        atomic_store_release(&work->queued, 0u);
        work->run(work);
        work = next;
    }
}

struct flush {
    struct work work;
    struct wait_queue done;
};

/* The waiter goes when it is woken, and wait_end() takes the queue's lock: the wake-up is over by
 * then. */
static void flush_passed(struct work *work)
{
    (void)wait_wake_all(&container_of(work, struct flush, work)->done);
}

void work_flush(void)
{
    struct flush flush = {.work = {.run = flush_passed}};
    struct waiter waiter;
    wait_queue_init(&flush.done);
    wait_begin(&flush.done, &waiter, "worker");
    (void)work_queue(&flush.work);
    // Not before the wake-up has been given: its record is on this stack.
    while (!READ_ONCE(waiter.woken))
        helix_ignore(wait_sleep(NANOS_NEVER, WAIT_UNINTERRUPTIBLE));
    wait_end(&waiter);
}

static void worker_main(void *argument)
{
    (void)argument;
    for (;;) {
        // Uninterruptible and without a deadline: it can only end by a wake-up.
        helix_ignore(WAIT_FOR(&worker_queue, atomic_load_relaxed(&pushed) != NULL, NANOS_NEVER,
                              WAIT_UNINTERRUPTIBLE, "work"));
        run_all(take_all());
    }
}

helix_status work_start(void)
{
    return thread_spawn_kernel("kworker", worker_main, NULL, &worker);
}
