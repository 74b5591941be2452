/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Pipes: the ring, reading and writing, waiting. FIFOs open them in fifo.c. */
#include "pipe.h"

#include <helix/abi/linux.h>
#include <helix/hal/mmu.h>
#include <helix/lib/string.h>
#include <helix/memory/frame.h>
#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>
#include <helix/vfs/special.h>

#include "file_kinds.h"

static struct kmem_cache pipe_cache = KMEM_CACHE(pipe);

static inline u64 capacity_of(const struct pipe *pipe)
{
    return (u64)pipe->page_count * PAGE_SIZE;
}

static inline u64 bytes_in(const struct pipe *pipe)
{
    return atomic_load_relaxed(&pipe->tail) - atomic_load_relaxed(&pipe->head);
}

/* ---- Life ---- */

helix_status pipe_make(struct pipe **pipe_out)
{
    struct pipe *pipe = kmem_alloc(&pipe_cache);
    if (pipe == NULL)
        return HELIX_E_NOMEM;
    pipe->object.type = &pipe_object_type;
    pipe->object.id = object_id_new();
    pipe->pages = pipe->first_pages;
    pipe->page_count = PIPE_PAGES_DEFAULT;
    wait_queue_init(&pipe->read_wait);
    wait_queue_init(&pipe->write_wait);
    *pipe_out = pipe;
    return HELIX_OK;
}

static void free_pages(struct pipe *pipe)
{
    for (u32 i = 0; i < pipe->page_count; i++) {
        if (pipe->pages[i] != NULL)
            frame_put(virt_to_phys(pipe->pages[i]));
    }
    if (pipe->pages != pipe->first_pages)
        kfree(pipe->pages);
}

void pipe_destroy(struct pipe *pipe)
{
    free_pages(pipe);
    kfree(pipe->packets);
    kmem_free(&pipe_cache, pipe);
}

void pipe_attach(struct pipe *pipe, unsigned access)
{
    sleep_lock_write(&pipe->lock);
    if (access & 1) {
        pipe->readers++;
        pipe->reader_opens++;
    }
    if (access & 2) {
        pipe->writers++;
        pipe->writer_opens++;
    }
    sleep_unlock_write(&pipe->lock);
}

static void wake(struct wait_queue *queue)
{
    if (wait_queue_active(queue))
        wait_wake_all(queue);
}

static void wake_readers(struct pipe *pipe)
{
    if (wait_queue_active(&pipe->read_wait))
        wait_wake_events(&pipe->read_wait, LINUX_POLLIN | LINUX_POLLRDNORM);
}

static void wake_writers(struct pipe *pipe)
{
    if (wait_queue_active(&pipe->write_wait))
        wait_wake_events(&pipe->write_wait, LINUX_POLLOUT | LINUX_POLLWRNORM);
}

static void pipe_release(struct file *file)
{
    struct pipe *pipe = file->private_data;
    sleep_lock_write(&pipe->lock);
    pipe->readers -= file->access & 1;
    pipe->writers -= (file->access >> 1) & 1;
    bool last = pipe->readers == 0 && pipe->writers == 0;
    struct vnode *vnode = pipe->vnode;
    if (last && vnode != NULL)
        vnode_get(vnode);
    // While the lock is held: afterwards another end may take the pipe away.
    wake(&pipe->read_wait);
    wake(&pipe->write_wait);
    sleep_unlock_write(&pipe->lock);
    if (!last)
        return;
    if (vnode == NULL) {
        pipe_destroy(pipe);
        return;
    }
    fifo_closed(vnode);
    vnode_put(vnode);
}

/* ---- The ring, lock held ---- */

/* Where @position is in memory, and how many bytes follow in the page. */
static u8 *place_of(struct pipe *pipe, u64 position, size_t *room_out)
{
    u64 at = position & (capacity_of(pipe) - 1);
    u8 **page = &pipe->pages[at >> PAGE_SHIFT];
    if (*page == NULL) {
        paddr frame;
        if (frame_alloc(0, 0, &frame) != HELIX_OK)
            return NULL;
        *page = phys_to_virt(frame);
    }
    *room_out = PAGE_SIZE - (at & PAGE_MASK);
    return *page + (at & PAGE_MASK);
}

/* Packets that lie before head have been read. */
static void forget_packets(struct pipe *pipe)
{
    u32 gone = 0;
    while (gone < pipe->packet_count && pipe->packets[gone].end <= pipe->head)
        gone++;
    if (gone == 0)
        return;
    pipe->packet_count -= gone;
    memmove(pipe->packets, pipe->packets + gone, pipe->packet_count * sizeof *pipe->packets);
}

/* What did not fit into the reader's buffer of a packet is lost. */
static void end_packet(struct pipe *pipe)
{
    if (pipe->packet_count > 0 && pipe->head > pipe->packets[0].start)
        atomic_store_relaxed(&pipe->head, pipe->packets[0].end);
    forget_packets(pipe);
}

static helix_status take_bytes(struct pipe *pipe, struct io_buffer *to, size_t *done_out)
{
    helix_status st = HELIX_OK;
    size_t done = 0;
    size_t wanted = min(to->remaining, (size_t)bytes_in(pipe));
    if (unlikely(pipe->packet_count > 0))
        wanted = min(wanted, (size_t)(pipe->packets[0].end - pipe->head));
    while (done < wanted) {
        size_t room;
        const u8 *from = place_of(pipe, pipe->head, &room);
        size_t n = min(room, wanted - done);
        st = io_copy_out(to, from, n);
        if (st != HELIX_OK)
            break;
        atomic_store_relaxed(&pipe->head, pipe->head + n);
        done += n;
    }
    if (unlikely(pipe->packet_count > 0))
        end_packet(pipe);
    // An empty ring begins anew, so that a pipe that is read at once stays in its first page.
    if (pipe->head == pipe->tail) {
        atomic_store_relaxed(&pipe->head, 0);
        atomic_store_relaxed(&pipe->tail, 0);
    }
    *done_out += done;
    return done > 0 ? HELIX_OK : st;
}

static helix_status put_bytes(struct pipe *pipe, struct io_buffer *from, size_t bytes,
                              size_t *done_out)
{
    helix_status st = HELIX_OK;
    size_t done = 0;
    while (done < bytes) {
        size_t room;
        u8 *to = place_of(pipe, pipe->tail, &room);
        if (to == NULL) {
            st = HELIX_E_NOMEM;
            break;
        }
        size_t n = min(room, bytes - done);
        st = io_copy_in(from, to, n);
        if (st != HELIX_OK)
            break;
        atomic_store_relaxed(&pipe->tail, pipe->tail + n);
        done += n;
    }
    *done_out += done;
    return st;
}

/* ---- Reading and writing ---- */

static inline bool is_nonblocking(const struct file *file, const struct io_buffer *buffer)
{
    return buffer->nowait || (atomic_load_relaxed(&file->flags) & LINUX_O_NONBLOCK);
}

static bool may_read(const struct pipe *pipe)
{
    if (READ_ONCE(pipe->held))
        return false;
    return bytes_in(pipe) != 0 || atomic_load_relaxed(&pipe->writers) == 0;
}

static helix_status pipe_read(struct file *file, struct io_buffer *to, u64 *position,
                              size_t *done_out)
{
    struct pipe *pipe = file->private_data;
    (void)position;
    if (to->remaining == 0)
        return HELIX_OK;
    for (;;) {
        sleep_lock_write(&pipe->lock);
        if (likely(bytes_in(pipe) != 0 && !pipe->held)) {
            helix_status st = take_bytes(pipe, to, done_out);
            sleep_unlock_write(&pipe->lock);
            wake_writers(pipe);
            return st;
        }
        bool ended = pipe->writers == 0 && !pipe->held;
        sleep_unlock_write(&pipe->lock);
        if (ended)
            return HELIX_OK;
        if (is_nonblocking(file, to))
            return HELIX_E_WOULD_BLOCK;
        helix_status st = WAIT_FOR(&pipe->read_wait, may_read(pipe), NANOS_NEVER,
                                   WAIT_INTERRUPTIBLE, "pipe_read");
        if (st != HELIX_OK)
            return st;
    }
}

static inline bool has_packet_room(const struct pipe *pipe)
{
    return atomic_load_relaxed(&pipe->packet_count) < PIPE_PAGES_DEFAULT;
}

static helix_status put_packet(struct pipe *pipe, struct io_buffer *from, size_t *done_out)
{
    u64 start = pipe->tail;
    if (pipe->packets == NULL)
        pipe->packets = kmalloc(PIPE_PAGES_DEFAULT * sizeof *pipe->packets);
    if (pipe->packets == NULL)
        return HELIX_E_NOMEM;
    helix_status st = put_bytes(pipe, from, min(from->remaining, (size_t)PIPE_ATOMIC), done_out);
    if (pipe->tail > start)
        pipe->packets[pipe->packet_count++] = (struct pipe_packet){start, pipe->tail};
    return st;
}

static bool may_write(const struct pipe *pipe, size_t needed)
{
    return (has_packet_room(pipe) && capacity_of(pipe) - bytes_in(pipe) >= needed) ||
           atomic_load_relaxed(&pipe->readers) == 0;
}

static helix_status pipe_write(struct file *file, struct io_buffer *from, u64 *position,
                               size_t *done_out)
{
    struct pipe *pipe = file->private_data;
    (void)position;
    bool packets = atomic_load_relaxed(&file->flags) & LINUX_O_DIRECT;
    size_t needed = from->remaining <= PIPE_ATOMIC ? from->remaining : 1;
    while (from->remaining > 0) {
        helix_status st = HELIX_OK;
        if (packets)
            needed = min(from->remaining, (size_t)PIPE_ATOMIC);
        sleep_lock_write(&pipe->lock);
        u64 room = has_packet_room(pipe) ? capacity_of(pipe) - bytes_in(pipe) : 0;
        if (unlikely(pipe->readers == 0))
            st = HELIX_E_CLOSED;
        else if (room >= needed && unlikely(packets))
            st = put_packet(pipe, from, done_out);
        else if (likely(room >= needed))
            st = put_bytes(pipe, from, (size_t)min((u64)from->remaining, room), done_out);
        else
            room = 0;
        sleep_unlock_write(&pipe->lock);
        if (st != HELIX_OK || room > 0)
            wake_readers(pipe);
        if (st == HELIX_OK && room == 0) {
            if (is_nonblocking(file, from))
                st = HELIX_E_WOULD_BLOCK;
            else
                st = WAIT_FOR(&pipe->write_wait, may_write(pipe, needed), NANOS_NEVER,
                              WAIT_INTERRUPTIBLE, "pipe_write");
        }
        if (st != HELIX_OK)
            return *done_out > 0 ? HELIX_OK : st;
    }
    return HELIX_OK;
}

static u32 pipe_poll(struct file *file, struct poll_table *table)
{
    struct pipe *pipe = file->private_data;
    u32 ready = 0;
    if (file->access & 1) {
        if (table->add != NULL)
            table->add(table, &pipe->read_wait);
        if (bytes_in(pipe) != 0)
            ready |= LINUX_POLLIN | LINUX_POLLRDNORM;
        if (atomic_load_relaxed(&pipe->writers) == 0)
            ready |= LINUX_POLLHUP;
    }
    if (file->access & 2) {
        if (table->add != NULL)
            table->add(table, &pipe->write_wait);
        if (has_packet_room(pipe) && capacity_of(pipe) - bytes_in(pipe) >= PIPE_ATOMIC)
            ready |= LINUX_POLLOUT | LINUX_POLLWRNORM;
        if (atomic_load_relaxed(&pipe->readers) == 0)
            ready |= LINUX_POLLERR;
    }
    return ready;
}

#define FIONREAD 0x541bu

static helix_status pipe_ioctl(struct file *file, u32 command, u64 argument, i64 *result_out)
{
    const struct pipe *pipe = file->private_data;
    if (command != FIONREAD)
        return HELIX_E_NOT_TTY;
    i32 count = (i32)bytes_in(pipe);
    *result_out = 0;
    return user_copy_out(vaddr_of(argument), &count, sizeof count);
}

const struct file_ops pipe_ops = {
    .name = "pipe",
    .tells = true,
    .mode = LINUX_S_IFIFO | 0600,
    .read = pipe_read,
    .write = pipe_write,
    .seek = file_seek_none,
    .poll = pipe_poll,
    .ioctl = pipe_ioctl,
    .map = file_map_none,
    .read_directory = file_read_directory_none,
    .flush = file_flush_none,
    .sync = file_sync_none,
    .release = pipe_release,
};

static helix_status make_end(struct pipe *pipe, u32 flags, struct file **file_out)
{
    helix_status st = file_allocate_kind(&pipe_ops, flags, file_out);
    if (st == HELIX_OK)
        (*file_out)->private_data = pipe;
    return st;
}

helix_status pipe_create(u32 flags, struct file **read_out, struct file **write_out)
{
    struct pipe *pipe;
    helix_status st = pipe_make(&pipe);
    if (st != HELIX_OK)
        return st;
    st = make_end(pipe, flags | LINUX_O_RDONLY, read_out);
    if (st != HELIX_OK) {
        pipe_destroy(pipe);
        return st;
    }
    pipe->readers = 1;
    st = make_end(pipe, flags | LINUX_O_WRONLY, write_out);
    if (st != HELIX_OK) {
        file_put(*read_out); // the last end takes the pipe along
        return st;
    }
    pipe->writers = 1;
    pipe->reader_opens = pipe->writer_opens = 1;
    return HELIX_OK;
}

u64 file_pipe_id(const struct file *file)
{
    const struct pipe *pipe = file->private_data;
    return pipe->vnode != NULL ? pipe->vnode->attributes.inode : pipe->object.id;
}

/* ---- Splicing ---- */

bool file_is_pipe(const struct file *file)
{
    return file->ops == &pipe_ops;
}

bool pipe_same(const struct file *left, const struct file *right)
{
    return left->private_data == right->private_data;
}

/* Copy from the ring without taking. Lock held. */
static size_t copy_held(struct pipe *pipe, u8 *to, size_t bytes)
{
    size_t wanted = (size_t)min((u64)bytes, bytes_in(pipe));
    for (size_t done = 0; done < wanted;) {
        size_t room;
        const u8 *from = place_of(pipe, pipe->head + done, &room);
        size_t n = min(room, wanted - done);
        memcpy(to + done, from, n);
        done += n;
    }
    return wanted;
}

helix_status pipe_hold(struct file *end, void *buffer, size_t bytes, bool nowait, size_t *count_out)
{
    struct pipe *pipe = end->private_data;
    for (;;) {
        sleep_lock_write(&pipe->lock);
        bool mine = !pipe->held;
        *count_out = mine ? copy_held(pipe, buffer, bytes) : 0;
        pipe->held |= *count_out > 0;
        bool ended = mine && pipe->writers == 0;
        sleep_unlock_write(&pipe->lock);
        if (*count_out > 0 || ended)
            return HELIX_OK;
        if (nowait)
            return HELIX_E_WOULD_BLOCK;
        helix_status st = WAIT_FOR(&pipe->read_wait, may_read(pipe), NANOS_NEVER,
                                   WAIT_INTERRUPTIBLE, "pipe_splice");
        if (st != HELIX_OK)
            return st;
    }
}

void pipe_let_go(struct file *end, size_t used)
{
    struct pipe *pipe = end->private_data;
    sleep_lock_write(&pipe->lock);
    atomic_store_relaxed(&pipe->head, pipe->head + used);
    forget_packets(pipe);
    pipe->held = false;
    sleep_unlock_write(&pipe->lock);
    wake_writers(pipe);
    wake_readers(pipe); // who waited for their turn
}

helix_status pipe_wait_room(struct file *end, bool nowait, size_t *room_out)
{
    struct pipe *pipe = end->private_data;
    for (;;) {
        if (atomic_load_relaxed(&pipe->readers) == 0)
            return HELIX_E_CLOSED;
        *room_out = (size_t)(capacity_of(pipe) - bytes_in(pipe));
        if (*room_out > 0)
            return HELIX_OK;
        if (nowait)
            return HELIX_E_WOULD_BLOCK;
        helix_status st = WAIT_FOR(&pipe->write_wait, may_write(pipe, 1), NANOS_NEVER,
                                   WAIT_INTERRUPTIBLE, "pipe_splice");
        if (st != HELIX_OK)
            return st;
    }
}

/* ---- Contents without files ---- */

size_t pipe_peek(struct pipe *pipe, size_t offset, void *data, size_t bytes)
{
    size_t done = 0;
    sleep_lock_write(&pipe->lock);
    u64 count = bytes_in(pipe);
    size_t wanted = offset < count ? (size_t)min((u64)bytes, count - offset) : 0;
    while (done < wanted) {
        size_t room;
        const u8 *from = place_of(pipe, pipe->head + offset + done, &room);
        size_t n = min(room, wanted - done);
        memcpy((u8 *)data + done, from, n);
        done += n;
    }
    sleep_unlock_write(&pipe->lock);
    return done;
}

helix_status pipe_fill(struct pipe *pipe, const void *data, size_t bytes)
{
    struct io_span span;
    struct io_buffer from;
    size_t done = 0;
    io_buffer_kernel(&from, &span, (void *)(uintptr_t)data, bytes);
    sleep_lock_write(&pipe->lock);
    helix_status st = bytes > capacity_of(pipe) - bytes_in(pipe)
                          ? HELIX_E_NO_SPACE
                          : put_bytes(pipe, &from, bytes, &done);
    sleep_unlock_write(&pipe->lock);
    return st;
}

/* ---- Size ---- */

/* Give the pipe another ring of @count pages. The old pages are freed; what they held is copied. */
static helix_status exchange_ring(struct pipe *pipe, u32 count)
{
    u64 bytes = bytes_in(pipe);
    if (bytes > (u64)count * PAGE_SIZE)
        return HELIX_E_BUSY;
    struct pipe fresh = {.page_count = count};
    fresh.pages = kzalloc(count * sizeof(u8 *));
    if (fresh.pages == NULL)
        return HELIX_E_NOMEM;
    while (fresh.tail < bytes) {
        size_t from_room, to_room;
        const u8 *from = place_of(pipe, pipe->head + fresh.tail, &from_room);
        u8 *to = place_of(&fresh, fresh.tail, &to_room);
        if (to == NULL) {
            free_pages(&fresh);
            return HELIX_E_NOMEM;
        }
        size_t room = min(from_room, to_room);
        size_t n = min(room, (size_t)(bytes - fresh.tail));
        memcpy(to, from, n);
        fresh.tail += n;
    }
    free_pages(pipe);
    for (u32 i = 0; i < pipe->packet_count; i++) {
        pipe->packets[i].start -= min(pipe->packets[i].start, pipe->head);
        pipe->packets[i].end -= pipe->head;
    }
    pipe->pages = fresh.pages;
    pipe->page_count = count;
    atomic_store_relaxed(&pipe->head, 0);
    atomic_store_relaxed(&pipe->tail, bytes);
    return HELIX_OK;
}

helix_status pipe_set_pages(struct pipe *pipe, u32 count)
{
    sleep_lock_write(&pipe->lock);
    helix_status st = count != pipe->page_count ? exchange_ring(pipe, count) : HELIX_OK;
    sleep_unlock_write(&pipe->lock);
    return st;
}

helix_status pipe_resize(struct file *end, size_t bytes, bool past_limit, size_t *bytes_out)
{
    if (end->ops != &pipe_ops)
        return HELIX_E_BAD_FD;
    struct pipe *pipe = end->private_data;
    if (bytes > 1ul << 31)
        return HELIX_E_INVAL;
    u32 count = bytes <= PAGE_SIZE ? 1 : 1u << log2_ceil(div_round_up(bytes, PAGE_SIZE));
    helix_status st = HELIX_OK;
    sleep_lock_write(&pipe->lock);
    if (count > pipe->page_count && !past_limit && (u64)count * PAGE_SIZE > *pipe_bytes_most())
        st = HELIX_E_PERM;
    else if (count != pipe->page_count)
        st = exchange_ring(pipe, count);
    *bytes_out = (size_t)capacity_of(pipe);
    sleep_unlock_write(&pipe->lock);
    wake(&pipe->write_wait);
    return st;
}

helix_status pipe_size(const struct file *end, size_t *bytes_out)
{
    if (end->ops != &pipe_ops)
        return HELIX_E_BAD_FD;
    *bytes_out = (size_t)capacity_of(end->private_data);
    return HELIX_OK;
}

u64 *pipe_bytes_most(void)
{
    static u64 most = PIPE_PAGES_MAX * PAGE_SIZE;
    return &most;
}

/* ---- A place for /proc/PID/fd ---- */

static struct volume *pipe_volume;

helix_status pipe_path(struct file *end, struct path *path_out)
{
    struct pipe *pipe = end->private_data;
    helix_status st = HELIX_OK;
    if (end->dentry != NULL) {
        *path_out = (struct path){end->mount, end->dentry};
        path_get(path_out);
        return HELIX_OK;
    }
    sleep_lock_write(&pipe->lock);
    if (pipe_volume == NULL)
        st = volume_create_anonymous("pipefs", &pipe_volume);
    if (st == HELIX_OK && pipe->vnode == NULL) {
        st = vnode_create_anonymous(pipe_volume, LINUX_S_IFIFO | 0600, &pipe->vnode);
        if (st == HELIX_OK)
            pipe->vnode->pipe = pipe;
    }
    if (st == HELIX_OK && pipe->dentry == NULL)
        st = dentry_create(pipe_volume, NULL, "pipe", 4, pipe->vnode, &pipe->dentry);
    sleep_unlock_write(&pipe->lock);
    if (st != HELIX_OK)
        return st;
    *path_out = (struct path){mount_root(), pipe->dentry};
    path_get(path_out);
    return HELIX_OK;
}
