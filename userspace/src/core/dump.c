/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Writing a core file: whether, when all tasks stand still, and its parts in order. */
#include <helix/abi/linux.h>
#include <helix/lib/atomic.h>
#include <helix/lib/elf64.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/vfs/file.h>
#include <helix/vfs/path.h>

#include "arch.h"
#include "core/private.h"
#include "signal/signals.h"
#include "task/tasks.h"

#define NAME_BYTES   256u
#define SEGMENTS_MAX 0xffffu // more need another form of the header

struct output {
    struct file *file;
    u64 position, limit;
    bool ended; // by the limit, a full file system, or SIGKILL
};

bool core_dump_wait(struct process *process)
{
    const struct irq_key key = spin_lock_irq(&process->lock);
    const bool dumping = process->dumping;
    if (dumping) {
        process->dump_waiting++;
        wait_wake_all(&process->exit_wait);
    }
    spin_unlock_irq(&process->lock, key);
    if (!dumping)
        return false;
    helix_ignore(WAIT_FOR(&process->stop_wait, READ_ONCE(process->exiting), NANOS_NEVER,
                          WAIT_UNINTERRUPTIBLE, "core dump"));
    return true;
}

static bool others_wait(const struct process *process)
{
    return READ_ONCE(process->dump_waiting) + 1 >= READ_ONCE(process->task_count) ||
           READ_ONCE(process->exiting);
}

/* False: the process ends another way. */
static bool stop_others(struct process *process, struct task *task)
{
    const struct irq_key key = spin_lock_irq(&process->lock);
    const bool may = !process->exiting && !process->survivor;
    if (may) {
        process->survivor = task;
        process->dumping = true;
        process_end_tasks_locked(process, task);
    }
    spin_unlock_irq(&process->lock, key);
    if (may)
        helix_ignore(WAIT_FOR(&process->exit_wait, others_wait(process), NANOS_NEVER,
                              WAIT_UNINTERRUPTIBLE, "core dump"));
    return may && !READ_ONCE(process->exiting);
}

static void put(struct output *output, const void *from, size_t bytes)
{
    size_t done = 0;
    if (output->ended)
        return;
    if (READ_ONCE(process_current()->exiting) || bytes > output->limit - output->position ||
        file_write_kernel(output->file, output->position, from, bytes, &done) != HELIX_OK ||
        done != bytes)
        output->ended = true;
    else
        output->position += bytes;
}

static void put_header(struct output *output, unsigned segments)
{
    const struct elf64_header header = {
        .ident = {0x7f, 'E', 'L', 'F', ELF_CLASS_64, ELF_DATA_LITTLE, ELF_VERSION},
        .type = ELF_TYPE_CORE,
        .machine = arch_elf_machine,
        .version = ELF_VERSION,
        .program_offset = sizeof header,
        .header_size = sizeof header,
        .program_entry_size = sizeof(struct elf64_segment),
        .program_count = (u16)segments,
    };
    put(output, &header, sizeof header);
}

static void put_segments(struct output *output, const struct core_map *map, size_t note_bytes,
                         u64 notes_at, u64 memory_at)
{
    const struct elf64_segment note = {
        .type = ELF_SEGMENT_NOTE, .offset = notes_at, .file_size = note_bytes, .alignment = 4};
    put(output, &note, sizeof note);
    for (unsigned i = 0; i < map->count; i++) {
        const struct core_area *area = &map->areas[i];
        const struct elf64_segment segment = {
            .type = ELF_SEGMENT_LOAD,
            .flags = area->flags,
            .offset = memory_at,
            .virtual_address = area->start,
            .file_size = area->dump_bytes,
            .memory_size = area->end - area->start,
            .alignment = PAGE_SIZE,
        };
        put(output, &segment, sizeof segment);
        memory_at += area->dump_bytes;
    }
}

static bool is_zero(const u8 *page)
{
    const u64 *words = (const void *)page;
    for (size_t i = 0; i < PAGE_SIZE / sizeof *words; i++)
        if (words[i])
            return false;
    return true;
}

static void put_page(struct output *output, const u8 *page)
{
    if (!is_zero(page))
        put(output, page, PAGE_SIZE);
    else if (PAGE_SIZE > output->limit - output->position || READ_ONCE(process_current()->exiting))
        output->ended = true;
    else
        output->position += PAGE_SIZE;
}

/* Pages of zeros, most of which were never touched, are holes. */
static void put_memory(struct output *output, struct vm_space *space, const struct core_map *map)
{
    u8 *page = kmalloc(PAGE_SIZE);
    if (!page)
        output->ended = true;
    for (unsigned i = 0; i < map->count; i++) {
        const struct core_area *area = &map->areas[i];
        for (u64 at = 0; at < area->dump_bytes && !output->ended; at += PAGE_SIZE) {
            size_t done = 0;
            memset(page, 0, PAGE_SIZE);
            // What cannot be read is a page of zeros.
            helix_ignore(vm_copy_from(space, vaddr_of(area->start + at), page, PAGE_SIZE, &done));
            put_page(output, page);
        }
    }
    kfree(page);
    // A file that a limit or a full file system cut is all there will be.
    helix_ignore(file_truncate(output->file, output->position));
}

static void write_file(struct output *output, const struct signal_info *info)
{
    struct process *process = process_current();
    struct core_map map;
    struct core_buffer notes = {0};
    if (core_map_read(process->space, process->core_filter, &map) != HELIX_OK) {
        output->ended = true;
        return;
    }
    core_notes_write(&notes, info, &map);
    if (notes.failed || map.names.failed || map.count + 1 >= SEGMENTS_MAX) {
        output->ended = true;
    } else {
        const u64 notes_at =
            sizeof(struct elf64_header) + (map.count + 1) * sizeof(struct elf64_segment);
        const u64 memory_at = align_up(notes_at + notes.bytes, PAGE_SIZE);
        put_header(output, map.count + 1);
        put_segments(output, &map, notes.bytes, notes_at, memory_at);
        put(output, notes.memory, notes.bytes);
        output->position = min(memory_at, output->limit);
        put_memory(output, process->space, &map);
    }
    kfree(notes.memory);
    core_map_free(&map);
}

/* Not through a link, and into nobody else's file. */
static bool may_write(struct file *file)
{
    struct fs_attributes attributes;
    u64 device;
    return file_is_regular(file) && file_stat(file, &attributes, &device) == HELIX_OK &&
           attributes.links == 1 && attributes.uid == task_current()->credentials->fsuid;
}

static bool write_core(const struct signal_info *info)
{
    char name[NAME_BYTES];
    struct walk_start start;
    struct output output = {.limit = process_limit(LINUX_RLIMIT_CORE)};
    if (!core_name_make(name, sizeof name, info->number) ||
        walk_begin(LINUX_AT_FDCWD, &start) != HELIX_OK)
        return false;
    const u32 flags =
        LINUX_O_CREAT | LINUX_O_EXCL | LINUX_O_WRONLY | LINUX_O_NOFOLLOW | LINUX_O_LARGEFILE;
    // An older one makes place, and so does a link.
    helix_ignore(vfs_unlink(&start.walk, name));
    const helix_status status = vfs_open(&start.walk, name, flags, 0600, &output.file);
    walk_end(&start);
    if (status != HELIX_OK)
        return false;
    const bool writes = may_write(output.file);
    if (writes)
        write_file(&output, info);
    file_put(output.file);
    return writes && output.position > 0 && !READ_ONCE(process_current()->exiting);
}

bool core_dump(const struct signal_info *info)
{
    struct task *task = task_current();
    struct process *process = task->process;
    if (likely(process_limit(LINUX_RLIMIT_CORE) < PAGE_SIZE) || !process->dumpable)
        return false;
    if (stop_others(process, task))
        return write_core(info);
    if (!process->exiting)
        core_dump_wait(process); // another task's signal came first
    return false;
}
