/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Advisory locks.
 *
 * One hash table by vnode holds a list of ranges per file. A range is owned by an open file (flock)
 * or a process (POSIX); the two kinds never conflict with each other. Ranges of one owner never
 * overlap: setting a range first cuts it out of what the owner had. Waiters sleep on one queue per
 * bucket and test again after every release, so a deadlock of two processes ends by a signal, or by
 * EDEADLK for the plain cycle of two that is tested before sleeping.
 *
 * A lock of an open file (F_OFD_SETLK) meets those of processes and is owned as flock's are.
 *
 * An flock lock goes with its open file's last reference; a record lock with the process's first
 * close of the file.
 */
#include "files/locks.h"

#include <helix/core/syscall.h>
#include <helix/execution/mutex.h>
#include <helix/lib/list.h>
#include <helix/memory/heap.h>
#include <helix/userspace/task.h>

#include "calls.h"
#include "files/fd.h"

#define BUCKETS 64

enum {
    FLOCK_SHARED = 1,
    FLOCK_EXCLUSIVE = 2,
    FLOCK_NONBLOCK = 4,
    FLOCK_UNLOCK = 8,
    RECORD_READ = 0,
    RECORD_WRITE = 1,
    RECORD_UNLOCK = 2,
};

struct file_lock {
    struct list link;
    const struct vnode *vnode;
    const void *owner; // struct file or struct process
    u32 pid;           // of a process's lock; OFD_PID
    bool of_flock;     // flock(2)'s never meet the others
    bool exclusive;
    u64 start, end; // inclusive
};

static struct lock_bucket {
    struct mutex lock;
    struct list locks;
    struct wait_queue released;
} buckets[BUCKETS];

static struct kmem_cache lock_cache = KMEM_CACHE(file_lock);
static u64 locks_held; // lets close() skip the search while nobody locks anything

void file_locks_init(void)
{
    for (unsigned i = 0; i < BUCKETS; i++) {
        mutex_init(&buckets[i].lock, LOCK_RANK_FILES);
        list_init(&buckets[i].locks);
        wait_queue_init(&buckets[i].released);
    }
}

static struct lock_bucket *bucket_of(const struct vnode *vnode)
{
    return &buckets[((uintptr_t)vnode >> 6) % BUCKETS];
}

static bool conflicts(const struct file_lock *held, const struct file_lock *wanted)
{
    return held->vnode == wanted->vnode && held->owner != wanted->owner &&
           held->of_flock == wanted->of_flock && (held->exclusive || wanted->exclusive) &&
           held->start <= wanted->end && wanted->start <= held->end;
}

static struct file_lock *find_conflict(struct lock_bucket *bucket, const struct file_lock *wanted)
{
    list_for_each(struct file_lock, held, &bucket->locks, link)
        if (conflicts(held, wanted))
            return held;
    return NULL;
}

static void remove_lock(struct file_lock *lock)
{
    list_remove(&lock->link);
    kmem_free(&lock_cache, lock);
    __atomic_sub_fetch(&locks_held, 1, __ATOMIC_RELAXED);
}

static void add_lock(struct lock_bucket *bucket, struct file_lock *lock)
{
    list_push_back(&bucket->locks, &lock->link);
    __atomic_add_fetch(&locks_held, 1, __ATOMIC_RELAXED);
}

/* Cut [start, end] of @range out of what its owner holds. @spare becomes the right part when a lock
 * is split; NULL afterwards then. */
static void cut_out(struct lock_bucket *bucket, const struct file_lock *range,
                    struct file_lock **spare)
{
    list_for_each_safe(struct file_lock, held, &bucket->locks, link) {
        if (held->vnode != range->vnode || held->owner != range->owner ||
            held->end < range->start || held->start > range->end)
            continue;
        const bool left = held->start<range->start, right = held->end> range->end;
        if (left && right) {
            **spare = *held;
            (*spare)->start = range->end + 1;
            held->end = range->start - 1;
            add_lock(bucket, *spare);
            *spare = NULL;
        } else if (left) {
            held->end = range->start - 1;
        } else if (right) {
            held->start = range->end + 1;
        } else {
            remove_lock(held);
        }
    }
}

/* Replace what the owner holds in the range by @wanted, or by nothing (@unlock). Takes @wanted and
 * @spare over. */
static void apply(struct lock_bucket *bucket, struct file_lock *wanted, struct file_lock *spare,
                  bool unlock)
{
    cut_out(bucket, wanted, &spare);
    if (unlock)
        kmem_free(&lock_cache, wanted);
    else
        add_lock(bucket, wanted);
    if (spare)
        kmem_free(&lock_cache, spare);
    wait_wake_all(&bucket->released);
}

/* Try once. AGAIN: somebody holds it. */
static helix_status try_lock(struct lock_bucket *bucket, struct file_lock *wanted,
                             struct file_lock *spare, bool unlock)
{
    helix_status status = HELIX_OK;
    mutex_lock(&bucket->lock);
    if (!unlock && find_conflict(bucket, wanted))
        status = HELIX_E_AGAIN;
    else
        apply(bucket, wanted, spare, unlock);
    mutex_unlock(&bucket->lock);
    return status;
}

static helix_status set_lock(const struct file_lock *form, bool unlock, bool wait)
{
    struct lock_bucket *bucket = bucket_of(form->vnode);
    struct file_lock *wanted = kmem_alloc(&lock_cache), *spare = kmem_alloc(&lock_cache);
    helix_status status = HELIX_E_NOMEM;
    if (wanted && spare) {
        *wanted = *form;
        struct waiter waiter;
        wait_begin(&bucket->released, &waiter, "file lock");
        while ((status = try_lock(bucket, wanted, spare, unlock)) == HELIX_E_AGAIN && wait) {
            status = wait_sleep(NANOS_NEVER, WAIT_INTERRUPTIBLE);
            if (status != HELIX_OK)
                break;
        }
        wait_end(&waiter);
    }
    if (status != HELIX_OK) {
        if (wanted)
            kmem_free(&lock_cache, wanted);
        if (spare)
            kmem_free(&lock_cache, spare);
    }
    return status;
}

static helix_status record_range(struct file *file, const struct linux_flock *lock,
                                 struct file_lock *form)
{
    i64 base = 0;
    if (lock->whence == LINUX_SEEK_CUR) {
        base = (i64)file->position;
    } else if (lock->whence == LINUX_SEEK_END) {
        u64 end;
        const helix_status status = vfs_file_size(file, &end);
        if (status != HELIX_OK)
            return status;
        base = (i64)end;
    } else if (lock->whence != LINUX_SEEK_SET) {
        return HELIX_E_INVAL;
    }
    i64 start, last;
    if (__builtin_add_overflow(base, lock->start, &start))
        return HELIX_E_OVERFLOW;
    if (lock->length == 0)
        last = INT64_MAX;
    else if (__builtin_add_overflow(start, lock->length - 1, &last))
        return HELIX_E_OVERFLOW;
    if (lock->length < 0) {
        last = start - 1;
        start += lock->length;
    }
    if (start < 0)
        return HELIX_E_INVAL;
    form->start = (u64)start;
    form->end = (u64)last;
    return HELIX_OK;
}

static void report_conflict(struct file_lock *form, struct linux_flock *lock)
{
    struct lock_bucket *bucket = bucket_of(form->vnode);
    mutex_lock(&bucket->lock);
    const struct file_lock *held = find_conflict(bucket, form);
    lock->type = RECORD_UNLOCK;
    if (held) {
        *lock = (struct linux_flock){
            .type = held->exclusive ? RECORD_WRITE : RECORD_READ,
            .whence = LINUX_SEEK_SET,
            .start = (i64)held->start,
            .length = held->end == INT64_MAX ? 0 : (i64)(held->end - held->start + 1),
            .pid = (i32)held->pid,
        };
    }
    mutex_unlock(&bucket->lock);
}

/* What an open file's lock shows as its holder: it belongs to no process. */
#define OFD_PID UINT32_MAX

static bool is_of_open_file(int command)
{
    return command == LINUX_F_OFD_GETLK || command == LINUX_F_OFD_SETLK ||
           command == LINUX_F_OFD_SETLKW;
}

static struct file_lock lock_form(struct file *file, int command)
{
    if (is_of_open_file(command))
        return (struct file_lock){.vnode = file->vnode, .owner = file, .pid = OFD_PID};
    return (struct file_lock){
        .vnode = file->vnode, .owner = process_current(), .pid = process_current()->pid};
}

helix_status file_record_lock(struct file *file, int command, struct linux_flock *lock)
{
    if (is_of_open_file(command) && lock->pid != 0)
        return HELIX_E_INVAL;
    if (!file->vnode || lock->type < RECORD_READ || lock->type > RECORD_UNLOCK)
        return HELIX_E_INVAL;
    struct file_lock form = lock_form(file, command);
    form.exclusive = lock->type == RECORD_WRITE;
    const helix_status status = record_range(file, lock, &form);
    if (status != HELIX_OK)
        return status;
    if (command == LINUX_F_GETLK || command == LINUX_F_OFD_GETLK) {
        report_conflict(&form, lock);
        return HELIX_OK;
    }
    const u32 needed = lock->type == RECORD_READ ? 1 : lock->type == RECORD_WRITE ? 2 : 0;
    if ((file->access & needed) != needed)
        return HELIX_E_BAD_FD;
    return set_lock(&form, lock->type == RECORD_UNLOCK,
                    command == LINUX_F_SETLKW || command == LINUX_F_OFD_SETLKW);
}

helix_status file_flock(struct file *file, int operation)
{
    const int kind = operation & ~FLOCK_NONBLOCK;
    if (kind != FLOCK_SHARED && kind != FLOCK_EXCLUSIVE && kind != FLOCK_UNLOCK)
        return HELIX_E_INVAL;
    if (!file->vnode)
        return HELIX_E_BAD_FD;
    const struct file_lock form = {.vnode = file->vnode,
                                   .owner = file,
                                   .of_flock = true,
                                   .exclusive = kind == FLOCK_EXCLUSIVE,
                                   .end = INT64_MAX};
    return set_lock(&form, kind == FLOCK_UNLOCK, !(operation & FLOCK_NONBLOCK));
}

static void drop_owner(const struct vnode *vnode, const void *owner)
{
    struct lock_bucket *bucket = bucket_of(vnode);
    mutex_lock(&bucket->lock);
    list_for_each_safe(struct file_lock, held, &bucket->locks, link)
        if (held->vnode == vnode && held->owner == owner)
            remove_lock(held);
    wait_wake_all(&bucket->released);
    mutex_unlock(&bucket->lock);
}

void file_locks_drop_process(struct file *file)
{
    if (likely(__atomic_load_n(&locks_held, __ATOMIC_RELAXED) == 0) || !file->vnode)
        return;
    drop_owner(file->vnode, process_current());
    if (ref_count(&file->references) == 1)
        drop_owner(file->vnode, file);
}

i64 sys_flock(const u64 *arguments)
{
    struct fd_ref ref;
    helix_status status = fd_borrow((int)arguments[0], &ref);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = file_flock(ref.file, (int)arguments[1]);
    fd_release(&ref);
    return syscall_result(status);
}
