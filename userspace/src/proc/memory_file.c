/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* /proc/PID/mem: the memory of a process, by its addresses. The file keeps the memory it was opened
 * for, also when the process starts another program. */
#include <helix/abi/linux.h>
#include <helix/memory/heap.h>
#include <helix/memory/space.h>
#include <helix/vfs/file.h>

#include "proc/proc.h"
#include "task/tasks.h"

typedef helix_status (*move_fn)(struct vm_space *space, u64 at, struct io_buffer *buffer,
                                void *page, size_t bytes);

static helix_status move_out(struct vm_space *space, u64 at, struct io_buffer *buffer, void *page,
                             size_t bytes)
{
    size_t done = 0;
    const helix_status status = vm_copy_from(space, vaddr_of(at), page, bytes, &done);
    return done > 0 ? io_copy_out(buffer, page, done) : status;
}

static helix_status move_in(struct vm_space *space, u64 at, struct io_buffer *buffer, void *page,
                            size_t bytes)
{
    size_t done = 0;
    const helix_status status = io_copy_in(buffer, page, bytes);
    return status == HELIX_OK ? vm_copy_code_to(space, vaddr_of(at), page, bytes, &done) : status;
}

/* Page by page; what is not there ends it. */
static helix_status transfer(struct file *file, move_fn move, struct io_buffer *buffer,
                             u64 *position, size_t *done_out)
{
    void *page = kmalloc(PAGE_SIZE);
    if (!page)
        return HELIX_E_NOMEM;
    helix_status status = HELIX_OK;
    while (buffer->remaining > 0 && status == HELIX_OK) {
        const size_t before = buffer->remaining;
        const size_t bytes = min(before, (size_t)(PAGE_SIZE - (*position & PAGE_MASK)));
        status = move(file->private_data, *position, buffer, page, bytes);
        if (status == HELIX_OK) {
            *position += before - buffer->remaining;
            *done_out += before - buffer->remaining;
        }
    }
    kfree(page);
    if (*done_out > 0 || status == HELIX_OK)
        return HELIX_OK;
    return status == HELIX_E_NOMEM ? status : HELIX_E_IO;
}

static helix_status memory_read(struct file *file, struct io_buffer *to, u64 *position,
                                size_t *done_out)
{
    return transfer(file, move_out, to, position, done_out);
}

static helix_status memory_write(struct file *file, struct io_buffer *from, u64 *position,
                                 size_t *done_out)
{
    return transfer(file, move_in, from, position, done_out);
}

static helix_status memory_seek(struct file *file, i64 offset, int whence, u64 *position_out)
{
    if (whence != LINUX_SEEK_SET && whence != LINUX_SEEK_CUR)
        return HELIX_E_INVAL;
    file->position = (whence == LINUX_SEEK_CUR ? file->position : 0) + (u64)offset;
    *position_out = file->position;
    return HELIX_OK;
}

static void memory_release(struct file *file)
{
    vm_space_put(file->private_data);
}

static const struct file_ops memory_ops = {
    .name = "mem",
    .read = memory_read,
    .write = memory_write,
    .seek = memory_seek,
    .poll = file_poll_always,
    .ioctl = file_ioctl_none,
    .map = file_map_none,
    .read_directory = file_read_directory_none,
    .flush = file_flush_none,
    .sync = file_sync_none,
    .release = memory_release,
};

helix_status proc_memory_open(const struct proc_subject *subject, struct file *file)
{
    if (!proc_may_inspect(subject))
        return HELIX_E_ACCESS;
    struct vm_space *space = process_space_get(subject->process);
    if (!space)
        return HELIX_E_NO_PROCESS;
    file->private_data = space;
    file->ops = &memory_ops;
    return HELIX_OK;
}
