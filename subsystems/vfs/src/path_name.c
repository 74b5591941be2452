/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The name of a place: from the dentry upward, written from the end of the buffer. */
#include <helix/lib/string.h>

#include "mount.h"

struct name_writer {
    char *buffer;
    char *at; // first byte written
};

static bool prepend(struct name_writer *writer, const char *text, size_t length)
{
    if ((size_t)(writer->at - writer->buffer) < length)
        return false;
    writer->at -= length;
    memcpy(writer->at, text, length);
    return true;
}

enum reach {
    REACH_ROOT,
    REACH_ELSEWHERE, // outside of the given root, or in a mount that is gone
    REACH_NO_ROOM,
};

/* In a section. */
static enum reach climb(const struct path *from, const struct path *root,
                        struct name_writer *writer)
{
    const struct mount *mount = from->mount;
    const struct dentry *dentry = from->dentry;
    while (dentry != root->dentry || mount != root->mount) {
        if (dentry == mount->root || dentry->parent == dentry) {
            const struct mount *parent = atomic_load_acquire(&mount->parent);
            if (parent == NULL || dentry != mount->root)
                return REACH_ELSEWHERE;
            dentry = mount->point;
            mount = parent;
            continue;
        }
        const struct dentry_name *name = atomic_load_acquire(&dentry->name);
        if (!prepend(writer, name->text, name->length) || !prepend(writer, "/", 1))
            return REACH_NO_ROOM;
        dentry = atomic_load_acquire(&dentry->parent);
    }
    return REACH_ROOT;
}

static enum reach write_name(const struct path *path, const struct path *root, char *buffer,
                             size_t capacity, const char *suffix, const char **name_out)
{
    for (;;) {
        struct name_writer writer = {buffer, buffer + capacity};
        if (!prepend(&writer, suffix, strlen(suffix) + 1))
            return REACH_NO_ROOM;
        const char *end = writer.at;
        quiesce_read_begin();
        u32 before = atomic_load_acquire(&namespace_sequence);
        enum reach reach = climb(path, root, &writer);
        atomic_fence_acquire();
        bool same = !(before & 1) && atomic_load_relaxed(&namespace_sequence) == before;
        quiesce_read_end();
        if (!same) {
            hal_cpu_relax();
            continue;
        }
        if (reach != REACH_NO_ROOM && writer.at == end && !prepend(&writer, "/", 1))
            return REACH_NO_ROOM;
        *name_out = writer.at;
        return reach;
    }
}

static bool is_removed(const struct dentry *dentry)
{
    return dentry->parent != dentry && !dentry_is_hashed(dentry);
}

/* The root cannot go while its context's lock is held. */
static enum reach name_in(const struct path *path, struct fs_context *fs, char *buffer,
                          size_t capacity, const char *suffix, const char **name_out)
{
    mutex_lock(&fs->lock);
    const struct path root = {fs->root_mount, fs->root_dentry};
    enum reach reach = write_name(path, &root, buffer, capacity, suffix, name_out);
    mutex_unlock(&fs->lock);
    return reach;
}

helix_status path_name(const struct path *path, struct fs_context *fs, char *buffer,
                       size_t capacity, const char **name_out)
{
    if (is_removed(path->dentry))
        return HELIX_E_NOENT;
    switch (name_in(path, fs, buffer, capacity, "", name_out)) {
    case REACH_ROOT:
        return HELIX_OK;
    case REACH_ELSEWHERE:
        return HELIX_E_NOENT;
    default:
        return HELIX_E_RANGE;
    }
}

helix_status path_name_anywhere(const struct path *path, struct fs_context *fs, char *buffer,
                                size_t capacity, const char **name_out)
{
    static const char prefix[] = "(unreachable)";
    const size_t length = sizeof prefix - 1;
    if (is_removed(path->dentry))
        return HELIX_E_NOENT;
    switch (name_in(path, fs, buffer + length, capacity - length, "", name_out)) {
    case REACH_ROOT:
        return HELIX_OK;
    case REACH_ELSEWHERE:
        *name_out = memcpy((char *)(uintptr_t)*name_out - length, prefix, length);
        return HELIX_OK;
    default:
        return HELIX_E_RANGE;
    }
}

helix_status path_label(const struct path *path, struct fs_context *fs, char *buffer,
                        size_t capacity, const char **name_out)
{
    const char *suffix = is_removed(path->dentry) ? " (deleted)" : "";
    enum reach reach = name_in(path, fs, buffer, capacity, suffix, name_out);
    return reach == REACH_NO_ROOM ? HELIX_E_RANGE : HELIX_OK;
}

/* Where @volume's root hangs: its first mount, with a reference; NULL: nowhere. */
static struct mount *mount_of(const struct volume *volume)
{
    struct mount *found = NULL;
    sleep_lock_read(&mount_lock);
    list_for_each(struct mount, mount, mount_list(), all_link) {
        if (mount->volume == volume && mount->root == volume->root) {
            mount_get(mount);
            found = mount;
            break;
        }
    }
    sleep_unlock_read(&mount_lock);
    return found;
}

void vnode_any_name(struct vnode *vnode, char *path, size_t capacity)
{
    path[0] = '\0';
    spin_lock(&dentry_lock);
    struct dentry *dentry = vnode->name;
    if (dentry != NULL && !ref_try_get(&dentry->references))
        dentry = NULL;
    spin_unlock(&dentry_lock);
    if (dentry == NULL)
        return;
    struct mount *mount = mount_of(dentry->volume);
    struct mount *first = mount_root();
    if (mount != NULL && first != NULL) {
        const struct path here = {mount, dentry};
        const struct path root = {first, first->root};
        const char *name;
        if (write_name(&here, &root, path, capacity, is_removed(dentry) ? " (deleted)" : "",
                       &name) != REACH_NO_ROOM)
            memmove(path, name, strlen(name) + 1);
        else
            path[0] = '\0';
    }
    if (mount != NULL)
        mount_put(mount);
    dentry_put(dentry);
}
