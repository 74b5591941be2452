/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* stat(2), access(2), and changing what they tell. */
#include <helix/abi/linux.h>

#include "file_kinds.h"
#include "fs_call.h"
#include "permission.h"
#include "walk.h"
#include "watched.h"

void vnode_attributes(const struct vnode *vnode, struct fs_attributes *attributes_out)
{
    *attributes_out = vnode->attributes;
    if (volume_pins(vnode->volume))
        attributes_out->blocks = vnode->cache_pages * (PAGE_SIZE / 512);
}

helix_status vfs_stat(const struct path *path, struct fs_attributes *attributes_out)
{
    vnode_attributes(path->dentry->vnode, attributes_out);
    return HELIX_OK;
}

struct stat_result {
    struct fs_attributes *attributes;
    u64 *device;
};

static void copy_stat(const struct path *path, void *result)
{
    const struct stat_result *to = result;
    const struct vnode *vnode = atomic_load_acquire(&path->dentry->vnode);
    vnode_attributes(vnode, to->attributes);
    *to->device = path->mount->volume->device;
}

helix_status vfs_stat_at(const struct walk_context *walk, const char *path, unsigned flags,
                         struct fs_attributes *attributes_out, u64 *device_out)
{
    struct stat_result result = {attributes_out, device_out};
    if (walk_cached(walk, path, flags, copy_stat, &result))
        return HELIX_OK;
    struct path found;
    helix_status st = path_walk(walk, path, flags, &found);
    if (st != HELIX_OK)
        return st;
    copy_stat(&found, &result);
    path_put(&found);
    return HELIX_OK;
}

helix_status vfs_access(const struct path *path, unsigned rwx,
                        const struct credentials *credentials)
{
    const struct vnode *vnode = path->dentry->vnode;
    u32 type = vnode_type(vnode);
    bool on_volume = type == LINUX_S_IFREG || type == LINUX_S_IFDIR || type == LINUX_S_IFLNK;
    if ((rwx & ACCESS_WRITE) && on_volume) {
        helix_status st = mount_may_write(path->mount);
        if (st != HELIX_OK)
            return st;
    }
    if ((rwx & ACCESS_EXEC) && type == LINUX_S_IFREG &&
        (mount_flags(path->mount) & LINUX_MS_NOEXEC))
        return HELIX_E_ACCESS;
    return rwx == 0 ? HELIX_OK : permission_check(vnode, rwx, credentials);
}

helix_status vfs_read_link(const struct path *path, char *target, u32 capacity, u32 *length_out)
{
    struct vnode *vnode = path->dentry->vnode;
    if (!vnode_is_link(vnode))
        return HELIX_E_INVAL;
    vnode_accessed(vnode, mount_flags(path->mount));
    return fs_read_link(vnode, target, capacity, length_out);
}

helix_status vfs_statistics(const struct path *path, struct fs_statistics *statistics_out)
{
    struct volume *volume = path->mount->volume;
    if (volume->type == NULL)
        return HELIX_E_NOSYS;
    helix_status st = fs_statistics(volume, statistics_out);
    if (st == HELIX_OK && volume_pins(volume) && volume->page_limit != 0) {
        u64 used = min(atomic_load_relaxed(&volume->pages), volume->page_limit);
        statistics_out->block_size = PAGE_SIZE;
        statistics_out->blocks = volume->page_limit;
        statistics_out->blocks_free = volume->page_limit - used;
        statistics_out->blocks_available = statistics_out->blocks_free;
    }
    u64 limit = volume->inode_limit;
    if (st == HELIX_OK && limit != 0) {
        statistics_out->files = limit;
        statistics_out->files_free = limit - min(atomic_load_relaxed(&volume->inodes), limit);
    }
    return st;
}

/* ---- Changes ---- */

static helix_status may_change(const struct vnode *vnode, u32 mask,
                               const struct fs_attributes *wanted, const struct credentials *who)
{
    bool owner = vnode->attributes.uid == who->fsuid;
    bool chown = credentials_capable(who, CRED_CAP_CHOWN);
    if ((mask & FS_SET_OWNER) && !chown && !(owner && wanted->uid == vnode->attributes.uid))
        return HELIX_E_PERM;
    if ((mask & FS_SET_GROUP) && !chown &&
        !(owner &&
          (wanted->gid == vnode->attributes.gid || credentials_in_group(who, wanted->gid))))
        return HELIX_E_PERM;
    if ((mask & (FS_SET_MODE | FS_SET_ACCESSED | FS_SET_MODIFIED)) &&
        !permission_is_owner(vnode, who))
        return HELIX_E_PERM;
    return HELIX_OK;
}

/* Both times are utime(2)'s doing; one alone is like having used the file. */
static u32 told_as(u32 mask)
{
    const u32 times = mask & (FS_SET_ACCESSED | FS_SET_MODIFIED);
    u32 what = mask & (FS_SET_MODE | FS_SET_OWNER | FS_SET_GROUP) ? WATCH_ATTRIBUTES : 0;
    if (times == (FS_SET_ACCESSED | FS_SET_MODIFIED))
        return what | WATCH_ATTRIBUTES;
    return what | (times & FS_SET_ACCESSED ? WATCH_ACCESS : 0) |
           (times & FS_SET_MODIFIED ? WATCH_MODIFY : 0);
}

/* The mode that is set, after what the rules take away from it. */
static u32 new_mode(const struct vnode *vnode, u32 mask, const struct fs_attributes *wanted,
                    const struct credentials *who)
{
    u32 old = vnode->attributes.mode;
    u32 gid = mask & FS_SET_GROUP ? wanted->gid : vnode->attributes.gid;
    u32 mode = old;
    if (mask & FS_SET_MODE) {
        mode = (old & LINUX_S_IFMT) | (wanted->mode & 07777);
        if (!credentials_in_group(who, gid) && !credentials_capable(who, CRED_CAP_FSETID))
            mode &= ~LINUX_S_ISGID;
    } else if ((mask & (FS_SET_OWNER | FS_SET_GROUP)) && !vnode_is_directory(vnode)) {
        mode &= ~LINUX_S_ISUID;
        if (mode & 0010)
            mode &= ~LINUX_S_ISGID;
    }
    return mode;
}

static void take_over(struct vnode *vnode, u32 mask, const struct fs_attributes *from)
{
    struct fs_attributes *to = &vnode->attributes;
    if (mask & FS_SET_MODE)
        to->mode = from->mode;
    if (mask & FS_SET_OWNER)
        to->uid = from->uid;
    if (mask & FS_SET_GROUP)
        to->gid = from->gid;
    if (mask & FS_SET_ACCESSED)
        to->accessed = from->accessed;
    if (mask & FS_SET_MODIFIED)
        to->modified = from->modified;
    to->changed = from->changed;
}

static helix_status change_locked(struct vnode *vnode, u32 mask, const struct fs_attributes *wanted,
                                  const struct credentials *who)
{
    helix_status st = may_change(vnode, mask, wanted, who);
    if (st != HELIX_OK)
        return st;
    struct fs_attributes change = *wanted;
    struct fs_attributes now;
    change.mode = new_mode(vnode, mask, wanted, who);
    change.changed = vfs_time_now();
    if (change.mode != vnode->attributes.mode)
        mask |= FS_SET_MODE;
    st = fs_set_attributes(vnode, mask | FS_SET_CHANGED, &change, &now);
    if (st != HELIX_OK)
        return st;
    take_over(vnode, mask, &change);
    if ((mask & (FS_SET_OWNER | FS_SET_GROUP)) && !vnode_is_directory(vnode))
        vnode_drop_capabilities(vnode);
    return HELIX_OK;
}

helix_status vfs_set_attributes(const struct path *path, u32 mask,
                                const struct fs_attributes *wanted,
                                const struct credentials *credentials)
{
    struct vnode *vnode = path->dentry->vnode;
    helix_status st = mount_may_write(path->mount);
    if (st != HELIX_OK)
        return st;
    if (mask & FS_SET_SIZE) {
        st = vfs_truncate(path, wanted->size, credentials);
        mask &= ~(u32)FS_SET_SIZE;
    }
    if (st != HELIX_OK || mask == 0)
        return st;
    sleep_lock_write(&vnode->lock);
    st = change_locked(vnode, mask, wanted, credentials);
    sleep_unlock_write(&vnode->lock);
    if (st == HELIX_OK)
        watch_file(path->dentry, told_as(mask));
    return st;
}

helix_status vfs_truncate(const struct path *path, u64 bytes, const struct credentials *credentials)
{
    struct vnode *vnode = path->dentry->vnode;
    if (vnode_is_directory(vnode))
        return HELIX_E_IS_DIR;
    if (vnode_type(vnode) != LINUX_S_IFREG)
        return HELIX_E_INVAL;
    helix_status st = mount_may_write(path->mount);
    if (st == HELIX_OK)
        st = permission_check(vnode, ACCESS_WRITE, credentials);
    if (st == HELIX_OK)
        st = vnode_may_write(vnode);
    if (st == HELIX_OK)
        st = vnode_opened(vnode, LINUX_O_WRONLY);
    if (st == HELIX_OK)
        st = vnode_resize(vnode, bytes, credentials);
    if (st == HELIX_OK)
        watch_file(path->dentry, WATCH_MODIFY);
    return st;
}
