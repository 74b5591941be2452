/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/filesystem.h>
#include <helix/abi/linux.h>
#include <helix/execution/quiesce.h>
#include <helix/hal/spinlock.h>
#include <helix/lib/list.h>
#include <helix/memory/object.h>
#include <helix/memory/sleep_lock.h>

#include "fs_type.h"
#include "page_tree.h"

struct dentry;
struct pipe;
struct watch;

/* One file system that is in use. It lives until its last mount and its last vnode are gone. */
struct volume {
    struct refcount references; // one for being mounted, one per vnode
    u32 mounts;                 // under the mount lock
    struct fs_type *type;
    u64 handle; // the module's number for it
    u64 device; // st_dev
    u32 flags;  // enum fs_type_flag
    char *source;
    struct dentry *root;           // reference, until the last mount goes
    struct list vnodes;            // under the vnode table's lock
    struct sleep_lock rename_lock; // keeps the shape of the tree while directories move
    u64 pages;                     // of a type without a store: in use (atomic)
    u64 page_limit;                // 0: none (atomic)
    u64 inodes;                    // of a tmpfs: inodes, and names of files but the first (atomic)
    u64 inode_limit;               // 0: none (atomic)
    bool read_only;                // whatever the mounts say (atomic)
    struct list all_link;          // under the mount lock
};

enum vnode_flag {
    VNODE_REMOVED =
        1u << 0, // a directory without a name: nothing may be made in it (under its lock)
    VNODE_PINNED = 1u << 1,          // holds a reference of its own: its data exist nowhere else
    VNODE_STALE = 1u << 2,           // sizes or times newer than the store's (atomic)
    VNODE_LINKABLE = 1u << 3,        // without a name, and may get one: O_TMPFILE (atomic)
    VNODE_NO_CAPABILITIES = 1u << 4, // known to have none (atomic)
};

/*
 * A file, whatever its names. The attributes here are the ones in force: the file system is told of
 * changes by calls, and of sizes and times when they are written back.
 *
 * @lock: written for changes of names in a directory, of attributes, and of a file's data or size;
 * single fields are read without it.
 */
struct vnode {
    struct vm_object object; // first: its count of references is the vnode's
    u32 flags;
    u32 seals;   // FILE_SEAL_* of a memory file; changed under lock, atomic
    i32 writers; // open files that write it; negative: programs that run from it (atomic)
    u32 readers; // open files that only read it (atomic)
    struct sleep_lock lock;
    struct volume *volume;
    struct fs_attributes attributes;
    struct vnode *table_next;
    struct list volume_link;

    struct spinlock cache_lock; // guards the four below
    struct page_tree cache;
    u64 cache_pages;
    u64 cache_dirty;
    bool cache_listed;      // among those that reclaim looks at
    struct list cache_link; // under the reclaim lock

    struct dentry *name;   // one of its names, if cached; under dentry_lock
    struct pipe *pipe;     // of a FIFO that is open
    struct watch *watches; // under watch_lock
    u32 watch_references;  // of those, atomic
    struct quiesce_head free;
};

/* Whoever has a lease on @vnode is told that it was opened with @flags, and given time. */
helix_status vnode_break_leases(const struct vnode *vnode, u32 flags);
extern u32 vfs_leases; // how many there are; atomic

static inline helix_status vnode_opened(const struct vnode *vnode, u32 flags)
{
    atomic_fence_seq(); // who gets a lease looks the other way round
    return likely(atomic_load_relaxed(&vfs_leases) == 0) ? HELIX_OK
                                                         : vnode_break_leases(vnode, flags);
}

static inline u32 vnode_type(const struct vnode *vnode)
{
    return vnode->attributes.mode & LINUX_S_IFMT;
}

static inline bool vnode_is_directory(const struct vnode *vnode)
{
    return vnode_type(vnode) == LINUX_S_IFDIR;
}

static inline bool vnode_is_link(const struct vnode *vnode)
{
    return vnode_type(vnode) == LINUX_S_IFLNK;
}

static inline bool vnode_has_store(const struct vnode *vnode)
{
    return !(vnode->volume->flags & FS_TYPE_NO_STORE);
}

/* The inodes' data live in their vnodes alone, so those stay while there are names. */
static inline bool volume_pins(const struct volume *volume)
{
    return (volume->flags & (FS_TYPE_NO_STORE | FS_TYPE_NO_DCACHE)) == FS_TYPE_NO_STORE;
}

void vnode_init(size_t frames); // sizes the table

/* The vnode of the inode that @attributes tell of, with a reference; made when there is none. */
helix_status vnode_of(struct volume *volume, const struct fs_attributes *attributes,
                      struct vnode **vnode_out);

/* The vnode of a number, with a reference, if there is one in use; NULL. */
struct vnode *vnode_find(const struct volume *volume, u64 inode);

/* A vnode that no table knows, for objects without a name. */
helix_status vnode_create_anonymous(struct volume *volume, u32 mode, struct vnode **vnode_out);

static inline void vnode_get(struct vnode *vnode)
{
    ref_get(&vnode->object.references);
}

void vnode_destroy(struct vnode *vnode); // for vnode_put() only

/* Thread context, no spinlock held: the last one may write data back. */
static inline void vnode_put(struct vnode *vnode)
{
    if (ref_put(&vnode->object.references))
        vnode_destroy(vnode);
}

/* A name was taken away or added. Without names a pinned vnode goes when nobody uses it.
 * @vnode->lock is held. */
void vnode_links_changed(struct vnode *vnode, i32 by);

/* An absolute path of @vnode, "" where no name of it is cached. For people. */
void vnode_any_name(struct vnode *vnode, char *path, size_t capacity);

/* Times now. */
struct fs_time vfs_time_now(void);
void vnode_touch(struct vnode *vnode, u32 mask); // FS_SET_ACCESSED, _MODIFIED, _CHANGED
void vnode_accessed(struct vnode *vnode, u32 mount_flags);

/* Every vnode of @volume: unpin all; is any used by somebody else than its dentries? */
void vnode_unpin_all(struct volume *volume);
bool vnode_any_busy(struct volume *volume);

/* Write back everything of @volume that has a store. */
helix_status vnode_sync_all(struct volume *volume);
helix_status vnode_sync(struct vnode *vnode);

void volume_get(struct volume *volume);
void volume_put(struct volume *volume); // the last one unmounts

/* Count one inode or name more. HELIX_E_NO_SPACE: the volume has as many as it may. */
helix_status volume_reserve_inode(struct volume *volume);
void volume_free_inode(struct volume *volume);
