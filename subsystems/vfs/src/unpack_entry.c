/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* What an archive's entries become. An entry that cannot be made is counted and passed over, as
 * Linux does. */
#include <helix/abi/linux.h>
#include <helix/hal/mmu.h>
#include <helix/lib/log.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#include "file_kinds.h"
#include "page_cache.h"
#include "unpack.h"

struct unpack_link {
    struct list link;
    u32 inode, device_major, device_minor;
    char name[];
};

struct unpack_directory {
    struct list link;
    u32 mtime;
    char name[];
};

static void note_failure(struct unpacker *u, helix_status st)
{
    u->failed++;
    if (u->failed <= 8)
        log_warn("initramfs", "%s: %s", u->name, helix_status_text(st));
}

static void set_attributes(struct unpacker *u, const char *name, u32 mask,
                           const struct fs_attributes *wanted)
{
    struct path path;
    helix_status st = path_walk(&u->walk, name, 0, &path);
    if (st != HELIX_OK)
        return; // its making was reported already
    st = vfs_set_attributes(&path, mask, wanted, u->walk.credentials);
    path_put(&path);
    if (st != HELIX_OK)
        note_failure(u, st);
}

/* Owner and time; the mode once more, because a change of owner takes bits away. */
static void finish_entry(struct unpacker *u)
{
    const struct unpack_entry *e = &u->entry;
    const struct fs_time time = {.seconds = e->mtime};
    const struct fs_attributes wanted = {
        .mode = e->mode & 07777, .uid = e->uid, .gid = e->gid, .accessed = time, .modified = time};
    u32 mask = FS_SET_ACCESSED | FS_SET_MODIFIED;
    if (e->uid != 0 || e->gid != 0)
        set_attributes(u, u->name, FS_SET_OWNER | FS_SET_GROUP, &wanted);
    if ((e->mode & LINUX_S_IFMT) != LINUX_S_IFLNK)
        mask |= FS_SET_MODE;
    set_attributes(u, u->name, mask, &wanted);
}

static bool leads_to_directory(struct unpacker *u)
{
    struct fs_attributes found;
    u64 device;
    return vfs_stat_at(&u->walk, u->name, WALK_FOLLOW, &found, &device) == HELIX_OK &&
           (found.mode & LINUX_S_IFMT) == LINUX_S_IFDIR;
}

/* A name that stands for something else makes room; but a link to a directory serves as one, so
 * that archives with and without /lib as a link go together. */
static void make_room(struct unpacker *u)
{
    struct fs_attributes found;
    u64 device;
    u32 type = u->entry.mode & LINUX_S_IFMT;
    if (vfs_stat_at(&u->walk, u->name, 0, &found, &device) != HELIX_OK)
        return;
    u32 old = found.mode & LINUX_S_IFMT;
    if (old == type && (type == LINUX_S_IFDIR || type == LINUX_S_IFREG))
        return;
    if (type == LINUX_S_IFDIR && old == LINUX_S_IFLNK && leads_to_directory(u))
        return;
    // What is in the way still makes the entry itself fail, with its reason.
    helix_ignore(old == LINUX_S_IFDIR ? vfs_rmdir(&u->walk, u->name)
                                      : vfs_unlink(&u->walk, u->name));
}

/* ---- Hard links ---- */

static struct unpack_link *find_link(struct unpacker *u)
{
    const struct unpack_entry *e = &u->entry;
    list_for_each(struct unpack_link, known, &u->links, link) {
        if (known->inode == e->inode && known->device_major == e->device_major &&
            known->device_minor == e->device_minor)
            return known;
    }
    return NULL;
}

static void remember_link(struct unpacker *u)
{
    size_t bytes = strlen(u->name) + 1;
    struct unpack_link *known = kmalloc(sizeof *known + bytes);
    if (known == NULL) {
        note_failure(u, HELIX_E_NOMEM);
        return;
    }
    known->inode = u->entry.inode;
    known->device_major = u->entry.device_major;
    known->device_minor = u->entry.device_minor;
    memcpy(known->name, u->name, bytes);
    list_push_back(&u->links, &known->link);
}

void unpack_trailer(struct unpacker *u)
{
    struct list *link;
    while ((link = list_pop_front(&u->links)) != NULL)
        kfree(list_entry(link, struct unpack_link, link));
}

/* True: the name is a further one of a file that is there. */
static bool link_to_known(struct unpacker *u)
{
    if (u->entry.links < 2)
        return false;
    const struct unpack_link *known = find_link(u);
    if (known == NULL) {
        remember_link(u);
        return false;
    }
    helix_ignore(vfs_unlink(&u->walk, u->name)); // an older file of this name, if there is one
    helix_status st = vfs_link(&u->walk, known->name, &u->walk, u->name, 0);
    if (st != HELIX_OK)
        note_failure(u, st);
    return st == HELIX_OK;
}

/* ---- Entries ---- */

static void begin_file(struct unpacker *u)
{
    bool linked = link_to_known(u);
    if (linked && u->entry.bytes == 0)
        return;
    u32 flags = LINUX_O_CREAT | LINUX_O_WRONLY | (linked ? 0 : LINUX_O_TRUNC);
    helix_status st = vfs_open(&u->walk, u->name, flags, u->entry.mode & 07777, &u->file);
    if (st != HELIX_OK) {
        u->file = NULL;
        note_failure(u, st);
    }
}

static void begin_directory(struct unpacker *u)
{
    helix_status st = vfs_mkdir(&u->walk, u->name, u->entry.mode);
    if (st != HELIX_OK && st != HELIX_E_EXIST) {
        note_failure(u, st);
        return;
    }
    finish_entry(u);
    size_t bytes = strlen(u->name) + 1;
    struct unpack_directory *directory = kmalloc(sizeof *directory + bytes);
    if (directory == NULL) {
        note_failure(u, HELIX_E_NOMEM);
        return;
    }
    directory->mtime = u->entry.mtime;
    memcpy(directory->name, u->name, bytes);
    list_push_back(&u->directories, &directory->link);
}

void unpack_begin(struct unpacker *u)
{
    const struct unpack_entry *e = &u->entry;
    u32 type = e->mode & LINUX_S_IFMT;
    helix_status st;
    make_room(u);
    switch (type) {
    case LINUX_S_IFREG:
        begin_file(u);
        return;
    case LINUX_S_IFDIR:
        begin_directory(u);
        return;
    case LINUX_S_IFLNK:
        st = HELIX_E_NAME_TOO_LONG; // a proper one has come as text already
        break;
    default:
        st = vfs_mknod(&u->walk, u->name, e->mode, device_number(e->node_major, e->node_minor));
    }
    if (st == HELIX_OK)
        finish_entry(u);
    else
        note_failure(u, st);
}

void unpack_target(struct unpacker *u, const char *target)
{
    make_room(u);
    helix_status st = vfs_symlink(&u->walk, target, u->name);
    if (st == HELIX_OK)
        finish_entry(u);
    else
        note_failure(u, st);
}

void unpack_end(struct unpacker *u)
{
    file_put(u->file);
    u->file = NULL;
    finish_entry(u);
}

void unpack_finish_directories(struct unpacker *u)
{
    struct list *link;
    while ((link = list_pop_front(&u->directories)) != NULL) {
        struct unpack_directory *directory = list_entry(link, struct unpack_directory, link);
        const struct fs_time time = {.seconds = directory->mtime};
        const struct fs_attributes wanted = {.modified = time, .accessed = time};
        set_attributes(u, directory->name, FS_SET_ACCESSED | FS_SET_MODIFIED, &wanted);
        kfree(directory);
    }
}

/* ---- Data ---- */

static bool note_range(struct unpacker *u, u64 first, u64 end)
{
    if (u->range_count > 0 && u->ranges[u->range_count - 1].end == first) {
        u->ranges[u->range_count - 1].end = end;
        return true;
    }
    if (u->range_count == u->range_capacity) {
        size_t capacity = u->range_capacity == 0 ? 64 : 2 * u->range_capacity;
        struct unpack_range *grown = krealloc(u->ranges, capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        u->ranges = grown;
        u->range_capacity = capacity;
    }
    u->ranges[u->range_count++] = (struct unpack_range){first, end};
    return true;
}

/* Make whole pages at @data part of the file, as they are. Returns the bytes that are. */
static size_t adopt(struct unpacker *u, const u8 *data, size_t bytes)
{
    struct vnode *vnode = u->file->vnode;
    size_t done = 0;
    while (bytes - done >= PAGE_SIZE) {
        paddr frame = virt_to_phys(data + done);
        u64 index = (u->at + done) >> PAGE_SHIFT;
        if (page_cache_adopt(vnode, index, frame) != HELIX_OK)
            break;
        frame_set_kind(frame, FRAME_CACHE);
        done += PAGE_SIZE;
        if (!note_range(u, frame.raw, frame.raw + PAGE_SIZE)) {
            // Nobody would remember not to free it: so nobody frees it.
            frame_get(frame);
            note_failure(u, HELIX_E_NOMEM);
            break;
        }
    }
    u64 size = u->at + done;
    if (done > 0 && size > vnode->attributes.size)
        atomic_store_relaxed(&vnode->attributes.size, size);
    return done;
}

static bool may_adopt(const struct unpacker *u, const u8 *data, size_t bytes)
{
    return u->in_place && bytes >= PAGE_SIZE && is_aligned((uintptr_t)data, PAGE_SIZE) &&
           is_aligned(u->at, PAGE_SIZE) && volume_pins(u->file->vnode->volume);
}

helix_status unpack_data(struct unpacker *u, const u8 *data, size_t bytes)
{
    size_t done = may_adopt(u, data, bytes) ? adopt(u, data, bytes) : 0;
    if (done < bytes) {
        size_t copied;
        helix_status st =
            file_write_kernel(u->file, u->at + done, data + done, bytes - done, &copied);
        if (st != HELIX_OK || copied != bytes - done)
            return st != HELIX_OK ? st : HELIX_E_NO_SPACE;
    }
    u->at += bytes;
    return HELIX_OK;
}
