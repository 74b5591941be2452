/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/object.h>
#include <helix/execution/mutex.h>
#include <helix/execution/wait.h>
#include <helix/execution/work.h>
#include <helix/lib/rbtree.h>
#include <helix/memory/frame.h>
#include <helix/memory/object.h>
#include <helix/vfs/file.h>

/*
 * Asynchronous I/O: io_setup(2) and its like.
 *
 * A context is a ring of events in memory that the program maps too; its number is the address of
 * that mapping, so it is found through the mapping, wherever mremap(2) has put it. The program may
 * take events by itself, by moving the ring's head; and it may write anything there, so the kernel
 * keeps what it relies on (the size, the tail, how many requests are under way) to itself and reads
 * only the head, modulo the size. A head that lies costs the program events and nobody else
 * anything.
 *
 * A request has its place in the ring reserved before it begins: what is under way and what is
 * unread never fill it. Reads, writes and syncs are done by io_submit(2) itself, as Linux does
 * where no disk is asked directly; on a pipe or a socket without O_NONBLOCK they wait there as
 * read(2) would, for a signal too (the event then says EINTR). A poll stays behind: hooks in the
 * queues of its file have the worker thread look at the file again, and whoever takes it off the
 * list of active ones (the worker, io_cancel(2), the end of the context) completes it.
 *
 * A context belongs to its address space and ends with it, or by io_destroy(2); calls and requests
 * under way keep the memory.
 *
 * Locks: contexts_lock (which there are) and context->lock (events, requests) are spinlocks, never
 * held together; context->readers, a mutex, is outside of both.
 */
struct aio_ring {
    u32 id, slots, head, tail, magic, compatible, incompatible, header_bytes;
};

struct linux_io_event {
    u64 data, iocb;
    i64 result, result2;
};

struct linux_iocb {
    u64 data;
    u32 key, rw_flags;
    u16 opcode, priority;
    u32 fd;
    u64 buffer, bytes, offset, reserved;
    u32 flags, event_fd;
};

struct aio_context {
    struct object object;
    struct refcount references; // its being found, calls and requests under way
    struct rb_node node;
    struct vm_space *space; // not counted: it ends the context first
    struct vm_object *memory;
    void **pages; // of the memory
    u32 page_count;
    u32 slots; // one more than there can be events
    u32 most;  // what was asked for
    bool ended;
    struct spinlock lock;
    u32 tail HELIX_GUARDED_BY(&lock);
    u32 under_way HELIX_GUARDED_BY(&lock);
    struct list active HELIX_GUARDED_BY(&lock); // requests
    struct mutex readers;
    struct wait_queue sleepers;
};

#define AIO_HOOKS_MOST 2u
#define AIO_RING_MOST  (0x10000000u + 2 * (u32)PAGE_SIZE) // bytes

struct aio_hook {
    struct waiter waiter; // first
    struct aio_request *request;
};

/* A poll that waits. */
struct aio_request {
    struct refcount references; // its being active, the worker's
    struct list link;
    bool is_active; // context->lock
    struct aio_context *context;
    struct file *file;
    struct file *event; // an eventfd to tell; NULL: none
    u64 iocb, data;
    u32 events;
    u32 announced; // the worker is going to look, or nobody may be told yet; atomic
    struct wait_after after;
    struct work work;
    u32 hook_count;
    struct aio_hook hooks[AIO_HOOKS_MOST];
};

/* context.c. INVAL: too many events. AGAIN: more than fs.aio-max-nr leaves. NOMEM. */
helix_status aio_context_create(struct vm_space *space, u32 most, struct aio_context **context_out);
/* The same for a ring that there is. It is found from now on. */
helix_status aio_context_adopt(struct vm_space *space, struct vm_object *memory, u32 most,
                               struct aio_context **context_out);
helix_status aio_context_map(struct aio_context *context, u64 *id_out);
/* Of the running process, with a reference. INVAL: there is none. */
helix_status aio_context_find(u64 id, struct aio_context **context_out);
bool aio_context_end(struct aio_context *context); // false: it has ended before
void aio_context_put(struct aio_context *context);
u64 aio_context_bytes(const struct aio_context *context);
void aio_start(void);

/* ring.c */
void aio_ring_begin(struct aio_context *context);
helix_status aio_reserve(struct aio_context *context); // a place for an event. AGAIN
void aio_unreserve(struct aio_context *context);
void aio_complete(struct aio_context *context, const struct linux_io_event *event);
bool aio_has_events(const struct aio_context *context); // a hint
/* Give up to @most events. FAULT: none of them was given. */
helix_status aio_take(struct aio_context *context, u64 user_events, u32 most, u32 *count_out);

/* request.c. Takes references on the files. INVAL: the file has no queue to wait in. */
helix_status aio_poll(const struct aio_request *like);
bool aio_cancel(struct aio_context *context, u64 iocb);
void aio_cancel_all(struct aio_context *context);

/* submit.c */
i64 aio_submit(struct aio_context *context, u64 user_iocbs, u64 count);

/* object.c */
extern const struct object_type aio_object_type;
