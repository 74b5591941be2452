/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The notes of a core file: registers of each thread, and what the process was. */
#include "core/private.h"

#include <helix/hal/fpu.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#include "signal/signals.h"
#include "task/tasks.h"
#include "trace/registers.h"

#define NT_PRPSINFO 3u
#define NT_AUXV     6u
#define NT_SIGINFO  0x53494749u
#define NT_FILE     0x46494c45u

#define ARGUMENT_BYTES 80u

struct note_head {
    u32 name_bytes, bytes, type;
};

/* struct elf_prstatus up to its registers. */
struct status_head {
    i32 number, code, error;
    i16 signal, pad;
    u64 pending, blocked;
    u32 pid, parent, group, session;
    struct linux_timeval user, system, children_user, children_system;
};
static_assert(sizeof(struct status_head) == 112);

struct program_note {
    char state, letter, zombie, nice;
    u32 pad;
    u64 flags;
    u32 uid, gid, pid, parent, group, session;
    char name[16];
    char arguments[ARGUMENT_BYTES];
};
static_assert(sizeof(struct program_note) == 136);

/* Room for a note's content. */
static void *add(struct core_buffer *notes, const char *name, u32 type, size_t bytes)
{
    const size_t name_bytes = strlen(name) + 1;
    const size_t head = sizeof(struct note_head) + align_up(name_bytes, 4);
    u8 *to = core_buffer_add(notes, head + align_up(bytes, 4));
    if (!to)
        return NULL;
    const struct note_head made = {(u32)name_bytes, (u32)bytes, type};
    memcpy(to, &made, sizeof made);
    memcpy(to + sizeof made, name, name_bytes);
    return to + head;
}

struct read_set {
    const struct trace_registers *set;
    void *to;
};

static void visit(struct thread *thread, void *context)
{
    const struct read_set *read = context;
    read->set->get(thread, read->to);
}

/* Other tasks sleep at their boundary; the running one's FPU state was saved. */
static void get_set(struct task *task, const struct trace_registers *set, void *to)
{
    struct read_set read = {set, to};
    if (task == task_current())
        set->get(task->thread, to);
    else
        thread_visit_asleep(task->thread, visit, &read);
}

static struct linux_timeval time_of(nanos span)
{
    return (struct linux_timeval){(i64)(span / NANOS_PER_SECOND),
                                  (i64)(span % NANOS_PER_SECOND / NANOS_PER_US)};
}

static void fill_status(struct status_head *to, struct task *task, const struct signal_info *info)
{
    struct process *process = task->process;
    struct process_usage usage;
    task_usage(task, &usage);
    *to = (struct status_head){
        .number = info->number,
        .signal = (i16)info->number,
        .pending = task->signal.pending.set,
        .blocked = task->signal.blocked,
        .pid = task->tid,
        .parent = process->parent ? process->parent->pid : 0,
        .group = process->pgid,
        .session = process->sid,
        .user = time_of(usage.user_time),
        .system = time_of(usage.kernel_time),
        .children_user = time_of(process->children_user_time),
        .children_system = time_of(process->children_kernel_time),
    };
}

/* Registers, and whether those of the FPU follow. */
static void add_status(struct core_buffer *notes, struct task *task, const struct signal_info *info)
{
    const struct trace_registers *general = &arch_registers[0];
    const size_t bytes = sizeof(struct status_head) + general->bytes();
    const i32 has_float = 1;
    u8 *registers = kmalloc(general->bytes());
    u8 *to = registers ? add(notes, "CORE", NT_PRSTATUS, bytes + sizeof(u64)) : NULL;
    if (to) {
        struct status_head head;
        fill_status(&head, task, info);
        memcpy(to, &head, sizeof head);
        get_set(task, general, registers);
        memcpy(to + sizeof head, registers, general->bytes());
        memcpy(to + bytes, &has_float, sizeof has_float);
    } else {
        notes->failed = true;
    }
    kfree(registers);
}

static void add_sets(struct core_buffer *notes, struct task *task)
{
    for (unsigned i = 1; i < arch_register_sets; i++) {
        const struct trace_registers *set = &arch_registers[i];
        const char *name = set->type == NT_PRFPREG ? "CORE" : "LINUX";
        void *to = add(notes, name, set->type, set->bytes());
        if (to)
            get_set(task, set, to);
    }
}

static void add_program(struct core_buffer *notes)
{
    struct task *task = task_current();
    struct process *process = task->process;
    struct program_note *to = add(notes, "CORE", NT_PRPSINFO, sizeof *to);
    if (!to)
        return;
    struct program_note made = {
        .letter = 'R',
        .nice = (char)task->thread->sched.nice,
        .uid = task->credentials->uid,
        .gid = task->credentials->gid,
        .pid = process->pid,
        .parent = process->parent ? process->parent->pid : 0,
        .group = process->pgid,
        .session = process->sid,
    };
    memcpy(made.name, task->thread->name, sizeof made.name);
    const u64 bytes = process->arguments_end.raw - process->arguments_start.raw;
    size_t done = 0;
    // What cannot be read is left out.
    helix_ignore(vm_copy_from(process->space, process->arguments_start, made.arguments,
                              min(bytes, (u64)ARGUMENT_BYTES - 1), &done));
    for (size_t i = 0; i + 1 < done; i++)
        if (!made.arguments[i])
            made.arguments[i] = ' ';
    memcpy(to, &made, sizeof made);
}

static void add_auxv(struct core_buffer *notes)
{
    const struct process *process = process_current();
    const size_t bytes = process->auxv_end.raw - process->auxv_start.raw;
    void *to = add(notes, "CORE", NT_AUXV, bytes);
    size_t done;
    // Zeros end the vector where it cannot be read.
    if (to)
        helix_ignore(vm_copy_from(process->space, process->auxv_start, to, bytes, &done));
}

static size_t file_note_bytes(const struct core_map *map, u64 *count_out)
{
    size_t bytes = 2 * sizeof(u64);
    *count_out = 0;
    for (unsigned i = 0; i < map->count; i++)
        if (map->areas[i].name) {
            bytes +=
                3 * sizeof(u64) + strlen((char *)map->names.memory + map->areas[i].name - 1) + 1;
            ++*count_out;
        }
    return bytes;
}

/* Count, page size, an entry for each area of a file, then the names. */
static void add_files(struct core_buffer *notes, const struct core_map *map)
{
    u64 count;
    const size_t bytes = file_note_bytes(map, &count);
    u8 *to = add(notes, "CORE", NT_FILE, bytes);
    if (!to)
        return;
    const u64 head[2] = {count, PAGE_SIZE};
    memcpy(to, head, sizeof head);
    u8 *entry = to + sizeof head;
    char *name = (char *)entry + count * 3 * sizeof(u64);
    for (unsigned i = 0; i < map->count; i++) {
        const struct core_area *area = &map->areas[i];
        if (!area->name)
            continue;
        const u64 made[3] = {area->start, area->end, area->page};
        const char *path = (const char *)map->names.memory + area->name - 1;
        memcpy(entry, made, sizeof made);
        memcpy(name, path, strlen(path) + 1);
        entry += sizeof made;
        name += strlen(path) + 1;
    }
}

static void add_others(struct core_buffer *notes,
                       const struct signal_info *info) HELIX_NO_THREAD_SAFETY
{
    // They all wait, or have gone: the list does not change.
    struct process *process = process_current();
    list_for_each(struct task, task, &process->tasks, process_link) {
        if (task == task_current())
            continue;
        add_status(notes, task, info);
        add_sets(notes, task);
    }
}

void core_notes_write(struct core_buffer *notes, const struct signal_info *info,
                      const struct core_map *map)
{
    struct task *task = task_current();
    preempt_disable();
    hal_fpu_save(task->thread->hal.fpu);
    preempt_enable();
    add_status(notes, task, info);
    add_program(notes);
    struct linux_siginfo user;
    signal_info_write(info, &user);
    void *to = add(notes, "CORE", NT_SIGINFO, sizeof user);
    if (to)
        memcpy(to, &user, sizeof user);
    add_auxv(notes);
    add_files(notes, map);
    add_sets(notes, task);
    add_others(notes, info);
}
