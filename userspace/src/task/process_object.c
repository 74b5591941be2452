/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * A process as a record: who it is, its limits, what its tasks used, the signals that wait for any
 * of them; its address space, handlers and program by their ids. Its tasks are records of their
 * own. A recreated process is in no table and has no tasks; whoever restores a whole set of
 * processes gives it numbers, parents and tasks.
 */
#include "record.h"
#include "signal/signals.h"
#include "task/tasks.h"

#include <helix/lib/string.h>
#include <helix/memory/heap.h>

enum process_record_flag {
    RECORD_DUMPABLE = 1u << 0,
    RECORD_SUBREAPER = 1u << 1,
    RECORD_DID_EXEC = 1u << 2,
    RECORD_STOPPED = 1u << 3,
};

struct process_record {
    u32 pid, parent, pgid, sid;
    u32 uid, euid, suid, gid;
    u32 flags, exit_signal, personality, stop_signal;
    i32 oom_adjust;
    u32 pending; // signals that follow
    u32 core_filter, pad;
    u64 space, signals, program; // object ids, 0: none
    u64 arguments_start, arguments_end, environment_start, environment_end, auxv_start, auxv_end;
    u64 signal_return;
    u64 user_time, kernel_time, children_user_time, children_kernel_time;
    struct resource_limit limits[RLIMIT_COUNT];
};

static struct process *process_of(const struct object *object)
{
    return container_of(object, struct process, object);
}

static u32 flags_of(const struct process *process)
{
    return (process->dumpable ? RECORD_DUMPABLE : 0) |
           (process->child_subreaper ? RECORD_SUBREAPER : 0) |
           (process->did_exec ? RECORD_DID_EXEC : 0) | (process->stopped ? RECORD_STOPPED : 0);
}

static void fill_record(const struct process *process, u32 parent, struct process_record *record)
{
    *record = (struct process_record){
        .pid = process->pid,
        .parent = parent,
        .pgid = process->pgid,
        .sid = process->sid,
        .uid = process->uid,
        .euid = process->euid,
        .suid = process->suid,
        .gid = process->gid,
        .flags = flags_of(process),
        .exit_signal = process->exit_signal,
        .personality = process->personality,
        .stop_signal = process->stop_signal,
        .oom_adjust = process->oom_adjust,
        .core_filter = process->core_filter,
        .space = process->space ? vm_space_object(process->space)->id : 0,
        .signals = process->signals ? process->signals->object.id : 0,
        .program = process->program ? process->program->object.id : 0,
        .arguments_start = process->arguments_start.raw,
        .arguments_end = process->arguments_end.raw,
        .environment_start = process->environment_start.raw,
        .environment_end = process->environment_end.raw,
        .auxv_start = process->auxv_start.raw,
        .signal_return = process->signal_return.raw,
        .auxv_end = process->auxv_end.raw,
        .user_time = process->user_time,
        .kernel_time = process->kernel_time,
        .children_user_time = process->children_user_time,
        .children_kernel_time = process->children_kernel_time,
    };
    memcpy(record->limits, process->limits, sizeof record->limits);
}

static helix_status describe(const struct object *object, struct object_writer *writer)
{
    struct process *process = process_of(object);
    struct process_record record;
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    const u32 parent = process->parent ? process->parent->pid : 0;
    spin_lock(&process->lock);
    fill_record(process, parent, &record);
    record.pending = (u32)list_length(&process->pending.queue);
    record_begin(object, sizeof record + record.pending * sizeof(struct signal_info), writer);
    object_write(writer, &record, sizeof record);
    list_for_each(struct queued_signal, queued, &process->pending.queue, link)
        object_write(writer, &queued->info, sizeof queued->info);
    spin_unlock(&process->lock);
    spin_unlock_irq(&process_table_lock, key);
    return HELIX_OK;
}

static void apply_record(struct process *process, const struct process_record *record)
{
    process->pid = record->pid;
    process->pgid = record->pgid;
    process->sid = record->sid;
    process->uid = record->uid;
    process->euid = record->euid;
    process->suid = record->suid;
    process->gid = record->gid;
    process->dumpable = record->flags & RECORD_DUMPABLE;
    process->child_subreaper = record->flags & RECORD_SUBREAPER;
    process->did_exec = record->flags & RECORD_DID_EXEC;
    process->stopped = record->flags & RECORD_STOPPED;
    process->exit_signal = record->exit_signal;
    process->personality = record->personality;
    process->stop_signal = record->stop_signal;
    process->oom_adjust = record->oom_adjust;
    process->core_filter = record->core_filter;
    process->arguments_start = vaddr_of(record->arguments_start);
    process->arguments_end = vaddr_of(record->arguments_end);
    process->environment_start = vaddr_of(record->environment_start);
    process->environment_end = vaddr_of(record->environment_end);
    process->auxv_start = vaddr_of(record->auxv_start);
    process->signal_return = vaddr_of(record->signal_return);
    process->auxv_end = vaddr_of(record->auxv_end);
    process->user_time = record->user_time;
    process->kernel_time = record->kernel_time;
    process->children_user_time = record->children_user_time;
    process->children_kernel_time = record->children_kernel_time;
    process->started = hal_clock_now();
    memcpy(process->limits, record->limits, sizeof process->limits);
}

static struct object *resolve(struct object_reader *reader, u32 kind, u64 id)
{
    return id ? reader->resolve(reader->context, kind, id) : NULL;
}

/* What the record refers to; each is shared with whoever recreated it. */
static helix_status take_parts(struct process *process, struct object_reader *reader,
                               const struct process_record *record)
{
    struct object *space = resolve(reader, OBJECT_ADDRESS_SPACE, record->space);
    struct object *signals = resolve(reader, OBJECT_SIGNAL_STATE, record->signals);
    struct object *program = resolve(reader, OBJECT_FILE, record->program);
    if ((record->space && !space) || !signals || (record->program && !program))
        return HELIX_E_CORRUPT;
    process->signals = container_of(signals, struct signal_hand, object);
    ref_get(&process->signals->references);
    if (space) {
        process->space = vm_space_of_object(space);
        vm_space_get(process->space);
    }
    if (program) {
        process->program = container_of(program, struct file, object);
        file_get(process->program);
    }
    return HELIX_OK;
}

static helix_status take_pending(struct process *process, struct object_reader *reader, u32 count)
{
    for (u32 i = 0; i < count; i++) {
        struct signal_info info;
        const helix_status status = object_read(reader, &info, sizeof info);
        if (status != HELIX_OK)
            return status;
        if (info.number < 1 || info.number > SIGNAL_COUNT)
            return HELIX_E_CORRUPT;
        struct queued_signal *queued = kmem_alloc(&signal_queue_cache);
        if (!queued)
            return HELIX_E_NOMEM;
        queued->info = info;
        const struct irq_key key = spin_lock_irq(&process->lock);
        list_push_back(&process->pending.queue, &queued->link);
        process->pending.set |= SIGNAL_BIT(info.number);
        process->queued_signals++;
        spin_unlock_irq(&process->lock, key);
    }
    return HELIX_OK;
}

static void discard(struct object *object)
{
    struct process *process = process_of(object);
    const struct irq_key key = spin_lock_irq(&process->lock);
    signal_queue_flush(process, &process->pending);
    spin_unlock_irq(&process->lock, key);
    process_discard(process);
}

static helix_status recreate(struct object_reader *reader, const struct object_record *header,
                             struct object **object_out)
{
    (void)header;
    struct process_record record;
    helix_status status = object_read(reader, &record, sizeof record);
    if (status != HELIX_OK)
        return status;
    struct process *process = process_allocate();
    if (!process)
        return HELIX_E_NOMEM;
    apply_record(process, &record);
    status = take_parts(process, reader, &record);
    if (status == HELIX_OK)
        status = take_pending(process, reader, record.pending);
    if (status != HELIX_OK) {
        discard(&process->object);
        return status;
    }
    *object_out = &process->object;
    return HELIX_OK;
}

/* Everything but the parent, which a process outside the tables has not. */
static bool equal(const struct object *left, const struct object *right) HELIX_NO_THREAD_SAFETY
{
    struct process_record a, b;
    fill_record(process_of(left), 0, &a);
    fill_record(process_of(right), 0, &b);
    return memcmp(&a, &b, sizeof a) == 0 &&
           process_of(left)->pending.set == process_of(right)->pending.set &&
           list_length(&process_of(left)->pending.queue) ==
               list_length(&process_of(right)->pending.queue);
}

const struct object_type process_object_type = {
    .kind = OBJECT_PROCESS,
    .version = 3,
    .name = "process",
    .describe = describe,
    .recreate = recreate,
    .discard = discard,
    .equal = equal,
};
