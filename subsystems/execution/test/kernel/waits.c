/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "crew.h"

#include <helix/execution/mutex.h>
#include <helix/execution/timer.h>
#include <helix/hal/time.h>
#include <helix/memory/sleep_lock.h>

static void nap(nanos span)
{
    helix_ignore(sleep_until(hal_clock_now() + span, WAIT_UNINTERRUPTIBLE));
}

/* ---- Wake-ups
 * ------------------------------------------------------------------------------------------------------
 */

struct shop {
    struct wait_queue queue;
    u32 goods;  // atomic
    u32 bought; // atomic
    u32 rounds;
};

static bool take_one(struct shop *shop)
{
    u32 have = atomic_load_acquire(&shop->goods);
    while (have > 0) {
        if (atomic_cas_acquire(&shop->goods, &have, have - 1))
            return true;
    }
    return false;
}

static void buy(struct shop *shop)
{
    struct waiter waiter;
    wait_begin_exclusive(&shop->queue, &waiter, "goods");
    while (!take_one(shop))
        helix_ignore(wait_sleep(NANOS_NEVER, WAIT_UNINTERRUPTIBLE));
    wait_end(&waiter);
}

static void buyer(void *argument)
{
    struct shop *shop = argument;
    for (u32 i = 0; i < shop->rounds; i++) {
        buy(shop);
        atomic_fetch_add_relaxed(&shop->bought, 1u);
    }
}

static void seller(void *argument)
{
    struct shop *shop = argument;
    for (u32 i = 0; i < shop->rounds; i++) {
        atomic_fetch_add_release(&shop->goods, 1u);
        (void)wait_wake_one(&shop->queue);
        if (i % 16 == 0)
            thread_yield();
    }
}

/* One wake-up for one piece of goods: a single one lost leaves a buyer asleep for ever. */
HELIX_TEST(wait, no_wake_up_of_one_is_lost)
{
    struct shop shop = {.rounds = 2000};
    struct crew crew;
    wait_queue_init(&shop.queue);
    crew_begin(&crew, t);
    for (unsigned i = 0; i < 8; i++)
        crew_add(&crew, buyer, &shop);
    for (unsigned i = 0; i < 8; i++)
        crew_add(&crew, seller, &shop);
    crew_end(&crew);
    EXPECT(t, shop.bought == 16000 && shop.goods == 0);
}

struct two_queues {
    struct wait_queue queues[2];
    u32 ready[2]; // atomic
    u32 seen[2];
};

/* As poll() does: one waiter in each queue, one sleep. */
static void watch_both(void *argument)
{
    struct two_queues *both = argument;
    for (unsigned round = 0; round < 1000; round++) {
        struct waiter waiters[2];
        wait_begin(&both->queues[0], &waiters[0], "first");
        wait_begin(&both->queues[1], &waiters[1], "second");
        for (;;) {
            u32 first = atomic_exchange_acquire(&both->ready[0], 0u);
            u32 second = atomic_exchange_acquire(&both->ready[1], 0u);
            both->seen[0] += first;
            both->seen[1] += second;
            if (first || second)
                break;
            helix_ignore(wait_sleep(NANOS_NEVER, WAIT_UNINTERRUPTIBLE));
        }
        wait_end(&waiters[1]);
        wait_end(&waiters[0]);
        if (both->seen[0] + both->seen[1] == 1000)
            return;
    }
}

HELIX_TEST(wait, one_thread_waits_on_two_queues)
{
    struct two_queues both = {0};
    struct crew crew;
    crew_begin(&crew, t);
    wait_queue_init(&both.queues[0]);
    wait_queue_init(&both.queues[1]);
    crew_add(&crew, watch_both, &both);
    for (unsigned i = 0; i < 1000; i++) {
        while (atomic_load_relaxed(&both.ready[i % 2]))
            thread_yield();
        atomic_store_release(&both.ready[i % 2], 1u);
        (void)wait_wake_all(&both.queues[i % 2]);
    }
    crew_end(&crew);
    EXPECT(t, both.seen[0] == 500 && both.seen[1] == 500);
}

HELIX_TEST(wait, times_out)
{
    struct wait_queue queue;
    struct waiter waiter;
    wait_queue_init(&queue);
    wait_begin(&queue, &waiter, "nothing");
    nanos from = hal_clock_now();
    EXPECT(t, wait_sleep(from + 5 * NANOS_PER_MS, WAIT_UNINTERRUPTIBLE) == HELIX_E_TIMEOUT);
    EXPECT(t, hal_clock_now() >= from + 5 * NANOS_PER_MS);
    EXPECT(t, wait_sleep(from, WAIT_UNINTERRUPTIBLE) == HELIX_E_TIMEOUT);
    EXPECT(t, wait_wake_all(&queue) == 1);
    EXPECT(t, wait_sleep(NANOS_NEVER, WAIT_UNINTERRUPTIBLE) == HELIX_OK);
    wait_end(&waiter);
    EXPECT(t, !wait_queue_active(&queue));
}

HELIX_TEST(wait, wakes_those_that_match)
{
    struct wait_queue queue;
    struct waiter waiters[3];
    wait_queue_init(&queue);
    for (unsigned i = 0; i < 3; i++) {
        wait_begin(&queue, &waiters[i], "key");
        waiters[i].key = 1ull << i;
    }
    EXPECT(t, wait_wake_matching(&queue, 1ull << 1 | 1ull << 2, 1) == 1);
    EXPECT(t, !waiters[0].woken && (waiters[1].woken ^ waiters[2].woken));
    EXPECT(t, wait_wake_matching(&queue, 1ull << 1 | 1ull << 2, 5) == 1);
    EXPECT(t, !waiters[0].woken && waiters[1].woken && waiters[2].woken);
    EXPECT(t, wait_wake_matching(&queue, 1ull << 5, 5) == 0);
    EXPECT(t, wait_wake_matching(&queue, 0, UINT32_MAX) == 3);
    for (unsigned i = 0; i < 3; i++)
        wait_end(&waiters[i]);
}

static bool note_key(struct waiter *waiter, u64 key, struct wait_after **after)
{
    (void)after;
    waiter->flags += (unsigned)key << 8;
    return false;
}

HELIX_TEST(wait, notifies_instead_of_waking)
{
    struct wait_queue queue;
    struct waiter waiter;
    wait_queue_init(&queue);
    wait_begin(&queue, &waiter, "notify");
    waiter.key = 3;
    waiter.notify = note_key;
    EXPECT(t, wait_wake_matching(&queue, 2, UINT32_MAX) == 0);
    EXPECT(t, waiter.flags == 2u << 8 && !waiter.woken);
    wait_end(&waiter);
}

/* A notifier that wakes another queue once the first one's lock is free. */
struct relay {
    struct waiter waiter; // first
    struct wait_after after;
    struct wait_queue *target;
    unsigned ran;
};

static void relay_on(struct wait_after *after)
{
    struct relay *relay = container_of(after, struct relay, after);
    relay->ran++;
    (void)wait_wake_all(relay->target);
}

static bool relay_notified(struct waiter *waiter, u64 key, struct wait_after **after)
{
    struct relay *relay = container_of(waiter, struct relay, waiter);
    (void)key;
    relay->after = (struct wait_after){.next = *after, .run = relay_on};
    *after = &relay->after;
    return true;
}

HELIX_TEST(wait, a_notifier_may_wake_another_queue)
{
    struct wait_queue first, second;
    struct waiter waiter;
    struct relay relay = {.target = &second};
    wait_queue_init(&first);
    wait_queue_init(&second);
    wait_attach(&first, &relay.waiter, 0, relay_notified);
    wait_begin(&second, &waiter, "relayed");
    EXPECT(t, wait_wake_events(&first, 1) == 1);
    EXPECT(t, relay.ran == 1 && waiter.woken);
    wait_end(&waiter);
    wait_detach(&relay.waiter);
    EXPECT(t, wait_wake_all(&first) == 0 && relay.ran == 1);
}

/* ---- Interruption
 * --------------------------------------------------------------------------------------------------
 */

struct sleeper {
    enum wait_mode mode;
    nanos deadline;
    struct wait_queue queue;
    helix_status result;
    enum restart_kind restart;
    u32 asleep; // atomic
};

static void sleep_on_queue(void *argument)
{
    struct sleeper *sleeper = argument;
    struct waiter waiter;
    wait_begin(&sleeper->queue, &waiter, "interruption");
    atomic_store_release(&sleeper->asleep, 1u);
    sleeper->result = wait_sleep(sleeper->deadline, sleeper->mode);
    wait_end(&waiter);
}

static void sleep_on_time(void *argument)
{
    struct sleeper *sleeper = argument;
    atomic_store_release(&sleeper->asleep, 1u);
    sleeper->result = sleep_until(sleeper->deadline, sleeper->mode);
    sleeper->restart = thread_current()->restart.kind;
}

static helix_status interrupt_in(struct helix_test_run *t, struct sleeper *sleeper,
                                 void (*how)(void *), u32 flags)
{
    struct crew crew;
    crew_begin(&crew, t);
    wait_queue_init(&sleeper->queue);
    struct thread *thread = crew_add(&crew, how, sleeper);
    while (!atomic_load_acquire(&sleeper->asleep))
        thread_yield();
    nap(NANOS_PER_MS);
    atomic_fetch_or_relaxed(&thread->flags, flags);
    thread_interrupt(thread, HAL_WORK_SIGNAL);
    crew_end(&crew);
    return sleeper->result;
}

HELIX_TEST(wait, an_interruption_ends_each_mode_as_it_says)
{
    struct sleeper any = {.mode = WAIT_INTERRUPTIBLE, .deadline = NANOS_NEVER};
    EXPECT(t, interrupt_in(t, &any, sleep_on_queue, 0) == HELIX_E_INTERRUPTED);
    struct sleeper killed = {.mode = WAIT_KILLABLE, .deadline = NANOS_NEVER};
    EXPECT(t, interrupt_in(t, &killed, sleep_on_queue, THREAD_FLAG_KILLED) == HELIX_E_INTERRUPTED);
    struct sleeper signalled = {.mode = WAIT_KILLABLE,
                                .deadline = hal_clock_now() + 30 * NANOS_PER_MS};
    EXPECT(t, interrupt_in(t, &signalled, sleep_on_queue, 0) == HELIX_E_TIMEOUT);
    struct sleeper never = {.mode = WAIT_UNINTERRUPTIBLE,
                            .deadline = hal_clock_now() + 60 * NANOS_PER_MS};
    EXPECT(t, interrupt_in(t, &never, sleep_on_queue, THREAD_FLAG_KILLED) == HELIX_E_TIMEOUT);
    struct sleeper timed = {.mode = WAIT_INTERRUPTIBLE,
                            .deadline = hal_clock_now() + 10 * NANOS_PER_SECOND};
    EXPECT(t, interrupt_in(t, &timed, sleep_on_time, 0) == HELIX_E_INTERRUPTED);
    EXPECT(t, timed.restart == RESTART_TIMED);
}

struct alarm {
    struct timer interrupts, rescues;
    struct wait_queue queue;
    struct thread *thread;
};

static void alarm_interrupts(struct timer *timer)
{
    thread_interrupt(container_of(timer, struct alarm, interrupts)->thread, HAL_WORK_SIGNAL);
}

static void alarm_rescues(struct timer *timer)
{
    (void)wait_wake_one(&container_of(timer, struct alarm, rescues)->queue);
}

/* Is an interruption slept through until the rescue that comes about when, after @turns of a loop,
 * the sleep begins? */
static bool sleeps_through(struct alarm *alarm, unsigned turns)
{
    struct waiter waiter;
    timer_arm(&alarm->rescues, hal_clock_now() + 20 * NANOS_PER_SECOND, 0);
    timer_arm(&alarm->interrupts, hal_clock_now() + 10 * NANOS_PER_US, 0);
    wait_begin(&alarm->queue, &waiter, "an interruption");
    for (unsigned i = 0; i < turns; i++)
        compiler_barrier();
    const helix_status slept = wait_sleep(NANOS_NEVER, WAIT_INTERRUPTIBLE);
    wait_end(&waiter);
    (void)timer_cancel(&alarm->interrupts);
    (void)timer_cancel(&alarm->rescues);
    atomic_fetch_and_relaxed(&alarm->thread->hal.work, ~(unsigned)HAL_WORK_SIGNAL);
    return slept != HELIX_E_INTERRUPTED;
}

/* An interrupt handler interrupts the very thread it came upon, at each moment before that sleeps:
 * at each, when instructions are counted. */
HELIX_TEST(wait, an_interruption_from_the_own_cpu_is_not_slept_through)
{
    struct alarm alarm = {.thread = thread_current()};
    unsigned missed = 0;
    wait_queue_init(&alarm.queue);
    timer_init(&alarm.interrupts, alarm_interrupts);
    timer_init(&alarm.rescues, alarm_rescues);
    for (unsigned turns = 0; turns < 5000 && missed == 0; turns++)
        missed += sleeps_through(&alarm, turns);
    EXPECT(t, missed == 0);
}

/* ---- Sleeping locks
 * ------------------------------------------------------------------------------------------------
 */

struct contest {
    struct mutex mutex;
    struct rwlock rwlock;
    struct sleep_lock sleep_lock;
    u64 counter; // not atomic: the lock's to keep
    u64 copy;
    u32 torn; // atomic
};

static void count_under_mutex(void *argument)
{
    struct contest *contest = argument;
    for (unsigned i = 0; i < 2000; i++) {
        mutex_lock(&contest->mutex);
        u64 seen = READ_ONCE(contest->counter);
        if (i % 64 == 0)
            thread_yield();
        WRITE_ONCE(contest->counter, seen + 1);
        mutex_unlock(&contest->mutex);
    }
}

static void try_locking(struct helix_test_run *t, struct mutex *mutex) HELIX_NO_THREAD_SAFETY
{
    EXPECT(t, !mutex_held(mutex));
    EXPECT(t, mutex_try_lock(mutex) && mutex_held(mutex));
    EXPECT(t, !mutex_try_lock(mutex));
    mutex_unlock(mutex);
}

HELIX_TEST(mutex, keeps_others_out)
{
    struct contest contest = {0};
    struct crew crew;
    mutex_init(&contest.mutex, LOCK_RANK_NONE);
    crew_begin(&crew, t);
    for (unsigned i = 0; i < 8; i++)
        crew_add(&crew, count_under_mutex, &contest);
    crew_end(&crew);
    EXPECT(t, contest.counter == 16000);
    try_locking(t, &contest.mutex);
}

static void write_both(struct contest *contest)
{
    u64 seen = READ_ONCE(contest->counter);
    WRITE_ONCE(contest->counter, seen + 1);
    thread_yield();
    WRITE_ONCE(contest->copy, seen + 1);
}

static void write_under_rwlock(void *argument)
{
    struct contest *contest = argument;
    for (unsigned i = 0; i < 300; i++) {
        rwlock_write_lock(&contest->rwlock);
        write_both(contest);
        rwlock_write_unlock(&contest->rwlock);
    }
}

static void read_under_rwlock(void *argument)
{
    struct contest *contest = argument;
    for (unsigned i = 0; i < 600; i++) {
        rwlock_read_lock(&contest->rwlock);
        if (READ_ONCE(contest->counter) != READ_ONCE(contest->copy))
            atomic_fetch_add_relaxed(&contest->torn, 1u);
        rwlock_read_unlock(&contest->rwlock);
    }
}

HELIX_TEST(rwlock, lets_readers_see_whole_writes)
{
    struct contest contest = {0};
    struct crew crew;
    rwlock_init(&contest.rwlock);
    crew_begin(&crew, t);
    for (unsigned i = 0; i < 3; i++) {
        crew_add(&crew, write_under_rwlock, &contest);
        crew_add(&crew, read_under_rwlock, &contest);
        crew_add(&crew, read_under_rwlock, &contest);
    }
    crew_end(&crew);
    EXPECT(t, contest.counter == 900 && contest.torn == 0);
}

static void write_under_sleep_lock(void *argument)
{
    struct contest *contest = argument;
    for (unsigned i = 0; i < 300; i++) {
        sleep_lock_write(&contest->sleep_lock);
        write_both(contest);
        sleep_unlock_write(&contest->sleep_lock);
    }
}

static void read_under_sleep_lock(void *argument)
{
    struct contest *contest = argument;
    for (unsigned i = 0; i < 600; i++) {
        sleep_lock_read(&contest->sleep_lock);
        if (READ_ONCE(contest->counter) != READ_ONCE(contest->copy))
            atomic_fetch_add_relaxed(&contest->torn, 1u);
        sleep_unlock_read(&contest->sleep_lock);
    }
}

HELIX_TEST(sleep_lock, waits_through_execution)
{
    struct contest contest = {0};
    struct crew crew;
    crew_begin(&crew, t);
    for (unsigned i = 0; i < 3; i++) {
        crew_add(&crew, write_under_sleep_lock, &contest);
        crew_add(&crew, read_under_sleep_lock, &contest);
        crew_add(&crew, read_under_sleep_lock, &contest);
    }
    crew_end(&crew);
    EXPECT(t, contest.counter == 900 && contest.torn == 0);
}
