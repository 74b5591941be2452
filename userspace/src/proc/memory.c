/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* What /proc/PID shows of a process's memory: its areas, arguments, environment, auxiliary vector.
 */
#include "proc/proc.h"

#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/memory/object.h>
#include <helix/memory/space.h>

#include "task/tasks.h"

#define NAME_COLUMN 73u

enum areas_how { AREAS_LINES, AREAS_DETAILS, AREAS_SUM };

struct areas {
    struct text_writer *writer;
    char *path; // LINUX_PATH_MAX bytes
    enum areas_how how;
    struct vm_area_info sum; // from the first area's start to the last one's end
};

static const char *area_name(const struct areas *areas, const struct vm_area_info *area,
                             u64 *device_out, u64 *inode_out)
{
    *device_out = *inode_out = 0;
    areas->path[0] = '\0';
    struct vm_object *object = area->object;
    if (object && object->ops->identify &&
        object->ops->identify(object, device_out, inode_out, areas->path, LINUX_PATH_MAX))
        return areas->path;
    if (area->flags & VM_HEAP)
        return "[heap]";
    if (area->flags & VM_STACK)
        return "[stack]";
    return area->name ? area->name : "";
}

static void write_area(const struct areas *areas, const struct vm_area_info *area)
{
    struct text_writer *writer = areas->writer;
    const size_t start = writer->bytes;
    u64 device, inode;
    const char *name = area_name(areas, area, &device, &inode);
    text_write(writer, "%08llx-%08llx %c%c%c%c %08llx %02llx:%02llx %llu ",
               (unsigned long long)area->start.raw, (unsigned long long)area->end.raw,
               area->flags & VM_READ ? 'r' : '-', area->flags & VM_WRITE ? 'w' : '-',
               area->flags & VM_EXEC ? 'x' : '-', area->flags & VM_SHARED ? 's' : 'p',
               (unsigned long long)area->offset, (unsigned long long)(device >> 8 & 0xfff),
               (unsigned long long)((device & 0xff) | (device >> 12 & 0xfff00)),
               (unsigned long long)inode);
    if (*name) {
        const size_t used = writer->bytes - start;
        text_write(writer, "%*s%s", used < NAME_COLUMN ? (int)(NAME_COLUMN - used) : 0, "", name);
    }
    text_write(writer, "\n");
}

static void write_size(struct text_writer *writer, const char *name, u64 pages)
{
    text_write(writer, "%-16s%8llu kB\n", name, (unsigned long long)(pages * (PAGE_SIZE / 1024)));
}

/* A page that only this process maps counts as private. Changed pages of private areas are private.
 */
static void write_details(struct text_writer *writer, const struct vm_area_info *area)
{
    const u64 resident = area->resident_pages;
    const u64 private = min(area->private_pages, resident);
    const u64 dirty = min(area->dirty_pages, resident);
    const u64 private_dirty = min(dirty, private);
    const u64 shared_dirty = dirty - private_dirty;
    write_size(writer, "Rss:", resident);
    write_size(writer, "Pss:", area->proportional_bytes >> PAGE_SHIFT);
    write_size(writer, "Shared_Clean:", resident - private - shared_dirty);
    write_size(writer, "Shared_Dirty:", shared_dirty);
    write_size(writer, "Private_Clean:", private - private_dirty);
    write_size(writer, "Private_Dirty:", private_dirty);
    write_size(writer, "Referenced:", resident);
    write_size(writer, "Anonymous:", area->anon_pages);
    write_size(writer, "Swap:", 0);
    write_size(writer, "SwapPss:", 0);
    write_size(writer, "Locked:", area->flags & VM_LOCKED ? resident : 0);
}

static void add_to_sum(struct vm_area_info *sum, const struct vm_area_info *area)
{
    if (sum->end.raw == 0)
        sum->start = area->start;
    sum->end = area->end;
    sum->flags |= area->flags & VM_LOCKED;
    sum->resident_pages += area->resident_pages;
    sum->dirty_pages += area->dirty_pages;
    sum->private_pages += area->private_pages;
    sum->anon_pages += area->anon_pages;
    sum->proportional_bytes += area->proportional_bytes;
}

static void write_sum(struct text_writer *writer, const struct vm_area_info *sum)
{
    text_write(writer, "%08llx-%08llx ---p 00000000 00:00 0 %*s[rollup]\n",
               (unsigned long long)sum->start.raw, (unsigned long long)sum->end.raw, 23, "");
    write_details(writer, sum);
}

static void write_record(const struct areas *areas, const struct vm_area_info *area)
{
    write_area(areas, area);
    if (areas->how != AREAS_DETAILS)
        return;
    write_size(areas->writer, "Size:", (area->end.raw - area->start.raw) >> PAGE_SHIFT);
    write_size(areas->writer, "KernelPageSize:", 1);
    write_size(areas->writer, "MMUPageSize:", 1);
    write_details(areas->writer, area);
}

static bool visit_area(const struct vm_area_info *area, void *context)
{
    struct areas *areas = context;
    struct text_writer *writer = areas->writer;
    const size_t before = writer->bytes;
    if (areas->how == AREAS_SUM)
        add_to_sum(&areas->sum, area);
    else
        write_record(areas, area);
    if (writer->bytes <= writer->capacity || before == 0)
        return true;
    writer->bytes = before;
    writer->next = area->start.raw;
    return false;
}

static helix_status show_areas(const struct proc_subject *subject, struct text_writer *writer,
                               enum areas_how how)
{
    struct vm_space *space = process_space_get(subject->process);
    if (!space)
        return HELIX_OK;
    helix_status status = HELIX_E_NOMEM;
    struct areas areas = {.writer = writer, .path = kmalloc(LINUX_PATH_MAX), .how = how};
    if (areas.path) {
        vm_for_each_area(space, vaddr_of(writer->from), visit_area, &areas);
        if (how == AREAS_SUM)
            write_sum(writer, &areas.sum);
        status = HELIX_OK;
    }
    kfree(areas.path);
    vm_space_put(space);
    return status;
}

helix_status proc_show_maps(const struct proc_subject *subject, struct text_writer *writer)
{
    return show_areas(subject, writer, AREAS_LINES);
}

helix_status proc_show_smaps(const struct proc_subject *subject, struct text_writer *writer)
{
    return show_areas(subject, writer, AREAS_DETAILS);
}

helix_status proc_show_smaps_rollup(const struct proc_subject *subject, struct text_writer *writer)
{
    return show_areas(subject, writer, AREAS_SUM);
}

/* Copy what of [@from, @end) is mapped. @chunk: a page. The last byte copied, or -1. */
static int copy_range(struct vm_space *space, u64 from, u64 end, char *chunk,
                      struct text_writer *writer)
{
    int last = -1;
    while (from < end) {
        size_t done = 0;
        const size_t wanted = min(end - from, PAGE_SIZE);
        const helix_status status = vm_copy_from(space, vaddr_of(from), chunk, wanted, &done);
        if (done) {
            text_write_bytes(writer, chunk, done);
            last = chunk[done - 1];
        }
        if (status != HELIX_OK || done != wanted)
            return last;
        from += done;
    }
    return last;
}

/* A program that wrote over the end of its arguments, to show a title, goes on in the environment.
 */
static void copy_title_rest(struct vm_space *space, u64 from, u64 end, char *chunk,
                            struct text_writer *writer)
{
    size_t done = 0;
    if (from >= end ||
        vm_copy_from(space, vaddr_of(from), chunk, min(end - from, PAGE_SIZE), &done) != HELIX_OK)
        return;
    text_write_bytes(writer, chunk, strnlen(chunk, done));
}

static helix_status show_range(const struct proc_subject *subject, struct text_writer *writer,
                               u64 from, u64 end, u64 title_end)
{
    struct vm_space *space = process_space_get(subject->process);
    if (!space)
        return HELIX_OK;
    char *chunk = kmalloc(PAGE_SIZE);
    if (chunk) {
        const int last = copy_range(space, from, end, chunk, writer);
        if (last > 0)
            copy_title_rest(space, end, title_end, chunk, writer);
    }
    const helix_status status = chunk ? HELIX_OK : HELIX_E_NOMEM;
    kfree(chunk);
    vm_space_put(space);
    return status;
}

helix_status proc_show_cmdline(const struct proc_subject *subject, struct text_writer *writer)
{
    const struct process *process = subject->process;
    return show_range(subject, writer, process->arguments_start.raw, process->arguments_end.raw,
                      process->environment_end.raw);
}

helix_status proc_show_environ(const struct proc_subject *subject, struct text_writer *writer)
{
    const struct process *process = subject->process;
    return show_range(subject, writer, process->environment_start.raw, process->environment_end.raw,
                      0);
}

helix_status proc_show_auxv(const struct proc_subject *subject, struct text_writer *writer)
{
    const struct process *process = subject->process;
    return show_range(subject, writer, process->auxv_start.raw, process->auxv_end.raw, 0);
}
