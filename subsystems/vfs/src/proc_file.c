/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Open files of procfs: the text as it was at the first read, or when a reader went back to the
 * start. Of a list that comes in pieces one is kept at a time. */
#include <helix/abi/linux.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/memory/sleep_lock.h>

#include "file_kinds.h"
#include "procfs.h"

#define TEXT_BYTES_FIRST 4096u
#define TEXT_BYTES_MAX   (64u << 20)
#define STORE_BYTES_MAX  4095u

struct proc_text {
    struct proc_id id;
    struct sleep_lock lock; // of all below: pread(2) has no other
    char *data;             // kmalloc'ed; NULL: nothing shown yet
    size_t bytes;
    u64 start; // the file's position of the first byte
    u64 next;  // what the next piece begins with; 0: there is none
};

/* Show into a growing buffer until all, or a record of @from, fits. */
static helix_status refresh(struct proc_text *text, u64 from)
{
    size_t capacity = TEXT_BYTES_FIRST;
    kfree(text->data);
    text->data = NULL;
    text->bytes = 0;
    for (;;) {
        struct text_writer writer = {.capacity = capacity, .from = from};
        writer.data = kmalloc(capacity);
        if (writer.data == NULL)
            return HELIX_E_NOMEM;
        helix_status st = proc_show(&text->id, &writer);
        if (st == HELIX_OK && writer.bytes <= capacity) {
            text->data = writer.data;
            text->bytes = writer.bytes;
            text->next = writer.next;
            return HELIX_OK;
        }
        kfree(writer.data);
        if (st != HELIX_OK)
            return st;
        if (writer.bytes > TEXT_BYTES_MAX)
            return HELIX_E_TOO_BIG;
        capacity = (size_t)1 << log2_ceil(writer.bytes + writer.bytes / 4);
    }
}

/* Have the piece that @position lies in; the last one when it is past the end. */
static helix_status find_piece(struct proc_text *text, u64 position)
{
    helix_status st = HELIX_OK;
    if (position == 0 || position < text->start || text->data == NULL) {
        text->start = 0;
        st = refresh(text, 0);
    }
    while (st == HELIX_OK && text->next != 0 && position >= text->start + text->bytes) {
        text->start += text->bytes;
        st = refresh(text, text->next);
    }
    return st;
}

static helix_status read_text(struct proc_text *text, struct io_buffer *to, u64 *position,
                              size_t *done_out)
{
    helix_status st = find_piece(text, *position);
    const u64 end = text->start + text->bytes;
    if (st != HELIX_OK || *position >= end)
        return st;
    size_t n = min(to->remaining, (size_t)(end - *position));
    st = io_copy_out(to, text->data + (*position - text->start), n);
    if (st != HELIX_OK)
        return st;
    *position += n;
    *done_out = n;
    return HELIX_OK;
}

static helix_status proc_read(struct file *file, struct io_buffer *to, u64 *position,
                              size_t *done_out)
{
    struct proc_text *text = file->private_data;
    sleep_lock_write(&text->lock);
    const helix_status st = read_text(text, to, position, done_out);
    sleep_unlock_write(&text->lock);
    return st;
}

static helix_status proc_write(struct file *file, struct io_buffer *from, u64 *position,
                               size_t *done_out)
{
    const struct proc_text *text = file->private_data;
    size_t bytes = from->remaining;
    if (bytes > STORE_BYTES_MAX)
        return HELIX_E_INVAL;
    char *copy = kmalloc(bytes + 1);
    if (copy == NULL)
        return HELIX_E_NOMEM;
    helix_status st = io_copy_in(from, copy, bytes);
    if (st == HELIX_OK) {
        copy[bytes] = '\0';
        st = proc_store(&text->id, copy, bytes);
    }
    kfree(copy);
    if (st != HELIX_OK)
        return st;
    *position += bytes;
    *done_out = bytes;
    return HELIX_OK;
}

static helix_status proc_seek(struct file *file, i64 offset, int whence, u64 *position_out)
{
    i64 at = offset;
    if (whence == LINUX_SEEK_CUR)
        at += (i64)file->position;
    else if (whence != LINUX_SEEK_SET)
        return HELIX_E_INVAL;
    if (at < 0)
        return HELIX_E_INVAL;
    file->position = (u64)at;
    *position_out = (u64)at;
    return HELIX_OK;
}

static void proc_release(struct file *file)
{
    struct proc_text *text = file->private_data;
    kfree(text->data);
    kfree(text);
}

static const struct file_ops proc_file_ops = {
    .name = "proc",
    .read = proc_read,
    .write = proc_write,
    .seek = proc_seek,
    .poll = file_poll_always,
    .ioctl = file_ioctl_none,
    .map = file_map_none,
    .read_directory = file_read_directory_none,
    .flush = file_flush_none,
    .sync = file_sync_none,
    .release = proc_release,
};

helix_status proc_file_open(struct file *file, struct vnode *vnode)
{
    const struct proc_id id = proc_id_of(vnode->attributes.inode);
    const struct file_ops *before = file->ops;
    if (id.kind == PROC_FILE && proc_ops->open != NULL) {
        helix_status st = proc_ops->open(id.pid, id.tid, proc_ops->files[id.index], file);
        if (st != HELIX_OK || file->ops != before)
            return st;
    }
    struct proc_text *text = kzalloc(sizeof *text);
    if (text == NULL)
        return HELIX_E_NOMEM;
    text->id = id;
    file->private_data = text;
    file->ops = &proc_file_ops;
    return HELIX_OK;
}
