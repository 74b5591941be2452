/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The last resort when a program needs a page and there is none: one process ends, and its memory
 * serves the others.
 *
 * The victim is the process with the most resident pages, shifted by its oom_adjust; init and what
 * is at -1000 never are. One victim at a time: whoever comes while one is ending waits for it a
 * while, and only picks another when it does not end.
 */
#include "task/oom.h"

#include <helix/execution/wait.h>
#include <helix/hal/time.h>
#include <helix/lib/log.h>
#include <helix/memory/frame.h>
#include <helix/memory/space.h>

#include "signal/signals.h"
#include "task/tasks.h"

#define PATIENCE (2 * NANOS_PER_SECOND)
#define STEP     (2 * NANOS_PER_MS)

// With so many free frames an allocation that failed did not fail for want of memory.
#define FRAMES_ENOUGH 1024u

static u32 choosing; // somebody is at it; atomic

static u64 resident_pages(struct process *process)
{
    struct vm_usage usage;
    struct vm_space *space = process_space_get(process);
    if (!space)
        return 0;
    vm_space_usage(space, &usage);
    vm_space_put(space);
    return usage.resident_pages + usage.table_pages;
}

/* Pages that count, 0: never. */
static u64 weight(struct process *process, u64 resident, u64 total)
{
    const i64 adjust = READ_ONCE(process->oom_adjust);
    if (process == process_init || adjust == -OOM_ADJUST_LIMIT || resident == 0)
        return 0;
    const i64 shifted = (i64)resident + adjust * (i64)(total / OOM_ADJUST_LIMIT);
    return shifted > 0 ? (u64)shifted : 1;
}

static u64 total_frames(void)
{
    struct memory_counts counts;
    memory_counts(&counts);
    return max(counts.total, (u64)OOM_ADJUST_LIMIT);
}

u32 oom_score(struct process *process)
{
    const u64 total = total_frames();
    return (u32)(weight(process, resident_pages(process), total) * OOM_ADJUST_LIMIT / total);
}

struct victim {
    struct process *process; // reference; NULL: nobody
    u64 weight, resident;
};

/* Processes may come and go meanwhile: each is found anew by the number after the last one. */
static void pick_victim(struct victim *best, bool skip_ending)
{
    const u64 total = total_frames();
    *best = (struct victim){0};
    for (u32 pid = process_next_pid(0); pid != 0; pid = process_next_pid(pid)) {
        struct process *process = process_find(pid);
        if (!process)
            continue;
        const bool skip = skip_ending && READ_ONCE(process->exiting);
        const u64 resident = skip ? 0 : resident_pages(process);
        const u64 found = weight(process, resident, total);
        if (found > best->weight) {
            if (best->process)
                process_put(best->process);
            *best = (struct victim){process, found, resident};
        } else {
            process_put(process);
        }
    }
}

static void log_victim(const struct victim *victim)
{
    struct memory_counts counts;
    struct task *task = process_any_task(victim->process);
    memory_counts(&counts);
    log_warn(
        "memory",
        "out of memory: killed process %u (%.16s), %llu kB resident, oom_score_adj %d; %llu of "
        "%llu kB free, %llu kB anonymous",
        victim->process->pid, task ? task->thread->name : "?",
        (unsigned long long)victim->resident * (PAGE_SIZE / 1024), victim->process->oom_adjust,
        (unsigned long long)counts.free * (PAGE_SIZE / 1024),
        (unsigned long long)counts.total * (PAGE_SIZE / 1024),
        (unsigned long long)counts.anon * (PAGE_SIZE / 1024));
    if (task)
        task_put(task);
}

static bool has_given_up_memory(struct process *process)
{
    struct vm_space *space = process_space_get(process);
    if (!space)
        return true;
    vm_space_put(space);
    return false;
}

/* True: its memory is free, or will be as soon as whoever waits lets it go. */
static bool wait_for_end(struct process *victim)
{
    const nanos deadline = hal_clock_now() + PATIENCE;
    while (!has_given_up_memory(victim)) {
        if (hal_clock_now() >= deadline || signal_fatal_pending())
            return false;
        // Timed out is what it shall be.
        helix_ignore(sleep_until(hal_clock_now() + STEP, WAIT_KILLABLE));
    }
    return true;
}

/* False: there is nobody, or it is the running process. */
static bool end_one(bool skip_ending)
{
    struct victim victim;
    pick_victim(&victim, skip_ending);
    if (!victim.process)
        return false;
    if (!READ_ONCE(victim.process->exiting))
        log_victim(&victim);
    helix_ignore(signal_send_process(victim.process, SIGKILL, NULL)); // SIGKILL needs no queue
    const bool self = task_current() && victim.process == process_current();
    const bool ended = !self && wait_for_end(victim.process);
    process_put(victim.process);
    return ended;
}

/* A task that is to end itself does not wait: its fault fails, and it ends at its user boundary. */
static bool is_ending(void)
{
    return task_current() && (READ_ONCE(process_current()->exiting) || signal_fatal_pending());
}

/* A failure that was made on purpose, or memory that came back meanwhile. */
static bool has_room(void)
{
    struct memory_counts counts;
    memory_counts(&counts);
    return counts.free >= FRAMES_ENOUGH;
}

static bool make_room(void)
{
    u32 nobody = 0;
    if (is_ending())
        return false;
    if (has_room())
        return true;
    if (!atomic_cas_acquire(&choosing, &nobody, 1u)) {
        helix_ignore(sleep_until(hal_clock_now() + STEP, WAIT_KILLABLE)); // timed out, as it shall
        return !is_ending();
    }
    const bool room = frame_reclaim(1) > 0 || end_one(false) || (!is_ending() && end_one(true));
    atomic_store_release(&choosing, 0u);
    return room;
}

void oom_start(void)
{
    frame_set_oom_handler(make_room);
}
