/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Live replacement of the scheduler, with threads that must not notice. */
#include <helix/execution/thread.h>
#include <helix/execution/wait.h>
#include <helix/hal/time.h>
#include <helix/lib/atomic.h>
#include <helix/lib/log.h>
#include <helix/lib/string.h>
#include <helix/lib/test.h>
#include <helix/memory/frame.h>

#include "schedulers.h"

#define SWAPS   1000u
#define TRIES   1000u
#define WORKERS 6u
#define TIME_MOST \
    (10 * NANOS_PER_SECOND) // on many emulated CPUs fewer must do; the system tests do them all
#define PATIENCE  (300 * NANOS_PER_SECOND) // only a hang takes this long
#define LEAK_MOST 16                       // caches of the heap and of stacks breathe

/* ---- Load: busy threads that yield, and pairs that wake each other
 * ------------------------------------------------------ */

struct load {
    u32 stop;
    u32 ended;
    u64 work[WORKERS];
    struct wait_queue ball_queue;
    u32 ball;
    u64 rallies[2];
};

struct worker {
    struct load *load;
    unsigned index;
};

static void busy(void *argument)
{
    struct worker *w = argument;
    while (!atomic_load_relaxed(&w->load->stop)) {
        atomic_fetch_add_relaxed(&w->load->work[w->index], 1ull);
        if (w->index % 2 == 0)
            thread_yield();
    }
    atomic_fetch_add_release(&w->load->ended, 1u);
}

static void rally(void *argument)
{
    struct worker *w = argument;
    struct load *load = w->load;
    while (!atomic_load_relaxed(&load->stop)) {
        nanos deadline = hal_clock_now() + 20 * NANOS_PER_MS;
        helix_status st = WAIT_FOR(&load->ball_queue, atomic_load_acquire(&load->ball) == w->index,
                                   deadline, WAIT_UNINTERRUPTIBLE, "ball");
        if (st != HELIX_OK)
            continue;
        atomic_fetch_add_relaxed(&load->rallies[w->index], 1ull);
        atomic_store_release(&load->ball, 1 - w->index);
        wait_wake_all(&load->ball_queue);
    }
    atomic_fetch_add_release(&load->ended, 1u);
}

static struct load load;
static struct worker workers[WORKERS + 2];

static bool load_start(void)
{
    struct thread *thread;
    memset(&load, 0, sizeof load);
    wait_queue_init(&load.ball_queue);
    for (unsigned i = 0; i < WORKERS + 2; i++) {
        bool player = i >= WORKERS;
        workers[i] = (struct worker){&load, player ? i - WORKERS : i};
        if (thread_spawn_kernel("load", player ? rally : busy, &workers[i], &thread) != HELIX_OK)
            return false;
        thread_put(thread);
    }
    return true;
}

static bool load_end(void)
{
    nanos deadline = hal_clock_now() + PATIENCE;
    atomic_store_relaxed(&load.stop, 1u);
    while (atomic_load_acquire(&load.ended) < WORKERS + 2) {
        if (hal_clock_now() > deadline)
            return false;
        helix_ignore(sleep_until(hal_clock_now() + NANOS_PER_MS, WAIT_UNINTERRUPTIBLE));
    }
    return true;
}

static void nap(nanos length)
{
    helix_ignore(sleep_until(hal_clock_now() + length, WAIT_UNINTERRUPTIBLE));
}

/* Whether every thread of the load gets on while we look. */
static bool load_lives(void)
{
    struct load before = load;
    nanos deadline = hal_clock_now() + PATIENCE;
    for (;;) {
        bool all = load.rallies[0] > before.rallies[0] && load.rallies[1] > before.rallies[1];
        for (unsigned i = 0; i < WORKERS; i++)
            all &= load.work[i] > before.work[i];
        if (all || hal_clock_now() > deadline)
            return all;
        nap(5 * NANOS_PER_MS);
    }
}

static void report_pauses(const struct gate_binding *gate)
{
    struct gate_pauses pauses;
    gate_pauses(gate, &pauses);
    log_info("test", "pauses: p50 %llu ns, p99 %llu ns, max %llu ns, p99 %llu instructions",
             (unsigned long long)pauses.p50, (unsigned long long)pauses.p99,
             (unsigned long long)pauses.max, (unsigned long long)pauses.instructions_p99);
}

/* What caches take once is no leak: fill them before counting. */
static void warm_up(void)
{
    struct module_result result;
    if (!load_start())
        return;
    for (unsigned i = 0; i < 40; i++)
        modules_reload("round_robin", NULL, &result);
    (void)load_lives();
    (void)load_end();
}

HELIX_TEST(swap, a_thousand_times_under_load_loses_nobody)
{
    static struct test_scheduler other;
    struct module_result result;
    struct gate_binding *gate = gate_find(HELIX_SCHEDULER, "");
    REQUIRE(t, test_scheduler_copy(&other, "rr_copy") && test_scheduler_register(&other));
    warm_up();
    u64 frames = settled_free_frames();
    u64 swaps = gate->statistics.swaps;
    REQUIRE(t, load_start());
    unsigned failed = 0;
    unsigned done = 0;
    nanos deadline = hal_clock_now() + TIME_MOST;
    for (unsigned i = 0; i < SWAPS && (i % 2 == 1 || hal_clock_now() < deadline); i++, done++) {
        modules_swap(HELIX_SCHEDULER, i % 2 == 0 ? "rr_copy" : "round_robin", &result);
        if (result.status != HELIX_OK && failed++ == 0)
            log_warn("test", "swap %u: %s", i, result.reason);
        if (i % 250 == 100)
            EXPECT(t, load_lives());
    }
    EXPECT(t, failed == 0);
    EXPECT(t, gate->statistics.swaps == swaps + done);
    EXPECT(t, strcmp(scheduler_in_charge(), "round_robin") == 0);
    EXPECT(t, load_lives());
    REQUIRE(t, load_end());
    EXPECT(t, settled_free_frames() + LEAK_MOST >= frames);
    test_scheduler_remove(&other);
    report_pauses(gate);
}

/* ---- Modules that fail before the gate opens
 * ------------------------------------------------------------------------------ */

static helix_status fail_init(void *self, const struct helix_context *context)
{
    (void)self;
    (void)context;
    return HELIX_E_IO;
}

static helix_status crash_init(void *self, const struct helix_context *context)
{
    (void)context;
    *(volatile u64 *)((uintptr_t)self * 0 + 16) = 1;
    return HELIX_OK;
}

static helix_status fail_restore(void *self, const struct helix_state *state)
{
    (void)self;
    (void)state;
    return HELIX_E_CORRUPT;
}

static helix_status crash_restore(void *self, const struct helix_state *state)
{
    (void)state;
    *(volatile u64 *)((uintptr_t)self * 0 + 16) = 1;
    return HELIX_OK;
}

static helix_status fail_start(void *self)
{
    (void)self;
    return HELIX_E_IO;
}

static void crash_attach(void *self, struct sched_entity *entity)
{
    *(volatile u64 *)((uintptr_t)self * 0 + 16) = entity->id;
}

static void try_often(struct helix_test_run *t, struct test_scheduler *bad, helix_status expected,
                      const char *word)
{
    struct module_result result;
    REQUIRE(t, test_scheduler_register(bad));
    u64 frames = settled_free_frames();
    REQUIRE(t, load_start());
    unsigned wrong = 0;
    nanos deadline = hal_clock_now() + TIME_MOST;
    for (unsigned i = 0; i < TRIES && hal_clock_now() < deadline; i++) {
        modules_swap(HELIX_SCHEDULER, bad->record.name, &result);
        bool as_expected = result.status == expected && strstr(result.reason, word) != NULL;
        if (!as_expected && wrong++ == 0)
            log_warn("test", "try %u: %s", i, result.reason);
    }
    EXPECT(t, wrong == 0);
    EXPECT(t, strcmp(scheduler_in_charge(), "round_robin") == 0);
    EXPECT(t, load_lives());
    REQUIRE(t, load_end());
    EXPECT(t, settled_free_frames() + LEAK_MOST >= frames);
    test_scheduler_remove(bad);
}

HELIX_TEST(swap, whose_init_fails_changes_nothing)
{
    static struct test_scheduler bad;
    REQUIRE(t, test_scheduler_copy(&bad, "bad_init"));
    bad.record.init = fail_init;
    try_often(t, &bad, HELIX_E_IO, "init");
}

HELIX_TEST(swap, whose_init_crashes_changes_nothing)
{
    static struct test_scheduler bad;
    REQUIRE(t, test_scheduler_copy(&bad, "crash_init"));
    bad.record.init = crash_init;
    try_often(t, &bad, HELIX_E_MODULE_FAULT, "init");
}

HELIX_TEST(swap, whose_restore_fails_changes_nothing)
{
    static struct test_scheduler bad;
    REQUIRE(t, test_scheduler_copy(&bad, "bad_restore"));
    bad.record.restore_state = fail_restore;
    try_often(t, &bad, HELIX_E_CORRUPT, "restore_state");
}

HELIX_TEST(swap, whose_restore_crashes_changes_nothing)
{
    static struct test_scheduler bad;
    REQUIRE(t, test_scheduler_copy(&bad, "crash_restore"));
    bad.record.restore_state = crash_restore;
    try_often(t, &bad, HELIX_E_MODULE_FAULT, "crashed in restore_state");
}

HELIX_TEST(swap, whose_start_fails_changes_nothing)
{
    static struct test_scheduler bad;
    REQUIRE(t, test_scheduler_copy(&bad, "bad_start"));
    bad.record.start = fail_start;
    try_often(t, &bad, HELIX_E_IO, "start");
}

HELIX_TEST(swap, that_crashes_while_it_takes_the_threads_changes_nothing)
{
    static struct test_scheduler bad;
    REQUIRE(t, test_scheduler_copy(&bad, "crash_attach"));
    bad.ops.attach = crash_attach;
    try_often(t, &bad, HELIX_E_MODULE_FAULT, "crashed in carry");
}

/* ---- Modules that fail after it
 * ---------------------------------------------------------------------------------------------- */

static const struct scheduler_ops *good_ops;
static u32 picks_left;

static struct sched_entity *crash_pick(void *self, u32 cpu, nanos now)
{
    if (atomic_fetch_sub_relaxed(&picks_left, 1u) == 1)
        *(volatile u64 *)((uintptr_t)self * 0 + 16) = now;
    return good_ops->pick_next(self, cpu, now);
}

static bool sick;

static bool say_sick(const void *self)
{
    (void)self;
    return !sick;
}

static bool wait_for_scheduler(const char *name)
{
    nanos deadline = hal_clock_now() + PATIENCE;
    while (strcmp(scheduler_in_charge(), name) != 0) {
        if (hal_clock_now() > deadline)
            return false;
        nap(NANOS_PER_MS);
    }
    return true;
}

HELIX_TEST(swap, that_crashes_in_its_trial_is_rolled_back)
{
    static struct test_scheduler bad;
    struct module_result result;
    struct gate_binding *gate = gate_find(HELIX_SCHEDULER, "");
    REQUIRE(t, test_scheduler_copy(&bad, "crash_pick"));
    good_ops = (const struct scheduler_ops *)(const void *)record_ops(
        registry_find("round_robin")->record, HELIX_SCHEDULER);
    bad.ops.pick_next = crash_pick;
    REQUIRE(t, test_scheduler_register(&bad));
    warm_up();
    u64 frames = settled_free_frames();
    u64 faults = gate->statistics.faults;
    REQUIRE(t, load_start());
    unsigned wrong = 0;
    unsigned done = 0;
    nanos deadline = hal_clock_now() + TIME_MOST;
    for (unsigned i = 0; i < 200 && hal_clock_now() < deadline; i++, done++) {
        atomic_store_relaxed(&picks_left, 1 + i % 50);
        modules_swap(HELIX_SCHEDULER, "crash_pick", &result);
        wrong += result.status != HELIX_OK || !wait_for_scheduler("round_robin");
    }
    EXPECT(t, wrong == 0);
    EXPECT(t, gate->statistics.faults == faults + done);
    if (gate->statistics.faults != faults + done)
        log_warn("test", "%llu faults in %u swaps",
                 (unsigned long long)(gate->statistics.faults - faults), done);
    EXPECT(t, load_lives());
    REQUIRE(t, load_end());
    EXPECT(t, settled_free_frames() + LEAK_MOST >= frames);
    test_scheduler_remove(&bad);
}

HELIX_TEST(swap, that_turns_unhealthy_in_its_trial_is_rolled_back)
{
    static struct test_scheduler other;
    struct module_result result;
    REQUIRE(t, test_scheduler_copy(&other, "sick_copy"));
    other.record.is_healthy = say_sick;
    REQUIRE(t, test_scheduler_register(&other));
    settle();
    sick = false;
    modules_swap(HELIX_SCHEDULER, "sick_copy", &result);
    EXPECT(t, result.status == HELIX_OK && strcmp(scheduler_in_charge(), "sick_copy") == 0);
    sick = true;
    EXPECT(t, wait_for_scheduler("round_robin"));
    settle();
    test_scheduler_remove(&other);
}

HELIX_TEST(swap, is_taken_back_by_hand)
{
    static struct test_scheduler other;
    struct module_result result;
    REQUIRE(t, test_scheduler_copy(&other, "rr_copy") && test_scheduler_register(&other));
    settle();
    modules_rollback(HELIX_SCHEDULER, &result);
    EXPECT(t, result.status == HELIX_E_STATE);
    modules_swap("cpu.scheduling", "rr-copy", &result); // other spellings of the same
    REQUIRE(t, result.status == HELIX_OK);
    EXPECT(t, strcmp(scheduler_in_charge(), "rr_copy") == 0);
    modules_rollback("", &result);
    EXPECT(t, result.status == HELIX_OK && strcmp(scheduler_in_charge(), "round_robin") == 0);
    test_scheduler_remove(&other);
}

HELIX_TEST(swap, of_a_crashed_scheduler_happens_by_itself_without_a_trial)
{
    struct module_result result;
    struct watch *watch = scheduler_watch();
    REQUIRE(t, load_start());
    for (unsigned i = 0; i < 3; i++) {
        settle();
        struct instance *before = watch_current(watch);
        modules_inject_fault("round_robin", &result);
        REQUIRE(t, result.status == HELIX_OK);
        nap(10 * NANOS_PER_MS);
        EXPECT(t, watch_current(watch) != before);
        EXPECT(t, load_lives());
    }
    EXPECT(t, watch->last_recovery > 0);
    modules_lock();
    watch->restarts = 0; // what counts as a change by hand
    modules_unlock();
    settle();
    REQUIRE(t, load_end());
}

HELIX_TEST(swap, names_what_is_wrong_with_the_request)
{
    struct module_result result;
    modules_swap(HELIX_SCHEDULER, "nobody", &result);
    EXPECT(t, result.status == HELIX_E_NOENT && strstr(result.reason, "nobody") != NULL);
    modules_swap("helix.nothing", "round_robin", &result);
    EXPECT(t, result.status == HELIX_E_NOENT && strstr(result.reason, "helix.nothing") != NULL);
    modules_swap(HELIX_SCHEDULER, "buddy", &result);
    EXPECT(t, result.status == HELIX_E_MODULE_INTERFACE);
    modules_unload("round_robin", &result);
    EXPECT(t, result.status != HELIX_OK && result.reason[0] != '\0');
}

/* ---- The allocators go the same way
 * --------------------------------------------------------------------------------------------- */

HELIX_TEST(swap, of_a_frame_allocator_keeps_every_frame)
{
    struct module_result result;
    struct memory_counts before;
    struct memory_counts after;
    settle();
    memory_counts(&before);
    for (unsigned i = 0; i < 20; i++) {
        modules_reload("buddy", NULL, &result);
        EXPECT(t, result.status == HELIX_OK);
        if (result.status != HELIX_OK)
            log_info("test", "buddy: %s", result.reason);
    }
    settle();
    memory_counts(&after);
    EXPECT(t, after.free + LEAK_MOST >= before.free && after.total == before.total);
}

HELIX_TEST(swap, of_a_heap_allocator_keeps_every_object)
{
    struct module_result result;
    settle();
    for (unsigned i = 0; i < 3; i++) {
        modules_reload("slab", NULL, &result);
        EXPECT(t, result.status == HELIX_OK);
        if (result.status != HELIX_OK)
            log_info("test", "slab: %s", result.reason);
    }
    settle();
}
