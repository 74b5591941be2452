/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "crew.h"
#include "cpu.h"

#include <helix/hal/time.h>
#include <helix/lib/log.h>
#include <helix/memory/heap.h>

struct member {
    struct crew *crew;
    struct thread *thread;
    void (*run)(void *argument);
    void *argument;
    struct list link;
};

static u64 free_frames(void)
{
    struct memory_counts counts;
    execution_trim();
    memory_counts(&counts);
    return counts.free;
}

void crew_begin(struct crew *crew, struct helix_test_run *t)
{
    *crew = (struct crew){.t = t, .free_before = free_frames()};
    wait_queue_init(&crew->done);
    list_init(&crew->members);
}

static void member_main(void *argument)
{
    struct member *member = argument;
    struct crew *crew = member->crew;
    member->run(member->argument);
    atomic_fetch_sub_release(&crew->running, 1u);
    (void)wait_wake_all(&crew->done);
    thread_exit();
}

struct thread *crew_add_on(struct crew *crew, void (*run)(void *argument), void *argument,
                           cpu_mask affinity)
{
    struct member *member = kzalloc(sizeof(*member));
    helix_assert(member != NULL);
    *member = (struct member){.crew = crew, .run = run, .argument = argument};
    const struct thread_args args = {
        .name = "crew",
        .entry = member_main,
        .argument = member,
        .affinity = affinity,
        .flags = THREAD_FLAG_KERNEL,
    };
    helix_status st = thread_create(&args, &member->thread);
    helix_assert(st == HELIX_OK);
    atomic_fetch_add_relaxed(&crew->running, 1u);
    list_push_back(&crew->members, &member->link);
    thread_start(member->thread);
    return member->thread;
}

struct thread *crew_add(struct crew *crew, void (*run)(void *argument), void *argument)
{
    return crew_add_on(crew, run, argument, 0);
}

/* The thread's own reference goes when it has left its CPU. */
static void wait_gone(const struct thread *thread)
{
    while (ref_count(&thread->references) > 1)
        helix_ignore(sleep_until(hal_clock_now() + NANOS_PER_MS / 10, WAIT_UNINTERRUPTIBLE));
}

bool test_reaches(const u32 *count, u32 least)
{
    nanos deadline = hal_clock_now() + TEST_PATIENCE;
    while (atomic_load_acquire(count) < least) {
        if (hal_clock_now() > deadline)
            return false;
        helix_ignore(sleep_until(hal_clock_now() + NANOS_PER_MS, WAIT_UNINTERRUPTIBLE));
    }
    return true;
}

/* Who is late, and why. */
static void report(struct crew *crew)
{
    list_for_each(struct member, m, &crew->members, link) {
        const struct thread *thread = m->thread;
        if (thread->state == THREAD_DEAD)
            continue;
        log_warn("test", "thread %llu state %u queue %u cpu %u current %d: %s, ran %llu us",
                 (unsigned long long)thread->id, thread->state, thread->own.queue_state,
                 thread->sched.cpu, cpus[thread->sched.cpu].current == thread,
                 thread->waiting_for != NULL ? thread->waiting_for : "-",
                 (unsigned long long)(thread->sched.run_time / NANOS_PER_US));
    }
    for (cpu_mask left = execution_cpus(); left != 0; left &= left - 1) {
        const struct cpu *cpu = &cpus[__builtin_ctzll(left)];
        log_warn("test", "CPU %u runs %s, ready %u, slice ends in %lld us, armed in %lld us",
                 cpu->id, cpu->current->name, cpu->ready,
                 (long long)(cpu->slice_end - hal_clock_now()) / 1000,
                 (long long)(cpu->armed - hal_clock_now()) / 1000);
    }
}

void crew_finish(struct crew *crew)
{
    struct list *link;
    helix_status st = WAIT_FOR(&crew->done, atomic_load_acquire(&crew->running) == 0,
                               hal_clock_now() + TEST_PATIENCE, WAIT_UNINTERRUPTIBLE, "crew");
    EXPECT(crew->t, st == HELIX_OK);
    if (st != HELIX_OK)
        report(crew);
    helix_assert(st == HELIX_OK); // its memory is on this stack
    while ((link = list_pop_front(&crew->members)) != NULL) {
        struct member *member = list_entry(link, struct member, link);
        wait_gone(member->thread);
        thread_put(member->thread);
        kfree(member);
    }
}

i64 crew_frames_lost(const struct crew *crew)
{
    return (i64)(crew->free_before - free_frames());
}

/* Each object that a CPU's magazine keeps may hold a frame; a leak of stacks would be far more. */
void crew_end(struct crew *crew)
{
    crew_finish(crew);
    EXPECT(crew->t, crew_frames_lost(crew) < 128 * __builtin_popcountll(execution_cpus()));
}
