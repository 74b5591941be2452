/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Names that go: unlink and rmdir. */
#include <helix/abi/linux.h>

#include "create.h"
#include "fs_call.h"
#include "permission.h"
#include "remove.h"
#include "watched.h"

static helix_status permitted(const struct walker *walker, const struct dentry *victim)
{
    const struct vnode *vnode = victim != NULL ? victim->vnode : NULL;
    if (vnode == NULL)
        return HELIX_E_NOENT;
    return permission_delete(walker->at.dentry->vnode, vnode, walker->context->credentials);
}

static helix_status not_busy(const struct dentry *victim)
{
    return atomic_load_relaxed(&victim->flags) & DENTRY_MOUNTPOINT ? HELIX_E_BUSY : HELIX_OK;
}

helix_status remove_allowed(const struct walker *walker, const struct dentry *victim)
{
    helix_status st = permitted(walker, victim);
    return st == HELIX_OK ? not_busy(victim) : st;
}

/* What stands at @place goes if it is a directory, or if it is none. */
static helix_status check_kind(const struct place *place, bool directory)
{
    const struct dentry *victim = place->dentry;
    helix_status st = mount_may_write(place->walker.at.mount);
    if (st == HELIX_OK && !directory && place->walker.last.slash && victim != NULL &&
        victim->vnode != NULL)
        return vnode_is_directory(victim->vnode) ? HELIX_E_IS_DIR : HELIX_E_NOT_DIR;
    if (st == HELIX_OK)
        st = permitted(&place->walker, victim);
    if (st != HELIX_OK)
        return st;
    if (vnode_is_directory(victim->vnode) != directory)
        return directory ? HELIX_E_NOT_DIR : HELIX_E_IS_DIR;
    if (victim->volume->type->fixed_names)
        return HELIX_E_PERM;
    return not_busy(victim);
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
        if (vnode->attributes.links > 0)
            volume_free_inode(vnode->volume); // a name; the inode itself goes with its last user
    }
    dentry_unhash(victim);
}

static helix_status unlink_locked(struct place *place)
{
    helix_status st = check_kind(place, false);
    if (st != HELIX_OK)
        return st;
    struct vnode *vnode = place->dentry->vnode;
    struct vnode *directory = place_directory(place);
    sleep_lock_write(&vnode->lock);
    st = fs_unlink(directory, place->walker.last.name, place->walker.last.length,
                   vnode->attributes.inode);
    if (st == HELIX_OK) {
        remove_finish(place->dentry);
        directory_changed(directory, -1);
    }
    sleep_unlock_write(&vnode->lock);
    if (st == HELIX_OK)
        watch_removed(place->walker.at.dentry, place->dentry);
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
    helix_status st = check_kind(place, true);
    if (st != HELIX_OK)
        return st;
    struct vnode *vnode = place->dentry->vnode;
    struct vnode *directory = place_directory(place);
    sleep_lock_write(&vnode->lock);
    st = fs_unlink(directory, place->walker.last.name, place->walker.last.length,
                   vnode->attributes.inode);
    if (st == HELIX_OK) {
        remove_finish(place->dentry);
        directory_changed(directory, -1);
        vnode_links_changed(directory, -1);
    }
    sleep_unlock_write(&vnode->lock);
    if (st == HELIX_OK)
        watch_removed(place->walker.at.dentry, place->dentry);
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
