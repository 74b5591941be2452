/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Evening out the CPUs. A CPU that runs out of work fetches some; a CPU whose slices end (so it has
 * threads waiting) hands one over when another has at least two fewer. Which thread goes is the
 * scheduler's choice (steal); the counts are the kernel's.
 */
#include <helix/execution/stop.h>
#include <helix/hal/time.h>
#include <helix/profile.h>

#include "cpu.h"

enum {
    BALANCE_PERIOD_MS = 20,
};

static u32 load_of(const struct cpu *cpu)
{
    return READ_ONCE(cpu->ready) + (READ_ONCE(cpu->current) != cpu->idle);
}

/* Take one waiting thread out of @from for @to. It is MOVING then, and `moving` is counted. NULL:
 * none. */
static struct thread *take_one(struct cpu *from, const struct cpu *to, struct cpu *here)
{
    struct sched_entity *entity = NULL;
    struct thread *thread = NULL;
    cpu_lock(from);
    // A replacement may have put deferred threads into the order already: say so before one comes
    // back.
    if (unlikely(!list_is_empty(&from->deferred)))
        cpu_drain(from, hal_clock_now());
    if (from->ready > 0) {
        helix_status st = GATE_STOP_CALL(&scheduler_gate, struct scheduler_ops, ({
            entity = ops->steal(self, from->id, to->id);
            if (entity != NULL && !entity_is_waiting(from, entity))
                hal_landing_jump(&wrong_answer);
        }));
        if (st == HELIX_OK && entity != NULL) {
            thread = thread_of(entity);
            thread->own.queue_state = QUEUE_MOVING;
            from->ready--;
            here->moving++;
        }
    }
    cpu_unlock(from);
    return thread;
}

static void put_one(struct cpu *to, struct thread *thread, struct cpu *here)
{
    cpu_lock(to);
    bool fits = thread_may_run(thread, to->id);
    if (fits)
        cpu_enqueue(to, thread, SCHED_ENQUEUE_MIGRATE);
    cpu_unlock(to);
    if (!fits)
        thread_place(thread, SCHED_ENQUEUE_MIGRATE);
    here->moving--;
}

static struct cpu *busiest(const struct cpu *but)
{
    struct cpu *found = NULL;
    u32 most = 0;
    for (cpu_mask left = cpus_running; left != 0; left &= left - 1) {
        struct cpu *cpu = &cpus[__builtin_ctzll(left)];
        u32 ready = READ_ONCE(cpu->ready);
        if (cpu != but && ready > most) {
            most = ready;
            found = cpu;
        }
    }
    return found;
}

static struct cpu *laziest(const struct cpu *but)
{
    struct cpu *found = NULL;
    u32 least = UINT32_MAX;
    for (cpu_mask left = cpus_running; left != 0; left &= left - 1) {
        struct cpu *cpu = &cpus[__builtin_ctzll(left)];
        u32 load = load_of(cpu);
        if (cpu != but && load < least) {
            least = load;
            found = cpu;
        }
    }
    return found;
}

/* Interrupts off. True: there is something to run now. */
bool balance_steal(struct cpu *to)
{
    if (!HELIX_SCHEDULER_LOAD_BALANCING || (cpus_running & (cpus_running - 1)) == 0)
        return false;
    struct cpu *from = busiest(to);
    if (from == NULL)
        return false;
    struct thread *thread = take_one(from, to, to);
    if (thread == NULL)
        return false;
    put_one(to, thread, to);
    return READ_ONCE(to->ready) != 0;
}

/* From the slice timer of a busy CPU, interrupts off. */
void balance_push(struct cpu *from, nanos now)
{
    if (!HELIX_SCHEDULER_LOAD_BALANCING || (cpus_running & (cpus_running - 1)) == 0 ||
        now < from->balanced)
        return;
    from->balanced = now + BALANCE_PERIOD_MS * NANOS_PER_MS;
    struct cpu *to = laziest(from);
    if (to == NULL || load_of(to) + 2 > load_of(from))
        return;
    struct thread *thread = take_one(from, to, from);
    if (thread != NULL)
        put_one(to, thread, from);
}
