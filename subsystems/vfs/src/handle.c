/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Files by number, for name_to_handle_at(2): only where inodes stay in memory with their numbers.
 */
#include <helix/abi/linux.h>

#include "dentry.h"
#include "mount.h"

helix_status vfs_handle_of(const struct path *path, struct vfs_handle *handle_out)
{
    const struct vnode *vnode = path->dentry->vnode;
    if (!volume_pins(vnode->volume) || vnode->volume->type == NULL)
        return HELIX_E_NOTSUP;
    *handle_out = (struct vfs_handle){vnode->attributes.inode, vnode->attributes.generation};
    return HELIX_OK;
}

/* A name of @vnode; where none is cached one that leads nowhere does, but for a folder. */
static helix_status name_of(struct vnode *vnode, struct dentry **dentry_out)
{
    struct dentry *root = vnode->volume->root;
    spin_lock(&dentry_lock);
    struct dentry *dentry = vnode == root->vnode ? root : vnode->name;
    if (dentry != NULL && !ref_try_get(&dentry->references))
        dentry = NULL;
    spin_unlock(&dentry_lock);
    *dentry_out = dentry;
    if (dentry != NULL)
        return HELIX_OK;
    if (vnode_is_directory(vnode))
        return HELIX_E_STALE;
    return dentry_create(vnode->volume, root, "#handle", 7, vnode, dentry_out);
}

helix_status vfs_open_handle(const struct path *place, const struct vfs_handle *handle, u32 flags,
                             struct credentials *credentials, struct file **file_out)
{
    struct volume *volume = place->mount->volume;
    struct vnode *vnode = volume_pins(volume) ? vnode_find(volume, handle->inode) : NULL;
    if (vnode == NULL)
        return HELIX_E_STALE;
    struct dentry *dentry;
    helix_status st = vnode->attributes.generation == handle->generation ? name_of(vnode, &dentry)
                                                                         : HELIX_E_STALE;
    vnode_put(vnode);
    if (st != HELIX_OK)
        return st;
    const struct path path = {place->mount, dentry};
    st = vfs_open_path(&path, flags, credentials, file_out);
    dentry_put(dentry);
    return st;
}
