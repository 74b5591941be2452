/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Credentials are immutable once a task has them: a change is a copy, made visible by one pointer.
 * The calls below follow Linux's rules, with the capabilities that a change of user ids brings
 * along.
 */
#include "calls.h"
#include "task/tasks.h"

#include <helix/capability/linux.h>
#include <helix/lib/sort.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>

#include "task/capabilities.h"

#define GROUPS_MAX 65536u
#define UNCHANGED  UINT32_MAX

bool task_capable(unsigned capability)
{
    const struct task *task = task_current();
    return !task || credentials_capable(task->credentials, capability);
}

static u32 *copy_groups(const u32 *groups, u32 count)
{
    u32 *copy = kmalloc(count * sizeof *copy);
    if (copy)
        memcpy(copy, groups, count * sizeof *copy);
    return copy;
}

struct credentials *credentials_copy(const struct credentials *from)
{
    struct credentials *copy = kmalloc(sizeof *copy);
    if (!copy)
        return NULL;
    *copy = *from;
    ref_init(&copy->references);
    if (from->group_count) {
        copy->groups = copy_groups(from->groups, from->group_count);
        if (!copy->groups) {
            kfree(copy);
            return NULL;
        }
    }
    return copy;
}

/* Who could look into the process with the old ones may no longer do so. */
static bool has_gained(const struct credentials *next, const struct credentials *old)
{
    return next->euid != old->euid || next->egid != old->egid || next->fsuid != old->fsuid ||
           next->fsgid != old->fsgid || (next->cap_permitted & ~old->cap_permitted);
}

void task_credentials_set(struct credentials *credentials)
{
    struct task *task = task_current();
    struct process *process = task->process;
    const struct irq_key key = spin_lock_irq(&process->lock);
    struct credentials *old = task->credentials;
    task->credentials = credentials;
    process->uid = credentials->uid;
    process->euid = credentials->euid;
    process->suid = credentials->suid;
    process->gid = credentials->gid;
    if (has_gained(credentials, old)) {
        process->dumpable = false;
        task->parent_death_signal = 0;
    }
    spin_unlock_irq(&process->lock, key);
    credentials_put(old);
}

/* A copy of the running task's credentials, to be changed; NULL: out of memory. */
static struct credentials *begin_change(void)
{
    return credentials_copy(task_current()->credentials);
}

static i64 end_change(struct credentials *changed, const struct credentials *old)
{
    const bool another = changed->uid != old->uid;
    capabilities_follow_ids(changed, old);
    task_credentials_set(changed);
    // A program that does not look whether this failed must not go on as root: so it does not
    // fail, and execve(2) does.
    if (another)
        process_current()->over_process_limit = process_limit_exceeded();
    return 0;
}

static bool is_one_of(u32 id, u32 a, u32 b, u32 c)
{
    return id == a || id == b || id == c;
}

i64 sys_setuid(const u64 *arguments)
{
    const u32 id = (u32)arguments[0];
    const struct credentials *old = task_current()->credentials;
    const bool all = task_capable(CAP_SETUID);
    if (id == UNCHANGED)
        return call_error(LINUX_EINVAL);
    if (!all && id != old->uid && id != old->suid)
        return call_error(LINUX_EPERM);
    struct credentials *changed = begin_change();
    if (!changed)
        return call_error(LINUX_ENOMEM);
    if (all)
        changed->uid = changed->suid = id;
    changed->euid = changed->fsuid = id;
    return end_change(changed, old);
}

i64 sys_setgid(const u64 *arguments)
{
    const u32 id = (u32)arguments[0];
    const struct credentials *old = task_current()->credentials;
    const bool all = task_capable(CAP_SETGID);
    if (id == UNCHANGED)
        return call_error(LINUX_EINVAL);
    if (!all && id != old->gid && id != old->sgid)
        return call_error(LINUX_EPERM);
    struct credentials *changed = begin_change();
    if (!changed)
        return call_error(LINUX_ENOMEM);
    if (all)
        changed->gid = changed->sgid = id;
    changed->egid = changed->fsgid = id;
    return end_change(changed, old);
}

i64 sys_setreuid(const u64 *arguments)
{
    const u32 real = (u32)arguments[0], effective = (u32)arguments[1];
    const struct credentials *old = task_current()->credentials;
    if (!task_capable(CAP_SETUID) &&
        ((real != UNCHANGED && real != old->uid && real != old->euid) ||
         (effective != UNCHANGED && !is_one_of(effective, old->uid, old->euid, old->suid))))
        return call_error(LINUX_EPERM);
    struct credentials *changed = begin_change();
    if (!changed)
        return call_error(LINUX_ENOMEM);
    if (real != UNCHANGED)
        changed->uid = real;
    if (effective != UNCHANGED)
        changed->euid = effective;
    if (real != UNCHANGED || (effective != UNCHANGED && effective != old->uid))
        changed->suid = changed->euid;
    changed->fsuid = changed->euid;
    return end_change(changed, old);
}

i64 sys_setregid(const u64 *arguments)
{
    const u32 real = (u32)arguments[0], effective = (u32)arguments[1];
    const struct credentials *old = task_current()->credentials;
    if (!task_capable(CAP_SETGID) &&
        ((real != UNCHANGED && real != old->gid && real != old->egid) ||
         (effective != UNCHANGED && !is_one_of(effective, old->gid, old->egid, old->sgid))))
        return call_error(LINUX_EPERM);
    struct credentials *changed = begin_change();
    if (!changed)
        return call_error(LINUX_ENOMEM);
    if (real != UNCHANGED)
        changed->gid = real;
    if (effective != UNCHANGED)
        changed->egid = effective;
    if (real != UNCHANGED || (effective != UNCHANGED && effective != old->gid))
        changed->sgid = changed->egid;
    changed->fsgid = changed->egid;
    return end_change(changed, old);
}

i64 sys_setresuid(const u64 *arguments)
{
    const struct credentials *old = task_current()->credentials;
    u32 ids[3];
    for (unsigned i = 0; i < 3; i++) {
        ids[i] = (u32)arguments[i];
        if (ids[i] != UNCHANGED && !is_one_of(ids[i], old->uid, old->euid, old->suid) &&
            !task_capable(CAP_SETUID))
            return call_error(LINUX_EPERM);
    }
    struct credentials *changed = begin_change();
    if (!changed)
        return call_error(LINUX_ENOMEM);
    changed->uid = ids[0] == UNCHANGED ? old->uid : ids[0];
    changed->euid = ids[1] == UNCHANGED ? old->euid : ids[1];
    changed->suid = ids[2] == UNCHANGED ? old->suid : ids[2];
    changed->fsuid = changed->euid;
    return end_change(changed, old);
}

i64 sys_setresgid(const u64 *arguments)
{
    const struct credentials *old = task_current()->credentials;
    u32 ids[3];
    for (unsigned i = 0; i < 3; i++) {
        ids[i] = (u32)arguments[i];
        if (ids[i] != UNCHANGED && !is_one_of(ids[i], old->gid, old->egid, old->sgid) &&
            !task_capable(CAP_SETGID))
            return call_error(LINUX_EPERM);
    }
    struct credentials *changed = begin_change();
    if (!changed)
        return call_error(LINUX_ENOMEM);
    changed->gid = ids[0] == UNCHANGED ? old->gid : ids[0];
    changed->egid = ids[1] == UNCHANGED ? old->egid : ids[1];
    changed->sgid = ids[2] == UNCHANGED ? old->sgid : ids[2];
    changed->fsgid = changed->egid;
    return end_change(changed, old);
}

/* These two give the old id, and no error whatever happens. */
i64 sys_setfsuid(const u64 *arguments)
{
    const u32 id = (u32)arguments[0];
    const struct credentials *old = task_current()->credentials;
    const u32 before = old->fsuid;
    if (id == UNCHANGED || (!is_one_of(id, old->uid, old->euid, old->suid) && id != before &&
                            !task_capable(CAP_SETUID)))
        return before;
    struct credentials *changed = begin_change();
    if (changed) {
        changed->fsuid = id;
        end_change(changed, old);
    }
    return before;
}

i64 sys_setfsgid(const u64 *arguments)
{
    const u32 id = (u32)arguments[0];
    const struct credentials *old = task_current()->credentials;
    const u32 before = old->fsgid;
    if (id == UNCHANGED || (!is_one_of(id, old->gid, old->egid, old->sgid) && id != before &&
                            !task_capable(CAP_SETGID)))
        return before;
    struct credentials *changed = begin_change();
    if (changed) {
        changed->fsgid = id;
        end_change(changed, old);
    }
    return before;
}

i64 sys_getuid(const u64 *arguments)
{
    (void)arguments;
    return task_current()->credentials->uid;
}

i64 sys_geteuid(const u64 *arguments)
{
    (void)arguments;
    return task_current()->credentials->euid;
}

i64 sys_getgid(const u64 *arguments)
{
    (void)arguments;
    return task_current()->credentials->gid;
}

i64 sys_getegid(const u64 *arguments)
{
    (void)arguments;
    return task_current()->credentials->egid;
}

static i64 write_ids(const u64 *addresses, u32 real, u32 effective, u32 saved)
{
    const u32 ids[3] = {real, effective, saved};
    for (unsigned i = 0; i < 3; i++)
        if (user_copy_out(vaddr_of(addresses[i]), &ids[i], sizeof ids[i]) != HELIX_OK)
            return call_error(LINUX_EFAULT);
    return 0;
}

i64 sys_getresuid(const u64 *arguments)
{
    const struct credentials *own = task_current()->credentials;
    return write_ids(arguments, own->uid, own->euid, own->suid);
}

i64 sys_getresgid(const u64 *arguments)
{
    const struct credentials *own = task_current()->credentials;
    return write_ids(arguments, own->gid, own->egid, own->sgid);
}

i64 sys_getgroups(const u64 *arguments)
{
    const struct credentials *own = task_current()->credentials;
    const i32 room = (i32)arguments[0];
    if (room < 0 || (room > 0 && (u32)room < own->group_count))
        return call_error(LINUX_EINVAL);
    if (room > 0 && own->group_count &&
        user_copy_out(vaddr_of(arguments[1]), own->groups,
                      own->group_count * sizeof *own->groups) != HELIX_OK)
        return call_error(LINUX_EFAULT);
    return own->group_count;
}

static int compare_ids(const void *a, const void *b, void *context)
{
    const u32 left = *(const u32 *)a, right = *(const u32 *)b;
    (void)context;
    return left < right ? -1 : left > right;
}

static helix_status read_groups(u64 from, u32 count, u32 **groups_out)
{
    *groups_out = NULL;
    if (count == 0)
        return HELIX_OK;
    u32 *groups = kmalloc(count * sizeof *groups);
    if (!groups)
        return HELIX_E_NOMEM;
    const helix_status status = user_copy_in(groups, vaddr_of(from), count * sizeof *groups);
    if (status != HELIX_OK) {
        kfree(groups);
        return status;
    }
    lib_sort(groups, count, sizeof *groups, compare_ids, NULL);
    if (groups[count - 1] == UNCHANGED) {
        kfree(groups);
        return HELIX_E_INVAL; // no group has that number
    }
    *groups_out = groups;
    return HELIX_OK;
}

i64 sys_setgroups(const u64 *arguments)
{
    const u32 count = (u32)arguments[0];
    if (!task_capable(CAP_SETGID))
        return call_error(LINUX_EPERM);
    if (count > GROUPS_MAX)
        return call_error(LINUX_EINVAL);
    u32 *groups;
    const helix_status status = read_groups(arguments[1], count, &groups);
    if (status != HELIX_OK)
        return syscall_result(status);
    struct credentials *changed = begin_change();
    if (!changed) {
        kfree(groups);
        return call_error(LINUX_ENOMEM);
    }
    kfree(changed->groups);
    changed->groups = groups;
    changed->group_count = count;
    task_credentials_set(changed);
    return 0;
}

bool task_owns(struct process *target)
{
    const u32 own = task_current()->credentials->euid;
    return own == target->uid || own == target->euid || task_capable(CAP_SYS_NICE);
}
