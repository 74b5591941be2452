/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Names that go: unlink and rmdir. */
#include <helix/abi/linux.h>

#include "create.h"
#include "fs_call.h"
#include "permission.h"
#include "remove.h"

helix_status remove_allowed(const struct walker *walker, const struct dentry *victim)
{
    const struct vnode *vnode = victim != NULL ? victim->vnode : NULL;
    if (vnode == NULL)
        return HELIX_E_NOENT;
    helix_status st =
        permission_delete(walker->at.dentry->vnode, vnode, walker->context->credentials);
    if (st == HELIX_OK)
        st = mount_may_write(walker->at.mount);
    if (st == HELIX_OK && (atomic_load_relaxed(&victim->flags) & DENTRY_MOUNTPOINT))
        st = HELIX_E_BUSY;
    return st;
}

void remove_finish(struct dentry *victim)
{
    struct vnode *vnode = victim->vnode;
    if (vnode_is_directory(vnode)) {
        vnode->flags |= VNODE_REMOVED;
        vnode_links_changed(vnode, -(i32)vnode->attributes.links);
        dentry_forget_children(victim);
    } else {
        vnode_links_changed(vnode, -1);
    }
    dentry_unhash(victim);
}

static helix_status unlink_locked(struct place *place)
{
    helix_status st = remove_allowed(&place->walker, place->dentry);
    if (st != HELIX_OK)
        return st;
    struct vnode *vnode = place->dentry->vnode;
    struct vnode *directory = place_directory(place);
    if (vnode_is_directory(vnode))
        return HELIX_E_IS_DIR;
    if (place->walker.last.slash)
        return HELIX_E_NOT_DIR;
    sleep_lock_write(&vnode->lock);
    st = fs_unlink(directory, place->walker.last.name, place->walker.last.length,
                   vnode->attributes.inode);
    if (st == HELIX_OK) {
        remove_finish(place->dentry);
        directory_changed(directory, -1);
    }
    sleep_unlock_write(&vnode->lock);
    return st;
}

helix_status vfs_unlink(const struct walk_context *walk, const char *path)
{
    struct place place;
    helix_status st = place_begin(&place, walk, path);
    if (st != HELIX_OK)
        return st == HELIX_E_EXIST ? HELIX_E_IS_DIR : st;
    st = unlink_locked(&place);
    place_end(&place);
    return st;
}

static helix_status rmdir_locked(struct place *place)
{
    helix_status st = remove_allowed(&place->walker, place->dentry);
    if (st != HELIX_OK)
        return st;
    struct vnode *vnode = place->dentry->vnode;
    struct vnode *directory = place_directory(place);
    if (!vnode_is_directory(vnode))
        return HELIX_E_NOT_DIR;
    sleep_lock_write(&vnode->lock);
    st = fs_unlink(directory, place->walker.last.name, place->walker.last.length,
                   vnode->attributes.inode);
    if (st == HELIX_OK) {
        remove_finish(place->dentry);
        directory_changed(directory, -1);
        vnode_links_changed(directory, -1);
    }
    sleep_unlock_write(&vnode->lock);
    return st;
}

/* "." cannot be taken away, ".." is never empty, and the root is in use. */
static helix_status refuse_special(const struct walk_context *walk, const char *path)
{
    struct walker walker;
    walker_init(&walker, walk, path, WALKER_PARENT);
    helix_status st = walker_run(&walker);
    if (st == HELIX_OK) {
        switch (walker.last.length) {
        case 0:
            st = HELIX_E_BUSY;
            break;
        case 1:
            st = HELIX_E_INVAL;
            break;
        default:
            st = HELIX_E_NOT_EMPTY;
        }
    }
    walker_end(&walker);
    return st;
}

helix_status vfs_rmdir(const struct walk_context *walk, const char *path)
{
    struct place place;
    helix_status st = place_begin(&place, walk, path);
    if (st == HELIX_E_EXIST)
        return refuse_special(walk, path);
    if (st != HELIX_OK)
        return st;
    st = rmdir_locked(&place);
    place_end(&place);
    return st;
}
