/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Advisory locks.
 *
 * One hash table by what was opened (the vnode; a pipe or the like where there is none) holds a
 * list of ranges per file. A range is owned by an open file (flock) or a process (POSIX); the two
 * kinds never conflict with each other. Ranges of one owner never overlap: setting a range first
 * cuts it out of what the owner had, and joins it to its neighbours of the same kind. Waiters sleep
 * on one queue per bucket and test again after every release. Who waits for whom is noted for
 * processes: one that would close a circle is told so (EDEADLK) instead of waiting.
 *
 * Converting an flock lock gives the old one up first, whether the new one can be had or not.
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
    const void *target; // what is locked
    const void *owner;  // struct file or struct process
    u32 pid;            // of a process's lock; OFD_PID
    bool of_flock;      // flock(2)'s never meet the others
    bool exclusive;
    u64 start, end; // inclusive
};

/* What an open file's lock shows as its holder: it belongs to no process. */
#define OFD_PID UINT32_MAX

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

static const void *target_of(const struct file *file)
{
    if (file->vnode)
        return file->vnode;
    return file->private_data ? file->private_data : file;
}

static struct lock_bucket *bucket_of(const void *target)
{
    return &buckets[((uintptr_t)target >> 6) % BUCKETS];
}

static bool conflicts(const struct file_lock *held, const struct file_lock *wanted)
{
    return held->target == wanted->target && held->owner != wanted->owner &&
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
        if (held->target != range->target || held->owner != range->owner ||
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

/* Take what its owner holds right before and behind @lock into it. */
static void join_neighbours(struct lock_bucket *bucket, struct file_lock *lock)
{
    list_for_each_safe(struct file_lock, held, &bucket->locks, link) {
        if (held->target != lock->target || held->owner != lock->owner ||
            held->of_flock != lock->of_flock || held->exclusive != lock->exclusive ||
            (held->end + 1 != lock->start && lock->end + 1 != held->start))
            continue;
        lock->start = min(lock->start, held->start);
        lock->end = max(lock->end, held->end);
        remove_lock(held);
    }
}

/* Replace what the owner holds in the range by @wanted, or by nothing (@unlock). Takes @wanted and
 * @spare over. */
static void apply(struct lock_bucket *bucket, struct file_lock *wanted, struct file_lock *spare,
                  bool unlock)
{
    cut_out(bucket, wanted, &spare);
    if (unlock) {
        kmem_free(&lock_cache, wanted);
    } else {
        join_neighbours(bucket, wanted);
        add_lock(bucket, wanted);
    }
    if (spare)
        kmem_free(&lock_cache, spare);
    wait_wake_all(&bucket->released);
}

/* An flock lock that is converted is given up first. True: it is of the wanted kind already. */
static bool give_up_other_kind(struct lock_bucket *bucket, const struct file_lock *wanted)
{
    list_for_each(struct file_lock, held, &bucket->locks, link) {
        if (held->target != wanted->target || held->owner != wanted->owner || !held->of_flock)
            continue;
        if (held->exclusive == wanted->exclusive)
            return true;
        remove_lock(held);
        wait_wake_all(&bucket->released);
        return false;
    }
    return false;
}

/* Try once. AGAIN: *blocker_out holds it. */
static helix_status try_lock(struct lock_bucket *bucket, struct file_lock *wanted,
                             struct file_lock *spare, bool unlock, const void **blocker_out)
{
    const struct file_lock *held = NULL;
    mutex_lock(&bucket->lock);
    if (!unlock && !(wanted->of_flock && give_up_other_kind(bucket, wanted)))
        held = find_conflict(bucket, wanted);
    if (held)
        *blocker_out = held->owner;
    else
        apply(bucket, wanted, spare, unlock);
    mutex_unlock(&bucket->lock);
    return held ? HELIX_E_AGAIN : HELIX_OK;
}

/* ---- Who waits for whom ---- */

struct lock_wait {
    struct list link;
    const void *owner, *blocker;
};

#define CIRCLE_MOST 64u // longer ones are found by nobody

static struct mutex waits_lock = MUTEX_INIT(waits_lock, LOCK_RANK_FILES);
static struct list waits = LIST_INIT(waits);

static const void *blocker_of(const void *owner)
{
    list_for_each(struct lock_wait, wait, &waits, link)
        if (wait->owner == owner)
            return wait->blocker;
    return NULL;
}

/* DEADLOCK: @blocker waits, maybe through others, for @wait's owner. */
static helix_status note_wait(struct lock_wait *wait, const void *blocker)
{
    const void *at = blocker;
    mutex_lock(&waits_lock);
    list_remove_init(&wait->link);
    for (unsigned i = 0; i < CIRCLE_MOST && at && at != wait->owner; i++)
        at = blocker_of(at);
    const bool circle = at == wait->owner;
    wait->blocker = blocker;
    if (!circle)
        list_push_back(&waits, &wait->link);
    mutex_unlock(&waits_lock);
    return circle ? HELIX_E_DEADLOCK : HELIX_OK;
}

static void forget_wait(struct lock_wait *wait)
{
    mutex_lock(&waits_lock);
    list_remove_init(&wait->link);
    mutex_unlock(&waits_lock);
}

/* ---- Setting ---- */

/* Only processes are looked at for circles: open files belong to nobody in particular. */
static helix_status wait_for_lock(struct lock_bucket *bucket, struct file_lock *wanted,
                                  struct file_lock *spare)
{
    struct lock_wait wait = {.owner = wanted->owner};
    const bool of_process = wanted->pid != OFD_PID && !wanted->of_flock;
    const void *blocker;
    struct waiter waiter;
    helix_status status;
    list_init(&wait.link);
    wait_begin(&bucket->released, &waiter, "file lock");
    while ((status = try_lock(bucket, wanted, spare, false, &blocker)) == HELIX_E_AGAIN) {
        if (of_process)
            status = note_wait(&wait, blocker);
        if (status != HELIX_E_DEADLOCK)
            status = wait_sleep(NANOS_NEVER, WAIT_INTERRUPTIBLE);
        if (status != HELIX_OK)
            break;
    }
    wait_end(&waiter);
    if (of_process)
        forget_wait(&wait);
    return status;
}

static helix_status set_lock(const struct file_lock *form, bool unlock, bool wait)
{
    struct lock_bucket *bucket = bucket_of(form->target);
    struct file_lock *wanted = kmem_alloc(&lock_cache), *spare = kmem_alloc(&lock_cache);
    const void *blocker;
    helix_status status = HELIX_E_NO_LOCKS;
    if (wanted && spare) {
        *wanted = *form;
        status = wait && !unlock ? wait_for_lock(bucket, wanted, spare)
                                 : try_lock(bucket, wanted, spare, unlock, &blocker);
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
    struct lock_bucket *bucket = bucket_of(form->target);
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

static bool is_of_open_file(int command)
{
    return command == LINUX_F_OFD_GETLK || command == LINUX_F_OFD_SETLK ||
           command == LINUX_F_OFD_SETLKW;
}

static struct file_lock lock_form(struct file *file, int command)
{
    if (is_of_open_file(command))
        return (struct file_lock){.target = target_of(file), .owner = file, .pid = OFD_PID};
    return (struct file_lock){
        .target = target_of(file), .owner = process_current(), .pid = process_current()->pid};
}

helix_status file_record_lock(struct file *file, int command, struct linux_flock *lock)
{
    const bool asks = command == LINUX_F_GETLK || command == LINUX_F_OFD_GETLK;
    if (lock->type < RECORD_READ || lock->type > (asks ? RECORD_WRITE : RECORD_UNLOCK))
        return HELIX_E_INVAL;
    struct file_lock form = lock_form(file, command);
    form.exclusive = lock->type == RECORD_WRITE;
    const helix_status status = record_range(file, lock, &form);
    if (status != HELIX_OK)
        return status;
    if (is_of_open_file(command) && lock->pid != 0)
        return HELIX_E_INVAL;
    if (asks) {
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
    const struct file_lock form = {.target = target_of(file),
                                   .owner = file,
                                   .of_flock = true,
                                   .exclusive = kind == FLOCK_EXCLUSIVE,
                                   .end = INT64_MAX};
    return set_lock(&form, kind == FLOCK_UNLOCK, !(operation & FLOCK_NONBLOCK));
}

static void drop_owner(const void *target, const void *owner)
{
    struct lock_bucket *bucket = bucket_of(target);
    mutex_lock(&bucket->lock);
    list_for_each_safe(struct file_lock, held, &bucket->locks, link)
        if (held->target == target && held->owner == owner)
            remove_lock(held);
    wait_wake_all(&bucket->released);
    mutex_unlock(&bucket->lock);
}

void file_locks_drop_process(struct file *file)
{
    if (likely(__atomic_load_n(&locks_held, __ATOMIC_RELAXED) == 0))
        return;
    drop_owner(target_of(file), process_current());
    if (ref_count(&file->references) == 1)
        drop_owner(target_of(file), file);
}

i64 sys_flock(const u64 *arguments)
{
    struct fd_ref ref;
    helix_status status = fd_borrow_opened((int)arguments[0], &ref);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = file_flock(ref.file, (int)arguments[1]);
    fd_release(&ref);
    return syscall_result(status);
}
