/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Advice, residence and locking: madvise(2), msync(2), mincore(2), mlock(2); and other processes'
 * memory. */
#include <helix/abi/linux.h>
#include <helix/capability/linux.h>
#include <helix/core/syscall.h>
#include <helix/memory/heap.h>
#include <helix/memory/space.h>
#include <helix/memory/user_copy.h>

#include "calls.h"
#include "files/spans.h"
#include "task/tasks.h"

#define MS_ASYNC      1
#define MS_INVALIDATE 2
#define MS_SYNC       4

#define MLOCK_ONFAULT 1u
#define MCL_CURRENT   1u
#define MCL_FUTURE    2u
#define MCL_ONFAULT   4u

#define MADV_WILLNEED     3
#define MADV_COLD         20
#define MADV_PAGEOUT      21
#define MADV_HWPOISON     100
#define MADV_SOFT_OFFLINE 101
#define EHWPOISON         133

/* A hole in the range is ENOMEM for all of these. */
static i64 range_result(helix_status status)
{
    return status == HELIX_E_FAULT ? -LINUX_ENOMEM : syscall_result(status);
}

static i64 advise(struct vm_space *space, u64 at, u64 bytes, int advice)
{
    const bool breaks = advice == MADV_HWPOISON || advice == MADV_SOFT_OFFLINE;
    if (breaks && bytes != 0 && !task_capable(CAP_SYS_ADMIN))
        return -LINUX_EPERM;
    const helix_status status = vm_advise(space, vaddr_of(at), bytes, advice);
    return status == HELIX_E_CORRUPT ? -EHWPOISON : syscall_result(status);
}

i64 sys_madvise(const u64 *arguments)
{
    return advise(process_current()->space, arguments[0], arguments[1], (int)arguments[2]);
}

i64 sys_msync(const u64 *arguments)
{
    const int flags = (int)arguments[2];
    const bool both = (flags & MS_ASYNC) && (flags & MS_SYNC);
    if ((arguments[0] & PAGE_MASK) || (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) || both)
        return -LINUX_EINVAL;
    return range_result(
        vm_sync(process_current()->space, vaddr_of(arguments[0]), arguments[1], flags));
}

#define INCORE_CHUNK 4096u // pages at a time

i64 sys_mincore(const u64 *arguments)
{
    if (arguments[0] & PAGE_MASK)
        return -LINUX_EINVAL;
    u64 pages = (arguments[1] + PAGE_MASK) >> PAGE_SHIFT;
    u8 *vector = kmalloc(INCORE_CHUNK);
    if (!vector)
        return -LINUX_EAGAIN;
    helix_status status = HELIX_OK;
    for (u64 done = 0; done < pages && status == HELIX_OK;) {
        const u64 now = pages - done < INCORE_CHUNK ? pages - done : INCORE_CHUNK;
        status = vm_incore(process_current()->space, vaddr_of(arguments[0] + done * PAGE_SIZE),
                           now * PAGE_SIZE, vector);
        if (status == HELIX_OK &&
            user_copy_out(vaddr_of(arguments[2] + done), vector, now) != HELIX_OK) {
            kfree(vector);
            return -LINUX_EFAULT;
        }
        done += now;
    }
    kfree(vector);
    return range_result(status);
}

static bool may_lock(void)
{
    return process_limit(LINUX_RLIMIT_MEMLOCK) != 0 || task_capable(CAP_IPC_LOCK);
}

static i64 lock_range(u64 at, u64 bytes, enum vm_lock lock)
{
    const u64 from = at & ~(u64)PAGE_MASK;
    if (lock != VM_LOCK_NONE && !may_lock())
        return -LINUX_EPERM;
    if (at + bytes < at)
        return -LINUX_EINVAL;
    if (bytes == 0)
        return 0;
    return range_result(
        vm_lock_range(process_current()->space, vaddr_of(from), bytes + (at - from), lock));
}

i64 sys_mlock(const u64 *arguments)
{
    return lock_range(arguments[0], arguments[1], VM_LOCK_PAGES);
}

i64 sys_mlock2(const u64 *arguments)
{
    if (arguments[2] & ~(u64)MLOCK_ONFAULT)
        return -LINUX_EINVAL;
    return lock_range(arguments[0], arguments[1], arguments[2] ? VM_LOCK_TOUCHED : VM_LOCK_PAGES);
}

i64 sys_munlock(const u64 *arguments)
{
    return lock_range(arguments[0], arguments[1], VM_LOCK_NONE);
}

i64 sys_mlockall(const u64 *arguments)
{
    const u32 flags = (u32)arguments[0];
    const enum vm_lock how = flags & MCL_ONFAULT ? VM_LOCK_TOUCHED : VM_LOCK_PAGES;
    if (flags == 0 || flags == MCL_ONFAULT || (flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)))
        return -LINUX_EINVAL;
    if (!may_lock())
        return -LINUX_EPERM;
    return syscall_result(vm_lock_all(process_current()->space,
                                      flags & MCL_CURRENT ? how : VM_LOCK_NONE,
                                      flags & MCL_FUTURE ? how : VM_LOCK_NONE));
}

i64 sys_munlockall(const u64 *arguments)
{
    (void)arguments;
    return syscall_result(vm_lock_all(process_current()->space, VM_LOCK_NONE, VM_LOCK_NONE));
}

/* ---- Other processes' memory ---- */

enum direction {
    FROM_THEM,
    TO_THEM,
};

static bool may_access(struct process *process)
{
    if (process == process_current() || task_capable(CAP_SYS_PTRACE))
        return true;
    const struct credentials *ours = task_current()->credentials;
    return ours->uid == process->euid && ours->uid == process->suid && ours->uid == process->uid &&
           process->dumpable;
}

/* Move one piece of at most a page through @bounce. A short piece ends the call. */
static helix_status move_piece(struct vm_space *space, struct io_buffer *local, u64 remote,
                               void *bounce, size_t bytes, enum direction direction, size_t *done)
{
    if (direction == TO_THEM) {
        const helix_status status = io_copy_in(local, bounce, bytes);
        return status == HELIX_OK ? vm_copy_to(space, vaddr_of(remote), bounce, bytes, done)
                                  : status;
    }
    const helix_status status = vm_copy_from(space, vaddr_of(remote), bounce, bytes, done);
    return *done > 0 ? io_copy_out(local, bounce, *done) : status;
}

static helix_status move_span(struct vm_space *space, struct io_buffer *local,
                              const struct io_span *remote, void *bounce, enum direction direction,
                              size_t *total)
{
    for (size_t at = 0; at < remote->bytes && local->remaining > 0;) {
        size_t bytes = remote->bytes - at < PAGE_SIZE ? remote->bytes - at : PAGE_SIZE;
        if (bytes > local->remaining)
            bytes = local->remaining;
        size_t done = 0;
        const helix_status status =
            move_piece(space, local, remote->base.raw + at, bounce, bytes, direction, &done);
        *total += done;
        at += done;
        if (status != HELIX_OK || done < bytes)
            return status != HELIX_OK ? status : HELIX_E_FAULT;
    }
    return HELIX_OK;
}

static i64 move_all(struct vm_space *space, struct user_spans *local,
                    const struct user_spans *remote, enum direction direction)
{
    void *bounce = kmalloc(PAGE_SIZE);
    if (!bounce)
        return -LINUX_ENOMEM;
    size_t total = 0;
    helix_status status = HELIX_OK;
    for (unsigned i = 0; i < remote->buffer.count && status == HELIX_OK; i++)
        status =
            move_span(space, &local->buffer, &remote->buffer.spans[i], bounce, direction, &total);
    kfree(bounce);
    return total > 0 || status == HELIX_OK ? (i64)total : syscall_result(status);
}

static i64 move_between(u32 pid, struct user_spans *local, const struct user_spans *remote,
                        enum direction direction)
{
    struct process *process = process_find(pid);
    if (!process)
        return -LINUX_ESRCH;
    i64 result = -LINUX_EPERM;
    if (may_access(process)) {
        struct vm_space *space = process_space_get(process);
        result = space ? move_all(space, local, remote, direction) : -LINUX_ESRCH;
        if (space)
            vm_space_put(space);
    }
    process_put(process);
    return result;
}

static i64 process_memory(const u64 *arguments, enum direction direction)
{
    struct user_spans local, remote;
    if (arguments[5] != 0)
        return -LINUX_EINVAL;
    helix_status status = user_spans_get(&local, arguments[1], arguments[2]);
    if (status != HELIX_OK)
        return syscall_result(status);
    i64 result = 0;
    status = user_spans_get(&remote, arguments[3], arguments[4]);
    if (status == HELIX_OK) {
        result = local.buffer.remaining == 0
                     ? 0
                     : move_between((u32)arguments[0], &local, &remote, direction);
        user_spans_put(&remote);
    }
    user_spans_put(&local);
    return status == HELIX_OK ? result : syscall_result(status);
}

i64 sys_process_vm_readv(const u64 *arguments)
{
    return process_memory(arguments, FROM_THEM);
}

i64 sys_process_vm_writev(const u64 *arguments)
{
    return process_memory(arguments, TO_THEM);
}

/* ---- Advice for another process ---- */

static i64 advise_all(struct vm_space *space, const struct user_spans *spans, int advice)
{
    u64 total = 0;
    for (unsigned i = 0; i < spans->buffer.count; i++) {
        const struct io_span *span = &spans->buffer.spans[i];
        const i64 error = advise(space, span->base.raw, span->bytes, advice);
        if (error)
            return total > 0 ? (i64)total : error;
        total += span->bytes;
    }
    return (i64)total;
}

static i64 advise_process(struct process *process, const struct user_spans *spans, int advice)
{
    if (advice != MADV_WILLNEED && advice != MADV_COLD && advice != MADV_PAGEOUT)
        return -LINUX_EINVAL;
    struct vm_space *space = process_space_get(process);
    if (!space)
        return -LINUX_ESRCH;
    i64 result = -LINUX_EACCES;
    if (may_access(process))
        result = task_capable(CAP_SYS_NICE) ? advise_all(space, spans, advice) : -LINUX_EPERM;
    vm_space_put(space);
    return result;
}

i64 sys_process_madvise(const u64 *arguments)
{
    struct user_spans spans;
    struct process *process;
    if ((u32)arguments[4] != 0)
        return -LINUX_EINVAL;
    helix_status status = user_spans_get(&spans, arguments[1], arguments[2]);
    if (status != HELIX_OK)
        return syscall_result(status);
    i64 result = 0;
    bool nonblocking;
    status = pidfd_process((int)arguments[0], &process, &nonblocking);
    if (status == HELIX_OK) {
        result = advise_process(process, &spans, (int)arguments[3]);
        process_put(process);
    }
    user_spans_put(&spans);
    return status == HELIX_OK ? result : syscall_result(status);
}
