/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Extended attributes: who may, by the name's first part; the file system keeps them. */
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/vfs/file_capabilities.h>

#include "file_kinds.h"
#include "fs_call.h"
#include "mount.h"
#include "permission.h"
#include "watched.h"

static bool is_capabilities(const char *name)
{
    return strcmp(name, FILE_CAPABILITIES_NAME) == 0;
}

static helix_status may_use(const struct vnode *vnode, const char *name, unsigned access,
                            const struct credentials *who)
{
    u32 type = vnode_type(vnode);
    if (lib_starts_with(name, "user.")) {
        if (type != LINUX_S_IFREG && type != LINUX_S_IFDIR)
            return access == ACCESS_WRITE ? HELIX_E_PERM : HELIX_E_NO_DATA;
        return permission_check(vnode, access, who);
    }
    if (lib_starts_with(name, "trusted."))
        return credentials_capable(who, CRED_CAP_SYS_ADMIN)
                   ? HELIX_OK
                   : (access == ACCESS_WRITE ? HELIX_E_PERM : HELIX_E_NO_DATA);
    if (lib_starts_with(name, "security."))
        return access == ACCESS_WRITE &&
                       !credentials_capable(who, is_capabilities(name) ? CRED_CAP_SETFCAP
                                                                       : CRED_CAP_SYS_ADMIN)
                   ? HELIX_E_PERM
                   : HELIX_OK;
    return HELIX_E_NOTSUP;
}

void vnode_drop_capabilities(struct vnode *vnode)
{
    if (likely(atomic_load_relaxed(&vnode->flags) & VNODE_NO_CAPABILITIES))
        return;
    const helix_status st = fs_remove_xattr(vnode, FILE_CAPABILITIES_NAME);
    if (st == HELIX_OK || st == HELIX_E_NO_DATA || st == HELIX_E_NOTSUP)
        atomic_fetch_or_relaxed(&vnode->flags, (u32)VNODE_NO_CAPABILITIES);
}

helix_status vfs_get_xattr(const struct path *path, const char *name, void *value, u32 capacity,
                           u32 *bytes_out, const struct credentials *credentials)
{
    struct vnode *vnode = path->dentry->vnode;
    helix_status st = may_use(vnode, name, ACCESS_READ, credentials);
    if (st != HELIX_OK)
        return st;
    sleep_lock_read(&vnode->lock);
    st = fs_get_xattr(vnode, name, value, capacity, bytes_out);
    sleep_unlock_read(&vnode->lock);
    return st;
}

/* @kept is the form to be kept: with a root only where that is not everybody's. */
static helix_status take_capabilities(const void *value, u32 *bytes, struct file_capabilities *kept)
{
    if (*bytes > sizeof *kept)
        return HELIX_E_INVAL;
    memcpy(kept, value, *bytes);
    if (!file_capabilities_valid(kept, *bytes))
        return HELIX_E_INVAL;
    if (*bytes == FILE_CAPABILITIES_3_BYTES && kept->root == UINT32_MAX)
        return HELIX_E_INVAL;
    if (*bytes == FILE_CAPABILITIES_3_BYTES && kept->root == 0) {
        kept->form ^= FILE_CAPABILITIES_2 ^ FILE_CAPABILITIES_3;
        *bytes = FILE_CAPABILITIES_2_BYTES;
    }
    return HELIX_OK;
}

helix_status vfs_set_xattr(const struct path *path, const char *name, const void *value, u32 bytes,
                           u32 flags, const struct credentials *credentials)
{
    struct vnode *vnode = path->dentry->vnode;
    helix_status st = mount_may_write(path->mount);
    struct file_capabilities kept;
    if (st == HELIX_OK && is_capabilities(name)) {
        st = take_capabilities(value, &bytes, &kept);
        value = &kept;
    }
    if (st == HELIX_OK)
        st = may_use(vnode, name, ACCESS_WRITE, credentials);
    if (st != HELIX_OK)
        return st;
    sleep_lock_write(&vnode->lock);
    atomic_fetch_and_relaxed(&vnode->flags, ~(u32)VNODE_NO_CAPABILITIES);
    st = fs_set_xattr(vnode, name, value, bytes, flags);
    if (st == HELIX_OK)
        vnode_touch(vnode, FS_SET_CHANGED);
    sleep_unlock_write(&vnode->lock);
    if (st == HELIX_OK)
        watch_file(path->dentry, WATCH_ATTRIBUTES);
    return st;
}

/* All names of @vnode, kmalloc'ed; NULL when there are none. */
static helix_status all_names(struct vnode *vnode, char **names_out, u32 *bytes_out)
{
    u32 bytes = 0;
    helix_status st = fs_list_xattr(vnode, NULL, 0, &bytes);
    if (st != HELIX_OK || bytes == 0) {
        *names_out = NULL;
        *bytes_out = 0;
        return st;
    }
    *names_out = kmalloc(bytes);
    if (*names_out == NULL)
        return HELIX_E_NOMEM;
    st = fs_list_xattr(vnode, *names_out, bytes, bytes_out);
    if (st != HELIX_OK)
        kfree(*names_out);
    return st;
}

/* Without the names that @who could not ask for; returns what is left. */
static u32 drop_hidden(char *names, u32 bytes, const struct credentials *who)
{
    u32 kept = 0;
    if (credentials_capable(who, CRED_CAP_SYS_ADMIN))
        return bytes;
    for (u32 at = 0, length; at < bytes; at += length) {
        length = (u32)strlen(names + at) + 1;
        if (lib_starts_with(names + at, "trusted."))
            continue;
        memmove(names + kept, names + at, length);
        kept += length;
    }
    return kept;
}

helix_status vfs_list_xattr(const struct path *path, char *names, u32 capacity, u32 *bytes_out,
                            const struct credentials *credentials)
{
    struct vnode *vnode = path->dentry->vnode;
    char *all;
    u32 bytes;
    sleep_lock_read(&vnode->lock);
    helix_status st = all_names(vnode, &all, &bytes);
    sleep_unlock_read(&vnode->lock);
    if (st != HELIX_OK)
        return st;
    bytes = drop_hidden(all, bytes, credentials);
    if (capacity != 0 && bytes > capacity)
        st = HELIX_E_RANGE;
    else if (capacity != 0)
        memcpy(names, all, bytes);
    kfree(all);
    *bytes_out = bytes;
    return st;
}

helix_status vfs_remove_xattr(const struct path *path, const char *name,
                              const struct credentials *credentials)
{
    struct vnode *vnode = path->dentry->vnode;
    helix_status st = mount_may_write(path->mount);
    if (st == HELIX_OK)
        st = may_use(vnode, name, ACCESS_WRITE, credentials);
    if (st != HELIX_OK)
        return st;
    sleep_lock_write(&vnode->lock);
    st = fs_remove_xattr(vnode, name);
    if (st == HELIX_OK)
        vnode_touch(vnode, FS_SET_CHANGED);
    sleep_unlock_write(&vnode->lock);
    if (st == HELIX_OK)
        watch_file(path->dentry, WATCH_ATTRIBUTES);
    return st;
}
