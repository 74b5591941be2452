/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Extended attributes: who may, by the name's first part; the file system keeps them. */
#include <helix/lib/string.h>

#include "fs_call.h"
#include "mount.h"
#include "permission.h"

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
        return access == ACCESS_WRITE && !credentials_capable(who, CRED_CAP_SYS_ADMIN)
                   ? HELIX_E_PERM
                   : HELIX_OK;
    return HELIX_E_NOTSUP;
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

helix_status vfs_set_xattr(const struct path *path, const char *name, const void *value, u32 bytes,
                           u32 flags, const struct credentials *credentials)
{
    struct vnode *vnode = path->dentry->vnode;
    helix_status st = mount_may_write(path->mount);
    if (st == HELIX_OK)
        st = may_use(vnode, name, ACCESS_WRITE, credentials);
    if (st != HELIX_OK)
        return st;
    sleep_lock_write(&vnode->lock);
    st = fs_set_xattr(vnode, name, value, bytes, flags);
    if (st == HELIX_OK)
        vnode_touch(vnode, FS_SET_CHANGED);
    sleep_unlock_write(&vnode->lock);
    return st;
}

helix_status vfs_list_xattr(const struct path *path, char *names, u32 capacity, u32 *bytes_out)
{
    struct vnode *vnode = path->dentry->vnode;
    sleep_lock_read(&vnode->lock);
    helix_status st = fs_list_xattr(vnode, names, capacity, bytes_out);
    sleep_unlock_read(&vnode->lock);
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
    return st;
}
