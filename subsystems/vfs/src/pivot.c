/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* pivot_root(2): another mount becomes the root of everybody who had ours. */
#include "file_kinds.h"
#include "mount.h"

/* Does the way up from @path come by @root? */
static bool is_reachable(const struct path *path, const struct path *root)
{
    const struct mount *mount = path->mount;
    const struct dentry *dentry = path->dentry;
    while (mount != root->mount && mount->parent != NULL) {
        dentry = mount->point;
        mount = mount->parent;
    }
    return mount == root->mount && dentry_is_below(dentry, root->dentry);
}

static bool is_shared(const struct mount *mount)
{
    return mount != NULL && mount->propagation == LINUX_MS_SHARED;
}

static helix_status check(const struct path *root, const struct path *new_root,
                          const struct path *put_old)
{
    if (is_shared(put_old->mount) || is_shared(new_root->mount->parent) ||
        is_shared(root->mount->parent))
        return HELIX_E_INVAL;
    if (new_root->mount == root->mount || put_old->mount == root->mount)
        return HELIX_E_BUSY;
    if (!path_is_mount_root(root) || root->mount->parent == NULL || !path_is_mount_root(new_root) ||
        new_root->mount->parent == NULL || !is_reachable(put_old, new_root) ||
        !is_reachable(new_root, root))
        return HELIX_E_INVAL;
    return HELIX_OK;
}

static void exchange(const struct path *root, const struct path *new_root,
                     const struct path *put_old)
{
    const struct path top = {root->mount->parent, root->mount->point};
    path_get(&top);
    mount_take_out(new_root->mount);
    mount_take_out(root->mount);
    mount_attach(root->mount, put_old->mount, put_old->dentry);
    mount_attach(new_root->mount, top.mount, top.dentry);
    dentry_put(top.dentry);
    mount_put_locked(top.mount);
}

helix_status vfs_pivot_root(const struct walk_context *walk, const struct path *new_root,
                            const struct path *put_old)
{
    struct fs_context *fs = walk->fs;
    mutex_lock(&fs->lock);
    const struct path root = {fs->root_mount, fs->root_dentry};
    path_get(&root);
    mutex_unlock(&fs->lock);
    sleep_lock_write(&mount_lock);
    helix_status st = check(&root, new_root, put_old);
    if (st == HELIX_OK)
        exchange(&root, new_root, put_old);
    sleep_unlock_write(&mount_lock);
    if (st == HELIX_OK)
        fs_contexts_move(&root, new_root);
    path_put(&root);
    return st;
}
