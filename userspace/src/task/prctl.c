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
    PR_GET_TIMING = 13,
    PR_SET_TIMING = 14,
    PR_SET_NAME = 15,
    PR_GET_NAME = 16,
    PR_CAPBSET_READ = 23,
    PR_CAPBSET_DROP = 24,
    PR_GET_SECUREBITS = 27,
    PR_SET_SECUREBITS = 28,
    PR_SET_TIMERSLACK = 29,
    PR_GET_TIMERSLACK = 30,
    PR_MCE_KILL = 33,
    PR_MCE_KILL_GET = 34,
    PR_SET_MM = 35,
    PR_SET_CHILD_SUBREAPER = 36,
    PR_GET_CHILD_SUBREAPER = 37,
    PR_SET_NO_NEW_PRIVS = 38,
    PR_GET_NO_NEW_PRIVS = 39,
    PR_GET_TID_ADDRESS = 40,
    PR_SET_THP_DISABLE = 41,
    PR_GET_THP_DISABLE = 42,
    PR_CAP_AMBIENT = 47,
    PR_SET_IO_FLUSHER = 57,
    PR_GET_IO_FLUSHER = 58,
};

#define AMBIENT_IS_SET    1
#define AMBIENT_RAISE     2
#define AMBIENT_LOWER     3
#define AMBIENT_CLEAR_ALL 4

#define MCE_KILL_CLEAR   0
#define MCE_KILL_SET     1
#define MCE_KILL_DEFAULT 2

#define SECUREBITS_ALL   0xffu
#define SECUREBITS_LOCKS 0xaau // each locks the bit below it

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
    if (arguments[3] | arguments[4])
        return call_error(LINUX_EINVAL);
    if (arguments[1] == AMBIENT_CLEAR_ALL && capability == 0)
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
    if (drop && !task_capable(CAP_SETPCAP))
        return call_error(LINUX_EPERM);
    if (arguments[1] >= LINUX_CAPABILITIES)
        return call_error(LINUX_EINVAL);
    if (!drop)
        return (own->cap_bounding >> arguments[1]) & 1;
    return change_credentials(drop_bounding, arguments[1]);
}

/* What is locked stays as it is, the locks with it. */
static i64 securebits(u64 bits)
{
    const u32 old = task_current()->credentials->securebits, locks = old & SECUREBITS_LOCKS;
    if ((bits & ~(u64)SECUREBITS_ALL) || ((bits ^ old) & (locks | locks >> 1)) ||
        !task_capable(CAP_SETPCAP))
        return call_error(LINUX_EPERM);
    return change_credentials(set_securebits, bits);
}

static i64 keep_caps(u64 keep)
{
    if (keep > 1)
        return call_error(LINUX_EINVAL);
    if (task_current()->credentials->securebits & SECUREBIT_KEEP_CAPS << 1)
        return call_error(LINUX_EPERM);
    return change_credentials(set_keep_caps, keep);
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

static bool has_more_than(const u64 *arguments, unsigned used)
{
    for (unsigned i = used + 1; i <= 4; i++)
        if (arguments[i])
            return true;
    return false;
}

static i64 no_new_privs(const u64 *arguments)
{
    if (arguments[1] != 1 || has_more_than(arguments, 1))
        return call_error(LINUX_EINVAL);
    task_current()->no_new_privs = true;
    return 0;
}

/* What a flag says that must be asked for without any arguments. */
static i64 told(const u64 *arguments, bool flag)
{
    return has_more_than(arguments, 0) ? call_error(LINUX_EINVAL) : flag;
}

static i64 huge_pages(const u64 *arguments)
{
    if (has_more_than(arguments, 1))
        return call_error(LINUX_EINVAL);
    process_current()->no_huge_pages = arguments[1] != 0;
    return 0;
}

/* Of a thread that writes what memory is reclaimed to. */
static i64 io_flusher(const u64 *arguments, bool set)
{
    struct task *task = task_current();
    if (!task_capable(CAP_SYS_RESOURCE))
        return call_error(LINUX_EPERM);
    if (!set)
        return told(arguments, task->io_flusher);
    return has_more_than(arguments, 1) ? call_error(LINUX_EINVAL)
                                       : set_flag(&task->io_flusher, arguments[1]);
}

/* When a broken page is to kill: it is kept and told. */
static i64 machine_check_set(const u64 *arguments)
{
    const bool clears = arguments[1] == MCE_KILL_CLEAR && arguments[2] == 0;
    const bool sets = arguments[1] == MCE_KILL_SET && arguments[2] <= MCE_KILL_DEFAULT;
    if (has_more_than(arguments, 2) || !(clears || sets))
        return call_error(LINUX_EINVAL);
    const u8 policy = clears ? MCE_KILL_DEFAULT : (u8)arguments[2];
    task_current()->machine_check = MCE_KILL_DEFAULT - policy;
    return 0;
}

static i64 machine_check_get(const u64 *arguments)
{
    return has_more_than(arguments, 0) ? call_error(LINUX_EINVAL)
                                       : MCE_KILL_DEFAULT - task_current()->machine_check;
}

/* The value that the thread began with is its default. */
static i64 slack_set(u64 slack)
{
    struct task *task = task_current();
    task->timer_slack_ns = slack ? slack : task->timer_slack_default_ns;
    return 0;
}

static i64 process_option(const u64 *arguments)
{
    struct process *process = process_current();
    switch ((i32)arguments[0]) {
    case PR_GET_DUMPABLE:
        return process->dumpable;
    case PR_SET_DUMPABLE:
        return set_flag(&process->dumpable, arguments[1]);
    case PR_SET_CHILD_SUBREAPER:
        process->child_subreaper = arguments[1] != 0;
        return 0;
    case PR_GET_CHILD_SUBREAPER:
        return put_int(arguments[1], process->child_subreaper);
    case PR_SET_MM:
        return process_set_memory(arguments);
    case PR_SET_THP_DISABLE:
        return huge_pages(arguments);
    case PR_GET_THP_DISABLE:
        return told(arguments, process->no_huge_pages);
    case PR_GET_TIMING:
        return 0; // statistical
    case PR_SET_TIMING:
        return arguments[1] ? call_error(LINUX_EINVAL) : 0;
    default:
        return call_error(LINUX_EINVAL);
    }
}

static i64 credentials_option(const u64 *arguments)
{
    const struct credentials *own = task_current()->credentials;
    switch ((i32)arguments[0]) {
    case PR_GET_KEEPCAPS:
        return (own->securebits & SECUREBIT_KEEP_CAPS) != 0;
    case PR_SET_KEEPCAPS:
        return keep_caps(arguments[1]);
    case PR_CAPBSET_READ:
        return bounding(arguments, false);
    case PR_CAPBSET_DROP:
        return bounding(arguments, true);
    case PR_GET_SECUREBITS:
        return own->securebits;
    case PR_SET_SECUREBITS:
        return securebits(arguments[1]);
    case PR_CAP_AMBIENT:
        return ambient(arguments);
    default:
        return process_option(arguments);
    }
}

i64 sys_prctl(const u64 *arguments)
{
    struct task *task = task_current();
    const vaddr to = vaddr_of(arguments[1]);
    switch ((i32)arguments[0]) {
    case PR_SET_PDEATHSIG:
        return death_signal(arguments[1]);
    case PR_GET_PDEATHSIG:
        return put_int(arguments[1], (i32)task->parent_death_signal);
    case PR_SET_NAME:
        return set_name(arguments[1]);
    case PR_GET_NAME:
        return syscall_result(user_copy_out(to, task->thread->name, sizeof task->thread->name));
    case PR_SET_TIMERSLACK:
        return slack_set(arguments[1]);
    case PR_GET_TIMERSLACK:
        return (i64)(task->timer_slack_ns ? task->timer_slack_ns : TIMER_SLACK_DEFAULT);
    case PR_GET_TID_ADDRESS:
        return syscall_result(user_copy_out(to, &task->clear_child_tid.raw, sizeof(u64)));
    case PR_MCE_KILL:
        return machine_check_set(arguments);
    case PR_MCE_KILL_GET:
        return machine_check_get(arguments);
    case PR_SET_NO_NEW_PRIVS:
        return no_new_privs(arguments);
    case PR_GET_NO_NEW_PRIVS:
        return told(arguments, task->no_new_privs);
    case PR_SET_IO_FLUSHER:
        return io_flusher(arguments, true);
    case PR_GET_IO_FLUSHER:
        return io_flusher(arguments, false);
    default:
        return credentials_option(arguments);
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
    const u64 flags = arguments[0], namespaces = CLONE_NAMESPACES | CLONE_NEWTIME;
    const u64 known = CLONE_THREAD | CLONE_FS | CLONE_SIGHAND | CLONE_VM | CLONE_FILES |
                      CLONE_SYSVSEM | namespaces;
    if (flags & ~known)
        return call_error(LINUX_EINVAL);
    if ((flags & (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM)) && process_current()->task_count > 1)
        return call_error(LINUX_EINVAL);
    if (flags & namespaces)
        return call_error(!(flags & CLONE_NEWUSER) && !task_capable(CAP_SYS_ADMIN) ? LINUX_EPERM
                                                                                   : LINUX_EINVAL);
    return task_unshare(flags);
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
