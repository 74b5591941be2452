/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "files/fd.h"

#include <helix/abi/linux.h>
#include <helix/core/syscall.h>
#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>

#include "files/locks.h"
#include "files/owner.h"

static helix_status get_long_path(struct user_path *path, u64 user_address)
{
    path->heap = kmalloc(LINUX_PATH_MAX);
    if (!path->heap)
        return HELIX_E_NOMEM;
    size_t length;
    const helix_status status =
        user_copy_string(path->heap, vaddr_of(user_address), LINUX_PATH_MAX, &length);
    if (status != HELIX_OK) {
        user_path_put(path);
        return status;
    }
    path->text = path->heap;
    return HELIX_OK;
}

helix_status user_path_get(struct user_path *path, u64 user_address)
{
    path->heap = NULL;
    path->text = path->small;
    size_t length;
    const helix_status status =
        user_copy_string(path->small, vaddr_of(user_address), sizeof path->small, &length);
    if (status == HELIX_E_NAME_TOO_LONG)
        return get_long_path(path, user_address);
    return status;
}

void user_path_put(struct user_path *path)
{
    kfree(path->heap);
    path->heap = NULL;
}

helix_status walk_begin(int dirfd, struct walk_start *start)
{
    struct task *task = task_current();
    start->walk = (struct walk_context){.fs = task->fs, .credentials = task->credentials};
    start->have_at = false;
    if (dirfd == LINUX_AT_FDCWD)
        return HELIX_OK;
    struct fd_ref ref;
    helix_status status = fd_borrow(dirfd, &ref);
    if (status != HELIX_OK)
        return status;
    status = path_of_file(ref.file, &start->at);
    fd_release(&ref);
    if (status != HELIX_OK)
        return HELIX_E_NOT_DIR;
    start->have_at = true;
    start->walk.at = &start->at;
    return HELIX_OK;
}

void walk_end(struct walk_start *start)
{
    if (start->have_at)
        path_put(&start->at);
    start->have_at = false;
}

/* An absolute path never looks at the descriptor, so even a bad one is fine then. */
helix_status path_call_begin(struct path_call *call, int dirfd, u64 user_path)
{
    helix_status status = user_path_get(&call->path, user_path);
    if (status != HELIX_OK)
        return status;
    status = walk_begin(call->path.text[0] == '/' ? LINUX_AT_FDCWD : dirfd, &call->start);
    if (status != HELIX_OK)
        user_path_put(&call->path);
    return status;
}

void path_call_end(struct path_call *call)
{
    walk_end(&call->start);
    user_path_put(&call->path);
}

helix_status path_of_user(int dirfd, u64 user_path, unsigned walk_flags, struct path *path_out)
{
    struct path_call call;
    helix_status status = path_call_begin(&call, dirfd, user_path);
    if (status != HELIX_OK)
        return status;
    status = path_walk(&call.start.walk, call.path.text, walk_flags, path_out);
    path_call_end(&call);
    return status;
}

helix_status path_of_file(const struct file *file, struct path *path_out)
{
    if (!file->dentry)
        return HELIX_E_NODEV;
    *path_out = (struct path){file->mount, file->dentry};
    path_get(path_out);
    return HELIX_OK;
}

unsigned walk_flags_of_at(u32 at_flags)
{
    unsigned flags = at_flags & LINUX_AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW;
    if (at_flags & LINUX_AT_EMPTY_PATH)
        flags |= WALK_EMPTY;
    return flags;
}

helix_status fd_close_file(struct file *file)
{
    file_locks_drop_process(file);
    if (unlikely(file->owner.kept & FILE_KEEPS_NOTICES))
        file_notices_end(file, process_current());
    const helix_status status = file->ops->flush(file);
    file_put(file);
    return status;
}

i64 fd_publish(struct file *file, bool close_on_exec)
{
    int fd;
    const helix_status status = fd_install(file, 0, close_on_exec, &fd);
    if (status == HELIX_OK)
        return fd;
    file_put(file);
    return syscall_result(status);
}
