/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Who runs.
 *
 * A thread's state, and where it is queued, change only under the run-queue lock of the CPU that
 * its sched.cpu names, and that lock is held from the decision to switch until the next thread is
 * on the CPU. So whoever holds it finds a thread either running or completely switched out, never
 * in between, and a wake-up needs no second look at a half-blocked thread.
 *
 * No run-queue lock is taken while another is held. A thread that changes CPUs is MOVING in
 * between: READY, in no order, owned by the code that moves it, which keeps interrupts off and
 * answers no stop, so that a rendezvous never meets such a thread.
 *
 * The scheduler module keeps an order and nothing else. When it crashes, what it held is found
 * again from the states: gate_recover() puts another provider in its place, which gets every READY
 * thread (transfer.c), and the decision is made anew.
 */
#include <helix/execution/entry.h>
#include <helix/execution/stop.h>
#include <helix/execution/wait.h>
#include <helix/hal/time.h>
#include <helix/lib/assert.h>
#include <helix/profile.h>

#include "cpu.h"

struct cpu cpus[HELIX_MAX_CPUS];
cpu_mask cpus_running;

void cpu_init(struct cpu *cpu, unsigned id, struct thread *idle)
{
    spinlock_init(&cpu->lock, LOCK_RANK_RUN_QUEUE);
    spinlock_init(&cpu->timer_lock, LOCK_RANK_TIMER);
    rb_init(&cpu->timers, NULL);
    list_init(&cpu->deferred);
    cpu->id = id;
    cpu->idle = idle;
    cpu->current = idle;
    cpu->slice_end = NANOS_NEVER;
    cpu->armed = NANOS_NEVER;
    cpu->accounted = hal_clock_now();
    cpu->quiesced = atomic_load_relaxed(&quiesce_goal);
    idle->sched.cpu = id;
    idle->state = THREAD_RUNNING;
}

/* ---- Locks
 * -----------------------------------------------------------------------------------------------------
 */

void cpu_lock(struct cpu *cpu) HELIX_NO_THREAD_SAFETY
{
    this_cpu()->locked++;
    spin_lock(&cpu->lock);
}

static void post_run(struct cpu *here)
{
    u32 post = here->post;
    here->post = 0;
    if (post & POST_WORKER)
        work_wake();
    if (post & POST_QUIESCE)
        quiesce_notice();
}

void cpu_unlock(struct cpu *cpu) HELIX_NO_THREAD_SAFETY
{
    spin_unlock(&cpu->lock);
    struct cpu *here = this_cpu();
    here->locked--;
    if (unlikely(here->post != 0) && here->locked == 0)
        post_run(here);
}

struct cpu *thread_lock(struct thread *thread)
{
    for (;;) {
        struct cpu *cpu = &cpus[READ_ONCE(thread->sched.cpu)];
        cpu_lock(cpu);
        if (likely(&cpus[thread->sched.cpu] == cpu))
            return cpu;
        cpu_unlock(cpu);
    }
}

/* ---- Asking for a decision
 * ----------------------------------------------------------------------------------------- */

void cpu_reschedule(struct cpu *cpu)
{
    atomic_fetch_or_release(&cpu->current->hal.work, (unsigned)HAL_WORK_RESCHEDULE);
    if (cpu->id != hal_cpu_id())
        hal_ipi_send(CPU_MASK_OF(cpu->id), HAL_IPI_RESCHEDULE);
}

void cpu_reschedule_all(void)
{
    struct irq_key key = hal_irq_save();
    for (cpu_mask left = cpus_running; left != 0; left &= left - 1) {
        struct cpu *cpu = &cpus[__builtin_ctzll(left)];
        cpu_lock(cpu);
        cpu_reschedule(cpu);
        cpu_unlock(cpu);
    }
    hal_irq_restore(key);
}

/* The hardware timer is only ever moved forward: when it fires for a deadline that was cancelled,
 * the next one is set then. */
void cpu_program_timer(struct cpu *cpu)
{
    nanos next = cpu->slice_end;
    const struct timer *first = READ_ONCE(cpu->first);
    if (first != NULL)
        next = min(next, READ_ONCE(first->deadline));
    if (next < cpu->armed) {
        cpu->armed = next;
        hal_timer_arm(next);
    }
}

/* ---- Accounting
 * ----------------------------------------------------------------------------------------------------
 */

static nanos nanos_of_cycles(u64 cycles)
{
    const u64 rate = hal_cycles_per_second();
    // Whole seconds apart, so that the product fits.
    return rate == NANOS_PER_SECOND
               ? cycles
               : cycles / rate * NANOS_PER_SECOND + cycles % rate * NANOS_PER_SECOND / rate;
}

/* Nanoseconds of @delta that the running thread spent in user mode. */
static nanos user_share(struct thread *thread, nanos delta)
{
    u64 cycles = thread->own.user_cycles;
    u64 mark = thread->own.user_mark;
    if (mark != 0) {
        u64 now = hal_cycles();
        cycles += now - mark;
        thread->own.user_mark = now;
    }
    if (cycles == 0)
        return 0;
    thread->own.user_cycles = 0;
    return min(nanos_of_cycles(cycles), delta);
}

nanos thread_user_time(const struct thread *thread)
{
    const u64 mark = READ_ONCE(thread->own.user_mark), now = hal_cycles();
    u64 cycles = READ_ONCE(thread->own.user_cycles);
    if (mark != 0 && now > mark && READ_ONCE(thread->state) == THREAD_RUNNING)
        cycles += now - mark;
    return READ_ONCE(thread->user_time) + nanos_of_cycles(cycles);
}

/* Charge the time since the last call to the running thread. */
void cpu_charge(struct cpu *cpu, nanos now)
{
    nanos delta = now - cpu->accounted;
    struct thread *thread = cpu->current;
    cpu->accounted = now;
    if (thread == cpu->idle) {
        cpu->idle_time += delta;
        return;
    }
    thread->sched.run_time += delta;
    thread->sched.slice_run += delta;
    nanos user = user_share(thread, delta);
    thread->user_time += user;
    thread->kernel_time += delta - user;
    cpu->user_time += user;
    cpu->kernel_time += delta - user;
}

/* ---- Enqueueing
 * ----------------------------------------------------------------------------------------------------
 */

struct enqueued {
    bool preempts;
    nanos slice; // what the running thread has left now that somebody waits; valid when it is not
                 // preempted
};

static helix_status enqueue_guarded(struct cpu *cpu, struct thread *thread, enum sched_enqueue why,
                                    nanos now, struct enqueued *done)
{
    struct sched_entity *running = cpu->current == cpu->idle ? NULL : &cpu->current->sched;
    bool want_slice = running != NULL && cpu->slice_end == NANOS_NEVER;
    return GATE_STOP_CALL(&scheduler_gate, struct scheduler_ops, ({
        ops->enqueue(self, cpu->id, &thread->sched, why, now);
        done->preempts =
            running == NULL || (HELIX_SCHEDULER_PREEMPTION &&
                                ops->preempts(self, cpu->id, running, &thread->sched, now));
        if (want_slice && !done->preempts)
            done->slice = ops->slice(self, cpu->id, running, now);
    }));
}

/* Give READY @thread to @cpu's order; the lock of @cpu is held. False: it is deferred. */
bool cpu_enqueue(struct cpu *cpu, struct thread *thread, enum sched_enqueue why)
{
    struct enqueued done = {.slice = NANOS_NEVER};
    nanos now = hal_clock_now();
    thread->sched.cpu = cpu->id;
    thread->sched.wake_time = now;
    cpu->ready++;
    if (unlikely(enqueue_guarded(cpu, thread, why, now, &done) != HELIX_OK)) {
        thread->own.queue_state = QUEUE_DEFERRED;
        thread->own.carried = 0; // by nobody yet, whatever a former replacement did
        list_push_back(&cpu->deferred, &thread->queue_link);
        cpu_reschedule(cpu);
        return false;
    }
    thread->own.queue_state = QUEUE_MODULE;
    if (done.preempts) {
        cpu_reschedule(cpu);
    } else if (cpu->slice_end == NANOS_NEVER && done.slice != NANOS_NEVER) {
        // From now on the running thread's slice counts. Only its own CPU can set its timer.
        if (cpu == this_cpu()) {
            cpu->slice_end = now + done.slice;
            cpu_program_timer(cpu);
        } else {
            cpu_reschedule(cpu);
        }
    }
    return true;
}

/* Give what was deferred to the scheduler in charge, unless it took it over in the transfer
 * already. */
void cpu_drain(struct cpu *cpu, nanos now)
{
    while (!list_is_empty(&cpu->deferred)) {
        struct thread *thread = list_first(&cpu->deferred, struct thread, queue_link);
        if (thread->own.carried != scheduler_gate.generation) {
            helix_status st = GATE_STOP_CALL(
                &scheduler_gate, struct scheduler_ops,
                ops->enqueue(self, cpu->id, &thread->sched, SCHED_ENQUEUE_WAKE, now));
            if (st != HELIX_OK)
                return;
        }
        list_remove(&thread->queue_link);
        thread->own.queue_state = QUEUE_MODULE;
    }
}

/* A CPU for READY @thread; @here the running one. */
static struct cpu *choose_cpu(const struct thread *thread, const struct cpu *here)
{
    cpu_mask allowed = thread->sched.affinity & cpus_running;
    if (allowed == 0)
        allowed = cpus_running;
    if ((allowed & (allowed - 1)) != 0) {
        u32 chosen = 0;
        helix_status st =
            GATE_STOP_CALL(&scheduler_gate, struct scheduler_ops,
                           chosen = ops->select_cpu(self, &thread->sched, allowed, here->id));
        if (st == HELIX_OK && chosen < HELIX_MAX_CPUS && (allowed & CPU_MASK_OF(chosen)))
            return &cpus[chosen];
    }
    return &cpus[__builtin_ctzll(allowed)];
}

/* Queue MOVING @thread where it belongs. Interrupts off, no run-queue lock held; the caller has
 * counted `moving`. */
void thread_place(struct thread *thread, enum sched_enqueue why)
{
    struct cpu *here = this_cpu();
    for (;;) {
        struct cpu *cpu = choose_cpu(thread, here);
        cpu_lock(cpu);
        if (likely(thread_may_run(thread, cpu->id))) {
            cpu_enqueue(cpu, thread, why);
            cpu_unlock(cpu);
            return;
        }
        cpu_unlock(cpu); // its affinity changed meanwhile
    }
}

/* ---- Waking
 * --------------------------------------------------------------------------------------------------------
 */

/* Make @thread, which sleeps and whose CPU's lock is held, runnable. Releases the lock. */
static void wake_locked(struct cpu *cpu, struct thread *thread, enum sched_enqueue why)
{
    if (unlikely(cpu->current == thread)) {
        // It is on its way out but nothing was decided yet: it simply stays.
        atomic_store_relaxed(&thread->state, (u32)THREAD_RUNNING);
        cpu_unlock(cpu);
        return;
    }
    atomic_store_relaxed(&thread->state, (u32)THREAD_READY);
    if (cpus_running == CPU_MASK_OF(cpu->id)) {
        cpu_enqueue(cpu, thread, why);
        cpu_unlock(cpu);
        return;
    }
    struct cpu *here = this_cpu();
    thread->own.queue_state = QUEUE_MOVING;
    here->moving++;
    cpu_unlock(cpu);
    thread_place(thread, why);
    here->moving--;
}

bool thread_wake(struct thread *thread, u32 event)
{
    struct irq_key key = hal_irq_save();
    atomic_fetch_or_release(&thread->own.wake, event);
    struct cpu *cpu = thread_lock(thread);
    bool slept = is_asleep(thread->state);
    if (slept)
        wake_locked(cpu, thread, SCHED_ENQUEUE_WAKE);
    else
        cpu_unlock(cpu);
    hal_irq_restore(key);
    return slept;
}

void thread_start(struct thread *thread)
{
    thread_get(thread); // for running
    struct irq_key key = hal_irq_save();
    thread->started = hal_clock_now();
    struct cpu *cpu = thread_lock(thread);
    helix_assert(thread->state == THREAD_CREATING);
    wake_locked(cpu, thread, SCHED_ENQUEUE_NEW);
    hal_irq_restore(key);
}

/* ---- Switching
 * -----------------------------------------------------------------------------------------------------
 */

struct decision {
    struct sched_entity *entity;
    nanos slice;
};

/* Is @entity one that the module may answer with? Called inside the guard, for it may be any
 * address. */
static bool answer_is_valid(struct cpu *cpu, struct sched_entity *entity, struct sched_entity *prev)
{
    if (entity == NULL)
        return cpu->ready == 0 && prev == NULL;
    if (entity == prev)
        return true;
    return entity_is_waiting(cpu, entity);
}

const struct hal_fault wrong_answer = {.kind = HAL_FAULT_GENERAL};

/* @stays: the running thread, when it remains runnable here. */
static helix_status decide_guarded(struct cpu *cpu, struct sched_entity *prev,
                                   struct sched_entity *stays, enum sched_put why, nanos now,
                                   struct decision *made)
{
    return GATE_STOP_CALL(&scheduler_gate, struct scheduler_ops, ({
        if (prev != NULL)
            ops->put_prev(self, cpu->id, prev, why, now);
        made->entity = ops->pick_next(self, cpu->id, now);
        if (unlikely(!answer_is_valid(cpu, made->entity, stays)))
            hal_landing_jump(&wrong_answer);
        made->slice =
            made->entity == NULL ? NANOS_NEVER : ops->slice(self, cpu->id, made->entity, now);
    }));
}

/* After a switch, on the new thread's stack: let go of the lock, and deal with a thread that does
 * not come back here. */
static void switch_finish(struct thread *last) HELIX_NO_THREAD_SAFETY
{
    struct cpu *cpu = this_cpu();
    bool moving = last->own.queue_state == QUEUE_MOVING;
    bool dead = last->state == THREAD_DEAD;
    if (unlikely(moving))
        cpu->moving++;
    cpu_unlock(cpu);
    if (unlikely(moving)) {
        thread_place(last, SCHED_ENQUEUE_MIGRATE);
        cpu->moving--;
    }
    if (unlikely(dead))
        thread_bury(last);
}

void execution_thread_started(void)
{
    // The thread that was here before is the only thing a new thread cannot know by itself.
    switch_finish(this_cpu()->previous);
}

static void switch_to(struct cpu *cpu, struct thread *prev, struct thread *next)
{
    cpu->current = next;
    cpu->previous = prev;
    cpu->switches++;
    if (next != cpu->idle) {
        next->sched.slice_run = 0;
        next->own.queue_state = QUEUE_NONE;
        atomic_store_relaxed(&next->state, (u32)THREAD_RUNNING);
        cpu->ready--;
    }
    if (unlikely(prev->switch_work != 0))
        atomic_fetch_or_relaxed(&prev->hal.work, prev->switch_work);
    // A user thread that was interrupted in user mode goes on counting from here.
    if (next->own.user_mark != 0)
        next->own.user_mark = hal_cycles();
    switch_finish(thread_of_hal(hal_thread_switch(&prev->hal, &next->hal)));
}

/* What becomes of the running thread: stays in the order, leaves this CPU, or sleeps. */
static enum sched_put prev_fate(struct cpu *cpu, struct thread *prev, enum sched_put why,
                                bool *leaves_out)
{
    *leaves_out = false;
    if (prev->state != THREAD_RUNNING)
        return SCHED_PUT_BLOCKED;
    if (likely(thread_may_run(prev, cpu->id)))
        return why == SCHED_PUT_BLOCKED ? SCHED_PUT_PREEMPTED : why;
    *leaves_out = true;
    return SCHED_PUT_BLOCKED;
}

static void prev_settle(struct cpu *cpu, struct thread *prev, enum sched_put fate, bool leaves)
{
    if (leaves) {
        atomic_store_relaxed(&prev->state, (u32)THREAD_READY);
        prev->own.queue_state = QUEUE_MOVING;
    } else if (fate != SCHED_PUT_BLOCKED) {
        atomic_store_relaxed(&prev->state, (u32)THREAD_READY);
        prev->own.queue_state = QUEUE_MODULE;
        cpu->ready++;
    }
}

/* The gate refused: get a provider, with no lock held. */
static void recover(struct cpu *cpu, helix_status st) HELIX_NO_THREAD_SAFETY
{
    cpu_unlock(cpu);
    if (st == HELIX_E_NODEV)
        helix_panic("a thread must wait but no scheduler is bound");
    preempt_disable();
    st = gate_recover(&scheduler_gate);
    if (st != HELIX_OK)
        helix_panic("no scheduler can take over: %s", helix_status_text(st));
    // Not preempt_enable(): that would come back here.
    hal_current()->preempt--;
    cpu_lock(cpu);
}

/* Give the CPU to whoever is next. Interrupts off, @cpu's lock held; it is free on return. */
static void schedule_locked(struct cpu *cpu, enum sched_put why)
{
    struct thread *prev = cpu->current;
    struct sched_entity *entity = prev == cpu->idle ? NULL : &prev->sched;
    struct decision made;
    enum sched_put fate;
    bool leaves;
    nanos now;

    for (;;) {
        now = hal_clock_now();
        cpu_charge(cpu, now);
        if (unlikely(now >= load_next))
            load_sample(now);
        if (unlikely(!list_is_empty(&cpu->deferred)))
            cpu_drain(cpu, now);
        fate = prev_fate(cpu, prev, why, &leaves);
        struct sched_entity *stays = fate == SCHED_PUT_BLOCKED ? NULL : entity;
        helix_status st = decide_guarded(cpu, entity, stays, fate, now, &made);
        if (likely(st == HELIX_OK))
            break;
        recover(cpu, st);
    }
    cpu->slice_end = made.slice == NANOS_NEVER ? NANOS_NEVER : now + made.slice;
    cpu_program_timer(cpu);
    atomic_fetch_and_relaxed(&prev->hal.work, ~(unsigned)HAL_WORK_RESCHEDULE);
    // What runs from here on sees everything taken out before the goal was set.
    u64 goal = atomic_load_acquire(&quiesce_goal);
    if (unlikely(cpu->quiesced != goal)) {
        atomic_store_release(&cpu->quiesced, goal);
        cpu->post |= POST_QUIESCE;
    }
    struct thread *next = made.entity == NULL ? cpu->idle : thread_of(made.entity);
    if (next == prev) {
        prev->sched.slice_run = 0;
        cpu_unlock(cpu);
        return;
    }
    if (entity != NULL)
        prev_settle(cpu, prev, fate, leaves);
    switch_to(cpu, prev, next);
}

static void schedule(enum sched_put why)
{
    struct irq_key key = hal_irq_save();
    struct cpu *cpu = this_cpu();
    cpu_lock(cpu);
    schedule_locked(cpu, why);
    hal_irq_restore(key);
}

void thread_schedule(void)
{
    helix_debug_assert(hal_current()->preempt == 0);
    schedule(SCHED_PUT_PREEMPTED);
}

void thread_yield(void)
{
    helix_debug_assert(hal_current()->preempt == 0);
    schedule(SCHED_PUT_YIELD);
}

void thread_user_work(void)
{
    if (atomic_load_relaxed(&hal_current()->work) & HAL_WORK_RESCHEDULE)
        schedule(SCHED_PUT_PREEMPTED);
}

void execution_preempt(void)
{
    if (unlikely(scheduler_gate.state == GATE_UNBOUND)) {
        // Boot: there is nobody to ask yet. execution_idle() looks again.
        atomic_fetch_and_relaxed(&hal_current()->work, ~(unsigned)HAL_WORK_RESCHEDULE);
        return;
    }
    thread_current()->switches_forced++;
    schedule(SCHED_PUT_PREEMPTED);
}

/* Sleep in @state unless an event came already. */
void thread_block(enum thread_state state, u32 mode)
{
    struct thread *self = thread_current();
    helix_debug_assert(self->hal.preempt == 0);
    struct irq_key key = hal_irq_save();
    struct cpu *cpu = this_cpu();
    cpu_lock(cpu);
    helix_assert(self != cpu->idle);
    if (atomic_load_acquire(&self->own.wake) != 0) {
        cpu_unlock(cpu);
    } else {
        atomic_store_relaxed(&self->state, (u32)state);
        self->own.wait_mode = (u8)mode;
        self->switches_voluntary++;
        schedule_locked(cpu, SCHED_PUT_BLOCKED);
    }
    hal_irq_restore(key);
}

[[noreturn]] void thread_leave(void)
{
    hal_irq_disable();
    struct cpu *cpu = this_cpu();
    cpu_lock(cpu);
    atomic_store_relaxed(&thread_current()->state, (u32)THREAD_DEAD);
    schedule_locked(cpu, SCHED_PUT_BLOCKED);
    helix_panic("a dead thread was scheduled");
}
