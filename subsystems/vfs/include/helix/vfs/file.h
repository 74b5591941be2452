/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/filesystem.h>
#include <helix/abi/object.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>
#include <helix/execution/mutex.h>
#include <helix/execution/wait.h>
#include <helix/lib/refcount.h>
#include <helix/memory/object.h>
#include <helix/vfs/credentials.h>

/*
 * Open files. One struct file per open(2), pipe end, socket, ...; shared by dup and fork; closed by
 * the last file_put(). Every kind of open object implements struct file_ops. Every slot is set,
 * with the shared default named here where there is nothing to do: callers call through without
 * looking, and file_create() checks it.
 */
struct file;
struct vnode;
struct dentry;
struct mount;

/* A buffer of a read or write: user or kernel memory, possibly scattered. io_copy_* advance it. */
struct io_span {
    vaddr base; // user address, or kernel pointer when io_buffer.kernel
    size_t bytes;
};
struct io_buffer {
    const struct io_span *spans;
    unsigned count;
    unsigned current; // span being used
    size_t offset;    // inside it
    size_t remaining; // bytes left in all
    bool kernel;
    bool nowait; // RWF_NOWAIT / MSG_DONTWAIT
    bool append; // RWF_APPEND
    bool sync;   // RWF_SYNC, RWF_DSYNC
};

/* All or HELIX_E_FAULT, before which the buffer has moved on by what could be copied. */
helix_status io_copy_out(struct io_buffer *to, const void *from, size_t bytes); // kernel -> buffer
helix_status io_copy_in(struct io_buffer *from, void *to, size_t bytes);        // buffer -> kernel
helix_status io_zero(struct io_buffer *to, size_t bytes);
void io_buffer_kernel(struct io_buffer *buffer, struct io_span *span, void *memory, size_t bytes);
void io_buffer_user(struct io_buffer *buffer, struct io_span *span, vaddr at, size_t bytes);

/* Poll: an operation adds the queues it can be woken from, then tells what is ready now. Masks are
 * Linux POLL* bits. */
struct poll_table {
    void (*add)(struct poll_table *table, struct wait_queue *queue); // NULL: only asking
};

/*
 * For kinds of files behind which an object of its own stands (epoll, eventfd, ...): how a record
 * of the file refers to it. object() gives the file's; open() makes a file for a recreated one,
 * which the caller still owns.
 */
struct file_object_ops {
    enum object_kind kind;
    struct object *(*object)(struct file *file);
    helix_status (*open)(struct object *object, u32 flags, struct file **file_out);
    struct file_object_ops *next; // vfs's
};
void file_object_register(struct file_object_ops *ops); // at init

/* Who is told that a file is ready: F_SETOWN and F_SETSIG of fcntl(2). */
struct file_owner {
    u32 id; // 0: nobody
    u8 type, signal;
    u8 kept;       // enum file_kept
    u32 uid, euid; // of who said so
};

/* What hangs on an open file elsewhere, and goes with it. */
enum file_kept {
    FILE_KEEPS_NOTICES = 1, // F_NOTIFY
    FILE_KEEPS_LEASE = 2,
};

/* F_OWNER_* of F_SETOWN_EX. */
enum file_owner_type {
    FILE_OWNER_TASK,
    FILE_OWNER_PROCESS,
    FILE_OWNER_GROUP,
};

struct file_ops {
    const char *name;
    bool tells; // O_ASYNC has a meaning: poll() names queues that say when the file is ready
    u32 mode;   // what fstat(2) shows of files without a vnode; 0: 0600 and no type
    const struct file_object_ops *object; // NULL: the file is its path, or cannot be described
    helix_status (*read)(struct file *file, struct io_buffer *to, u64 *position,
                         size_t *done_out); // default: file_read_none (INVAL)
    helix_status (*write)(struct file *file, struct io_buffer *from, u64 *position,
                          size_t *done_out); // default: file_write_none (INVAL)
    helix_status (*seek)(struct file *file, i64 offset, int whence,
                         u64 *position_out); // default: file_seek_none (SEEK, that is ESPIPE)
    u32 (*poll)(struct file *file,
                struct poll_table *table); // default: file_poll_always: readable and writable
    helix_status (*ioctl)(struct file *file, u32 command, u64 argument,
                          i64 *result_out); // default: file_ioctl_none (NOT_TTY)
    helix_status (*map)(
        struct file *file, u64 offset, unsigned vm_flags,
        struct vm_object **object_out); // default: file_map_none (NODEV); new reference
    helix_status (*read_directory)(struct file *file, fs_readdir_fn *entry,
                                   void *context); // default: file_read_directory_none (NOT_DIR)
    helix_status (*flush)(struct file *file);      // each close(2); default: file_flush_none (OK)
    helix_status (*sync)(struct file *file);       // default: file_sync_none (INVAL)
    void (*release)(struct file *file);            // last reference; default: file_release_none
};

helix_status file_read_none(struct file *file, struct io_buffer *to, u64 *position,
                            size_t *done_out);
helix_status file_write_none(struct file *file, struct io_buffer *from, u64 *position,
                             size_t *done_out);
helix_status file_seek_none(struct file *file, i64 offset, int whence, u64 *position_out);
u32 file_poll_always(struct file *file, struct poll_table *table);
helix_status file_ioctl_none(struct file *file, u32 command, u64 argument, i64 *result_out);
helix_status file_map_none(struct file *file, u64 offset, unsigned vm_flags,
                           struct vm_object **object_out);
helix_status file_read_directory_none(struct file *file, fs_readdir_fn *entry, void *context);
helix_status file_flush_none(struct file *file);
helix_status file_sync_none(struct file *file);
void file_release_none(struct file *file);

struct file {
    struct object object;
    struct refcount references;
    const struct file_ops *ops;
    u32 flags;      // O_* as open(2), changed by fcntl F_SETFL (atomic)
    u32 access;     // 1 readable, 2 writable
    i8 write_share; // 1: counts among those that write the vnode, -1: among those that run it
    bool reads;     // counts among those that only read it
    struct mutex position_lock;
    u64 position;
    struct dentry *dentry; // NULL for pipes and sockets; own references
    struct mount *mount;
    struct vnode *vnode;             // of the dentry, or an anonymous one
    struct credentials *credentials; // of the opener
    void *private_data;
    struct file_owner owner;
    void *watchers;           // epoll's, NULL: nobody watches it
    struct file_async *async; // hooks while O_ASYNC is set; NULL: it is not
};

helix_status file_create(const struct file_ops *ops, void *private_data, u32 flags,
                         struct file **file_out);
void file_get(struct file *file);

/* Nobody may write the file as long as @file, just opened, exists. TEXT_BUSY: somebody does. */
helix_status file_deny_writing(struct file *file);

/* @ended is called for a file with watchers or O_ASYNC when its last reference has gone and before
 * it is released; it leaves none. Set once. May sleep. */
void file_set_watch_hook(void (*ended)(struct file *file));
void file_put(struct file *file);

/* Read and write at the file's position (position NULL) or at *position. Access mode and limits are
 * checked here. */
helix_status file_read(struct file *file, struct io_buffer *to, u64 *position, size_t *done_out);
helix_status file_write(struct file *file, struct io_buffer *from, u64 *position, size_t *done_out);
helix_status file_read_kernel(struct file *file, u64 position, void *to, size_t bytes,
                              size_t *done_out);
helix_status file_write_kernel(struct file *file, u64 position, const void *from, size_t bytes,
                               size_t *done_out);
helix_status file_seek(struct file *file, i64 offset, int whence, u64 *position_out);
u32 file_poll(struct file *file, struct poll_table *table);

/* Attributes of an open file of any kind, and the number of the device it is on (st_dev). */
helix_status file_stat(struct file *file, struct fs_attributes *attributes_out, u64 *device_out);

/* What fstat(2) tells, also of pipes, sockets and anonymous files. @device_out: st_dev. */
helix_status file_stat(struct file *file, struct fs_attributes *attributes_out, u64 *device_out);
helix_status vfs_file_size(struct file *file, u64 *bytes_out);

/* A file with data of its own that can be read at any place: no pipe, device or folder. */
bool file_is_regular(const struct file *file);

/* ftruncate(2): the access mode of the opener decides, not the permissions now. fallocate(2): @mode
 * as there. */
helix_status file_truncate(struct file *file, u64 bytes);
helix_status file_allocate(struct file *file, int mode, u64 offset, u64 bytes);

/* A name for an open file that has no path: "pipe:[7]", "anon_inode:[eventfd]", as /proc/PID/fd
 * shows it. */
void file_label(const struct file *file, char *buffer, size_t capacity);

/*
 * fs.file-max: how many files may be open in the whole system; no limit until it is set. Beyond it
 * making one gives HELIX_E_FILE_TABLE_FULL, but for whom the hook, set once, exempts.
 */
void file_limit_set(u64 most);
u64 file_limit(void);
u64 file_count(void);
void file_set_exemption(bool (*exempt)(void));

/* Who knows RLIMIT_FSIZE of the running task. A write or a resize that meets it calls @exceeded
 * (SIGXFSZ) and gives HELIX_E_FILE_TOO_BIG. */
void file_set_size_limit(u64 (*limit)(void), void (*exceeded)(void));
