/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * memfd_create(2): files without a name, and seals. A memory file is a regular file of a volume
 * that is mounted nowhere; its pages are all there is of it, so its record holds them.
 */
#include "memory_file.h"

#include <helix/hal/mmu.h>
#include <helix/lib/format.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/memory/space.h>
#include <helix/vfs/special.h>

#include "dentry.h"
#include "file_kinds.h"
#include "objects.h"
#include "page_cache.h"

#define NAME_BYTES_MOST 249u

static struct volume *memory_volume; // made with the first file, then for ever
static struct sleep_lock make_lock = SLEEP_LOCK_INIT;

static struct object *object_of(struct file *file)
{
    return &file->vnode->object.object;
}

static helix_status open_object(struct object *object, u32 flags, struct file **file_out);

static struct file_object_ops object_ops = {
    .kind = OBJECT_MEMORY_FILE,
    .object = object_of,
    .open = open_object,
};

const struct file_ops memory_file_ops = {
    .name = "memfd",
    .object = &object_ops,
    .read = regular_read,
    .write = regular_write,
    .seek = regular_seek,
    .poll = file_poll_always,
    .ioctl = regular_ioctl,
    .map = regular_map,
    .read_directory = file_read_directory_none,
    .flush = file_flush_none,
    .sync = regular_sync,
    .release = file_release_none,
};

/* ---- Seals ---- */

/* What is sealed at @vnode's size now, for a change of @bytes at @at. The vnode's lock is held. */
helix_status vnode_check_write_locked(const struct vnode *vnode, u64 end)
{
    if (likely(vnode->seals == 0))
        return HELIX_OK;
    if (vnode->seals & (FILE_SEAL_WRITE | FILE_SEAL_FUTURE_WRITE))
        return HELIX_E_PERM;
    return (vnode->seals & FILE_SEAL_GROW) && end > vnode->attributes.size ? HELIX_E_PERM
                                                                           : HELIX_OK;
}

helix_status vnode_check_resize_locked(const struct vnode *vnode, u64 bytes)
{
    const u64 now = vnode->attributes.size;
    const u32 forbids = (bytes < now ? FILE_SEAL_SHRINK : 0) | (bytes > now ? FILE_SEAL_GROW : 0);
    return vnode->seals & forbids ? HELIX_E_PERM : HELIX_OK;
}

helix_status file_check_map(const struct file *file, unsigned vm_flags)
{
    const unsigned writes = VM_SHARED | VM_WRITE;
    if (file->vnode == NULL || (vm_flags & writes) != writes)
        return HELIX_OK;
    const u32 seals = atomic_load_acquire(&file->vnode->seals);
    return seals & (FILE_SEAL_WRITE | FILE_SEAL_FUTURE_WRITE) ? HELIX_E_PERM : HELIX_OK;
}

bool file_may_become_writable(const struct file *file)
{
    return (file->access & 2) && file_check_map(file, VM_SHARED | VM_WRITE) == HELIX_OK;
}

helix_status file_seals(const struct file *file, u32 *seals_out)
{
    if (file->ops != &memory_file_ops)
        return HELIX_E_INVAL;
    *seals_out = atomic_load_relaxed(&file->vnode->seals);
    return HELIX_OK;
}

static helix_status add_seals_locked(struct vnode *vnode, u32 seals)
{
    const u32 old = vnode->seals;
    if (old & FILE_SEAL_SEAL)
        return HELIX_E_PERM;
    // Set first: who maps looks at the seals again once the mapping can be seen here.
    atomic_store_release(&vnode->seals, old | seals);
    atomic_fence_seq();
    if ((seals & FILE_SEAL_WRITE) && !(old & FILE_SEAL_WRITE) &&
        vm_object_has_writers(&vnode->object)) {
        atomic_store_release(&vnode->seals, old);
        return HELIX_E_BUSY;
    }
    return HELIX_OK;
}

helix_status file_add_seals(struct file *file, u32 seals)
{
    if (file->ops != &memory_file_ops)
        return HELIX_E_INVAL;
    if (!(file->access & 2))
        return HELIX_E_PERM;
    if (seals & ~(u32)FILE_SEALS)
        return HELIX_E_INVAL;
    sleep_lock_write(&file->vnode->lock);
    const helix_status st = add_seals_locked(file->vnode, seals);
    sleep_unlock_write(&file->vnode->lock);
    return st;
}

/* ---- Making one ---- */

static helix_status make_volume(void)
{
    helix_status st = HELIX_OK;
    sleep_lock_write(&make_lock);
    if (memory_volume == NULL)
        st = volume_create_anonymous("memfd", &memory_volume);
    sleep_unlock_write(&make_lock);
    return st;
}

static helix_status make_vnode(u32 seals, struct vnode **vnode_out)
{
    helix_status st = make_volume();
    if (st == HELIX_OK)
        st = vnode_create_anonymous(memory_volume, LINUX_S_IFREG | 0777, vnode_out);
    if (st != HELIX_OK)
        return st;
    (*vnode_out)->attributes.links = 0;
    (*vnode_out)->object.object.type = &memory_file_object_type;
    (*vnode_out)->seals = seals;
    return HELIX_OK;
}

/* @name as /proc/PID/fd shows it: like one that was removed from the root. */
static helix_status open_vnode(struct vnode *vnode, const char *name, u32 flags,
                               struct file **file_out)
{
    struct dentry *dentry;
    struct mount *mount = mount_root();
    helix_status st =
        dentry_create(vnode->volume, mount->root, name, (u32)strlen(name), vnode, &dentry);
    if (st != HELIX_OK)
        return st;
    st = file_allocate_kind(&memory_file_ops, flags, file_out);
    if (st == HELIX_OK) {
        const struct path place = {mount, dentry};
        file_set_place(*file_out, &place);
        st = file_begin_sharing(*file_out);
        if (st != HELIX_OK)
            file_put(*file_out);
    }
    dentry_put(dentry);
    return st;
}

helix_status memory_file_create(const char *name, u32 flags, bool sealable,
                                const struct credentials *who, struct file **file_out)
{
    char shown[NAME_BYTES_MOST + 8];
    struct vnode *vnode;
    if (strlen(name) > NAME_BYTES_MOST)
        return HELIX_E_INVAL;
    helix_status st = make_vnode(sealable ? 0 : FILE_SEAL_SEAL, &vnode);
    if (st != HELIX_OK)
        return st;
    vnode->attributes.uid = who->fsuid;
    vnode->attributes.gid = who->fsgid;
    lib_format(shown, sizeof shown, "memfd:%s", name);
    st = open_vnode(vnode, shown, flags, file_out);
    vnode_put(vnode);
    return st;
}

static helix_status open_object(struct object *object, u32 flags, struct file **file_out)
{
    return open_vnode(container_of(object, struct vnode, object.object), "memfd:", flags, file_out);
}

/* ---- Records ---- */

struct memory_file_record {
    u64 bytes;
    u32 mode, uid, gid, seals;
    u64 pages; // records of pages that follow, holes left out
};

static struct vnode *vnode_of_object(const struct object *object)
{
    return container_of(object, struct vnode, object.object);
}

static helix_status describe(const struct object *object, struct object_writer *writer)
{
    struct vnode *vnode = vnode_of_object(object);
    sleep_lock_read(&vnode->lock);
    const u64 last = div_round_up(vnode->attributes.size, PAGE_SIZE);
    struct memory_file_record record = {.bytes = vnode->attributes.size,
                                        .mode = vnode->attributes.mode,
                                        .uid = vnode->attributes.uid,
                                        .gid = vnode->attributes.gid,
                                        .seals = vnode->seals};
    for (u64 i = page_cache_seek(vnode, 0, true); i < last; i = page_cache_seek(vnode, i + 1, true))
        record.pages++;
    objects_write_header(object, sizeof record + record.pages * (sizeof(u64) + PAGE_SIZE), writer);
    object_write(writer, &record, sizeof record);
    for (u64 i = page_cache_seek(vnode, 0, true); record.pages > 0 && i < last;
         i = page_cache_seek(vnode, i + 1, true), record.pages--) {
        struct page *page = page_cache_find(vnode, i);
        if (page == NULL)
            break;
        object_write(writer, &i, sizeof i);
        object_write(writer, phys_to_virt(page_frame(page)), PAGE_SIZE);
        page_cache_put(page);
    }
    sleep_unlock_read(&vnode->lock);
    return record.pages == 0 ? HELIX_OK : HELIX_E_AGAIN; // a mapping was written to meanwhile
}

static helix_status read_page(struct object_reader *reader, struct vnode *vnode)
{
    struct page *page;
    u64 index;
    helix_status st = object_read(reader, &index, sizeof index);
    if (st != HELIX_OK)
        return st;
    if (index >= div_round_up(vnode->attributes.size, PAGE_SIZE))
        return HELIX_E_CORRUPT;
    st = page_cache_get(vnode, index, &page);
    if (st != HELIX_OK)
        return st;
    st = object_read(reader, phys_to_virt(page_frame(page)), PAGE_SIZE);
    page_cache_dirtied(vnode, page);
    page_cache_put(page);
    return st;
}

static helix_status recreate(struct object_reader *reader, const struct object_record *header,
                             struct object **object_out)
{
    struct memory_file_record record;
    struct vnode *vnode;
    if (header->version != 1)
        return HELIX_E_NOTSUP;
    helix_status st = object_read(reader, &record, sizeof record);
    if (st != HELIX_OK)
        return st;
    if (record.bytes > INT64_MAX || (record.seals & ~(u32)FILE_SEALS) ||
        (record.mode & LINUX_S_IFMT) != LINUX_S_IFREG)
        return HELIX_E_CORRUPT;
    st = make_vnode(record.seals, &vnode);
    if (st != HELIX_OK)
        return st;
    vnode->attributes.size = record.bytes;
    vnode->attributes.mode = record.mode;
    vnode->attributes.uid = record.uid;
    vnode->attributes.gid = record.gid;
    while (record.pages-- > 0 && st == HELIX_OK)
        st = read_page(reader, vnode);
    if (st != HELIX_OK) {
        vnode_put(vnode);
        return st;
    }
    *object_out = &vnode->object.object;
    return HELIX_OK;
}

static void discard(struct object *object)
{
    vnode_put(vnode_of_object(object));
}

static bool page_equal(struct vnode *left, struct vnode *right, u64 index)
{
    struct page *l = page_cache_find(left, index), *r = page_cache_find(right, index);
    const bool same = l != NULL && r != NULL ? memcmp(phys_to_virt(page_frame(l)),
                                                      phys_to_virt(page_frame(r)), PAGE_SIZE) == 0
                                             : l == r;
    if (l != NULL)
        page_cache_put(l);
    if (r != NULL)
        page_cache_put(r);
    return same;
}

static bool equal(const struct object *left, const struct object *right)
{
    struct vnode *l = vnode_of_object(left), *r = vnode_of_object(right);
    bool same = l->attributes.size == r->attributes.size && l->seals == r->seals &&
                l->attributes.mode == r->attributes.mode && l->attributes.uid == r->attributes.uid;
    const u64 last = div_round_up(l->attributes.size, PAGE_SIZE);
    for (u64 i = 0; same && i < last; i++)
        same = page_equal(l, r, i);
    return same;
}

const struct object_type memory_file_object_type = {
    .kind = OBJECT_MEMORY_FILE,
    .version = 1,
    .name = "memory file",
    .describe = describe,
    .recreate = recreate,
    .discard = discard,
    .equal = equal,
};
OBJECT_TYPE_ENTRY(memory_file_object_type);

void memory_file_start(void)
{
    file_object_register(&object_ops);
}
