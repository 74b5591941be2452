/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* What `fair` promises beyond other schedulers. Nothing to test where it is not in the profile. */
#include "bench.h"

static struct bench_thread *start(struct bench *bench, enum sched_policy policy, i32 nice)
{
    struct bench_thread *thread = bench_spawn(bench, policy, 0, nice);
    bench_start(bench, thread, 0, SCHED_ENQUEUE_NEW);
    return thread;
}

HELIX_TEST(fair, shares_by_weight)
{
    const struct helix_module *record = bench_scheduler_named("fair");
    if (record == NULL)
        return;
    struct bench *bench = bench_new(t, record, 1, "4");
    struct bench_thread *threads[5];
    u64 weights = 0;
    for (i32 i = 0; i < 5; i++) {
        threads[i] = start(bench, SCHED_POLICY_NORMAL, (i - 2) * 5);
        weights += threads[i]->entity.weight;
    }
    bench_run(bench, 20 * NANOS_PER_SECOND);
    for (unsigned i = 0; i < 5; i++) {
        nanos due = 20 * NANOS_PER_SECOND / weights * threads[i]->entity.weight;
        EXPECT(t, threads[i]->ran > due * 95 / 100 && threads[i]->ran < due * 105 / 100);
    }
    bench_free(bench);
}

/* Asleep nine tenths of the time, it needs less than its share, and gets the CPU soon when it
 * wakes. */
HELIX_TEST(fair, lets_a_sleeper_in_soon)
{
    const struct helix_module *record = bench_scheduler_named("fair");
    if (record == NULL)
        return;
    struct bench *bench = bench_new(t, record, 1, "4");
    for (unsigned i = 0; i < 4; i++)
        start(bench, SCHED_POLICY_NORMAL, 0);
    struct bench_thread *sleeper = bench_spawn(bench, SCHED_POLICY_NORMAL, 0, 0);
    for (unsigned i = 0; i < 200; i++) {
        bench_wake(bench, sleeper, 0);
        nanos began = sleeper->ran;
        for (unsigned n = 0; n < 400 && sleeper->ran - began < NANOS_PER_MS; n++)
            bench_run(bench, NANOS_PER_MS / 10);
        while (bench->running[0] != sleeper)
            bench_run(bench, NANOS_PER_MS / 10);
        bench_block(bench, 0);
        bench_run(bench, 9 * NANOS_PER_MS);
    }
    EXPECT(t, sleeper->longest_wait < 12 * NANOS_PER_MS);
    bench_free(bench);
}

/* Sleeping does not pay: who takes a nap of a microsecond at the end of every slice gets no more
 * than its share. */
HELIX_TEST(fair, gives_nothing_for_short_naps)
{
    const struct helix_module *record = bench_scheduler_named("fair");
    if (record == NULL)
        return;
    struct bench *bench = bench_new(t, record, 1, "4");
    for (unsigned i = 0; i < 3; i++)
        start(bench, SCHED_POLICY_NORMAL, 0);
    struct bench_thread *napper = start(bench, SCHED_POLICY_NORMAL, 0);
    nanos from = bench->now;
    while (bench->now < from + 5 * NANOS_PER_SECOND) {
        bench_run(bench, 500 * NANOS_PER_US);
        if (bench->running[0] == napper) {
            bench_block(bench, 0);
            bench_run(bench, NANOS_PER_US);
            bench_wake(bench, napper, 0);
        }
    }
    EXPECT(t, napper->ran < (5 * NANOS_PER_SECOND / 4) * 110 / 100);
    bench_free(bench);
}

/* Weights from 3 to 88,818, a hundred threads, half an hour: sums stay in range and everybody
 * moves. */
HELIX_TEST(fair, stays_in_range_at_the_extremes)
{
    const struct helix_module *record = bench_scheduler_named("fair");
    if (record == NULL)
        return;
    struct bench *bench = bench_new(t, record, 1, "4");
    struct bench_thread *threads[100];
    for (i32 i = 0; i < 100; i++)
        threads[i] =
            start(bench, i % 7 == 0 ? SCHED_POLICY_IDLE : SCHED_POLICY_NORMAL, i % 40 - 20);
    bench_run(bench, 1800 * NANOS_PER_SECOND);
    for (unsigned i = 0; i < 100; i++)
        EXPECT(t, threads[i]->ran > 0);
    bench_free(bench);
}
