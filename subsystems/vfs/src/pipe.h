/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/object.h>
#include <helix/execution/wait.h>
#include <helix/memory/sleep_lock.h>
#include <helix/vfs/file.h>

/*
 * A pipe: a ring of pages between the files that read and those that write. Both ends' files count
 * in `readers` and `writers`; with the last of them it goes. lock guards everything; head, tail and
 * the counts are also read without it, before waiting.
 */
#define PIPE_PAGES_DEFAULT 16u
#define PIPE_PAGES_MAX     256u
#define PIPE_ATOMIC        4096u // writes up to this size are not torn

/* What one write of an O_DIRECT end left: a read gets it alone. Positions as head and tail. */
struct pipe_packet {
    u64 start, end;
};

struct pipe {
    struct object object;
    struct sleep_lock lock;
    u8 **pages; // NULL: not allocated yet
    u32 page_count;
    u64 head; // bytes read since the ring was last empty
    u64 tail; // bytes written
    u32 readers, writers;
    u32 reader_opens, writer_opens; // ever: who opens a FIFO waits for the other side to come by
    struct wait_queue read_wait, write_wait;
    struct vnode *vnode;   // the FIFO; or made for /proc/PID/fd; with a reference then
    struct dentry *dentry; // for the latter; reference
    bool is_fifo;
    struct pipe_packet *packets; // those in the ring, the oldest first; NULL: there never was one
    u32 packet_count;            // PIPE_PAGES_DEFAULT fit; a record does not tell them apart
    bool held;                   // a splice has read what is not taken out yet: readers wait
    u8 *first_pages[PIPE_PAGES_DEFAULT];
};

helix_status pipe_make(struct pipe **pipe_out); // without ends
void pipe_destroy(struct pipe *pipe);

/* An end more or less. The pipe's lock is not held. */
void pipe_attach(struct pipe *pipe, unsigned access);

helix_status pipe_set_pages(struct pipe *pipe, u32 count); // a power of two; BUSY: more is in it

/* Append bytes without an end, as far as they fit: for recreating. */
helix_status pipe_fill(struct pipe *pipe, const void *data, size_t bytes);
size_t pipe_peek(struct pipe *pipe, size_t offset, void *data, size_t bytes);

u64 file_pipe_id(const struct file *file); // inode number
extern const struct object_type pipe_object_type;

/* A place for an end of a nameless pipe, so that /proc/PID/fd can open it again. */
struct path;
helix_status pipe_path(struct file *end, struct path *path_out);
