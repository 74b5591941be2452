/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Inodes and their numbers. */
#include <helix/lib/string.h>

#include "ramfs.h"

static bool is_directory(const struct ramfs_inode *inode)
{
    return (inode->attributes.mode & LINUX_S_IFMT) == LINUX_S_IFDIR;
}

static struct ramfs_inode **slot_of(const struct ramfs_mount *mount, u64 number)
{
    u64 chunk = number / RAMFS_CHUNK;
    if (chunk >= mount->chunk_count || mount->chunks[chunk] == NULL)
        return NULL;
    return &mount->chunks[chunk]->inodes[number % RAMFS_CHUNK];
}

struct ramfs_inode *ramfs_inode_in(const struct ramfs_mount *mount, u64 number)
{
    struct ramfs_inode **slot = slot_of(mount, number);
    return slot != NULL ? *slot : NULL;
}

struct ramfs_mount *ramfs_mount_find(struct ramfs *ramfs, u64 id)
{
    struct ramfs_mount *found = NULL;
    ramfs->sync->lock(ramfs->lock);
    list_for_each(struct ramfs_mount, mount, &ramfs->mounts, link) {
        if (mount->id == id) {
            found = mount;
            break;
        }
    }
    ramfs->sync->unlock(ramfs->lock);
    return found;
}

struct ramfs_inode *ramfs_inode_find(struct ramfs *ramfs, u64 id, u64 number)
{
    const struct ramfs_mount *mount = ramfs_mount_find(ramfs, id);
    if (mount == NULL)
        return NULL;
    ramfs->sync->lock(ramfs->lock);
    struct ramfs_inode *found = ramfs_inode_in(mount, number);
    ramfs->sync->unlock(ramfs->lock);
    return found;
}

/* ---- The table; the lock is held ---- */

static u64 find_free(struct ramfs_mount *mount)
{
    u64 limit = mount->chunk_count * RAMFS_CHUNK;
    for (u64 number = mount->lowest_free; number < limit; number++) {
        if (*slot_of(mount, number) == NULL)
            return number;
    }
    return max(limit, mount->lowest_free); // 0 is nobody's
}

/* Room for one more chunk: the array grows by doubling, so that its place changes seldom. */
static bool add_chunk(struct ramfs *ramfs, struct ramfs_mount *mount)
{
    u64 count = mount->chunk_count;
    struct ramfs_chunk *chunk = ramfs_alloc(ramfs, sizeof *chunk);
    if (chunk == NULL)
        return false;
    if ((count & (count - 1)) == 0) { // full: 0, 1, 2, 4, ...
        struct ramfs_chunk **chunks =
            ramfs_alloc(ramfs, (count == 0 ? 1 : 2 * count) * sizeof(struct ramfs_chunk *));
        if (chunks == NULL) {
            ramfs_free(ramfs, chunk);
            return false;
        }
        if (count > 0)
            memcpy(chunks, mount->chunks, count * sizeof(struct ramfs_chunk *));
        ramfs_free(ramfs, mount->chunks);
        mount->chunks = chunks;
    }
    mount->chunks[mount->chunk_count++] = chunk;
    return true;
}

bool ramfs_inode_enter_at(struct ramfs *ramfs, struct ramfs_mount *mount, u64 number,
                          struct ramfs_inode *inode)
{
    while (number >= mount->chunk_count * RAMFS_CHUNK) {
        if (!add_chunk(ramfs, mount))
            return false;
    }
    *slot_of(mount, number) = inode;
    mount->inodes++;
    return true;
}

static bool enter(struct ramfs *ramfs, struct ramfs_mount *mount, struct ramfs_inode *inode)
{
    u64 number = find_free(mount);
    if (!ramfs_inode_enter_at(ramfs, mount, number, inode))
        return false;
    mount->lowest_free = number + 1;
    inode->attributes.inode = number;
    inode->attributes.handle = number;
    inode->attributes.generation = ++mount->generation;
    return true;
}

/* ---- Life ---- */

static void fill(struct ramfs_inode *inode, const struct fs_create_args *args)
{
    inode->attributes = (struct fs_attributes){
        .mode = args->mode,
        .uid = args->uid,
        .gid = args->gid,
        .device = args->device,
        .accessed = args->now,
        .modified = args->now,
        .changed = args->now,
        .born = args->now,
    };
    rb_init(&inode->names, NULL);
    rb_init(&inode->orders, NULL);
    if (is_directory(inode)) {
        inode->attributes.links = 2;
        inode->attributes.size = 40; // two entries of 20, as tmpfs counts them
    } else {
        inode->attributes.links = 1;
    }
}

static bool set_target(struct ramfs *ramfs, struct ramfs_inode *inode, const char *target)
{
    size_t length = strlen(target);
    inode->target = ramfs_alloc(ramfs, length + 1);
    if (inode->target == NULL)
        return false;
    memcpy(inode->target, target, length + 1);
    inode->attributes.size = length;
    return true;
}

static i64 inode_state_bytes(const struct ramfs_inode *inode)
{
    u64 target = inode->target != NULL ? strlen(inode->target) + 1 : 0;
    return (i64)(sizeof(struct ramfs_state_inode) + ramfs_state_padded(target));
}

helix_status ramfs_inode_create(struct ramfs *ramfs, struct ramfs_mount *mount,
                                const struct fs_create_args *args, struct ramfs_inode **inode_out)
{
    struct ramfs_inode *inode = ramfs_alloc(ramfs, sizeof *inode);
    if (inode == NULL)
        return HELIX_E_NOMEM;
    fill(inode, args);
    if ((args->mode & LINUX_S_IFMT) == LINUX_S_IFLNK && !set_target(ramfs, inode, args->target))
        goto free_inode;
    ramfs->sync->lock(ramfs->lock);
    bool entered = enter(ramfs, mount, inode);
    ramfs->sync->unlock(ramfs->lock);
    if (!entered)
        goto free_target;
    ramfs_state_grows(ramfs, inode_state_bytes(inode));
    *inode_out = inode;
    return HELIX_OK;
free_target:
    ramfs_free(ramfs, inode->target);
free_inode:
    ramfs_free(ramfs, inode);
    return HELIX_E_NOMEM;
}

void ramfs_inode_destroy(struct ramfs *ramfs, struct ramfs_mount *mount, struct ramfs_inode *inode)
{
    u64 number = inode->attributes.inode;
    ramfs->sync->lock(ramfs->lock);
    *slot_of(mount, number) = NULL;
    mount->lowest_free = min(mount->lowest_free, number);
    mount->inodes--;
    ramfs->sync->unlock(ramfs->lock);
    ramfs_state_grows(ramfs, -inode_state_bytes(inode));
    ramfs_directory_clear(ramfs, inode);
    ramfs_xattrs_clear(ramfs, inode);
    ramfs_free(ramfs, inode->target);
    ramfs_free(ramfs, inode);
}
