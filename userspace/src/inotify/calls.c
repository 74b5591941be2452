/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* inotify_init(2), inotify_add_watch(2), inotify_rm_watch(2), and what a watch hears. */
#include <helix/abi/linux.h>
#include <helix/core/syscall.h>
#include <helix/memory/heap.h>

#include "calls.h"
#include "files/fd.h"
#include "inotify/inotify.h"

#define TOLD (IN_ALL_EVENTS | IN_UNMOUNT)
#define MASK_VALID                                                                      \
    (TOLD | IN_Q_OVERFLOW | IN_IGNORED | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK | \
     IN_MASK_CREATE | IN_MASK_ADD | IN_ISDIR | IN_ONESHOT)
#define WATCH_FLAGS (IN_EXCL_UNLINK | IN_ONESHOT)
#define MAY_READ    4u

static struct kmem_cache watch_cache = KMEM_CACHE(inotify_watch);

static struct inotify_watch *watch_of(struct watch *watch)
{
    return container_of(watch, struct inotify_watch, watch);
}

/* ---- What a watch hears ---- */

static bool hear(struct watch *watch, const struct watch_event *event)
{
    const struct inotify_watch *own = watch_of(watch);
    if (event->without_name && (own->flags & IN_EXCL_UNLINK))
        return false;
    const struct linux_inotify_event head = {
        .watch = own->number, .mask = event->what, .cookie = event->cookie};
    inotify_queue(own->inotify, &head, event->name, event->length);
    return own->flags & IN_ONESHOT;
}

static void forget(struct inotify_watch *watch) HELIX_REQUIRES(&watch_lock)
{
    rb_erase(&watch->inotify->watches, &watch->node);
    watch->inotify->count--;
    kmem_free(&watch_cache, watch);
}

static void hear_end(struct watch *watch) HELIX_NO_THREAD_SAFETY
{
    struct inotify_watch *own = watch_of(watch);
    const struct linux_inotify_event head = {.watch = own->number, .mask = IN_IGNORED};
    inotify_queue(own->inotify, &head, NULL, 0);
    forget(own);
}

/* ---- Watches ---- */

static int compare(const void *key, const struct rb_node *node)
{
    const i32 wanted = *(const i32 *)key;
    const i32 here = container_of(node, const struct inotify_watch, node)->number;
    return wanted < here ? -1 : wanted > here;
}

static bool is_less(const struct rb_node *left, const struct rb_node *right)
{
    return container_of(left, const struct inotify_watch, node)->number <
           container_of(right, const struct inotify_watch, node)->number;
}

static struct inotify_watch *find_on(struct inotify *inotify, const struct path *path)
    HELIX_REQUIRES(&watch_lock)
{
    for (struct watch *watch = watch_at_path(path); watch; watch = watch->next)
        if (watch->event == hear && watch_of(watch)->inotify == inotify)
            return watch_of(watch);
    return NULL;
}

static void set_mask(struct inotify_watch *watch, u32 mask)
{
    if (!(mask & IN_MASK_ADD))
        watch->watch.mask = watch->flags = 0;
    watch->watch.mask |= (mask & IN_ALL_EVENTS) | IN_UNMOUNT;
    watch->flags |= mask & WATCH_FLAGS;
}

static helix_status add_locked(struct inotify *inotify, const struct path *path, u32 mask,
                               struct inotify_watch *watch) HELIX_REQUIRES(&watch_lock)
{
    if (inotify->last_number == INT32_MAX ||
        inotify_watches_of(inotify->uid) >= inotify_setting(INOTIFY_WATCHES_MOST))
        return HELIX_E_NO_SPACE;
    watch->watch.event = hear;
    watch->watch.gone = hear_end;
    watch->inotify = inotify;
    watch->number = ++inotify->last_number;
    set_mask(watch, mask);
    rb_insert(&inotify->watches, &watch->node, is_less);
    inotify->count++;
    watch_add(&watch->watch, path);
    return HELIX_OK;
}

helix_status inotify_watch_path(struct inotify *inotify, const struct path *path, u32 mask,
                                i32 *number_out)
{
    helix_status status = HELIX_OK;
    struct inotify_watch *fresh = kmem_alloc(&watch_cache);
    if (!fresh)
        return HELIX_E_NOMEM;
    mutex_lock(&watch_lock);
    struct inotify_watch *watch = find_on(inotify, path);
    if (!watch) {
        status = add_locked(inotify, path, mask, fresh);
        watch = fresh;
        fresh = NULL;
    } else if (mask & IN_MASK_CREATE) {
        status = HELIX_E_EXIST;
    } else {
        set_mask(watch, mask);
    }
    if (status == HELIX_OK)
        *number_out = watch->number;
    else if (!fresh)
        fresh = watch;
    mutex_unlock(&watch_lock);
    if (fresh)
        kmem_free(&watch_cache, fresh);
    return status;
}

void inotify_drop_watches(struct inotify *inotify)
{
    for (;;) {
        mutex_lock(&watch_lock);
        struct rb_node *node = rb_first(&inotify->watches);
        struct vnode *vnode = NULL;
        if (node) {
            struct inotify_watch *watch = container_of(node, struct inotify_watch, node);
            vnode = watch_remove(&watch->watch);
            forget(watch);
        }
        mutex_unlock(&watch_lock);
        if (!vnode)
            return;
        watch_vnode_put(vnode);
    }
}

/* ---- Calls ---- */

static i64 make(u32 flags)
{
    struct inotify *inotify;
    struct file *file;
    if (flags & ~(LINUX_O_CLOEXEC | LINUX_O_NONBLOCK))
        return -LINUX_EINVAL;
    helix_status status = inotify_create(task_current()->credentials->euid, &inotify);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = inotify_open(inotify, flags & LINUX_O_NONBLOCK, &file);
    inotify_put(inotify);
    return status == HELIX_OK ? fd_publish(file, flags & LINUX_O_CLOEXEC) : syscall_result(status);
}

i64 sys_inotify_init(const u64 *arguments)
{
    (void)arguments;
    return make(0);
}

i64 sys_inotify_init1(const u64 *arguments)
{
    return make((u32)arguments[0]);
}

static helix_status borrow(int fd, struct fd_ref *ref, struct inotify **inotify_out)
{
    const helix_status status = fd_borrow(fd, ref);
    if (status != HELIX_OK)
        return status;
    *inotify_out = inotify_of_file(ref->file);
    if (*inotify_out)
        return HELIX_OK;
    fd_release(ref);
    return ref->file->access == 0 ? HELIX_E_BAD_FD : HELIX_E_INVAL;
}

static i64 add_watch(struct inotify *inotify, u64 user_path, u32 mask)
{
    struct path path;
    i32 number;
    const unsigned walk =
        (mask & IN_DONT_FOLLOW ? 0 : WALK_FOLLOW) | (mask & IN_ONLYDIR ? WALK_DIRECTORY : 0);
    helix_status status = path_of_user(LINUX_AT_FDCWD, user_path, walk, &path);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = vfs_access(&path, MAY_READ, task_current()->credentials);
    if (status == HELIX_OK)
        status = inotify_watch_path(inotify, &path, mask, &number);
    path_put(&path);
    return status == HELIX_OK ? number : syscall_result(status);
}

i64 sys_inotify_add_watch(const u64 *arguments)
{
    const u32 mask = (u32)arguments[2], both = IN_MASK_ADD | IN_MASK_CREATE;
    struct fd_ref ref;
    struct inotify *inotify;
    if ((mask & ~MASK_VALID) || !(mask & MASK_VALID))
        return -LINUX_EINVAL;
    const helix_status status = borrow((int)arguments[0], &ref, &inotify);
    if (status != HELIX_OK)
        return syscall_result(status);
    const i64 result =
        (mask & both) == both ? -LINUX_EINVAL : add_watch(inotify, arguments[1], mask);
    fd_release(&ref);
    return result;
}

static helix_status remove_watch(struct inotify *inotify, i32 number)
{
    mutex_lock(&watch_lock);
    struct rb_node *node = rb_find(&inotify->watches, &number, compare);
    struct vnode *vnode = NULL;
    if (node) {
        struct inotify_watch *watch = container_of(node, struct inotify_watch, node);
        vnode = watch_remove(&watch->watch);
        hear_end(&watch->watch);
    }
    mutex_unlock(&watch_lock);
    if (!vnode)
        return HELIX_E_INVAL;
    watch_vnode_put(vnode);
    return HELIX_OK;
}

i64 sys_inotify_rm_watch(const u64 *arguments)
{
    struct fd_ref ref;
    struct inotify *inotify;
    helix_status status = borrow((int)arguments[0], &ref, &inotify);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = remove_watch(inotify, (i32)arguments[1]);
    fd_release(&ref);
    return syscall_result(status);
}
