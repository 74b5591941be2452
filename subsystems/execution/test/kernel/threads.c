/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "crew.h"

#include <helix/execution/stop.h>
#include <helix/hal/time.h>
#include <helix/lib/log.h>

/* ---- Ping-pong
 * -----------------------------------------------------------------------------------------------------
 */

struct table {
    struct wait_queue queue;
    u32 ball; // whose turn, atomic
    u32 rounds;
};

static void play(struct table *table, u32 me)
{
    for (u32 i = 0; i < table->rounds; i++) {
        helix_ignore(WAIT_FOR(&table->queue, atomic_load_acquire(&table->ball) == me, NANOS_NEVER,
                              WAIT_UNINTERRUPTIBLE, "ball"));
        atomic_store_release(&table->ball, !me);
        (void)wait_wake_all(&table->queue);
    }
}

static void play_second(void *argument)
{
    play(argument, 1);
}

HELIX_TEST(execution, two_threads_hand_a_ball_to_and_fro)
{
    struct crew crew;
    struct table table = {.rounds = 2000};
    wait_queue_init(&table.queue);
    crew_begin(&crew, t);
    crew_add(&crew, play_second, &table);
    u64 from = hal_instructions();
    play(&table, 0);
    u64 used = hal_instructions() - from;
    crew_end(&crew);
    if (used != 0)
        log_info("test", "a round trip of two wake-ups and two switches: %llu instructions",
                 (unsigned long long)(used / table.rounds));
}

/* ---- Many threads
 * --------------------------------------------------------------------------------------------------
 */

static void count_once(void *argument)
{
    atomic_fetch_add_relaxed((u32 *)argument, 1u);
}

static void run_a_thousand(struct helix_test_run *t, struct crew *crew)
{
    u32 count = 0;
    crew_begin(crew, t);
    for (unsigned i = 0; i < 1000; i++)
        crew_add(crew, count_once, &count);
    crew_finish(crew);
    EXPECT(t, count == 1000);
}

/* The first time fills the heap's caches, so only later ones tell of a leak. */
HELIX_TEST(execution, a_thousand_threads_run_and_end)
{
    struct crew crew;
    i64 lost = 0;
    run_a_thousand(t, &crew);
    for (unsigned i = 0; i < 4; i++) {
        run_a_thousand(t, &crew);
        lost += crew_frames_lost(&crew);
    }
    // Each object in a CPU's magazine may keep a frame of its own; four thousand stacks are 16,000
    // frames.
    EXPECT(t, lost < 256 * __builtin_popcountll(execution_cpus()));
}

static void sleep_briefly(void *argument)
{
    helix_ignore(sleep_until(hal_clock_now() + 2 * NANOS_PER_MS, WAIT_UNINTERRUPTIBLE));
    count_once(argument);
}

HELIX_TEST(execution, many_sleepers_all_wake)
{
    u32 count = 0;
    struct crew crew;
    crew_begin(&crew, t);
    for (unsigned i = 0; i < 200; i++)
        crew_add(&crew, sleep_briefly, &count);
    crew_end(&crew);
    EXPECT(t, count == 200);
}

HELIX_TEST(execution, an_abandoned_thread_leaves_nothing)
{
    struct thread *thread;
    const struct thread_args args = {.name = "never", .entry = count_once};
    REQUIRE(t, thread_create(&args, &thread) == HELIX_OK);
    u64 id = thread->id;
    thread_abandon(thread);
    EXPECT(t, thread_find(id) == NULL);
}

/* ---- Preemption
 * ----------------------------------------------------------------------------------------------------
 */

struct spinner {
    u32 stop;
    u32 turns;
};

static void spin(void *argument)
{
    struct spinner *spinner = argument;
    while (!atomic_load_relaxed(&spinner->stop))
        atomic_store_relaxed(&spinner->turns, spinner->turns + 1);
}

HELIX_TEST(execution, a_busy_thread_does_not_keep_the_cpu)
{
    struct spinner spinners[4] = {0};
    struct crew crew;
    crew_begin(&crew, t);
    for (unsigned i = 0; i < array_count(spinners); i++)
        crew_add_on(&crew, spin, &spinners[i], CPU_MASK_OF(0));
    for (unsigned i = 0; i < array_count(spinners); i++)
        EXPECT(t, test_reaches(&spinners[i].turns, 1));
    for (unsigned i = 0; i < array_count(spinners); i++)
        atomic_store_relaxed(&spinners[i].stop, 1u);
    crew_end(&crew);
}

static void note_cpu(void *argument)
{
    thread_yield();
    preempt_disable();
    *(u32 *)argument = hal_cpu_id();
    preempt_enable();
}

HELIX_TEST(execution, affinity_is_kept)
{
    struct crew crew;
    crew_begin(&crew, t);
    u32 seen[HELIX_MAX_CPUS];
    for (cpu_mask left = execution_cpus(); left != 0; left &= left - 1) {
        unsigned cpu = (unsigned)__builtin_ctzll(left);
        crew_add_on(&crew, note_cpu, &seen[cpu], CPU_MASK_OF(cpu));
    }
    crew_end(&crew);
    for (cpu_mask left = execution_cpus(); left != 0; left &= left - 1) {
        unsigned cpu = (unsigned)__builtin_ctzll(left);
        EXPECT(t, seen[cpu] == cpu);
    }
}

HELIX_TEST(execution, a_running_thread_moves_when_its_affinity_does)
{
    for (cpu_mask left = execution_cpus(); left != 0; left &= left - 1) {
        unsigned cpu = (unsigned)__builtin_ctzll(left);
        EXPECT(t, thread_set_affinity(thread_current(), CPU_MASK_OF(cpu)) == HELIX_OK);
        preempt_disable();
        EXPECT(t, hal_cpu_id() == cpu);
        preempt_enable();
    }
    EXPECT(t, thread_set_affinity(thread_current(), CPU_MASK_ALL) == HELIX_OK);
    EXPECT(t, thread_set_affinity(thread_current(), 0) == HELIX_E_INVAL);
}

/* However slowly the host runs the CPUs. */
static bool comes_to(const struct thread *thread, unsigned cpu)
{
    for (unsigned i = 0; i < 5000 && READ_ONCE(thread->sched.cpu) != cpu; i++)
        helix_ignore(sleep_until(hal_clock_now() + NANOS_PER_MS, WAIT_UNINTERRUPTIBLE));
    return READ_ONCE(thread->sched.cpu) == cpu;
}

HELIX_TEST(execution, a_busy_thread_elsewhere_is_moved)
{
    struct spinner spinner = {0};
    struct crew crew;
    crew_begin(&crew, t);
    struct thread *thread = crew_add(&crew, spin, &spinner);
    for (cpu_mask left = execution_cpus(); left != 0; left &= left - 1) {
        unsigned cpu = (unsigned)__builtin_ctzll(left);
        EXPECT(t, thread_set_affinity(thread, CPU_MASK_OF(cpu)) == HELIX_OK);
        EXPECT(t, comes_to(thread, cpu));
    }
    atomic_store_relaxed(&spinner.stop, 1u);
    crew_end(&crew);
}

/* ---- Policy
 * --------------------------------------------------------------------------------------------------------
 */

HELIX_TEST(execution, policies_are_checked)
{
    struct thread *self = thread_current();
    EXPECT(t, thread_set_policy(self, SCHED_POLICY_FIFO, 0, 0) == HELIX_E_INVAL);
    EXPECT(t, thread_set_policy(self, SCHED_POLICY_FIFO, 100, 0) == HELIX_E_INVAL);
    EXPECT(t, thread_set_policy(self, SCHED_POLICY_NORMAL, 1, 0) == HELIX_E_INVAL);
    EXPECT(t, thread_set_policy(self, SCHED_POLICY_NORMAL, 0, 20) == HELIX_E_INVAL);
    EXPECT(t, thread_set_policy(self, (enum sched_policy)77, 0, 0) == HELIX_E_INVAL);
    EXPECT(t, thread_set_deadline(self, 5 * NANOS_PER_MS, 4 * NANOS_PER_MS, 9 * NANOS_PER_MS) ==
                  HELIX_E_INVAL);
    EXPECT(t, thread_set_policy(self, SCHED_POLICY_NORMAL, 0, 5) == HELIX_OK &&
                  self->sched.weight == 336);
    EXPECT(t, thread_set_policy(self, SCHED_POLICY_NORMAL, 0, 0) == HELIX_OK &&
                  self->sched.weight == 1024);
}

struct race {
    struct spinlock lock;
    u32 order[3];
    u32 arrived;
};

struct runner {
    struct race *race;
    u32 number;
};

static void arrive(void *argument)
{
    const struct runner *runner = argument;
    struct irq_key key = spin_lock_irq(&runner->race->lock);
    runner->race->order[runner->race->arrived++] = runner->number;
    spin_unlock_irq(&runner->race->lock, key);
}

/* Created while this thread, of the highest class, holds the CPU; then they go by class. */
HELIX_TEST(execution, higher_classes_run_first)
{
    static const enum sched_policy policies[3] = {SCHED_POLICY_NORMAL, SCHED_POLICY_FIFO,
                                                  SCHED_POLICY_RR};
    static const u32 priorities[3] = {0, 10, 20};
    struct race race = {.lock = SPINLOCK_INIT(LOCK_RANK_DEVICE)};
    struct runner runners[3];
    struct crew crew;
    REQUIRE(t, thread_set_affinity(thread_current(), CPU_MASK_OF(0)) == HELIX_OK);
    REQUIRE(t, thread_set_policy(thread_current(), SCHED_POLICY_FIFO, 50, 0) == HELIX_OK);
    crew_begin(&crew, t);
    for (u32 i = 0; i < 3; i++) {
        runners[i] = (struct runner){&race, i};
        struct thread *thread = crew_add_on(&crew, arrive, &runners[i], CPU_MASK_OF(0));
        EXPECT(t, thread_set_policy(thread, policies[i], priorities[i], 0) == HELIX_OK);
    }
    crew_end(&crew);
    EXPECT(t, race.order[0] == 2 && race.order[1] == 1 && race.order[2] == 0);
    EXPECT(t, thread_set_policy(thread_current(), SCHED_POLICY_NORMAL, 0, 0) == HELIX_OK);
    EXPECT(t, thread_set_affinity(thread_current(), CPU_MASK_ALL) == HELIX_OK);
}

/* ---- Accounting
 * ----------------------------------------------------------------------------------------------------
 */

HELIX_TEST(execution, cpu_time_is_charged_to_who_runs)
{
    nanos mine = thread_cpu_time(thread_current());
    nanos until = hal_clock_now() + 20 * NANOS_PER_MS;
    while (hal_clock_now() < until)
        ;
    nanos used = thread_cpu_time(thread_current()) - mine;
    EXPECT(t, used > 2 * NANOS_PER_MS);
    mine = thread_cpu_time(thread_current());
    EXPECT(t, sleep_until(hal_clock_now() + 50 * NANOS_PER_MS, WAIT_UNINTERRUPTIBLE) == HELIX_OK);
    EXPECT(t, thread_cpu_time(thread_current()) - mine < 40 * NANOS_PER_MS);
}

HELIX_TEST(execution, counts_add_up)
{
    struct execution_counts counts;
    execution_counts(&counts);
    EXPECT(t, counts.runnable >= 1);
    EXPECT(t, counts.total >= 2); // this one and the worker
    EXPECT(t, counts.switches > 0 && counts.forks > 0);
    EXPECT(t, counts.idle[0] + counts.busy_kernel[0] > 0);
}

HELIX_TEST(execution, yields_cost_little)
{
    enum { ROUNDS = 1000 };
    u64 from = hal_instructions();
    for (unsigned i = 0; i < ROUNDS; i++)
        thread_yield();
    u64 used = hal_instructions() - from;
    if (used != 0)
        log_info("test", "a schedule with nobody else: %llu instructions",
                 (unsigned long long)(used / ROUNDS));
    EXPECT(t, used < 1000 * ROUNDS);
}
