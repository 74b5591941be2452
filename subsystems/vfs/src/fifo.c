/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Opening FIFOs: a pipe that lives as long as somebody has it open, and waiting for the other side.
 */
#include <helix/abi/linux.h>

#include "file_kinds.h"
#include "pipe.h"

/* Who was there before the one who opens, and how many had come by: when it looks again, partners
 * may have come and gone. */
struct partners {
    u32 readers, writers;
    u32 reader_opens, writer_opens;
};

/* The vnode's pipe with one end more; made when nobody has it open. */
static helix_status join(struct vnode *vnode, unsigned access, struct pipe **pipe_out,
                         struct partners *found)
{
    helix_status st = HELIX_OK;
    sleep_lock_write(&vnode->lock);
    if (vnode->pipe == NULL) {
        st = pipe_make(&vnode->pipe);
        if (st == HELIX_OK) {
            vnode->pipe->is_fifo = true;
            vnode->pipe->vnode = vnode;
        }
    }
    if (st == HELIX_OK) {
        struct pipe *pipe = *pipe_out = vnode->pipe;
        *found = (struct partners){
            .readers = atomic_load_relaxed(&pipe->readers),
            .writers = atomic_load_relaxed(&pipe->writers),
            .reader_opens = pipe->reader_opens,
            .writer_opens = pipe->writer_opens,
        };
        pipe_attach(pipe, access);
    }
    sleep_unlock_write(&vnode->lock);
    return st;
}

void fifo_closed(struct vnode *vnode)
{
    struct pipe *gone = NULL;
    sleep_lock_write(&vnode->lock);
    struct pipe *pipe = vnode->pipe;
    if (pipe != NULL && pipe->readers == 0 && pipe->writers == 0) {
        gone = pipe;
        vnode->pipe = NULL;
    }
    sleep_unlock_write(&vnode->lock);
    if (gone == NULL)
        return;
    if (!gone->is_fifo) {
        if (gone->dentry != NULL)
            dentry_put(gone->dentry);
        vnode_put(gone->vnode);
    }
    pipe_destroy(gone);
}

/* A nameless pipe, opened through /proc/PID/fd: its ends are there, nobody is waited for. */
static bool reopen(struct file *file)
{
    struct vnode *vnode = file->vnode;
    sleep_lock_write(&vnode->lock);
    struct pipe *pipe = vnode->pipe;
    bool nameless = pipe != NULL && !pipe->is_fifo;
    if (nameless) {
        pipe_attach(pipe, file->access);
        file->private_data = pipe;
        file->ops = &pipe_ops;
    }
    sleep_unlock_write(&vnode->lock);
    return nameless;
}

static helix_status await_writer(struct file *file, struct pipe *pipe, const struct partners *found)
{
    if (found->writers != 0 || (file->flags & LINUX_O_NONBLOCK))
        return HELIX_OK;
    return WAIT_FOR(&pipe->read_wait,
                    atomic_load_relaxed(&pipe->writer_opens) != found->writer_opens, NANOS_NEVER,
                    WAIT_INTERRUPTIBLE, "fifo_open");
}

static helix_status await_reader(struct file *file, struct pipe *pipe, const struct partners *found)
{
    if (found->readers != 0)
        return HELIX_OK;
    if (file->flags & LINUX_O_NONBLOCK)
        return HELIX_E_NXIO;
    return WAIT_FOR(&pipe->write_wait,
                    atomic_load_relaxed(&pipe->reader_opens) != found->reader_opens, NANOS_NEVER,
                    WAIT_INTERRUPTIBLE, "fifo_open");
}

helix_status fifo_open(struct file *file)
{
    struct pipe *pipe;
    struct partners found;
    if (file->access == 0)
        return HELIX_E_INVAL;
    if (reopen(file))
        return HELIX_OK;
    helix_status st = join(file->vnode, file->access, &pipe, &found);
    if (st != HELIX_OK)
        return st;
    file->private_data = pipe;
    file->ops = &pipe_ops; // from here on releasing the file leaves the pipe
    wait_wake_all(&pipe->read_wait);
    wait_wake_all(&pipe->write_wait);
    if (file->access == 1)
        return await_writer(file, pipe, &found);
    if (file->access == 2)
        return await_reader(file, pipe, &found);
    return HELIX_OK;
}
