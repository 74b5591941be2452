/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* open(2). */
#include <helix/abi/linux.h>

#include "create.h"
#include "file_kinds.h"
#include "fs_call.h"
#include "permission.h"
#include "watched.h"

static helix_status path_only_read(struct file *file, struct io_buffer *to, u64 *position,
                                   size_t *done_out)
{
    (void)file, (void)to, (void)position, (void)done_out;
    return HELIX_E_BAD_FD;
}

static helix_status path_only_ioctl(struct file *file, u32 command, u64 argument, i64 *result_out)
{
    (void)file, (void)command, (void)argument, (void)result_out;
    return HELIX_E_BAD_FD;
}

static helix_status path_only_read_directory(struct file *file, fs_readdir_fn *entry, void *context)
{
    (void)file, (void)entry, (void)context;
    return HELIX_E_BAD_FD;
}

static u32 path_poll(struct file *file, struct poll_table *table)
{
    (void)file, (void)table;
    return LINUX_POLLNVAL; // a place is nothing to wait for
}

const struct file_ops path_only_ops = {
    .name = "path",
    .read = path_only_read,
    .write = path_only_read,
    .seek = file_seek_none,
    .poll = path_poll,
    .ioctl = path_only_ioctl,
    .map = file_map_none,
    .read_directory = path_only_read_directory,
    .flush = file_flush_none,
    .sync = file_sync_none,
    .release = file_release_none,
};

/* What the access mode and flags ask of the permissions. */
static unsigned wanted_access(u32 flags)
{
    static const u8 of_mode[4] = {ACCESS_READ, ACCESS_WRITE, ACCESS_READ | ACCESS_WRITE,
                                  ACCESS_READ | ACCESS_WRITE};
    return of_mode[flags & LINUX_O_ACCMODE] | (flags & LINUX_O_TRUNC ? ACCESS_WRITE : 0u);
}

/* What the kind of file and its mount say to being opened so. */
static helix_status check_kind(const struct path *path, u32 flags, unsigned wanted)
{
    const struct vnode *vnode = path->dentry->vnode;
    switch (vnode_type(vnode)) {
    case LINUX_S_IFLNK:
        return HELIX_E_LOOP;
    case LINUX_S_IFDIR:
        return wanted & ACCESS_WRITE ? HELIX_E_IS_DIR : HELIX_OK;
    case LINUX_S_IFCHR:
    case LINUX_S_IFBLK:
        return mount_flags(path->mount) & LINUX_MS_NODEV ? HELIX_E_ACCESS : HELIX_OK;
    case LINUX_S_IFSOCK:
        return HELIX_E_NXIO;
    case LINUX_S_IFIFO:
        return HELIX_OK;
    default:
        break;
    }
    if (flags & LINUX_O_DIRECTORY)
        return HELIX_E_NOT_DIR;
    return wanted & ACCESS_WRITE ? mount_may_write(path->mount) : HELIX_OK;
}

static helix_status check_open(const struct path *path, u32 flags, const struct credentials *who)
{
    unsigned wanted = wanted_access(flags);
    const struct vnode *vnode = path->dentry->vnode;
    helix_status st = check_kind(path, flags, wanted);
    if (st == HELIX_OK)
        st = permission_check(vnode, wanted, who);
    if (st == HELIX_OK && (flags & LINUX_O_NOATIME) && !permission_is_owner(vnode, who))
        st = HELIX_E_PERM;
    return st;
}

/* Give the file the operations of what it opens. */
static helix_status bind_kind(struct file *file)
{
    struct vnode *vnode = file->vnode;
    const struct fs_type *type = vnode->volume->type;
    switch (vnode_type(vnode)) {
    case LINUX_S_IFDIR:
        file->ops = &directory_ops;
        return HELIX_OK;
    case LINUX_S_IFCHR:
    case LINUX_S_IFBLK:
        return device_open(file, vnode_type(vnode) == LINUX_S_IFBLK, vnode->attributes.device);
    case LINUX_S_IFIFO:
        return fifo_open(file);
    default:
        break;
    }
    if (type != NULL && type->native != NULL)
        return type->native->open(file, vnode);
    file->ops = &regular_ops;
    return HELIX_OK;
}

static helix_status open_file(const struct path *path, u32 flags, struct credentials *who,
                              struct file **file_out)
{
    struct file *file;
    helix_status st = file_allocate_kind(&path_only_ops, flags, &file);
    if (st != HELIX_OK)
        return st;
    file_set_place(file, path);
    credentials_get(who);
    file->credentials = who;
    if (flags & LINUX_O_PATH) {
        file->access = 0;
    } else {
        file->flags |= flags & LINUX_O_NOCTTY; // for terminals, while it is being opened
        st = bind_kind(file);
        file->flags &= ~LINUX_O_NOCTTY;
    }
    if (st == HELIX_OK && file->ops == &regular_ops)
        st = file_begin_sharing(file);
    if (st == HELIX_OK && file->ops == &regular_ops)
        st = vnode_opened(file->vnode, flags);
    if (st == HELIX_OK && (flags & LINUX_O_TRUNC) && file->ops == &regular_ops) {
        st = vnode_resize(file->vnode, 0, who);
        watch_file(file->dentry, WATCH_MODIFY);
    }
    if (st != HELIX_OK) {
        file_put(file);
        return st;
    }
    if (!(flags & LINUX_O_PATH))
        watch_file(file->dentry, WATCH_OPEN);
    *file_out = file;
    return HELIX_OK;
}

helix_status vfs_open_path(const struct path *path, u32 flags, struct credentials *credentials,
                           struct file **file_out)
{
    if (!(flags & LINUX_O_PATH)) {
        helix_status st = check_open(path, flags, credentials);
        if (st != HELIX_OK)
            return st;
    }
    return open_file(path, flags, credentials, file_out);
}

static unsigned walk_flags_of(u32 flags)
{
    unsigned walk = flags & LINUX_O_NOFOLLOW ? 0 : WALK_FOLLOW;
    return flags & LINUX_O_DIRECTORY ? walk | WALK_DIRECTORY : walk;
}

static helix_status open_found(const struct walk_context *walk, const char *path, u32 flags,
                               struct file **file_out)
{
    struct path found;
    helix_status st = path_walk(walk, path, walk_flags_of(flags), &found);
    if (st != HELIX_OK)
        return st;
    st = vfs_open_path(&found, flags, walk->credentials, file_out);
    path_put(&found);
    return st;
}

/* ---- O_CREAT ---- */

/* The name is there already. @again_out: it is a link, and the walk goes on behind it. */
static helix_status open_existing(struct walker *w, struct dentry *dentry, u32 flags,
                                  bool *again_out, struct file **file_out)
{
    if (flags & LINUX_O_EXCL)
        return HELIX_E_EXIST;
    if (vnode_is_link(dentry->vnode) && !(flags & LINUX_O_NOFOLLOW)) {
        *again_out = true;
        return walker_follow(w, dentry);
    }
    struct path path = {w->at.mount, dentry};
    path_get(&path);
    walk_cross(&path);
    helix_status st = vnode_is_directory(path.dentry->vnode)
                          ? HELIX_E_IS_DIR
                          : vfs_open_path(&path, flags, w->context->credentials, file_out);
    path_put(&path);
    return st;
}

/* One round: the walk stands in the directory of the last name. */
static helix_status create_or_open(struct place *place, u32 flags, u32 mode, bool *again_out,
                                   struct file **file_out)
{
    struct walker *w = &place->walker;
    struct dentry *directory = w->at.dentry;
    const struct creation what = {.mode = LINUX_S_IFREG | (mode & 07777)};
    sleep_lock_write(&directory->vnode->lock);
    helix_status st = walk_lookup_locked(directory, &w->last, &place->dentry);
    bool exists = st == HELIX_OK && place->dentry->vnode != NULL;
    if (!exists && (st == HELIX_OK || st == HELIX_E_NOENT))
        st = place_create(place, &what);
    sleep_unlock_write(&directory->vnode->lock);
    if (st != HELIX_OK)
        return st;
    if (exists)
        return open_existing(w, place->dentry, flags, again_out, file_out);
    // A file just made may be opened in any way, whatever its permissions say.
    const struct path path = {w->at.mount, place->dentry};
    return open_file(&path, flags & ~LINUX_O_TRUNC, w->context->credentials, file_out);
}

static helix_status open_create(const struct walk_context *walk, const char *path, u32 flags,
                                u32 mode, struct file **file_out)
{
    struct place place = {.dentry = NULL};
    walker_init(&place.walker, walk, path, WALKER_PARENT);
    helix_status st = walker_run(&place.walker);
    bool again = true;
    while (st == HELIX_OK && again) {
        const struct component *last = &place.walker.last;
        again = false;
        if (last->length == 0 && !vnode_is_directory(place.walker.at.dentry->vnode)) {
            // A link of proc led straight to a file.
            st = flags & LINUX_O_EXCL
                     ? HELIX_E_EXIST
                     : vfs_open_path(&place.walker.at, flags, walk->credentials, file_out);
            break;
        }
        if (last->length == 0 || last->slash || (last->name[0] == '.' && last->length == 1) ||
            (last->name[0] == '.' && last->name[last->length - 1] == '.' && last->length == 2)) {
            st = flags & LINUX_O_EXCL && !last->slash ? HELIX_E_EXIST : HELIX_E_IS_DIR;
            break;
        }
        st = create_or_open(&place, flags, mode, &again, file_out);
        if (place.dentry != NULL)
            dentry_put(place.dentry);
        place.dentry = NULL;
    }
    walker_end(&place.walker);
    return st;
}

/* ---- O_TMPFILE ---- */

static helix_status make_unnamed(const struct walk_context *walk, const struct path *directory,
                                 u32 flags, u32 mode, struct file **file_out)
{
    struct vnode *parent = directory->dentry->vnode;
    struct fs_create_args args;
    const struct creation what = {.mode = LINUX_S_IFREG | (mode & 07777)};
    creation_args(parent, walk, &what, &args);
    struct fs_attributes made;
    helix_status st = volume_reserve_inode(parent->volume);
    if (st != HELIX_OK)
        return st;
    st = fs_create_unnamed(parent->volume, &args, &made);
    if (st != HELIX_OK)
        goto free_inode;
    struct vnode *vnode;
    st = vnode_of(parent->volume, &made, &vnode);
    if (st != HELIX_OK) {
        fs_forget(parent->volume, made.inode);
        goto free_inode;
    }
    if (!(flags & LINUX_O_EXCL))
        atomic_fetch_or_relaxed(&vnode->flags, (u32)VNODE_LINKABLE);
    struct dentry *dentry;
    st = dentry_create(parent->volume, directory->dentry, "#tmpfile", 8, vnode, &dentry);
    vnode_put(vnode);
    if (st != HELIX_OK)
        return st;
    const struct path path = {directory->mount, dentry};
    st = open_file(&path, flags & ~LINUX_O_TRUNC, walk->credentials, file_out);
    dentry_put(dentry);
    return st;
free_inode:
    volume_free_inode(parent->volume);
    return st;
}

static helix_status open_unnamed(const struct walk_context *walk, const char *path, u32 flags,
                                 u32 mode, struct file **file_out)
{
    if (!(flags & (LINUX_O_WRONLY | LINUX_O_RDWR)))
        return HELIX_E_INVAL;
    struct path directory;
    helix_status st = path_walk(walk, path, WALK_FOLLOW | WALK_DIRECTORY, &directory);
    if (st != HELIX_OK)
        return st;
    st = mount_may_write(directory.mount);
    if (st == HELIX_OK)
        st = permission_check(directory.dentry->vnode, ACCESS_WRITE | ACCESS_EXEC,
                              walk->credentials); // a removed one will do
    if (st == HELIX_OK)
        st = make_unnamed(walk, &directory, flags & ~(LINUX_O_TMPFILE), mode, file_out);
    path_put(&directory);
    return st;
}

helix_status vfs_open(const struct walk_context *walk, const char *path, u32 flags, u32 mode,
                      struct file **file_out)
{
    if (flags & LINUX_O_PATH)
        flags &= LINUX_O_PATH | LINUX_O_DIRECTORY | LINUX_O_NOFOLLOW | LINUX_O_CLOEXEC;
    if ((flags & LINUX_O_TMPFILE) == LINUX_O_TMPFILE)
        return open_unnamed(walk, path, flags, mode, file_out);
    if (!(flags & LINUX_O_CREAT))
        return open_found(walk, path, flags, file_out);
    if (flags & LINUX_O_DIRECTORY)
        return HELIX_E_INVAL;
    struct path found;
    if (!(flags & LINUX_O_EXCL) && path_walk_cached(walk, path, walk_flags_of(flags), &found)) {
        helix_status st = vnode_is_directory(found.dentry->vnode)
                              ? HELIX_E_IS_DIR
                              : vfs_open_path(&found, flags, walk->credentials, file_out);
        path_put(&found);
        return st;
    }
    return open_create(walk, path, flags, mode, file_out);
}
