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

static u32 type_of(struct file *file)
{
    struct fs_attributes attributes = {0};
    u64 device;
    helix_ignore(file_stat(file, &attributes, &device)); // then it is of no type
    return attributes.mode & LINUX_S_IFMT;
}

static helix_status ends_begin(struct copy_ends *ends, int from, int to)
{
    helix_status status = fd_borrow_opened(from, &ends->from);
    if (status != HELIX_OK)
        return status;
    status = fd_borrow_opened(to, &ends->to);
    if (status != HELIX_OK)
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

static u64 from_start(const struct copy_ends *ends)
{
    return ends->from_position ? *ends->from_position : ends->from.file->position;
}

static u64 to_start(const struct copy_ends *ends)
{
    return ends->to_position ? *ends->to_position : ends->to.file->position;
}

/* Files that are made up as they are read have offsets of 32 bits. */
static u64 offset_most(struct file *file)
{
    return type_of(file) == LINUX_S_IFREG && !file_is_regular(file) ? INT32_MAX : INT64_MAX;
}

/* Only files with a position can take back what could not be written: terminals, pipes and their
 * like are refused, and programs read them themselves. */
static helix_status check_sending(const struct copy_ends *ends, size_t *bytes)
{
    struct file *from = ends->from.file, *to = ends->to.file;
    const u32 type = type_of(from);
    const u64 start = from_start(ends), most = min(offset_most(from), offset_most(to));
    if (!(from->access & 1))
        return HELIX_E_BAD_FD;
    if (ends->from_position && from->ops->seek == file_seek_none)
        return HELIX_E_SEEK;
    if (start > INT64_MAX || *bytes > INT64_MAX - start)
        return HELIX_E_INVAL;
    if (!(to->access & 2))
        return HELIX_E_BAD_FD;
    if (start + *bytes > most && start >= most)
        return HELIX_E_OVERFLOW;
    *bytes = min(*bytes, (size_t)(most - start));
    return (type != LINUX_S_IFREG && type != LINUX_S_IFBLK) ||
                   (atomic_load_relaxed(&to->flags) & LINUX_O_APPEND)
               ? HELIX_E_INVAL
               : HELIX_OK;
}

i64 sys_sendfile(const u64 *arguments)
{
    u64 offset = 0;
    struct copy_ends ends = {0};
    size_t bytes = min((size_t)arguments[3], (size_t)IO_MOST);
    helix_status status = get_offset(arguments[2], &offset, &ends.from_position);
    if (status == HELIX_OK)
        status = ends_begin(&ends, (int)arguments[1], (int)arguments[0]);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = check_sending(&ends, &bytes);
    const i64 result = status == HELIX_OK ? copy_data(&ends, bytes) : syscall_result(status);
    ends_end(&ends);
    if (result >= 0 && put_offset(arguments[2], offset) != HELIX_OK)
        return -LINUX_EFAULT;
    return result;
}

/* ---- copy_file_range ---- */

static helix_status check_copied_files(const struct copy_ends *ends)
{
    struct file *from = ends->from.file, *to = ends->to.file;
    const u32 from_type = type_of(from), to_type = type_of(to);
    if (from_type == LINUX_S_IFDIR || to_type == LINUX_S_IFDIR)
        return HELIX_E_IS_DIR;
    if (from_type != LINUX_S_IFREG || to_type != LINUX_S_IFREG)
        return HELIX_E_INVAL;
    if (!(from->access & 1) || !(to->access & 2) ||
        (atomic_load_relaxed(&to->flags) & LINUX_O_APPEND))
        return HELIX_E_BAD_FD;
    struct fs_attributes unused;
    u64 from_device, to_device;
    helix_ignore(file_stat(from, &unused, &from_device)); // it did above
    helix_ignore(file_stat(to, &unused, &to_device));
    return from_device == to_device ? HELIX_OK : HELIX_E_CROSS_DEVICE;
}

/* How much there is to copy, and whether it may go there: into itself a file is copied only where
 * the ranges are apart. */
static helix_status check_copied_ranges(const struct copy_ends *ends, size_t *bytes)
{
    const u64 from = from_start(ends), to = to_start(ends);
    u64 end, size;
    if (add_overflows(from, (u64)*bytes, &end) || add_overflows(to, (u64)*bytes, &end))
        return HELIX_E_OVERFLOW;
    const helix_status status = vfs_file_size(ends->from.file, &size);
    if (status != HELIX_OK)
        return status;
    if (file_is_regular(ends->from.file))
        *bytes = min(*bytes, (size_t)(from < size ? size - from : 0));
    *bytes = min(*bytes, (size_t)IO_MOST);
    if (to >= INT64_MAX)
        return HELIX_E_FILE_TOO_BIG;
    if (ends->from.file->vnode == ends->to.file->vnode && from < to + *bytes && to < from + *bytes)
        return HELIX_E_INVAL;
    return (i64)from < 0 || (i64)(from + *bytes) < 0 || (i64)(to + *bytes) < 0 ? HELIX_E_INVAL
                                                                               : HELIX_OK;
}

/* An offset may be any number here; the ranges are looked at later. */
static helix_status get_range(u64 user_offset, u64 *offset, u64 **used_out)
{
    const helix_status status = get_offset(user_offset, offset, used_out);
    return status == HELIX_E_INVAL ? HELIX_OK : status;
}

/* Both offsets of copy_file_range(2): from at argument 1, to at argument 3. */
i64 sys_copy_file_range(const u64 *arguments)
{
    u64 from_offset = 0, to_offset = 0;
    struct copy_ends ends = {0};
    size_t bytes = arguments[4];
    helix_status status = ends_begin(&ends, (int)arguments[0], (int)arguments[2]);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = get_range(arguments[1], &from_offset, &ends.from_position);
    if (status == HELIX_OK)
        status = get_range(arguments[3], &to_offset, &ends.to_position);
    if (status == HELIX_OK && arguments[5] != 0)
        status = HELIX_E_INVAL;
    if (status == HELIX_OK)
        status = check_copied_files(&ends);
    if (status == HELIX_OK)
        status = check_copied_ranges(&ends, &bytes);
    const i64 result = status == HELIX_OK ? copy_data(&ends, bytes) : syscall_result(status);
    ends_end(&ends);
    if (result >= 0 && (put_offset(arguments[1], from_offset) != HELIX_OK ||
                        put_offset(arguments[3], to_offset) != HELIX_OK))
        return -LINUX_EFAULT;
    return result;
}
