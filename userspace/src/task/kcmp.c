/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* kcmp(2): do two processes share a part? */
#include "calls.h"
#include "epoll/epoll.h"
#include "ipc/ipc.h"
#include "proc/proc.h"
#include "task/tasks.h"

#include <helix/entropy/entropy.h>
#include <helix/memory/user_copy.h>
#include <helix/userspace/file_table.h>

enum {
    KCMP_FILE,
    KCMP_VM,
    KCMP_FILES,
    KCMP_FS,
    KCMP_SIGHAND,
    KCMP_IO,
    KCMP_SYSVSEM,
    KCMP_EPOLL_TFD,
};

/* 0: the same; 1, 2: an order of all of a kind, which says nothing of where they are. */
static i64 order(u64 a, u64 b)
{
    static u64 secret;
    u64 none = 0;
    if (!READ_ONCE(secret)) {
        const u64 fresh = entropy_u64() | 1;
        __atomic_compare_exchange_n(&secret, &none, fresh, false, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED);
    }
    const u64 left = (a ^ secret) * secret, right = (b ^ secret) * secret; // odd: one to one
    return left < right ? 1 : left > right ? 2 : 0;
}

/* The table of @task, with a reference; NULL: given up. */
static struct file_table *files_of(struct task *task)
{
    const struct proc_subject subject = {.process = task->process, .task = task};
    return proc_files(&subject);
}

static helix_status file_of(struct task *task, u64 fd, struct file **file_out)
{
    struct file_table *files = files_of(task);
    if (!files || fd > UINT32_MAX) {
        if (files)
            file_table_put(files);
        return HELIX_E_BAD_FD;
    }
    const helix_status status = file_table_lookup(files, (u32)fd, file_out);
    file_table_put(files);
    return status;
}

/* Which of several equal items of an epoll. */
struct epoll_slot {
    u32 epoll, target, skipped;
};

static helix_status target_of_epoll(struct task *task, u64 from, u64 *target_out)
{
    struct epoll_slot slot;
    struct file *file;
    if (user_copy_in(&slot, vaddr_of(from), sizeof slot) != HELIX_OK)
        return HELIX_E_FAULT;
    helix_status status = file_of(task, slot.epoll, &file);
    if (status != HELIX_OK)
        return status;
    struct epoll *epoll = epoll_of_file(file);
    status =
        epoll ? epoll_target(epoll, (int)slot.target, slot.skipped, target_out) : HELIX_E_INVAL;
    file_put(file);
    return status;
}

static helix_status address_of_file(struct task *task, u64 fd, u64 *address_out)
{
    struct file *file;
    const helix_status status = file_of(task, fd, &file);
    if (status != HELIX_OK)
        return status;
    *address_out = (u64)file;
    file_put(file);
    return HELIX_OK;
}

static i64 compare_files(struct task *a, struct task *b, const u64 *arguments)
{
    u64 first, second;
    helix_status status = address_of_file(a, arguments[3], &first);
    if (status == HELIX_OK)
        status = (i32)arguments[2] == KCMP_FILE ? address_of_file(b, arguments[4], &second)
                                                : target_of_epoll(b, arguments[4], &second);
    return status == HELIX_OK ? order(first, second) : syscall_result(status);
}

static u64 undo_of(const struct task *task)
{
    return semaphores_undo_for(task->process) ? (u64)task->process : 0;
}

static i64 compare(struct task *a, struct task *b, const u64 *arguments)
{
    switch ((i32)arguments[2]) {
    case KCMP_FILE:
    case KCMP_EPOLL_TFD:
        return compare_files(a, b, arguments);
    case KCMP_VM:
        return order((u64)READ_ONCE(a->process->space), (u64)READ_ONCE(b->process->space));
    case KCMP_FILES:
        return order((u64)READ_ONCE(a->files), (u64)READ_ONCE(b->files));
    case KCMP_FS:
        return order((u64)READ_ONCE(a->fs), (u64)READ_ONCE(b->fs));
    case KCMP_SIGHAND:
        return order((u64)READ_ONCE(a->process->signals), (u64)READ_ONCE(b->process->signals));
    case KCMP_IO:
        return order(a->io_context, b->io_context);
    case KCMP_SYSVSEM:
        return order(undo_of(a), undo_of(b));
    default:
        return call_error(LINUX_EINVAL);
    }
}

static bool may_look_into(struct task *task)
{
    const struct proc_subject subject = {.process = task->process, .task = task};
    return proc_may_inspect(&subject);
}

i64 sys_kcmp(const u64 *arguments)
{
    struct task *a = task_find((u32)arguments[0]), *b = task_find((u32)arguments[1]);
    i64 result = call_error(LINUX_ESRCH);
    if (a && b)
        result = may_look_into(a) && may_look_into(b) ? compare(a, b, arguments)
                                                      : call_error(LINUX_EPERM);
    if (a)
        task_put(a);
    if (b)
        task_put(b);
    return result;
}
