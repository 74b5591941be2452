/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* New names: files, directories, nodes, links, symbolic links. */
#include <helix/abi/linux.h>
#include <helix/lib/string.h>

#include "create.h"
#include "fs_call.h"
#include "permission.h"
#include "watched.h"

#define BYTES_PER_ENTRY 20u // what a directory without a store counts as its size, as tmpfs does

static bool is_special(const struct component *c)
{
    return c->length == 0 ||
           (c->name[0] == '.' && (c->length == 1 || (c->length == 2 && c->name[1] == '.')));
}

helix_status place_begin(struct place *place, const struct walk_context *walk, const char *path)
{
    place->dentry = NULL;
    walker_init(&place->walker, walk, path, WALKER_PARENT);
    helix_status st = walker_run(&place->walker);
    if (st == HELIX_OK && is_special(&place->walker.last))
        st = HELIX_E_EXIST;
    if (st != HELIX_OK) {
        walker_end(&place->walker);
        return st;
    }
    struct dentry *directory = place->walker.at.dentry;
    sleep_lock_write(&directory->vnode->lock);
    st = walk_lookup_locked(directory, &place->walker.last, &place->dentry);
    if (st == HELIX_OK || st == HELIX_E_NOENT)
        return HELIX_OK;
    place_end(place);
    return st;
}

void place_end(struct place *place)
{
    sleep_unlock_write(&place_directory(place)->lock);
    if (place->dentry != NULL)
        dentry_put(place->dentry);
    walker_end(&place->walker);
}

void directory_changed(struct vnode *directory, i32 entries)
{
    if (!vnode_has_store(directory))
        directory->attributes.size += (u64)((i64)entries * BYTES_PER_ENTRY);
    vnode_touch(directory, FS_SET_MODIFIED | FS_SET_CHANGED);
}

void creation_args(const struct vnode *directory, const struct walk_context *walk,
                   const struct creation *what, struct fs_create_args *args_out)
{
    const struct credentials *who = walk->credentials;
    u32 mode = what->mode;
    u32 gid = who->fsgid;
    if ((mode & LINUX_S_IFMT) != LINUX_S_IFLNK)
        mode &= ~(walk->fs->umask & 0777);
    if (directory->attributes.mode & LINUX_S_ISGID) {
        gid = directory->attributes.gid;
        if ((mode & LINUX_S_IFMT) == LINUX_S_IFDIR)
            mode |= LINUX_S_ISGID;
        else if ((mode & (LINUX_S_ISGID | 0010)) == (LINUX_S_ISGID | 0010) &&
                 !credentials_in_group(who, gid) && !credentials_capable(who, CRED_CAP_FSETID))
            mode &= ~LINUX_S_ISGID;
    }
    *args_out = (struct fs_create_args){.mode = mode,
                                        .uid = who->fsuid,
                                        .gid = gid,
                                        .device = what->device,
                                        .target = what->target,
                                        .making = walk->making,
                                        .now = vfs_time_now()};
}

/* The dentry to hang the new vnode on: the negative one, or a fresh one. */
static helix_status ready_dentry(struct place *place)
{
    if (place->dentry != NULL)
        return HELIX_OK;
    const struct component *name = &place->walker.last;
    struct dentry *directory = place->walker.at.dentry;
    helix_status st =
        dentry_create(directory->volume, directory, name->name, name->length, NULL, &place->dentry);
    if (st == HELIX_OK)
        dentry_hash(place->dentry);
    return st;
}

/* @mode: of what is to be made, or of what gets a name more. */
static helix_status may_create(const struct place *place, u32 mode)
{
    const struct vnode *directory = place_directory(place);
    helix_status st = mount_may_write(place->walker.at.mount);
    if (st == HELIX_OK)
        st = permission_create(directory, place->walker.context->credentials);
    if (st == HELIX_OK && directory->volume->type->fixed_names)
        st = (mode & LINUX_S_IFMT) == LINUX_S_IFREG ? HELIX_E_ACCESS : HELIX_E_PERM;
    return st;
}

helix_status place_create(struct place *place, const struct creation *what)
{
    const struct component *name = &place->walker.last;
    struct vnode *directory = place_directory(place);
    helix_status st = may_create(place, what->mode);
    if (st == HELIX_OK)
        st = volume_reserve_inode(directory->volume);
    if (st != HELIX_OK)
        return st;
    st = ready_dentry(place);
    struct fs_create_args args;
    struct fs_attributes made;
    creation_args(directory, place->walker.context, what, &args);
    if (st == HELIX_OK)
        st = fs_create(directory, name->name, name->length, &args, &made);
    if (st != HELIX_OK) {
        volume_free_inode(directory->volume);
        return st;
    }
    struct vnode *vnode;
    st = vnode_of(directory->volume, &made, &vnode);
    if (st != HELIX_OK) {
        // The first error is the answer.
        helix_ignore(fs_unlink(directory, name->name, name->length, made.inode));
        fs_forget(directory->volume, made.inode);
        volume_free_inode(directory->volume);
        return st;
    }
    atomic_fetch_or_relaxed(&vnode->flags, (u32)VNODE_NO_CAPABILITIES); // new as it is
    dentry_set_vnode(place->dentry, vnode);
    vnode_put(vnode);
    directory_changed(directory, 1);
    if (vnode_is_directory(vnode))
        vnode_links_changed(directory, 1);
    watch_made(place->walker.at.dentry, place->dentry);
    return HELIX_OK;
}

helix_status place_make(const struct walk_context *walk, const char *path,
                        const struct creation *what, struct path *made_out)
{
    struct place place;
    helix_status st = place_begin(&place, walk, path);
    if (st != HELIX_OK)
        return st;
    if (place.dentry != NULL && place.dentry->vnode != NULL)
        st = HELIX_E_EXIST;
    else if (place.walker.last.slash && (what->mode & LINUX_S_IFMT) != LINUX_S_IFDIR)
        st = HELIX_E_NOENT;
    else
        st = place_create(&place, what);
    if (st == HELIX_OK && made_out != NULL) {
        *made_out = (struct path){place.walker.at.mount, place.dentry};
        path_get(made_out);
    }
    place_end(&place);
    return st;
}

static helix_status create_at(const struct walk_context *walk, const char *path,
                              const struct creation *what)
{
    return place_make(walk, path, what, NULL);
}

helix_status vfs_mkdir(const struct walk_context *walk, const char *path, u32 mode)
{
    const struct creation what = {.mode = LINUX_S_IFDIR | (mode & 01777)};
    return create_at(walk, path, &what);
}

helix_status vfs_mknod(const struct walk_context *walk, const char *path, u32 mode, u64 device)
{
    u32 type = mode & LINUX_S_IFMT;
    struct creation what = {.mode = (type == 0 ? LINUX_S_IFREG : type) | (mode & 07777)};
    switch (type) {
    case 0:
    case LINUX_S_IFREG:
    case LINUX_S_IFIFO:
    case LINUX_S_IFSOCK:
        break;
    case LINUX_S_IFCHR:
    case LINUX_S_IFBLK:
        // 0:0 stands for "removed" in overlays, and opens nothing
        if ((type != LINUX_S_IFCHR || device != 0) &&
            !credentials_capable(walk->credentials, CRED_CAP_MKNOD))
            return HELIX_E_PERM;
        what.device = device;
        break;
    case LINUX_S_IFDIR:
        return HELIX_E_PERM;
    default:
        return HELIX_E_INVAL;
    }
    return create_at(walk, path, &what);
}

helix_status vfs_symlink(const struct walk_context *walk, const char *target, const char *path)
{
    if (target[0] == '\0')
        return HELIX_E_NOENT;
    if (strnlen(target, LINUX_PATH_MAX) >= LINUX_PATH_MAX)
        return HELIX_E_NAME_TOO_LONG;
    const struct creation what = {.mode = LINUX_S_IFLNK | 0777, .target = target};
    return create_at(walk, path, &what);
}

/* ---- Hard links ---- */

/* A file whose last name is gone gets none again, unless it never had one. */
static helix_status link_locked(struct vnode *directory, const struct component *name,
                                struct vnode *vnode)
{
    if (vnode->attributes.links == 0 && !(vnode->flags & VNODE_LINKABLE))
        return HELIX_E_NOENT;
    helix_status st = fs_link(directory, name->name, name->length, vnode);
    if (st != HELIX_OK)
        return st;
    if (vnode->attributes.links == 0) { // the inode is counted already
        volume_free_inode(directory->volume);
        atomic_fetch_and_relaxed(&vnode->flags, ~(u32)VNODE_LINKABLE);
    }
    vnode_links_changed(vnode, 1);
    return HELIX_OK;
}

static helix_status link_at(struct place *place, struct vnode *vnode)
{
    const struct component *name = &place->walker.last;
    struct vnode *directory = place_directory(place);
    helix_status st = may_create(place, LINUX_S_IFDIR);
    if (st == HELIX_OK && vnode_is_directory(vnode))
        st = HELIX_E_PERM;
    if (st == HELIX_OK)
        st = volume_reserve_inode(directory->volume);
    if (st != HELIX_OK)
        return st;
    st = ready_dentry(place);
    if (st == HELIX_OK) {
        sleep_lock_write(&vnode->lock);
        st = link_locked(directory, name, vnode);
        sleep_unlock_write(&vnode->lock);
    }
    if (st != HELIX_OK) {
        volume_free_inode(directory->volume);
        return st;
    }
    dentry_set_vnode(place->dentry, vnode);
    directory_changed(directory, 1);
    watch_links(vnode);
    watch_made(place->walker.at.dentry, place->dentry);
    return HELIX_OK;
}

/* Whoever neither owns a file nor could have written a copy of it gives it no name that outlives
 * the owner's: what Debian sets fs.protected_hardlinks to. */
static helix_status may_link(const struct vnode *vnode, const struct credentials *who)
{
    u32 mode = vnode->attributes.mode;
    if (permission_is_owner(vnode, who))
        return HELIX_OK;
    bool plain = vnode_type(vnode) == LINUX_S_IFREG && !(mode & LINUX_S_ISUID) &&
                 (mode & (LINUX_S_ISGID | 0010)) != (LINUX_S_ISGID | 0010);
    return plain && permission_check(vnode, ACCESS_READ | ACCESS_WRITE, who) == HELIX_OK
               ? HELIX_OK
               : HELIX_E_PERM;
}

static helix_status check_link(const struct place *place, const struct path *from)
{
    const struct walker *to = &place->walker;
    if (place->dentry != NULL && place->dentry->vnode != NULL)
        return HELIX_E_EXIST;
    if (to->last.slash)
        return HELIX_E_NOENT;
    helix_status st = mount_may_write(to->at.mount);
    if (st != HELIX_OK)
        return st;
    if (to->at.mount != from->mount)
        return HELIX_E_CROSS_DEVICE;
    return may_link(from->dentry->vnode, to->context->credentials);
}

static helix_status link_to_path(const struct path *from, const struct walk_context *to_walk,
                                 const char *to)
{
    struct place place;
    helix_status st = place_begin(&place, to_walk, to);
    if (st != HELIX_OK)
        return st;
    st = check_link(&place, from);
    if (st == HELIX_OK)
        st = link_at(&place, from->dentry->vnode);
    place_end(&place);
    return st;
}

helix_status vfs_link(const struct walk_context *from_walk, const char *from,
                      const struct walk_context *to_walk, const char *to, unsigned flags)
{
    struct path path;
    helix_status st = path_walk(from_walk, from, flags & (WALK_FOLLOW | WALK_EMPTY), &path);
    if (st != HELIX_OK)
        return st;
    st = link_to_path(&path, to_walk, to);
    path_put(&path);
    return st;
}
