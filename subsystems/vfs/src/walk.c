/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Path walk. First it goes through names that are cached, in a quiescence section and without
 * references, as far as that gets; what it found counts only if no name and no mount changed
 * meanwhile. The rest goes name by name with references: asking the file system, following links,
 * giving errors.
 */
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#include "fs_call.h"
#include "permission.h"
#include "walk.h"

#define LINKS_MAX 40

/* ---- Names ---- */

/* Take the next name off @rest; false: there is none. */
static bool next_component(const char **rest, struct component *component)
{
    const char *at = *rest;
    while (*at == '/')
        at++;
    if (*at == '\0') {
        *rest = at;
        return false;
    }
    component->name = at;
    u32 hash = dentry_hash_start();
    for (; *at != '/' && *at != '\0'; at++)
        hash = dentry_hash_step(hash, *at);
    component->hash = hash;
    component->length = (u32)(at - component->name);
    component->slash = *at == '/';
    while (*at == '/')
        at++;
    component->last = *at == '\0';
    *rest = at;
    return true;
}

static inline bool is_dot(const struct component *c)
{
    return c->name[0] == '.' && c->length == 1;
}

static inline bool is_dot_dot(const struct component *c)
{
    return c->name[0] == '.' && c->length == 2 && c->name[1] == '.';
}

/* ---- Without references ---- */

static inline void cross_unlocked(struct path *path)
{
    while (unlikely(atomic_load_relaxed(&path->dentry->flags) & DENTRY_MOUNTPOINT)) {
        struct mount *mount = mount_on(path->mount, path->dentry);
        if (mount == NULL)
            return;
        if (unlikely(atomic_load_relaxed(&mount->expiring)))
            atomic_store_relaxed(&mount->expiring, false);
        path->mount = mount;
        path->dentry = mount->root;
    }
}

static void up_unlocked(const struct path *root, struct path *path)
{
    for (;;) {
        if (path->dentry == root->dentry && path->mount == root->mount)
            return;
        if (path->dentry != path->mount->root)
            break;
        struct mount *mount = path->mount;
        struct mount *parent = atomic_load_acquire(&mount->parent);
        if (parent == NULL)
            return;
        path->dentry = mount->point;
        path->mount = parent;
    }
    path->dentry = atomic_load_acquire(&path->dentry->parent);
    cross_unlocked(path);
}

/* Root and start of the walk, as long as nobody changes them right now. */
static bool start_unlocked(struct walker *w)
{
    const struct fs_context *fs = w->context->fs;
    u32 before = atomic_load_acquire(&fs->sequence);
    w->root = (struct path){fs->root_mount, fs->root_dentry};
    if (w->rest[0] == '/')
        w->at = w->root;
    else if (w->context->at != NULL)
        w->at = *w->context->at;
    else
        w->at = (struct path){fs->cwd_mount, fs->cwd_dentry};
    atomic_fence_acquire();
    return !(before & 1) && atomic_load_relaxed(&fs->sequence) == before;
}

static inline void mark_used(struct dentry *dentry)
{
    if (unlikely(!(atomic_load_relaxed(&dentry->flags) & DENTRY_USED)))
        atomic_fetch_or_relaxed(&dentry->flags, (u32)DENTRY_USED);
}

/* One cached name on; false: this name needs more. @w->at is unchanged then. */
static inline bool step_cached(struct walker *w, const struct component *c)
{
    struct dentry *here = w->at.dentry;
    const struct vnode *directory = atomic_load_acquire(&here->vnode);
    if (directory == NULL || !vnode_is_directory(directory) ||
        permission_search(directory, w->context->credentials) != HELIX_OK)
        return false;
    if (unlikely(c->name[0] == '.')) {
        if (is_dot(c))
            return true;
        if (is_dot_dot(c)) {
            up_unlocked(&w->root, &w->at);
            return true;
        }
    }
    if (unlikely(here->volume->flags & FS_TYPE_NO_DCACHE))
        return false;
    struct dentry *child = dentry_find(here, c->name, c->length, c->hash);
    if (child == NULL)
        return false;
    const struct vnode *vnode = atomic_load_acquire(&child->vnode);
    if (vnode == NULL)
        return false;
    if (vnode_is_link(vnode) && (!c->last || c->slash || (w->flags & WALK_FOLLOW)))
        return false;
    if (unlikely(c->last && (c->slash || (w->flags & WALK_DIRECTORY)) &&
                 !vnode_is_directory(vnode)))
        return false;
    mark_used(child);
    w->at.dentry = child;
    if (likely(!(c->last && (w->flags & WALK_NO_MOUNTS))))
        cross_unlocked(&w->at);
    return true;
}

/* True: at the end (or in the parent, for such walks). `rest` is what is left. */
static bool walk_unlocked(struct walker *w)
{
    for (;;) {
        const char *before = w->rest;
        struct component c;
        if (!next_component(&w->rest, &c))
            return true;
        if (c.last && (w->flags & WALKER_PARENT)) {
            w->rest = before;
            return false;
        }
        if (!step_cached(w, &c)) {
            w->rest = before;
            return false;
        }
    }
}

/* Walks that may not do everything go step by step. */
static inline bool is_bound(const struct walk_context *context)
{
    return unlikely((context->resolve & ~(u32)WALK_CACHED) != 0);
}

bool walk_cached(const struct walk_context *context, const char *path, unsigned flags,
                 void (*found)(const struct path *path, void *result), void *result)
{
    struct walker w = {.context = context, .flags = flags, .rest = path};
    bool done = false;
    if (path[0] == '\0')
        return false;
    quiesce_read_begin();
    u32 before = atomic_load_acquire(&namespace_sequence);
    if (likely(!(before & 1) && start_unlocked(&w) && walk_unlocked(&w))) {
        found(&w.at, result);
        atomic_fence_acquire();
        done = atomic_load_relaxed(&namespace_sequence) == before;
    }
    quiesce_read_end();
    return done;
}

/* ---- With references ---- */

/* What a try to take references left to give back, outside the section. */
struct strays {
    struct mount *mounts[2];
    struct dentry *dentry;
    unsigned count;
};

static bool path_try_get(const struct path *path, struct strays *strays)
{
    if (!ref_try_get(&path->mount->references))
        return false;
    if (ref_try_get(&path->dentry->references))
        return true;
    strays->mounts[strays->count++] = path->mount;
    return false;
}

static void strays_put(const struct strays *strays)
{
    if (strays->dentry != NULL)
        dentry_put(strays->dentry);
    for (unsigned i = 0; i < strays->count; i++)
        mount_put(strays->mounts[i]);
}

void path_get(const struct path *path)
{
    mount_get(path->mount);
    dentry_get(path->dentry);
}

void path_put(const struct path *path)
{
    dentry_put(path->dentry);
    mount_put(path->mount);
}

void walker_init(struct walker *walker, const struct walk_context *context, const char *path,
                 unsigned flags)
{
    *walker = (struct walker){.context = context, .flags = flags, .rest = path};
}

static void start_locked(struct walker *w)
{
    struct fs_context *fs = w->context->fs;
    mutex_lock(&fs->lock);
    w->root = (struct path){fs->root_mount, fs->root_dentry};
    bool confined = (w->context->resolve & (WALK_BENEATH | WALK_IN_ROOT)) != 0;
    if (w->rest[0] == '/' && !confined)
        w->at = w->root;
    else if (w->context->at != NULL)
        w->at = *w->context->at;
    else
        w->at = (struct path){fs->cwd_mount, fs->cwd_dentry};
    if (confined)
        w->root = w->at;
    path_get(&w->root);
    path_get(&w->at);
    mutex_unlock(&fs->lock);
    w->held = true;
}

/* Take the walker's places, or leave what to give back in @strays. At the end of the walk the root
 * is not needed any more. */
static bool try_hold(struct walker *w, bool at_end, struct strays *strays)
{
    if (!path_try_get(&w->at, strays))
        return false;
    if (at_end) {
        w->root.mount = NULL;
        return true;
    }
    if (path_try_get(&w->root, strays))
        return true;
    strays->dentry = w->at.dentry;
    strays->mounts[strays->count++] = w->at.mount;
    return false;
}

static void let_go(struct walker *w)
{
    if (!w->held)
        return;
    w->held = false;
    path_put(&w->at);
    if (w->root.mount != NULL)
        path_put(&w->root);
}

void walker_end(struct walker *w)
{
    let_go(w);
    kfree(w->buffer);
    w->buffer = NULL;
}

/* The cached part of the walk. False: nothing is held, and \`rest\` is the whole path again. */
static bool start_cached(struct walker *w, bool *at_end_out)
{
    const char *path = w->rest;
    struct strays strays = {0};
    bool sound = false;
    *at_end_out = false;
    quiesce_read_begin();
    u32 before = atomic_load_acquire(&namespace_sequence);
    if (!(before & 1) && start_unlocked(w)) {
        *at_end_out = walk_unlocked(w);
        w->held = try_hold(w, *at_end_out, &strays);
        atomic_fence_acquire();
        sound = w->held && atomic_load_relaxed(&namespace_sequence) == before;
    }
    quiesce_read_end();
    if (likely(sound))
        return true;
    strays_put(&strays);
    let_go(w);
    w->rest = path;
    return false;
}

bool path_walk_cached(const struct walk_context *walk, const char *path, unsigned flags,
                      struct path *found_out)
{
    struct walker w;
    bool at_end;
    if (path[0] == '\0' || is_bound(walk))
        return false;
    walker_init(&w, walk, path, flags);
    if (!start_cached(&w, &at_end))
        return false;
    if (at_end)
        *found_out = w.at;
    else
        let_go(&w);
    return at_end;
}

static void move_to(struct walker *w, struct path to)
{
    struct path old = w->at;
    w->at = to;
    path_put(&old);
}

/* Take references to what @step makes of @from. */
static struct path resolve(const struct path *from, const struct path *root,
                           void (*step)(const struct path *root, struct path *path))
{
    for (;;) {
        struct path path = *from;
        struct strays strays = {0};
        quiesce_read_begin();
        u32 before = atomic_load_acquire(&namespace_sequence);
        step(root, &path);
        bool got = path_try_get(&path, &strays);
        atomic_fence_acquire();
        bool same = !(before & 1) && atomic_load_relaxed(&namespace_sequence) == before;
        quiesce_read_end();
        if (got && same)
            return path;
        if (got)
            path_put(&path);
        strays_put(&strays);
        hal_cpu_relax();
    }
}

static void cross_step(const struct path *root, struct path *path)
{
    (void)root;
    cross_unlocked(path);
}

void walk_cross(struct path *path)
{
    if (!(atomic_load_relaxed(&path->dentry->flags) & DENTRY_MOUNTPOINT))
        return;
    struct path crossed = resolve(path, NULL, cross_step);
    path_put(path);
    *path = crossed;
}

/* ---- Asking the file system ---- */

static helix_status make_dentry(struct dentry *directory, const struct component *name,
                                const struct fs_attributes *attributes, struct dentry **dentry_out)
{
    struct vnode *vnode = NULL;
    helix_status st;
    if (attributes != NULL) {
        st = vnode_of(directory->volume, attributes, &vnode);
        if (st != HELIX_OK)
            return st;
    }
    st = dentry_create(directory->volume, directory, name->name, name->length, vnode, dentry_out);
    if (vnode != NULL)
        vnode_put(vnode);
    return st;
}

/* Names that change by themselves: the file system has the last word. */
static helix_status lookup_uncached(struct dentry *directory, const struct component *name,
                                    struct dentry **dentry_out)
{
    struct fs_attributes attributes;
    helix_status st = fs_lookup(directory->vnode, name->name, name->length, &attributes);
    struct dentry *known = dentry_find_get(directory, name->name, name->length, name->hash);
    if (known != NULL) {
        if (st == HELIX_OK && known->vnode->attributes.inode == attributes.inode) {
            known->vnode->attributes = attributes;
            *dentry_out = known;
            return HELIX_OK;
        }
        dentry_unhash(known);
        dentry_put(known);
    }
    if (st != HELIX_OK)
        return st;
    st = make_dentry(directory, name, &attributes, dentry_out);
    if (st != HELIX_OK)
        return st;
    atomic_fetch_or_relaxed(&(*dentry_out)->flags, (u32)DENTRY_UNCACHED);
    dentry_hash(*dentry_out);
    return HELIX_OK;
}

helix_status walk_lookup_locked(struct dentry *directory, const struct component *name,
                                struct dentry **dentry_out)
{
    if (name->length > LINUX_NAME_MAX)
        return HELIX_E_NAME_TOO_LONG;
    if (directory->volume->flags & FS_TYPE_NO_DCACHE)
        return lookup_uncached(directory, name, dentry_out);
    *dentry_out = dentry_find_get(directory, name->name, name->length, name->hash);
    if (*dentry_out != NULL)
        return HELIX_OK;
    if (directory->vnode->flags & VNODE_REMOVED)
        return HELIX_E_NOENT;
    struct fs_attributes attributes;
    helix_status st = fs_lookup(directory->vnode, name->name, name->length, &attributes);
    if (st != HELIX_OK && st != HELIX_E_NOENT)
        return st;
    st = make_dentry(directory, name, st == HELIX_OK ? &attributes : NULL, dentry_out);
    if (st == HELIX_OK)
        dentry_hash(*dentry_out);
    return st;
}

helix_status walk_lookup(struct dentry *directory, const struct component *name,
                         struct dentry **dentry_out)
{
    if (!(directory->volume->flags & FS_TYPE_NO_DCACHE)) {
        quiesce_read_begin();
        struct dentry *found = dentry_find(directory, name->name, name->length, name->hash);
        bool got = found != NULL && ref_try_get(&found->references);
        quiesce_read_end();
        if (got) {
            *dentry_out = found;
            return HELIX_OK;
        }
    }
    sleep_lock_write(&directory->vnode->lock);
    helix_status st = walk_lookup_locked(directory, name, dentry_out);
    sleep_unlock_write(&directory->vnode->lock);
    return st;
}

/* ---- Links ---- */

/* The text of @link with what is left of the path behind it. */
static helix_status link_text(struct vnode *link, const char *rest, bool slash, char **text_out)
{
    char *text = kmalloc(LINUX_PATH_MAX);
    if (text == NULL)
        return HELIX_E_NOMEM;
    u32 length = 0;
    helix_status st = fs_read_link(link, text, LINUX_PATH_MAX - 1, &length);
    size_t left = strlen(rest);
    if (st == HELIX_OK && length == 0)
        st = HELIX_E_NOENT;
    if (st == HELIX_OK && length + left + 2 > LINUX_PATH_MAX)
        st = HELIX_E_NAME_TOO_LONG;
    if (st != HELIX_OK) {
        kfree(text);
        return st;
    }
    if (slash)
        text[length++] = '/';
    memcpy(text + length, rest, left + 1);
    *text_out = text;
    return HELIX_OK;
}

/* What the walk may not do: a link, the way to the root, another mount. */
static helix_status check_link(const struct walker *w, bool magic)
{
    u32 resolve = w->context->resolve;
    if ((resolve & WALK_NO_SYMLINKS) || (magic && (resolve & WALK_NO_MAGICLINKS)))
        return HELIX_E_LOOP;
    return magic && (resolve & (WALK_BENEATH | WALK_IN_ROOT)) ? HELIX_E_CROSS_DEVICE : HELIX_OK;
}

static inline helix_status check_mount(const struct walker *w, const struct mount *to)
{
    return to != w->at.mount && (w->context->resolve & WALK_NO_XDEV) ? HELIX_E_CROSS_DEVICE
                                                                     : HELIX_OK;
}

/* Go to @to, whose references are the walk's, or give them back. */
static helix_status move_on(struct walker *w, struct path to)
{
    helix_status st = check_mount(w, to.mount);
    if (st == HELIX_OK)
        move_to(w, to);
    else
        path_put(&to);
    return st;
}

/* A link of proc that leads straight to a place; NOTSUP: it is an ordinary one. */
static helix_status follow_magic(struct walker *w, struct vnode *link)
{
    struct path to;
    const struct fs_native *native = link->volume->type->native;
    helix_status st = native != NULL ? native->follow(link, &to) : HELIX_E_NOTSUP;
    if (st != HELIX_OK)
        return st;
    st = check_link(w, true);
    if (st == HELIX_OK)
        return move_on(w, to);
    path_put(&to);
    return st;
}

/* The place or the text of @link takes the name's place; @w->at is its directory. */
static helix_status follow(struct walker *w, struct vnode *link, bool slash)
{
    if (++w->links > LINKS_MAX)
        return HELIX_E_LOOP;
    helix_status st = check_link(w, false);
    if (st == HELIX_OK)
        st = follow_magic(w, link);
    if (st != HELIX_E_NOTSUP)
        return st;
    char *text;
    st = link_text(link, w->rest, slash, &text);
    if (st != HELIX_OK)
        return st;
    kfree(w->buffer);
    w->buffer = text;
    w->rest = text;
    if (text[0] != '/')
        return HELIX_OK;
    if (w->context->resolve & WALK_BENEATH)
        return HELIX_E_CROSS_DEVICE;
    path_get(&w->root);
    return move_on(w, w->root);
}

helix_status walker_follow(struct walker *walker, struct dentry *link)
{
    helix_status st = follow(walker, link->vnode, walker->last.slash);
    return st == HELIX_OK ? walker_run(walker) : st;
}

/* ---- The walk ---- */

static helix_status enter(struct walker *w, const struct component *c, struct dentry *child)
{
    struct vnode *vnode = child->vnode;
    if (vnode == NULL)
        return HELIX_E_NOENT;
    if (vnode_is_link(vnode) && (!c->last || c->slash || (w->flags & WALK_FOLLOW)))
        return follow(w, vnode, c->slash);
    if ((c->slash || (c->last && (w->flags & WALK_DIRECTORY))) && !vnode_is_directory(vnode))
        return HELIX_E_NOT_DIR;
    mark_used(child);
    struct path to = {w->at.mount, child};
    path_get(&to);
    if (!(c->last && (w->flags & WALK_NO_MOUNTS)))
        walk_cross(&to);
    return move_on(w, to);
}

static helix_status step(struct walker *w, const struct component *c)
{
    struct vnode *here = w->at.dentry->vnode;
    if (!vnode_is_directory(here))
        return HELIX_E_NOT_DIR;
    helix_status st = permission_search(here, w->context->credentials);
    if (st != HELIX_OK)
        return st;
    if (is_dot(c))
        return HELIX_OK;
    if (is_dot_dot(c)) {
        if ((w->context->resolve & WALK_BENEATH) && w->at.dentry == w->root.dentry &&
            w->at.mount == w->root.mount)
            return HELIX_E_CROSS_DEVICE;
        return move_on(w, resolve(&w->at, &w->root, up_unlocked));
    }
    struct dentry *child;
    st = walk_lookup(w->at.dentry, c, &child);
    if (st != HELIX_OK)
        return st;
    st = enter(w, c, child);
    dentry_put(child);
    return st;
}

/* A walk to a parent has come to its last name. */
static helix_status end_in_parent(struct walker *w, const struct component *c)
{
    struct vnode *here = w->at.dentry->vnode;
    w->last = *c;
    if (!vnode_is_directory(here))
        return HELIX_E_NOT_DIR;
    if (c->length > LINUX_NAME_MAX)
        return HELIX_E_NAME_TOO_LONG;
    return permission_search(here, w->context->credentials);
}

static helix_status run_empty(struct walker *w)
{
    if (!(w->flags & WALK_EMPTY))
        return HELIX_E_NOENT;
    start_locked(w);
    if ((w->flags & WALK_DIRECTORY) && !vnode_is_directory(w->at.dentry->vnode))
        return HELIX_E_NOT_DIR;
    return HELIX_OK;
}

helix_status walker_run(struct walker *w)
{
    if (!w->held) {
        if (w->rest[0] == '\0')
            return run_empty(w);
        bool at_end;
        if (w->rest[0] == '/' && (w->context->resolve & WALK_BENEATH))
            return HELIX_E_CROSS_DEVICE;
        if (is_bound(w->context) || !start_cached(w, &at_end))
            start_locked(w);
    }
    w->last.length = 0;
    struct component c;
    while (next_component(&w->rest, &c)) {
        helix_status st;
        if (c.last && (w->flags & WALKER_PARENT))
            return end_in_parent(w, &c);
        st = step(w, &c);
        if (st != HELIX_OK)
            return st;
    }
    if ((w->flags & WALK_DIRECTORY) && !vnode_is_directory(w->at.dentry->vnode))
        return HELIX_E_NOT_DIR;
    return HELIX_OK;
}

helix_status path_walk(const struct walk_context *walk, const char *path, unsigned flags,
                       struct path *found_out)
{
    if (path_walk_cached(walk, path, flags, found_out))
        return HELIX_OK;
    if (walk->resolve & WALK_CACHED)
        return HELIX_E_WOULD_BLOCK;
    struct walker w;
    walker_init(&w, walk, path, flags);
    helix_status st = walker_run(&w);
    if (st == HELIX_OK) {
        path_get(&w.at);
        *found_out = w.at;
    }
    walker_end(&w);
    return st;
}
