/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Moving data between files inside the kernel: sendfile(2) and copy_file_range(2).
 *
 * Both go through one buffer of a few pages. What was read but could not be written is given back
 * to the source by its position.
 */
#include <helix/abi/linux.h>
#include <helix/core/syscall.h>
#include <helix/lib/atomic.h>
#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>
#include <helix/vfs/file.h>

#include "calls.h"
#include "files/fd.h"
#include "files/spans.h"
#include "task/tasks.h"

#define CHUNK (4 * PAGE_SIZE)

struct copy_ends {
    struct fd_ref from, to;
    u64 *from_position, *to_position; // NULL: the file's own
};

static helix_status write_all(struct copy_ends *ends, void *data, size_t bytes, size_t *done_out)
{
    struct io_span span;
    struct io_buffer buffer;
    io_buffer_kernel(&buffer, &span, data, bytes);
    return file_write(ends->to.file, &buffer, ends->to_position, done_out);
}

/* Put back what was read too much. */
static void give_back(struct copy_ends *ends, size_t bytes)
{
    if (bytes == 0)
        return;
    if (ends->from_position) {
        *ends->from_position -= bytes;
        return;
    }
    u64 position;
    helix_ignore(file_seek(ends->from.file, -(i64)bytes, LINUX_SEEK_CUR,
                           &position)); // a file of /proc may end meanwhile
}

static helix_status copy_chunk(struct copy_ends *ends, void *memory, size_t wanted,
                               size_t *done_out)
{
    struct io_span span;
    struct io_buffer buffer;
    io_buffer_kernel(&buffer, &span, memory, wanted);
    size_t got = 0, put = 0;
    helix_status status = file_read(ends->from.file, &buffer, ends->from_position, &got);
    if (status == HELIX_OK && got > 0)
        status = write_all(ends, memory, got, &put);
    if (status != HELIX_OK)
        put = 0;
    give_back(ends, got - put);
    *done_out = put;
    return status;
}

static i64 copy_data(struct copy_ends *ends, size_t bytes)
{
    void *memory = kmalloc(CHUNK);
    if (!memory)
        return -LINUX_ENOMEM;
    size_t total = 0, done = 1;
    helix_status status = HELIX_OK;
    while (status == HELIX_OK && total < bytes && done > 0) {
        const size_t left = bytes - total;
        status = copy_chunk(ends, memory, left < CHUNK ? left : CHUNK, &done);
        total += done;
        if (thread_interrupted())
            break;
    }
    kfree(memory);
    const struct task_io moved = {total, total, 1, 1};
    task_io_add(&task_current()->io, &moved);
    return total > 0 || status == HELIX_OK ? (i64)total : syscall_result(status);
}

/* Only files with a position can take back what could not be written: terminals, pipes and their
 * like are refused, and programs read them themselves. */
static helix_status check_source(struct file *file)
{
    struct fs_attributes attributes;
    u64 device;
    const helix_status status = file_stat(file, &attributes, &device);
    if (status != HELIX_OK)
        return status;
    const u32 type = attributes.mode & LINUX_S_IFMT;
    if (type == LINUX_S_IFDIR)
        return HELIX_E_IS_DIR;
    return type == LINUX_S_IFREG || type == LINUX_S_IFBLK ? HELIX_OK : HELIX_E_INVAL;
}

static helix_status ends_begin(struct copy_ends *ends, int from, int to)
{
    helix_status status = fd_borrow(from, &ends->from);
    if (status != HELIX_OK)
        return status;
    status = fd_borrow(to, &ends->to);
    if (status != HELIX_OK)
        goto release_from;
    status = HELIX_E_BAD_FD;
    if ((ends->from.file->access & 1) && (ends->to.file->access & 2))
        status = check_source(ends->from.file);
    if (status == HELIX_OK)
        return HELIX_OK;
    fd_release(&ends->to);
release_from:
    fd_release(&ends->from);
    return status;
}

static void ends_end(struct copy_ends *ends)
{
    fd_release(&ends->to);
    fd_release(&ends->from);
}

static helix_status get_offset(u64 user_offset, u64 *offset, u64 **used_out)
{
    *used_out = NULL;
    if (!user_offset)
        return HELIX_OK;
    *used_out = offset;
    const helix_status status = user_copy_in(offset, vaddr_of(user_offset), sizeof *offset);
    if (status == HELIX_OK && (i64)*offset < 0)
        return HELIX_E_INVAL;
    return status;
}

static helix_status put_offset(u64 user_offset, u64 offset)
{
    return user_offset ? user_copy_out(vaddr_of(user_offset), &offset, sizeof offset) : HELIX_OK;
}

i64 sys_sendfile(const u64 *arguments)
{
    u64 offset = 0;
    struct copy_ends ends = {0};
    helix_status status = get_offset(arguments[2], &offset, &ends.from_position);
    if (status == HELIX_OK)
        status = ends_begin(&ends, (int)arguments[1], (int)arguments[0]);
    if (status != HELIX_OK)
        return syscall_result(status);
    i64 result = -LINUX_EINVAL;
    if (!(ends.to.file->flags & LINUX_O_APPEND))
        result = copy_data(&ends, arguments[3] < IO_MOST ? arguments[3] : IO_MOST);
    ends_end(&ends);
    if (result >= 0 && put_offset(arguments[2], offset) != HELIX_OK)
        return -LINUX_EFAULT;
    return result;
}

static helix_status check_target(struct file *file)
{
    struct fs_attributes attributes;
    u64 device;
    const helix_status status = file_stat(file, &attributes, &device);
    if (status != HELIX_OK)
        return status;
    if (atomic_load_relaxed(&file->flags) & LINUX_O_APPEND)
        return HELIX_E_BAD_FD;
    return (attributes.mode & LINUX_S_IFMT) == LINUX_S_IFREG ? HELIX_OK : HELIX_E_INVAL;
}

/* Into itself a file is copied only where the ranges are apart. */
static helix_status check_ranges(const struct copy_ends *ends, size_t bytes)
{
    const helix_status status = check_target(ends->to.file);
    if (status != HELIX_OK || ends->from.file->vnode != ends->to.file->vnode)
        return status;
    const u64 from = ends->from_position ? *ends->from_position : ends->from.file->position;
    const u64 to = ends->to_position ? *ends->to_position : ends->to.file->position;
    return from < to + bytes && to < from + bytes ? HELIX_E_INVAL : HELIX_OK;
}

/* Both offsets of copy_file_range(2): from at argument 1, to at argument 3. */
static i64 copy_between(const u64 *arguments)
{
    u64 from_offset = 0, to_offset = 0;
    struct copy_ends ends = {0};
    helix_status status = get_offset(arguments[1], &from_offset, &ends.from_position);
    if (status == HELIX_OK)
        status = get_offset(arguments[3], &to_offset, &ends.to_position);
    if (status == HELIX_OK)
        status = ends_begin(&ends, (int)arguments[0], (int)arguments[2]);
    if (status != HELIX_OK)
        return syscall_result(status);
    const size_t bytes = arguments[4] < IO_MOST ? arguments[4] : IO_MOST;
    status = check_ranges(&ends, bytes);
    const i64 result = status == HELIX_OK ? copy_data(&ends, bytes) : syscall_result(status);
    ends_end(&ends);
    if (result >= 0 && (put_offset(arguments[1], from_offset) != HELIX_OK ||
                        put_offset(arguments[3], to_offset) != HELIX_OK))
        return -LINUX_EFAULT;
    return result;
}

i64 sys_copy_file_range(const u64 *arguments)
{
    return arguments[5] != 0 ? -LINUX_EINVAL : copy_between(arguments);
}
