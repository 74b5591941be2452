/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <pthread.h>
#include <string.h>

#include <helix/gate/gate.h>
#include <helix/hal/time.h>
#include <helix/lib/atomic.h>
#include <helix/lib/test.h>

struct adder_ops {
    struct helix_ops_header header;
    int (*add)(void *self, int n);
};

static int adder_add(void *self, int n)
{
    int *total = self;
    return *total += n;
}

static int adder_crash(void *self, int n)
{
    (void)self;
    struct hal_fault fault = {.kind = HAL_FAULT_PAGE, .code = (u64)n};
    hal_landing_jump(&fault);
}

static const struct adder_ops good = {{"test.adder", 1, sizeof(struct adder_ops)}, adder_add};
static const struct adder_ops bad = {{"test.adder", 1, sizeof(struct adder_ops)}, adder_crash};

static unsigned failed_calls;
static u64 failed_code;

static void note_failed(struct gate_binding *binding, const struct hal_landing *landing)
{
    (void)binding;
    failed_calls++;
    failed_code = landing->fault.code;
}

HELIX_TEST(gate, refuses_calls_while_nobody_is_bound)
{
    static struct gate_binding b = {.interface = "test.unbound", .kind = GATE_STOP};
    int result = 0;
    EXPECT(t, GATE_STOP_CALL(&b, struct adder_ops, result = ops->add(self, 1)) == HELIX_E_NODEV);
    EXPECT(t, result == 0 && gate_enter(&b) == HELIX_E_NODEV);
    EXPECT(t, gate_idle(&b));
}

HELIX_TEST(gate, calls_the_bound_module_with_its_state)
{
    static struct gate_binding b = {.interface = "test.adder", .kind = GATE_STOP};
    int total = 40;
    int result = 0;
    gate_bind(&b, &good.header, &total, NULL, 0);
    EXPECT(t, GATE_STOP_CALL(&b, struct adder_ops, result = ops->add(self, 2)) == HELIX_OK);
    EXPECT(t, result == 42 && total == 42);
    EXPECT(t, b.generation == 1);
    EXPECT(t, hal_current()->landing == NULL);
}

HELIX_TEST(gate, turns_a_crash_into_an_error_and_fails_the_binding)
{
    static struct gate_binding b = {.interface = "test.crash", .kind = GATE_STOP};
    static const struct gate_hooks hooks = {.failed = note_failed};
    int total = 0;
    int result = 7;
    gate_set_hooks(&hooks);
    gate_bind(&b, &bad.header, &total, NULL, 0);
    hal_current()->preempt = 3;
    hal_irq_disable();
    EXPECT(t, GATE_STOP_CALL(&b, struct adder_ops, result = ops->add(self, 5)) ==
                  HELIX_E_MODULE_FAULT);
    EXPECT(t, failed_calls == 1 && failed_code == 5);
    EXPECT(t, result == 7 && hal_current()->preempt == 3 && !hal_irq_enabled());
    EXPECT(t, hal_current()->landing == NULL);
    EXPECT(t, GATE_STOP_CALL(&b, struct adder_ops, result = ops->add(self, 5)) == HELIX_E_AGAIN);
    EXPECT(t, failed_calls == 1 && b.statistics.faults == 1);
    hal_current()->preempt = 0;
    hal_irq_enable();

    EXPECT(t, gate_close(&b, 0) == HELIX_OK);
    gate_commit(&b, &good.header, &total, NULL, 1);
    gate_open(&b);
    EXPECT(t, GATE_STOP_CALL(&b, struct adder_ops, result = ops->add(self, 9)) == HELIX_OK);
    EXPECT(t, result == 9 && b.generation == 2 && b.slot == 1);
}

HELIX_TEST(gate, leaves_a_sleeping_gate_on_a_crash)
{
    static struct gate_binding b = {.interface = "test.sleep_crash", .kind = GATE_SLEEPING};
    int result = 0;
    gate_bind(&b, &bad.header, &result, NULL, 0);
    EXPECT(t, GATE_SLEEP_CALL(&b, struct adder_ops, result = ops->add(self, 5)) ==
                  HELIX_E_MODULE_FAULT);
    EXPECT(t, gate_idle(&b));
}

HELIX_TEST(gate, finds_bindings_by_interface_and_instance)
{
    static struct gate_binding root = {.interface = "test.fs", .instance = "root"};
    static struct gate_binding temp = {.interface = "test.fs", .instance = "tmp"};
    gate_register(&root);
    gate_register(&temp);
    EXPECT(t, gate_find("test.fs", "tmp") == &temp);
    EXPECT(t, gate_find("test.fs", "root") == &root);
    EXPECT(t, gate_find("test.fs", "") == NULL);
    EXPECT(t, gate_unregister(&root) == HELIX_OK);
    EXPECT(t, gate_find("test.fs", "root") == NULL);
    EXPECT(t, gate_find("test.fs", "tmp") == &temp);
    EXPECT(t, gate_unregister(&temp) == HELIX_OK);
}

HELIX_TEST(gate, does_not_close_over_a_caller_and_says_busy_at_the_deadline)
{
    static struct gate_binding b = {.interface = "test.busy", .kind = GATE_SLEEPING};
    int total = 0;
    gate_bind(&b, &good.header, &total, NULL, 0);
    REQUIRE(t, gate_enter(&b) == HELIX_OK);
    EXPECT(t, gate_unregister(&b) == HELIX_E_BUSY);
    EXPECT(t, gate_close(&b, hal_clock_now() + NANOS_PER_MS) == HELIX_E_BUSY);
    EXPECT(t, b.state == GATE_OPEN);
    gate_leave(&b);
    EXPECT(t, gate_close(&b, hal_clock_now() + NANOS_PER_MS) == HELIX_OK);
    EXPECT(t, gate_close(&b, 0) == HELIX_E_BUSY);
    gate_open(&b);
}

static helix_status wait_open_spinning(struct gate_binding *binding)
{
    while (atomic_load_acquire(&binding->state) != GATE_OPEN)
        hal_cpu_relax();
    return HELIX_OK;
}

struct storm {
    struct gate_binding binding;
    u32 inside;
    bool stop;
    u64 calls[4];
};

struct storm_caller {
    struct storm *storm;
    unsigned cpu;
};

static void *storm_run(void *argument)
{
    struct storm_caller *caller = argument;
    struct storm *storm = caller->storm;
    hal_host_cpu = caller->cpu;
    while (!atomic_load_relaxed(&storm->stop)) {
        if (gate_enter(&storm->binding) != HELIX_OK)
            continue;
        atomic_fetch_add_acq_rel(&storm->inside, 1u);
        hal_cpu_relax();
        storm->calls[caller->cpu]++;
        atomic_fetch_sub_release(&storm->inside, 1u);
        gate_leave(&storm->binding);
    }
    return NULL;
}

HELIX_TEST(gate, never_changes_a_binding_under_a_caller)
{
    static struct storm storm = {.binding = {.interface = "test.storm", .kind = GATE_SLEEPING}};
    static const struct gate_hooks hooks = {.wait_open = wait_open_spinning};
    pthread_t threads[4];
    struct storm_caller callers[4];
    int total = 0;
    gate_set_hooks(&hooks);
    gate_bind(&storm.binding, &good.header, &total, NULL, 0);
    for (unsigned i = 0; i < 4; i++) {
        callers[i] = (struct storm_caller){&storm, i};
        REQUIRE(t, pthread_create(&threads[i], NULL, storm_run, &callers[i]) == 0);
    }
    unsigned closed = 0;
    for (unsigned i = 0; i < 2000; i++) {
        if (gate_close(&storm.binding, hal_clock_now() + NANOS_PER_SECOND) != HELIX_OK)
            continue;
        closed++;
        EXPECT(t, atomic_load_acquire(&storm.inside) == 0);
        gate_commit(&storm.binding, &good.header, &total, NULL, i & 1);
        gate_open(&storm.binding);
    }
    atomic_store_relaxed(&storm.stop, true);
    for (unsigned i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    EXPECT(t, closed > 0);
    EXPECT(t, gate_idle(&storm.binding));
}

HELIX_TEST(gate, keeps_the_percentiles_of_pauses)
{
    static struct gate_binding b = {.interface = "test.pauses", .kind = GATE_STOP};
    struct gate_pauses p;
    gate_pauses(&b, &p);
    EXPECT(t, p.p50 == 0 && p.p99 == 0 && p.max == 0 && p.instructions_p99 == 0);
    for (u32 i = 1; i <= 100; i++)
        gate_record_pause(&b, i * 10, i);
    gate_pauses(&b, &p);
    EXPECT(t, p.p50 == 500 && p.p99 == 990 && p.max == 1000 && p.instructions_p99 == 99);
    for (u32 i = 0; i < GATE_PAUSE_SAMPLES; i++)
        gate_record_pause(&b, 7, 1);
    gate_record_pause(&b, UINT64_MAX / 2, 1);
    gate_pauses(&b, &p);
    EXPECT(t, p.p50 == 7 && p.p99 == 7 && b.statistics.swaps == 100 + GATE_PAUSE_SAMPLES + 1);
}
