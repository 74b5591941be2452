/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "calls.h"
#include "task/capabilities.h"
#include "task/tasks.h"

#include <helix/capability/linux.h>
#include <helix/lib/string.h>
#include <helix/memory/user_copy.h>
#include <helix/userspace/file_table.h>

enum {
    PR_SET_PDEATHSIG = 1,
    PR_GET_PDEATHSIG = 2,
    PR_GET_DUMPABLE = 3,
    PR_SET_DUMPABLE = 4,
    PR_GET_KEEPCAPS = 7,
    PR_SET_KEEPCAPS = 8,
    PR_SET_NAME = 15,
    PR_GET_NAME = 16,
    PR_CAPBSET_READ = 23,
    PR_CAPBSET_DROP = 24,
    PR_GET_SECUREBITS = 27,
    PR_SET_SECUREBITS = 28,
    PR_SET_TIMERSLACK = 29,
    PR_GET_TIMERSLACK = 30,
    PR_SET_CHILD_SUBREAPER = 36,
    PR_GET_CHILD_SUBREAPER = 37,
    PR_SET_NO_NEW_PRIVS = 38,
    PR_GET_NO_NEW_PRIVS = 39,
    PR_GET_TID_ADDRESS = 40,
    PR_CAP_AMBIENT = 47,
};

#define AMBIENT_IS_SET    1
#define AMBIENT_RAISE     2
#define AMBIENT_LOWER     3
#define AMBIENT_CLEAR_ALL 4

#define TIMER_SLACK_DEFAULT 50000u
#define SECUREBITS_ALL      0xffu

static i64 put_int(u64 to, i32 value)
{
    return syscall_result(user_copy_out(vaddr_of(to), &value, sizeof value));
}

static i64 set_name(u64 from)
{
    char name[16];
    size_t length;
    const helix_status status = user_copy_string(name, vaddr_of(from), sizeof name, &length);
    if (status != HELIX_OK && status != HELIX_E_NAME_TOO_LONG)
        return syscall_result(status);
    name[sizeof name - 1] = '\0';
    memcpy(task_current()->thread->name, name, sizeof name);
    return 0;
}

/* Apply @change to a copy of the credentials. */
static i64 change_credentials(void (*change)(struct credentials *changed, u64 argument),
                              u64 argument)
{
    struct credentials *changed = credentials_copy(task_current()->credentials);
    if (!changed)
        return call_error(LINUX_ENOMEM);
    change(changed, argument);
    task_credentials_set(changed);
    return 0;
}

static void drop_bounding(struct credentials *changed, u64 capability)
{
    changed->cap_bounding &= ~(1ull << capability);
}

static void set_securebits(struct credentials *changed, u64 bits)
{
    changed->securebits = (u32)bits;
}

static void set_keep_caps(struct credentials *changed, u64 keep)
{
    changed->securebits &= ~SECUREBIT_KEEP_CAPS;
    if (keep)
        changed->securebits |= SECUREBIT_KEEP_CAPS;
}

static void raise_ambient(struct credentials *changed, u64 capability)
{
    changed->cap_ambient |= 1ull << capability;
}

static void lower_ambient(struct credentials *changed, u64 capability)
{
    changed->cap_ambient &= ~(1ull << capability);
}

static void clear_ambient(struct credentials *changed, u64 unused)
{
    (void)unused;
    changed->cap_ambient = 0;
}

static i64 ambient(const u64 *arguments)
{
    const struct credentials *own = task_current()->credentials;
    const u64 capability = arguments[2];
    if (arguments[1] == AMBIENT_CLEAR_ALL)
        return change_credentials(clear_ambient, 0);
    if (capability >= LINUX_CAPABILITIES)
        return call_error(LINUX_EINVAL);
    switch (arguments[1]) {
    case AMBIENT_IS_SET:
        return (own->cap_ambient >> capability) & 1;
    case AMBIENT_RAISE:
        if (!((own->cap_permitted & own->cap_inheritable) >> capability & 1) ||
            (own->securebits & SECUREBIT_NO_CAP_AMBIENT_RAISE))
            return call_error(LINUX_EPERM);
        return change_credentials(raise_ambient, capability);
    case AMBIENT_LOWER:
        return change_credentials(lower_ambient, capability);
    default:
        return call_error(LINUX_EINVAL);
    }
}

static i64 bounding(const u64 *arguments, bool drop)
{
    const struct credentials *own = task_current()->credentials;
    if (arguments[1] >= LINUX_CAPABILITIES)
        return call_error(LINUX_EINVAL);
    if (!drop)
        return (own->cap_bounding >> arguments[1]) & 1;
    if (!task_capable(CAP_SETPCAP))
        return call_error(LINUX_EPERM);
    return change_credentials(drop_bounding, arguments[1]);
}

static i64 securebits(u64 bits)
{
    if (bits & ~(u64)SECUREBITS_ALL)
        return call_error(LINUX_EINVAL);
    if (!task_capable(CAP_SETPCAP))
        return call_error(LINUX_EPERM);
    return change_credentials(set_securebits, bits);
}

static i64 death_signal(u64 signal)
{
    if (signal > SIGNAL_COUNT)
        return call_error(LINUX_EINVAL);
    task_current()->parent_death_signal = (u32)signal;
    return 0;
}

static i64 set_flag(bool *flag, u64 value)
{
    if (value > 1)
        return call_error(LINUX_EINVAL);
    *flag = value != 0;
    return 0;
}

static i64 no_new_privs(const u64 *arguments)
{
    if (arguments[1] != 1 || arguments[2] || arguments[3] || arguments[4])
        return call_error(LINUX_EINVAL);
    process_current()->no_new_privs = true;
    return 0;
}

static i64 slack_set(u64 slack)
{
    task_current()->timer_slack_ns = slack ? (u32)min(slack, (u64)UINT32_MAX) : TIMER_SLACK_DEFAULT;
    return 0;
}

i64 sys_prctl(const u64 *arguments)
{
    struct task *task = task_current();
    struct process *process = task->process;
    const u64 argument = arguments[1];
    switch ((i32)arguments[0]) {
    case PR_SET_PDEATHSIG:
        return death_signal(argument);
    case PR_GET_PDEATHSIG:
        return put_int(argument, (i32)task->parent_death_signal);
    case PR_GET_DUMPABLE:
        return process->dumpable;
    case PR_SET_DUMPABLE:
        return set_flag(&process->dumpable, argument);
    case PR_GET_KEEPCAPS:
        return (task->credentials->securebits & SECUREBIT_KEEP_CAPS) != 0;
    case PR_SET_KEEPCAPS:
        return argument > 1 ? call_error(LINUX_EINVAL)
                            : change_credentials(set_keep_caps, argument);
    case PR_SET_NAME:
        return set_name(argument);
    case PR_GET_NAME:
        return syscall_result(
            user_copy_out(vaddr_of(argument), task->thread->name, sizeof task->thread->name));
    case PR_CAPBSET_READ:
        return bounding(arguments, false);
    case PR_CAPBSET_DROP:
        return bounding(arguments, true);
    case PR_GET_SECUREBITS:
        return task->credentials->securebits;
    case PR_SET_SECUREBITS:
        return securebits(argument);
    case PR_SET_TIMERSLACK:
        return slack_set(argument);
    case PR_GET_TIMERSLACK:
        return task->timer_slack_ns ? task->timer_slack_ns : TIMER_SLACK_DEFAULT;
    case PR_SET_CHILD_SUBREAPER:
        process->child_subreaper = argument != 0;
        return 0;
    case PR_GET_CHILD_SUBREAPER:
        return put_int(argument, process->child_subreaper);
    case PR_SET_NO_NEW_PRIVS:
        return no_new_privs(arguments);
    case PR_GET_NO_NEW_PRIVS:
        return process->no_new_privs;
    case PR_GET_TID_ADDRESS:
        return syscall_result(
            user_copy_out(vaddr_of(argument), &task->clear_child_tid.raw, sizeof(u64)));
    case PR_CAP_AMBIENT:
        return ambient(arguments);
    default:
        return call_error(LINUX_EINVAL);
    }
}

i64 sys_personality(const u64 *arguments)
{
    struct process *process = process_current();
    const u32 old = process->personality;
    if ((u32)arguments[0] != UINT32_MAX)
        process->personality = (u32)arguments[0];
    return old;
}

/* There is one namespace of each kind: leaving files or directories of others behind is all that
 * can be unshared. */
i64 sys_unshare(const u64 *arguments)
{
    const u64 known = CLONE_THREAD | CLONE_FS | CLONE_SIGHAND | CLONE_VM | CLONE_FILES |
                      CLONE_SYSVSEM | CLONE_NAMESPACES | CLONE_NEWTIME;
    if (arguments[0] & ~known)
        return call_error(LINUX_EINVAL);
    if (arguments[0] & (CLONE_NAMESPACES | CLONE_NEWTIME))
        return call_error(task_capable(CAP_SYS_ADMIN) ? LINUX_EINVAL : LINUX_EPERM);
    if ((arguments[0] & (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM)) &&
        process_current()->task_count > 1)
        return call_error(LINUX_EINVAL);
    return task_unshare(arguments[0]);
}

i64 sys_setns(const u64 *arguments)
{
    struct file *file;
    const helix_status status = fd_get((int)arguments[0], &file);
    if (status != HELIX_OK)
        return syscall_result(status);
    file_put(file);
    return call_error(LINUX_EINVAL); // no descriptor names a namespace
}
