/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Timers, stops, cross calls, grace periods, work, objects. */
#include "crew.h"

#include <helix/execution/quiesce.h>
#include <helix/execution/stop.h>
#include <helix/execution/timer.h>
#include <helix/execution/work.h>
#include <helix/hal/time.h>
#include <helix/hal/user_clock.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

static void nap(nanos span)
{
    helix_ignore(sleep_until(hal_clock_now() + span, WAIT_UNINTERRUPTIBLE));
}

/* ---- Timers
 * --------------------------------------------------------------------------------------------------------
 */

enum {
    ALARMS = 64,
};

struct alarm {
    struct timer timer;
    u32 *fired; // shared counter, atomic
    u32 turn;   // the how-manieth it was
    nanos late;
};

static void alarm_fired(struct timer *timer)
{
    struct alarm *alarm = container_of(timer, struct alarm, timer);
    alarm->late = hal_clock_now() - timer->deadline;
    alarm->turn = atomic_fetch_add_relaxed(alarm->fired, 1u);
}

HELIX_TEST(timer, fires_in_order_of_deadlines)
{
    struct alarm alarms[ALARMS];
    u32 fired = 0;
    REQUIRE(t, thread_set_affinity(thread_current(), CPU_MASK_OF(0)) == HELIX_OK);
    // Late enough that all are armed before the first is due, on a slow machine too.
    nanos base = hal_clock_now() + 500 * NANOS_PER_MS;
    for (u32 i = 0; i < ALARMS; i++) {
        u32 place = i * 37 % ALARMS;
        alarms[place] = (struct alarm){.fired = &fired};
        timer_init(&alarms[place].timer, alarm_fired);
        timer_arm(&alarms[place].timer, base + place * 100 * NANOS_PER_US, 0);
        EXPECT(t, timer_pending(&alarms[place].timer));
    }
    EXPECT(t, test_reaches(&fired, ALARMS));
    EXPECT(t, thread_set_affinity(thread_current(), CPU_MASK_ALL) == HELIX_OK);
    for (u32 i = 0; i < ALARMS; i++) {
        EXPECT(t, alarms[i].turn == i);
        EXPECT(t, !timer_pending(&alarms[i].timer) && !timer_cancel(&alarms[i].timer));
    }
}

HELIX_TEST(timer, a_cancelled_one_does_not_fire)
{
    struct alarm alarms[ALARMS];
    u32 fired = 0;
    nanos base = hal_clock_now() + 5 * NANOS_PER_MS;
    for (u32 i = 0; i < ALARMS; i++) {
        alarms[i] = (struct alarm){.fired = &fired};
        timer_init(&alarms[i].timer, alarm_fired);
        timer_arm(&alarms[i].timer, base + i * NANOS_PER_US, 0);
    }
    u32 cancelled = 0;
    for (u32 i = 0; i < ALARMS; i++)
        cancelled += timer_cancel(&alarms[i].timer);
    EXPECT(t, test_reaches(&fired, ALARMS - cancelled));
    nap(5 * NANOS_PER_MS);
    EXPECT(t, atomic_load_relaxed(&fired) + cancelled == ALARMS);
}

HELIX_TEST(timer, a_periodic_one_goes_on_until_cancelled)
{
    u32 fired = 0;
    struct alarm alarm = {.fired = &fired};
    timer_init(&alarm.timer, alarm_fired);
    nanos began = hal_clock_now();
    timer_arm(&alarm.timer, began + NANOS_PER_MS, 2 * NANOS_PER_MS);
    EXPECT(t, test_reaches(&fired, 3));
    EXPECT(t, timer_cancel(&alarm.timer));
    u32 count = atomic_load_relaxed(&fired);
    EXPECT(t, (count - 1) * 2 * NANOS_PER_MS < hal_clock_now() - began);
    nap(6 * NANOS_PER_MS);
    EXPECT(t, atomic_load_relaxed(&fired) == count);
}

HELIX_TEST(timer, rearming_moves_it)
{
    u32 fired = 0;
    struct alarm alarm = {.fired = &fired};
    timer_init(&alarm.timer, alarm_fired);
    for (cpu_mask left = execution_cpus(); left != 0; left &= left - 1) {
        REQUIRE(t, thread_set_affinity(thread_current(), left & -left) == HELIX_OK);
        timer_arm(&alarm.timer, hal_clock_now() + NANOS_PER_SECOND, 0);
    }
    timer_arm(&alarm.timer, hal_clock_now() + NANOS_PER_MS, 0);
    EXPECT(t, thread_set_affinity(thread_current(), CPU_MASK_ALL) == HELIX_OK);
    EXPECT(t, test_reaches(&fired, 1));
    nap(10 * NANOS_PER_MS);
    EXPECT(t, atomic_load_relaxed(&fired) == 1);
}

HELIX_TEST(timer, wall_clock_can_be_set)
{
    i64 was = wall_clock_now();
    wall_clock_set(1000000000ll * (i64)NANOS_PER_SECOND);
    i64 now = wall_clock_now() - 1000000000ll * (i64)NANOS_PER_SECOND;
    EXPECT(t, now >= 0 && now < 60 * (i64)NANOS_PER_SECOND);
    wall_clock_set(was);
    EXPECT(t, was > 1500000000ll * (i64)NANOS_PER_SECOND);
}

static i64 wall_ahead(void)
{
    const nanos now = hal_clock_now();
    return user_clock_wall(&hal_user_clock.clock, now) - (i64)now;
}

HELIX_TEST(timer, wall_clock_is_slowed_without_going_back)
{
    const i64 ahead = wall_ahead(), by = USER_CLOCK_SLEW_MOST;
    i64 last = wall_clock_now();
    unsigned back = 0;
    wall_clock_slew(-by);
    for (const nanos end = hal_clock_now() + 2 * USER_CLOCK_SLEW_STEP; hal_clock_now() < end;) {
        const i64 now = wall_clock_now();
        back += now < last;
        last = now;
    }
    EXPECT(t, back == 0 && wall_ahead() == ahead - by);
    wall_clock_slew(by);
    nap(2 * USER_CLOCK_SLEW_STEP);
    EXPECT(t, wall_ahead() == ahead);
    wall_clock_slew(0);
}

/* ---- Stops
 * ---------------------------------------------------------------------------------------------------------
 */

struct traffic {
    u32 stop;   // atomic
    u64 moving; // every thread counts here, all the time
    struct spinlock lock;
};

static void drive(void *argument)
{
    struct traffic *traffic = argument;
    while (!atomic_load_relaxed(&traffic->stop)) {
        struct irq_key key = spin_lock_irq(&traffic->lock);
        WRITE_ONCE(traffic->moving, traffic->moving + 1);
        spin_unlock_irq(&traffic->lock, key);
    }
}

struct inspection {
    struct traffic *traffic;
    bool stood_still;
    struct wait_queue *queue;
};

/* With everybody standing still, nothing moves for a while. */
static void inspect(void *context)
{
    struct inspection *inspection = context;
    u64 before = READ_ONCE(inspection->traffic->moving);
    nanos until = hal_clock_now() + 50 * NANOS_PER_US;
    while (hal_clock_now() < until)
        hal_cpu_relax();
    inspection->stood_still = READ_ONCE(inspection->traffic->moving) == before;
}

HELIX_TEST(stop, nothing_moves_while_the_world_stands_still)
{
    struct traffic traffic = {.lock = SPINLOCK_INIT(LOCK_RANK_DEVICE)};
    struct crew crew;
    crew_begin(&crew, t);
    for (unsigned i = 0; i < 6; i++)
        crew_add(&crew, drive, &traffic);
    unsigned done = 0;
    for (unsigned i = 0; i < 50; i++) {
        struct inspection inspection = {.traffic = &traffic};
        u32 culprit;
        helix_status st =
            stop_world(inspect, &inspection, hal_clock_now() + TEST_PATIENCE, &culprit);
        EXPECT(t, st == HELIX_OK);
        EXPECT(t, st != HELIX_OK || inspection.stood_still);
        done += st == HELIX_OK;
        thread_yield();
    }
    atomic_store_relaxed(&traffic.stop, 1u);
    crew_end(&crew);
    EXPECT(t, done == 50);
}

static void do_nothing(void *context)
{
    (void)context;
}

static void stop_often(void *argument)
{
    u32 *failed = argument;
    for (unsigned i = 0; i < 40; i++) {
        u32 culprit;
        if (stop_world(do_nothing, NULL, hal_clock_now() + TEST_PATIENCE, &culprit) != HELIX_OK)
            atomic_fetch_add_relaxed(failed, 1u);
    }
}

HELIX_TEST(stop, several_who_want_to_stop_the_world_take_turns)
{
    u32 failed = 0;
    struct crew crew;
    crew_begin(&crew, t);
    for (unsigned i = 0; i < 4; i++)
        crew_add(&crew, stop_often, &failed);
    crew_end(&crew);
    EXPECT(t, failed == 0);
}

static void refuse(void *argument)
{
    struct traffic *traffic = argument;
    struct irq_key key = hal_irq_save();
    atomic_store_release(&traffic->moving, 1ull);
    while (!atomic_load_acquire(&traffic->stop))
        hal_cpu_relax();
    hal_irq_restore(key);
}

HELIX_TEST(stop, names_the_cpu_that_does_not_come)
{
    if (execution_cpus() == CPU_MASK_OF(0))
        return;
    struct traffic traffic = {0};
    struct crew crew;
    REQUIRE(t, thread_set_affinity(thread_current(), CPU_MASK_OF(0)) == HELIX_OK);
    crew_begin(&crew, t);
    crew_add_on(&crew, refuse, &traffic, CPU_MASK_OF(1));
    while (!atomic_load_acquire(&traffic.moving))
        thread_yield();
    u32 culprit = 99;
    u32 ran = 0;
    EXPECT(t, stop_world(do_nothing, &ran, hal_clock_now() + 5 * NANOS_PER_MS, &culprit) ==
                  HELIX_E_BUSY);
    EXPECT(t, culprit == 1);
    atomic_store_release(&traffic.stop, 1u);
    crew_end(&crew);
    EXPECT(t, stop_world(do_nothing, &ran, hal_clock_now() + TEST_PATIENCE, &culprit) == HELIX_OK);
    EXPECT(t, thread_set_affinity(thread_current(), CPU_MASK_ALL) == HELIX_OK);
}

static void mark_cpu(void *context)
{
    atomic_fetch_or_relaxed((cpu_mask *)context, CPU_MASK_OF(hal_cpu_id()));
}

HELIX_TEST(stop, a_cross_call_runs_on_each_cpu_it_names)
{
    for (unsigned i = 0; i < 100; i++) {
        cpu_mask seen = 0;
        cross_call(execution_cpus(), mark_cpu, &seen);
        EXPECT(t, seen == execution_cpus());
        seen = 0;
        cross_call(CPU_MASK_OF(0), mark_cpu, &seen);
        EXPECT(t, seen == CPU_MASK_OF(0));
    }
}

/* ---- Grace periods and work
 * ---------------------------------------------------------------------------------------- */

struct table {
    u64 *current; // readers follow it
    u32 stop;     // atomic
    u32 wrong;    // atomic
};

static void read_table(void *argument)
{
    struct table *table = argument;
    while (!atomic_load_relaxed(&table->stop)) {
        quiesce_read_begin();
        const u64 *entry = atomic_load_acquire(&table->current);
        for (unsigned i = 0; i < 20; i++) {
            if (READ_ONCE(*entry) != 42)
                atomic_fetch_add_relaxed(&table->wrong, 1u);
        }
        quiesce_read_end();
    }
}

HELIX_TEST(quiesce, readers_never_see_what_was_let_go)
{
    static u64 slots[2];
    struct table table = {.current = &slots[0]};
    struct crew crew;
    slots[0] = 42;
    crew_begin(&crew, t);
    for (unsigned i = 0; i < 4; i++)
        crew_add(&crew, read_table, &table);
    for (unsigned i = 0; i < 60; i++) {
        u64 *old = table.current;
        u64 *fresh = &slots[old == &slots[0]];
        WRITE_ONCE(*fresh, 42);
        atomic_store_release(&table.current, fresh);
        quiesce_wait();
        WRITE_ONCE(*old, 13);
    }
    atomic_store_relaxed(&table.stop, 1u);
    crew_end(&crew);
    EXPECT(t, table.wrong == 0);
}

struct job {
    struct work work;
    struct quiesce_head head;
    u32 runs; // atomic
};

static void job_run(struct work *work)
{
    atomic_fetch_add_relaxed(&container_of(work, struct job, work)->runs, 1u);
}

static void job_quiesced(struct quiesce_head *head)
{
    atomic_fetch_add_relaxed(&container_of(head, struct job, head)->runs, 1u);
}

HELIX_TEST(work, runs_once_for_each_time_it_was_queued)
{
    struct job jobs[3] = {0};
    for (unsigned i = 0; i < 3; i++)
        work_init(&jobs[i].work, job_run);
    for (unsigned round = 1; round <= 50; round++) {
        for (unsigned i = 0; i < 3; i++)
            EXPECT(t, work_queue(&jobs[i].work));
        work_flush();
        for (unsigned i = 0; i < 3; i++)
            EXPECT(t, atomic_load_relaxed(&jobs[i].runs) == round);
    }
    quiesce_call(&jobs[0].head, job_quiesced);
    for (unsigned i = 0; i < 1000 && atomic_load_relaxed(&jobs[0].runs) != 51; i++)
        nap(NANOS_PER_MS);
    EXPECT(t, atomic_load_relaxed(&jobs[0].runs) == 51);
}

/* ---- Objects
 * -------------------------------------------------------------------------------------------------------
 */

extern const struct object_type *const __start_helix_objects[];
extern const struct object_type *const __stop_helix_objects[];

static struct object *resolve_none(void *context, u32 kind, u64 id)
{
    (void)context;
    (void)kind;
    (void)id;
    return NULL;
}

static helix_status recreate(const struct object_type *type, void *data, size_t bytes,
                             struct object **copy_out)
{
    struct object_reader reader = {.data = data, .bytes = bytes, .resolve = resolve_none};
    struct object_record record;
    helix_status st = object_read(&reader, &record, sizeof(record));
    return st == HELIX_OK ? type->recreate(&reader, &record, copy_out) : st;
}

/* Describe, recreate, compare; then the same with the record cut short and damaged. */
static void round_trip(struct helix_test_run *t, const struct object *object)
{
    const struct object_type *type = object->type;
    struct object_writer measure = {0};
    EXPECT(t, type->describe(object, &measure) == HELIX_OK);
    u8 *data = kzalloc(measure.bytes);
    REQUIRE(t, data != NULL);
    struct object_writer writer = {.data = data, .capacity = measure.bytes};
    EXPECT(t, type->describe(object, &writer) == HELIX_OK && writer.bytes == measure.bytes);
    struct object *copy = NULL;
    EXPECT(t, recreate(type, data, measure.bytes, &copy) == HELIX_OK);
    if (copy != NULL) {
        EXPECT(t, type->equal(object, copy) && copy->id != object->id);
        type->discard(copy);
    }
    EXPECT(t, recreate(type, data, measure.bytes - 1, &copy) == HELIX_E_CORRUPT);
    ((struct object_record *)(void *)data)->version++;
    EXPECT(t, recreate(type, data, measure.bytes, &copy) == HELIX_E_NOTSUP);
    kfree(data);
}

static void wait_for_end(void *argument)
{
    struct traffic *traffic = argument;
    while (!atomic_load_acquire(&traffic->stop))
        nap(NANOS_PER_MS / 2);
}

HELIX_TEST(object, a_thread_makes_the_round_trip)
{
    struct traffic traffic = {0};
    struct crew crew;
    crew_begin(&crew, t);
    struct thread *thread = crew_add(&crew, wait_for_end, &traffic);
    EXPECT(t, thread_set_policy(thread, SCHED_POLICY_RR, 7, -3) == HELIX_OK);
    thread->restart = (struct restart_record){
        .kind = RESTART_TIMED, .number = 35, .arguments = {1, 2, 3}, .deadline = 77, .words = {5}};
    // It must not run while it is compared with its copy.
    EXPECT(t, thread_set_policy(thread, SCHED_POLICY_NORMAL, 0, 19) == HELIX_OK);
    atomic_store_release(&traffic.stop, 1u);
    while (READ_ONCE(thread->state) != THREAD_DEAD)
        nap(NANOS_PER_MS);
    round_trip(t, &thread->object);
    crew_end(&crew);
}

static void never_fires(struct timer *timer)
{
    (void)timer;
}

HELIX_TEST(object, a_timer_makes_the_round_trip)
{
    struct timer_object timer;
    timer_object_init(&timer, never_fires);
    timer_arm(&timer.timer, hal_clock_now() + 100 * NANOS_PER_SECOND, 3 * NANOS_PER_SECOND);
    round_trip(t, &timer.object);
    EXPECT(t, timer_cancel(&timer.timer));
    round_trip(t, &timer.object);
}

HELIX_TEST(object, the_kinds_of_execution_are_listed)
{
    unsigned found = 0;
    for (const struct object_type *const *at = __start_helix_objects; at < __stop_helix_objects;
         at++)
        found += strcmp((*at)->name, "thread") == 0 || strcmp((*at)->name, "timer") == 0;
    EXPECT(t, found == 2);
}
