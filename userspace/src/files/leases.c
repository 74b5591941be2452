/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * F_SETLEASE of fcntl(2): who holds a lease on a file is told when somebody opens it otherwise, and
 * has a time to make ready while that one waits.
 *
 * An opener counts itself among those that have the file open and then looks for leases; a lease is
 * listed before its holder looks who has the file open. So one of the two sees the other.
 */
#include "files/leases.h"

#include <helix/abi/linux.h>
#include <helix/capability/linux.h>
#include <helix/execution/mutex.h>
#include <helix/execution/wait.h>
#include <helix/hal/time.h>
#include <helix/lib/atomic.h>
#include <helix/memory/heap.h>
#include <helix/vfs/special.h>

#include "files/owner.h"
#include "proc/proc.h"
#include "task/tasks.h"

enum lease_type { // F_RDLCK, F_WRLCK, F_UNLCK
    LEASE_READ,
    LEASE_WRITE,
    LEASE_NONE,
};

struct lease {
    struct list link;
    struct file *file;
    int fd;
    u8 type;       // enum lease_type
    u8 target;     // what breaks make of it; type: nobody breaks it
    nanos ends_at; // when that happens by itself
};

static struct kmem_cache lease_cache = KMEM_CACHE(lease);
static struct mutex leases_mutex = MUTEX_INIT(leases_mutex, LOCK_RANK_NONE);
static struct list leases HELIX_GUARDED_BY(&leases_mutex) = LIST_INIT(leases);
static struct wait_queue changed = WAIT_QUEUE_INIT(changed);
static u32 changes; // how many there were; atomic

static struct proc_tunable break_time[] = {
    {.path = "sys/fs/lease-break-time", .value = 45, .most = INT32_MAX},
};

static void wake_openers(void)
{
    atomic_fetch_add_release(&changes, 1u);
    wait_wake_all(&changed);
}

/* @type LEASE_NONE: it goes, and with it what was said of its signal. */
static void change(struct lease *lease, enum lease_type type) HELIX_REQUIRES(&leases_mutex)
{
    if (type == LEASE_NONE) {
        list_remove(&lease->link);
        vfs_count_lease(-1);
        lease->file->owner.kept &= (u8)~FILE_KEEPS_LEASE;
        file_owner_forget(lease->file);
        kmem_free(&lease_cache, lease);
    } else {
        lease->type = (u8)type;
        lease->target = lease->target == LEASE_NONE ? LEASE_NONE : (u8)type;
    }
    wake_openers();
}

static struct lease *find(const struct file *file) HELIX_REQUIRES(&leases_mutex)
{
    list_for_each(struct lease, lease, &leases, link)
        if (lease->file == file)
            return lease;
    return NULL;
}

/* What had its time becomes what its breaker wanted. */
static void end_late_ones(void) HELIX_REQUIRES(&leases_mutex)
{
    const nanos now = hal_clock_now();
    list_for_each_safe(struct lease, lease, &leases, link)
        if (lease->target != lease->type && lease->ends_at <= now)
            change(lease, lease->target);
}

/* ---- Breaking ---- */

static bool conflicts(const struct lease *lease, const struct vnode *vnode, bool write)
{
    return lease->file->vnode == vnode && (write || lease->type == LEASE_WRITE);
}

static void tell_holder(struct lease *lease, enum lease_type target) HELIX_REQUIRES(&leases_mutex)
{
    if (lease->target == LEASE_NONE || lease->target == target)
        return; // it knows
    if (lease->target == lease->type) {
        const u64 seconds = READ_ONCE(break_time[0].value);
        lease->ends_at = seconds != 0 ? hal_clock_now() + seconds * NANOS_PER_SECOND : NANOS_NEVER;
    }
    lease->target = (u8)target;
    file_tell_message(lease->file, lease->fd);
}

/* True: there is one in the way, until *@until_out at the latest. */
static bool is_in_the_way(const struct vnode *vnode, bool write, nanos *until_out)
{
    bool found = false;
    mutex_lock(&leases_mutex);
    end_late_ones();
    list_for_each(struct lease, lease, &leases, link) {
        if (!conflicts(lease, vnode, write))
            continue;
        tell_holder(lease, write ? LEASE_NONE : LEASE_READ);
        *until_out = found ? min(*until_out, lease->ends_at) : lease->ends_at;
        found = true;
    }
    mutex_unlock(&leases_mutex);
    return found;
}

/* @vnode has been opened with @flags, but for that it may have to wait. */
static helix_status break_leases(const struct vnode *vnode, u32 flags)
{
    const bool write = (flags & LINUX_O_ACCMODE) != LINUX_O_RDONLY;
    for (;;) {
        nanos until;
        const u32 before = atomic_load_acquire(&changes);
        if (!is_in_the_way(vnode, write, &until))
            return HELIX_OK;
        if (flags & LINUX_O_NONBLOCK)
            return HELIX_E_WOULD_BLOCK;
        const helix_status status = WAIT_FOR(&changed, atomic_load_acquire(&changes) != before,
                                             until, WAIT_INTERRUPTIBLE, "lease");
        if (status != HELIX_OK && status != HELIX_E_TIMEOUT)
            return status;
    }
}

/* ---- Having one ---- */

/* May @file have a lease of @type beside those that others have? */
static bool may_have(const struct file *file, enum lease_type type) HELIX_REQUIRES(&leases_mutex)
{
    list_for_each(struct lease, lease, &leases, link)
        if (lease->file->vnode == file->vnode && lease->file != file &&
            (type == LEASE_WRITE || lease->target == LEASE_NONE))
            return false;
    return !file_has_company(file, type == LEASE_WRITE);
}

static helix_status add(struct file *file, enum lease_type type, struct lease *fresh)
    HELIX_REQUIRES(&leases_mutex)
{
    fresh->file = file;
    fresh->type = fresh->target = (u8)type;
    list_push_back(&leases, &fresh->link);
    vfs_count_lease(1);
    if (!may_have(file, type)) {
        list_remove(&fresh->link);
        vfs_count_lease(-1);
        wake_openers();
        return HELIX_E_WOULD_BLOCK;
    }
    file->owner.kept |= FILE_KEEPS_LEASE;
    file_owner_default(file);
    return HELIX_OK;
}

static helix_status set(struct file *file, int fd, enum lease_type type)
{
    struct lease *fresh = kmem_alloc(&lease_cache);
    if (!fresh)
        return HELIX_E_NOMEM;
    helix_status status = HELIX_OK;
    mutex_lock(&leases_mutex);
    end_late_ones();
    struct lease *own = find(file);
    if (own && !may_have(file, type)) {
        status = HELIX_E_WOULD_BLOCK;
    } else if (own) {
        change(own, type);
    } else {
        fresh->fd = fd;
        status = add(file, type, fresh);
        if (status == HELIX_OK)
            fresh = NULL;
    }
    mutex_unlock(&leases_mutex);
    if (fresh)
        kmem_free(&lease_cache, fresh);
    return status;
}

static helix_status give_up(struct file *file)
{
    mutex_lock(&leases_mutex);
    struct lease *own = find(file);
    if (own)
        change(own, LEASE_NONE);
    mutex_unlock(&leases_mutex);
    return own ? HELIX_OK : HELIX_E_WOULD_BLOCK;
}

helix_status file_lease_set(struct file *file, int fd, u64 type)
{
    struct fs_attributes attributes;
    u64 device;
    if (type > LEASE_NONE)
        return HELIX_E_INVAL;
    helix_status status = file_stat(file, &attributes, &device);
    if (status != HELIX_OK)
        return status;
    if (task_current()->credentials->fsuid != attributes.uid && !task_capable(CAP_LEASE))
        return HELIX_E_ACCESS;
    if ((attributes.mode & LINUX_S_IFMT) != LINUX_S_IFREG || !file->vnode)
        return HELIX_E_INVAL;
    return type == LEASE_NONE ? give_up(file) : set(file, fd, (enum lease_type)type);
}

i32 file_lease_get(const struct file *file)
{
    mutex_lock(&leases_mutex);
    end_late_ones();
    const struct lease *own = find(file);
    const i32 type = own ? own->target : LEASE_NONE;
    mutex_unlock(&leases_mutex);
    return type;
}

void file_lease_end(struct file *file)
{
    helix_ignore(give_up(file)); // that it has none any more is fine
}

void file_leases_start(void)
{
    static struct proc_entry entries[array_count(break_time)];
    proc_tunables_register(break_time, entries, array_count(break_time));
    vfs_set_lease_hook(break_leases);
}
