/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Root and working directory of tasks. */
#include <helix/memory/heap.h>

#include "file_kinds.h"
#include "mount.h"

static struct kmem_cache context_cache = KMEM_CACHE(fs_context);
static struct list contexts = LIST_INIT(contexts); // those with a root
static struct spinlock contexts_lock = {.rank = LOCK_RANK_MOUNT};

static void enlist(struct fs_context *context)
{
    spin_lock(&contexts_lock);
    list_push_back(&contexts, &context->link);
    spin_unlock(&contexts_lock);
}

static struct fs_context *allocate(void)
{
    struct fs_context *context = kmem_alloc(&context_cache);
    if (context == NULL)
        return NULL;
    ref_init(&context->references);
    mutex_init(&context->lock, LOCK_RANK_NONE);
    return context;
}

helix_status fs_context_create(struct fs_context **context_out)
{
    struct mount *mount = mount_root();
    if (mount == NULL)
        return HELIX_E_NODEV;
    struct fs_context *context = allocate();
    if (context == NULL)
        return HELIX_E_NOMEM;
    struct path root = {mount, mount->root};
    path_get(&root); // as root
    path_get(&root); // as working directory
    context->root_mount = root.mount;
    context->root_dentry = root.dentry;
    context->cwd_mount = root.mount;
    context->cwd_dentry = root.dentry;
    context->umask = 022;
    enlist(context);
    *context_out = context;
    return HELIX_OK;
}

helix_status fs_context_copy(struct fs_context *from, struct fs_context **context_out)
{
    struct fs_context *context = allocate();
    if (context == NULL)
        return HELIX_E_NOMEM;
    mutex_lock(&from->lock);
    context->root_mount = from->root_mount;
    context->root_dentry = from->root_dentry;
    context->cwd_mount = from->cwd_mount;
    context->cwd_dentry = from->cwd_dentry;
    context->umask = from->umask;
    path_get(&(struct path){context->root_mount, context->root_dentry});
    path_get(&(struct path){context->cwd_mount, context->cwd_dentry});
    mutex_unlock(&from->lock);
    enlist(context);
    *context_out = context;
    return HELIX_OK;
}

void fs_context_get(struct fs_context *context)
{
    ref_get(&context->references);
}

void fs_context_put(struct fs_context *context)
{
    if (!ref_put(&context->references))
        return;
    spin_lock(&contexts_lock);
    list_remove(&context->link);
    spin_unlock(&contexts_lock);
    path_put(&(struct path){context->cwd_mount, context->cwd_dentry});
    path_put(&(struct path){context->root_mount, context->root_dentry});
    kmem_free(&context_cache, context);
}

/* Exchange one pair; the old one, whose references are the caller's now. */
static struct path replace(struct fs_context *fs, struct mount **mount, struct dentry **dentry,
                           const struct path *path)
{
    path_get(path);
    mutex_lock(&fs->lock);
    struct path old = {*mount, *dentry};
    atomic_store_relaxed(&fs->sequence, fs->sequence + 1);
    atomic_fence_release();
    atomic_store_relaxed(mount, path->mount);
    atomic_store_relaxed(dentry, path->dentry);
    atomic_store_release(&fs->sequence, fs->sequence + 1);
    mutex_unlock(&fs->lock);
    return old;
}

helix_status vfs_chdir(struct fs_context *fs, const struct path *path)
{
    if (!vnode_is_directory(path->dentry->vnode))
        return HELIX_E_NOT_DIR;
    struct path old = replace(fs, &fs->cwd_mount, &fs->cwd_dentry, path);
    path_put(&old);
    return HELIX_OK;
}

helix_status vfs_chroot(struct fs_context *fs, const struct path *path)
{
    if (!vnode_is_directory(path->dentry->vnode))
        return HELIX_E_NOT_DIR;
    struct path old = replace(fs, &fs->root_mount, &fs->root_dentry, path);
    path_put(&old);
    return HELIX_OK;
}

/* The first context that stands at @from, with a reference; NULL: none. */
static struct fs_context *find_at(const struct path *from, bool *is_root_out)
{
    struct fs_context *found = NULL;
    spin_lock(&contexts_lock);
    list_for_each(struct fs_context, fs, &contexts, link) {
        *is_root_out = atomic_load_relaxed(&fs->root_dentry) == from->dentry &&
                       atomic_load_relaxed(&fs->root_mount) == from->mount;
        if ((*is_root_out || (atomic_load_relaxed(&fs->cwd_dentry) == from->dentry &&
                              atomic_load_relaxed(&fs->cwd_mount) == from->mount)) &&
            ref_try_get(&fs->references)) {
            found = fs;
            break;
        }
    }
    spin_unlock(&contexts_lock);
    return found;
}

void fs_contexts_move(const struct path *from, const struct path *to)
{
    bool is_root;
    for (struct fs_context *fs; (fs = find_at(from, &is_root)) != NULL; fs_context_put(fs)) {
        struct path old = is_root ? replace(fs, &fs->root_mount, &fs->root_dentry, to)
                                  : replace(fs, &fs->cwd_mount, &fs->cwd_dentry, to);
        path_put(&old);
    }
}
