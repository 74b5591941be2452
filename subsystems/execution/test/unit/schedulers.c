/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* What every scheduler must do. A new module is tested by being in the image. */
#include "bench.h"

#include <helix/lib/random.h>
#include <helix/lib/string.h>

static void for_each_scheduler(struct helix_test_run *t,
                               void (*run)(struct helix_test_run *t,
                                           const struct helix_module *record))
{
    const struct helix_module *record;
    EXPECT(t, bench_scheduler(0) != NULL);
    for (unsigned i = 0; (record = bench_scheduler(i)) != NULL; i++)
        run(t, record);
}

/* ---- Any sequence of operations
 * ------------------------------------------------------------------------------------ */

static u64 seed = 0x48656c6978;

static u32 random_below(u32 n)
{
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (u32)(seed >> 33) % n;
}

static struct bench_thread *random_thread(struct bench *bench, enum bench_state state)
{
    u32 from = random_below(BENCH_THREADS);
    for (u32 i = 0; i < BENCH_THREADS; i++) {
        struct bench_thread *thread = &bench->threads[(from + i) % BENCH_THREADS];
        if (thread->state == state)
            return thread;
    }
    return NULL;
}

static void random_policy(enum sched_policy *policy_out, u32 *priority_out, i32 *nice_out)
{
    static const enum sched_policy policies[] = {
        SCHED_POLICY_NORMAL, SCHED_POLICY_NORMAL, SCHED_POLICY_NORMAL, SCHED_POLICY_BATCH,
        SCHED_POLICY_IDLE,   SCHED_POLICY_FIFO,   SCHED_POLICY_RR,
    };
    *policy_out = policies[random_below(array_count(policies))];
    bool fixed = *policy_out == SCHED_POLICY_FIFO || *policy_out == SCHED_POLICY_RR;
    *priority_out = fixed ? 1 + random_below(99) : 0;
    *nice_out = (i32)random_below(40) - 20;
}

static void random_change(struct bench *bench)
{
    static const enum bench_state states[] = {BENCH_BLOCKED, BENCH_WAITING, BENCH_RUNNING};
    struct bench_thread *thread = random_thread(bench, states[random_below(3)]);
    enum sched_policy policy;
    u32 priority;
    i32 nice;
    random_policy(&policy, &priority, &nice);
    if (random_below(5) == 0) {
        policy = SCHED_POLICY_DEADLINE;
        priority = 0;
    }
    if (thread != NULL)
        bench_change(bench, thread, policy, priority, nice);
}

static void random_spawn(struct bench *bench)
{
    enum sched_policy policy;
    u32 priority;
    i32 nice;
    random_policy(&policy, &priority, &nice);
    struct bench_thread *thread = bench_spawn(bench, policy, priority, nice);
    if (thread == NULL)
        return;
    if (random_below(4) == 0)
        thread->entity.affinity = CPU_MASK_OF(random_below(bench->cpus));
    u32 cpu = (u32)__builtin_ctzll(thread->entity.affinity);
    bench_start(bench, thread, cpu, SCHED_ENQUEUE_NEW);
}

static void random_step(struct bench *bench)
{
    u32 cpu = random_below(bench->cpus);
    struct bench_thread *thread;
    switch (random_below(12)) {
    case 0:
        random_spawn(bench);
        break;
    case 1:
        thread = random_thread(bench, random_below(2) ? BENCH_BLOCKED : BENCH_WAITING);
        if (thread != NULL)
            bench_exit(bench, thread);
        break;
    case 2:
    case 3:
        if (bench->running[cpu] != NULL)
            bench_block(bench, cpu);
        break;
    case 4:
    case 5:
        thread = random_thread(bench, BENCH_BLOCKED);
        if (thread != NULL)
            bench_wake(bench, thread, cpu);
        break;
    case 6:
        bench_switch(bench, cpu, SCHED_PUT_YIELD);
        break;
    case 7:
        random_change(bench);
        break;
    case 8:
        (void)bench_steal(bench, cpu, (cpu + 1) % bench->cpus);
        break;
    default:
        bench_run(bench, random_below(8 * NANOS_PER_MS));
    }
}

static void survive_anything(struct helix_test_run *t, const struct helix_module *record)
{
    struct bench *bench = bench_new(t, record, BENCH_CPUS, NULL);
    for (unsigned i = 0; i < 60000 && t->failures == 0; i++)
        random_step(bench);
    bench_free(bench);
}

HELIX_TEST(schedulers, keep_every_thread_through_any_operations)
{
    for_each_scheduler(t, survive_anything);
}

static void survive_replacement(struct helix_test_run *t, const struct helix_module *record)
{
    struct bench *bench = bench_new(t, record, BENCH_CPUS, NULL);
    unsigned kinds = 0;
    while (bench_scheduler(kinds) != NULL)
        kinds++;
    for (unsigned i = 0; i < 400 && t->failures == 0; i++) {
        for (unsigned n = 0; n < 60; n++)
            random_step(bench);
        bench_replace(bench, bench_scheduler(random_below(kinds)));
    }
    bench_free(bench);
}

HELIX_TEST(schedulers, keep_every_thread_through_replacements)
{
    for_each_scheduler(t, survive_replacement);
}

/* ---- Fairness
 * ------------------------------------------------------------------------------------------------------
 */

/* Equal threads, one CPU: after ten seconds nobody differs by more than two slices. */
static void share_equally(struct helix_test_run *t, const struct helix_module *record)
{
    struct bench *bench = bench_new(t, record, 1, "10");
    struct bench_thread *threads[16];
    for (unsigned i = 0; i < 16; i++) {
        threads[i] = bench_spawn(bench, SCHED_POLICY_NORMAL, 0, 0);
        bench_start(bench, threads[i], 0, SCHED_ENQUEUE_NEW);
    }
    bench_run(bench, 10 * NANOS_PER_SECOND);
    for (unsigned i = 0; i < 16; i++) {
        i64 off = (i64)threads[i]->ran - (i64)(10 * NANOS_PER_SECOND / 16);
        EXPECT(t, off < 20 * (i64)NANOS_PER_MS && off > -20 * (i64)NANOS_PER_MS);
        EXPECT(t, threads[i]->longest_wait < 400 * NANOS_PER_MS);
    }
    bench_free(bench);
}

HELIX_TEST(schedulers, share_a_cpu_equally)
{
    for_each_scheduler(t, share_equally);
}

/* Replaced every 7 ms by each other: still equal. */
static void share_through_swaps(struct helix_test_run *t, const struct helix_module *record)
{
    struct bench *bench = bench_new(t, record, 1, "10");
    struct bench_thread *threads[8];
    for (unsigned i = 0; i < 8; i++) {
        threads[i] = bench_spawn(bench, SCHED_POLICY_NORMAL, 0, 0);
        bench_start(bench, threads[i], 0, SCHED_ENQUEUE_NEW);
    }
    unsigned kinds = 0;
    while (bench_scheduler(kinds) != NULL)
        kinds++;
    for (unsigned i = 0; i < 1000; i++) {
        bench_run(bench, 7 * NANOS_PER_MS);
        bench_replace(bench, bench_scheduler(i % kinds));
    }
    for (unsigned i = 0; i < 8; i++) {
        i64 off = (i64)threads[i]->ran - (i64)(7 * NANOS_PER_SECOND / 8);
        EXPECT(t, off < 120 * (i64)NANOS_PER_MS && off > -120 * (i64)NANOS_PER_MS);
    }
    bench_free(bench);
}

HELIX_TEST(schedulers, share_equally_while_they_are_replaced)
{
    for_each_scheduler(t, share_through_swaps);
}

/* ---- Classes
 * -------------------------------------------------------------------------------------------------------
 */

static void honour_priorities(struct helix_test_run *t, const struct helix_module *record)
{
    struct bench *bench = bench_new(t, record, 1, NULL);
    struct bench_thread *normal = bench_spawn(bench, SCHED_POLICY_NORMAL, 0, -20);
    struct bench_thread *idle = bench_spawn(bench, SCHED_POLICY_IDLE, 0, 0);
    struct bench_thread *low = bench_spawn(bench, SCHED_POLICY_FIFO, 10, 0);
    struct bench_thread *high = bench_spawn(bench, SCHED_POLICY_RR, 90, 0);
    bench_start(bench, idle, 0, SCHED_ENQUEUE_NEW);
    EXPECT(t, bench->running[0] == idle);
    bench_start(bench, normal, 0, SCHED_ENQUEUE_NEW);
    EXPECT(t, bench->running[0] == normal);
    bench_start(bench, low, 0, SCHED_ENQUEUE_NEW);
    EXPECT(t, bench->running[0] == low);
    bench_start(bench, high, 0, SCHED_ENQUEUE_NEW);
    EXPECT(t, bench->running[0] == high);
    bench_run(bench, 200 * NANOS_PER_MS);
    EXPECT(t, bench->running[0] == high);
    bench_block(bench, 0);
    EXPECT(t, bench->running[0] == low);
    bench_run(bench, 200 * NANOS_PER_MS);
    EXPECT(t, bench->running[0] == low);
    bench_block(bench, 0);
    bench_run(bench, NANOS_PER_MS);
    EXPECT(t, bench->running[0] == normal);
    bench_free(bench);
}

HELIX_TEST(schedulers, run_higher_classes_first)
{
    for_each_scheduler(t, honour_priorities);
}

static void rotate_rr(struct helix_test_run *t, const struct helix_module *record)
{
    struct bench *bench = bench_new(t, record, 1, "10");
    struct bench_thread *rr[3];
    struct bench_thread *fifo = bench_spawn(bench, SCHED_POLICY_FIFO, 40, 0);
    for (unsigned i = 0; i < 3; i++) {
        rr[i] = bench_spawn(bench, SCHED_POLICY_RR, 50, 0);
        bench_start(bench, rr[i], 0, SCHED_ENQUEUE_NEW);
    }
    bench_start(bench, fifo, 0, SCHED_ENQUEUE_NEW);
    bench_run(bench, 300 * NANOS_PER_MS);
    for (unsigned i = 0; i < 3; i++)
        EXPECT(t, rr[i]->ran >= 80 * NANOS_PER_MS && rr[i]->ran <= 120 * NANOS_PER_MS);
    EXPECT(t, fifo->ran == 0);
    bench_free(bench);
}

HELIX_TEST(schedulers, rotate_among_rr_threads_of_one_priority)
{
    for_each_scheduler(t, rotate_rr);
}

/* 2 ms in every 10, against four hogs: it gets that, and no more while they want the CPU. */
static void keep_budget(struct helix_test_run *t, const struct helix_module *record)
{
    struct bench *bench = bench_new(t, record, 1, "10");
    struct bench_thread *hogs[4];
    for (unsigned i = 0; i < 4; i++) {
        hogs[i] = bench_spawn(bench, SCHED_POLICY_NORMAL, 0, 0);
        bench_start(bench, hogs[i], 0, SCHED_ENQUEUE_NEW);
    }
    struct bench_thread *edf = bench_spawn(bench, SCHED_POLICY_NORMAL, 0, 0);
    bench_change(bench, edf, SCHED_POLICY_DEADLINE, 0, 0);
    bench_start(bench, edf, 0, SCHED_ENQUEUE_NEW);
    EXPECT(t, bench->running[0] == edf);
    bench_run(bench, NANOS_PER_SECOND);
    EXPECT(t, edf->ran >= 190 * NANOS_PER_MS && edf->ran <= 210 * NANOS_PER_MS);
    for (unsigned i = 0; i < 4; i++)
        EXPECT(t, hogs[i]->ran >= 170 * NANOS_PER_MS);
    bench_free(bench);
}

HELIX_TEST(schedulers, give_a_deadline_thread_its_budget_and_no_more)
{
    for_each_scheduler(t, keep_budget);
}

static void run_throttled_when_idle(struct helix_test_run *t, const struct helix_module *record)
{
    struct bench *bench = bench_new(t, record, 1, NULL);
    struct bench_thread *edf = bench_spawn(bench, SCHED_POLICY_NORMAL, 0, 0);
    bench_change(bench, edf, SCHED_POLICY_DEADLINE, 0, 0);
    bench_start(bench, edf, 0, SCHED_ENQUEUE_NEW);
    bench_run(bench, 100 * NANOS_PER_MS);
    EXPECT(t, edf->ran == 100 * NANOS_PER_MS);
    bench_free(bench);
}

HELIX_TEST(schedulers, leave_no_cpu_idle_for_a_spent_budget)
{
    for_each_scheduler(t, run_throttled_when_idle);
}

/* ---- State
 * ---------------------------------------------------------------------------------------------------------
 */

static void refuse_bad_state(struct helix_test_run *t, const struct helix_module *record)
{
    struct bench *bench = bench_new(t, record, 1, NULL);
    for (unsigned i = 0; i < 5; i++)
        bench_start(bench, bench_spawn(bench, SCHED_POLICY_NORMAL, 0, 0), 0, SCHED_ENQUEUE_NEW);
    u64 data[512];
    struct helix_state_writer writer = {.data = data, .capacity = sizeof(data)};
    EXPECT(t, record->save_state(bench->self, &writer) == HELIX_OK);
    struct helix_state state = {data, writer.bytes, record->state_version, record->name};
    state.bytes = 16;
    EXPECT(t, record->restore_state(bench->self, &state) != HELIX_OK);
    state.bytes = writer.bytes - 8;
    EXPECT(t, record->restore_state(bench->self, &state) != HELIX_OK);
    state.bytes = writer.bytes;
    data[0] ^= 1;
    EXPECT(t, record->restore_state(bench->self, &state) != HELIX_OK);
    data[0] ^= 1;
    // Two records with one id: the order of ids is broken.
    struct sched_state_entity *records = (void *)((u8 *)data + sizeof(struct sched_state_header));
    records[1].id = records[0].id;
    EXPECT(t, record->restore_state(bench->self, &state) != HELIX_OK);
    state.bytes = 0;
    EXPECT(t, record->restore_state(bench->self, &state) == HELIX_OK);
    writer = (struct helix_state_writer){.data = data, .capacity = 64};
    EXPECT(t, record->save_state(bench->self, &writer) == HELIX_E_TOO_BIG);
    bench_free(bench);
}

HELIX_TEST(schedulers, refuse_a_damaged_state)
{
    for_each_scheduler(t, refuse_bad_state);
}

/* The order in which waiting threads come next is the same after a replacement by the same kind. */
static void keep_order(struct helix_test_run *t, const struct helix_module *record)
{
    for (unsigned replaced = 0; replaced < 2; replaced++) {
        static u64 order[2][12];
        struct bench *bench = bench_new(t, record, 1, "10");
        for (unsigned i = 0; i < 12; i++) {
            bench_start(bench, bench_spawn(bench, SCHED_POLICY_NORMAL, 0, 0), 0, SCHED_ENQUEUE_NEW);
            bench_run(bench, 3 * NANOS_PER_MS);
        }
        bench_run(bench, 100 * NANOS_PER_MS);
        bench_block(bench, 0);
        if (replaced)
            bench_replace(bench, record);
        for (unsigned i = 0; i < 11; i++) {
            order[replaced][i] = bench->running[0]->entity.id;
            bench_block(bench, 0);
        }
        if (replaced)
            EXPECT(t, memcmp(order[0], order[1], sizeof(order[0])) == 0);
        bench_free(bench);
    }
}

HELIX_TEST(schedulers, keep_the_order_when_replaced_by_their_own_kind)
{
    for_each_scheduler(t, keep_order);
}
