/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* /proc/PID/stat and statm: one line of numbers each, in the order of proc(5). */
#include "proc/proc.h"

#include <helix/memory/space.h>

#include "signal/signals.h"
#include "task/tasks.h"

#define NO_EXEC_YET 0x40u // PF_FORKNOEXEC

static u64 ticks(nanos span)
{
    return span / (NANOS_PER_SECOND / USER_HZ);
}

/* Where the program lies, from its areas. */
struct layout {
    u64 code_start, code_end, data_start, data_end, heap_start;
};

static bool add_area(const struct vm_area_info *area, void *context)
{
    struct layout *layout = context;
    if (area->flags & VM_HEAP) {
        layout->heap_start = area->start.raw;
    } else if ((area->flags & VM_EXEC) && area->object && !layout->code_start) {
        layout->code_start = area->start.raw;
        layout->code_end = area->end.raw;
    } else if ((area->flags & VM_WRITE) && layout->code_start && !layout->data_start) {
        layout->data_start = area->start.raw;
        layout->data_end = area->end.raw;
    }
    return true;
}

struct memory {
    struct vm_usage usage;
    struct layout layout;
};

static void read_memory(const struct proc_subject *subject, struct memory *memory_out)
{
    *memory_out = (struct memory){0};
    struct vm_space *space = process_space_get(subject->process);
    if (!space)
        return;
    vm_space_usage(space, &memory_out->usage);
    if (proc_may_inspect(subject))
        vm_for_each_area(space, vaddr_of(0), add_area, &memory_out->layout);
    vm_space_put(space);
}

/* As top(1) shows it: 0 to 39 for the usual policies, below zero for real-time ones. */
static i64 priority_of(const struct sched_entity *sched)
{
    switch (sched->policy) {
    case SCHED_POLICY_DEADLINE:
        return -101;
    case SCHED_POLICY_FIFO:
    case SCHED_POLICY_RR:
        return -1 - (i64)sched->rt_priority;
    default:
        return 20 + sched->nice;
    }
}

static void write_identity(const struct proc_subject *subject, struct text_writer *writer)
{
    const struct process *process = subject->process;
    struct proc_place place;
    char name[PROC_NAME_BYTES];
    proc_place(subject, &place);
    proc_name(subject, name);
    text_write(writer, "%u (%s) %c %u %u %u %llu %d %u", // 1 to 9
               subject->whole ? process->pid : subject->task->tid, name, proc_state(subject),
               place.parent, place.group, place.session, (unsigned long long)place.terminal,
               place.foreground, process->did_exec ? 0 : NO_EXEC_YET);
}

static void write_times(const struct proc_subject *subject, struct text_writer *writer)
{
    const struct process *process = subject->process;
    struct process_usage usage;
    if (subject->whole)
        process_usage(subject->process, &usage);
    else
        task_usage(subject->task, &usage);
    text_write(
        writer, " %llu %llu %llu %llu %llu %llu %llu %llu", // 10 to 17
        (unsigned long long)usage.minor_faults, (unsigned long long)process->children_minor_faults,
        (unsigned long long)usage.major_faults, (unsigned long long)process->children_major_faults,
        (unsigned long long)ticks(usage.user_time), (unsigned long long)ticks(usage.kernel_time),
        (unsigned long long)ticks(process->children_user_time),
        (unsigned long long)ticks(process->children_kernel_time));
    const struct sched_entity *sched = subject->task ? &subject->task->thread->sched : NULL;
    const nanos started =
        subject->whole || !subject->task ? process->started : subject->task->thread->started;
    text_write(writer, " %lld %d %u 0 %llu", // 18 to 22
               (long long)(sched ? priority_of(sched) : 20), sched ? sched->nice : 0,
               process->task_count, (unsigned long long)ticks(started));
}

static void write_memory(const struct proc_subject *subject, struct text_writer *writer)
{
    const struct process *process = subject->process;
    const bool may = proc_may_inspect(subject);
    struct memory memory;
    read_memory(subject, &memory);
    text_write(writer, " %llu %llu %llu %llu %llu %llu 0 0", // 23 to 30
               (unsigned long long)(memory.usage.mapped_pages * PAGE_SIZE),
               (unsigned long long)memory.usage.resident_pages,
               (unsigned long long)process->limits[LINUX_RLIMIT_RSS].soft,
               (unsigned long long)memory.layout.code_start,
               (unsigned long long)memory.layout.code_end,
               (unsigned long long)(may ? process->arguments_start.raw : 0));
    struct proc_signals signals;
    proc_signals(subject, &signals);
    // Signals here are cut to 31 bits, as ever: programs take them from status.
    const u64 mask = 0x7fffffff;
    text_write(writer, " %llu %llu %llu %llu %u 0 0 %u", // 31 to 38
               (unsigned long long)((signals.pending | signals.shared) & mask),
               (unsigned long long)(signals.blocked & mask),
               (unsigned long long)(signals.ignored & mask),
               (unsigned long long)(signals.caught & mask), proc_state(subject) == 'S' ? 1u : 0u,
               process->exit_signal);
    const struct sched_entity *sched = subject->task ? &subject->task->thread->sched : NULL;
    text_write(writer, " %u %u %u 0 0 0", // 39 to 44
               sched ? sched->cpu : 0, sched ? sched->rt_priority : 0,
               sched ? (unsigned)sched->policy : 0);
    text_write(writer, " %llu %llu %llu", // 45 to 47
               (unsigned long long)memory.layout.data_start,
               (unsigned long long)memory.layout.data_end,
               (unsigned long long)memory.layout.heap_start);
    text_write(writer, " %llu %llu %llu %llu %u\n", // 48 to 52
               (unsigned long long)(may ? process->arguments_start.raw : 0),
               (unsigned long long)(may ? process->arguments_end.raw : 0),
               (unsigned long long)(may ? process->environment_start.raw : 0),
               (unsigned long long)(may ? process->environment_end.raw : 0),
               may ? process->exit_status : 0);
}

helix_status proc_show_stat(const struct proc_subject *subject, struct text_writer *writer)
{
    write_identity(subject, writer);
    write_times(subject, writer);
    write_memory(subject, writer);
    return HELIX_OK;
}

helix_status proc_show_statm(const struct proc_subject *subject, struct text_writer *writer)
{
    struct vm_usage usage = {0};
    struct vm_space *space = process_space_get(subject->process);
    if (space) {
        vm_space_usage(space, &usage);
        vm_space_put(space);
    }
    text_write(writer, "%llu %llu %llu %llu 0 %llu 0\n", (unsigned long long)usage.mapped_pages,
               (unsigned long long)usage.resident_pages, (unsigned long long)usage.shared_pages,
               (unsigned long long)usage.text_pages,
               (unsigned long long)(usage.data_pages + usage.stack_pages));
    return HELIX_OK;
}
