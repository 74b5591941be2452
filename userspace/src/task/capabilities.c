/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "task/capabilities.h"

#include "calls.h"
#include "task/tasks.h"

#include <helix/capability/linux.h>
#include <helix/memory/user_copy.h>

#define CAPABILITY_VERSION_1 0x19980330u
#define CAPABILITY_VERSION_2 0x20071026u
#define CAPABILITY_VERSION_3 0x20080522u

/* The file-system user id alone decides about these. */
#define FILE_CAPABILITIES                                                               \
    ((1ull << CAP_CHOWN) | (1ull << CAP_DAC_OVERRIDE) | (1ull << CAP_DAC_READ_SEARCH) | \
     (1ull << CAP_FOWNER) | (1ull << CAP_FSETID) | (1ull << CAP_LINUX_IMMUTABLE) |      \
     (1ull << CAP_MKNOD) | (1ull << CAP_MAC_OVERRIDE))

struct capability_header {
    u32 version;
    i32 pid;
};

struct capability_words {
    u32 effective, permitted, inheritable;
};

static bool any_root(const struct credentials *credentials)
{
    return credentials->uid == 0 || credentials->euid == 0 || credentials->suid == 0;
}

void capabilities_follow_ids(struct credentials *changed, const struct credentials *old)
{
    if (changed->securebits & SECUREBIT_NO_SETUID_FIXUP)
        return;
    if (any_root(old) && !any_root(changed)) {
        if (!(changed->securebits & SECUREBIT_KEEP_CAPS))
            changed->cap_permitted = changed->cap_effective = 0;
        changed->cap_ambient = 0;
    }
    if (old->euid == 0 && changed->euid != 0)
        changed->cap_effective = 0;
    if (old->euid != 0 && changed->euid == 0)
        changed->cap_effective = changed->cap_permitted;
    if (old->fsuid == 0 && changed->fsuid != 0)
        changed->cap_effective &= ~FILE_CAPABILITIES;
    if (old->fsuid != 0 && changed->fsuid == 0)
        changed->cap_effective |= changed->cap_permitted & FILE_CAPABILITIES;
}

/* 0: the header is fine and *count_out words of each set follow. */
static i64 read_header(u64 at, struct capability_header *header, unsigned *count_out)
{
    if (user_copy_in(header, vaddr_of(at), sizeof *header) != HELIX_OK)
        return call_error(LINUX_EFAULT);
    if (header->version == CAPABILITY_VERSION_1) {
        *count_out = 1;
        return 0;
    }
    *count_out = 2;
    if (header->version == CAPABILITY_VERSION_2 || header->version == CAPABILITY_VERSION_3)
        return 0;
    header->version = CAPABILITY_VERSION_3; // tells the program what we speak
    if (user_copy_out(vaddr_of(at), header, sizeof *header) != HELIX_OK)
        return call_error(LINUX_EFAULT);
    return call_error(LINUX_EINVAL);
}

i64 sys_capget(const u64 *arguments)
{
    struct capability_header header;
    struct capability_words words[2];
    unsigned count;
    const i64 error = read_header(arguments[0], &header, &count);
    if (error)
        return arguments[1] || error == call_error(LINUX_EFAULT) ? error : 0;
    if (header.pid < 0)
        return call_error(LINUX_EINVAL);
    struct task *task = header.pid ? task_find((u32)header.pid) : NULL;
    if (header.pid && !task)
        return call_error(LINUX_ESRCH);
    struct credentials *of = task_credentials_get(task ? task : task_current());
    for (unsigned i = 0; i < 2; i++)
        words[i] = (struct capability_words){(u32)(of->cap_effective >> (32 * i)),
                                             (u32)(of->cap_permitted >> (32 * i)),
                                             (u32)(of->cap_inheritable >> (32 * i))};
    credentials_put(of);
    if (task)
        task_put(task);
    if (!arguments[1])
        return 0;
    return syscall_result(user_copy_out(vaddr_of(arguments[1]), words, count * sizeof words[0]));
}

static bool may_become(const struct credentials *old, u64 effective, u64 permitted, u64 inheritable)
{
    const bool set_pcap = credentials_capable(old, CAP_SETPCAP);
    if (!set_pcap && (inheritable & ~(old->cap_inheritable | old->cap_permitted)))
        return false;
    if (inheritable & ~(old->cap_inheritable | old->cap_bounding))
        return false;
    return !(permitted & ~old->cap_permitted) && !(effective & ~permitted);
}

i64 sys_capset(const u64 *arguments)
{
    struct capability_header header;
    struct capability_words words[2] = {0};
    unsigned count;
    const i64 error = read_header(arguments[0], &header, &count);
    if (error)
        return error;
    if (header.pid != 0 && (u32)header.pid != task_current()->tid)
        return call_error(LINUX_EPERM);
    if (user_copy_in(words, vaddr_of(arguments[1]), count * sizeof words[0]) != HELIX_OK)
        return call_error(LINUX_EFAULT);
    const u64 all = CAPABILITY_SET_FULL.bits;
    const u64 effective = (words[0].effective | (u64)words[1].effective << 32) & all;
    const u64 permitted = (words[0].permitted | (u64)words[1].permitted << 32) & all;
    const u64 inheritable = (words[0].inheritable | (u64)words[1].inheritable << 32) & all;
    if (!may_become(task_current()->credentials, effective, permitted, inheritable))
        return call_error(LINUX_EPERM);
    struct credentials *changed = credentials_copy(task_current()->credentials);
    if (!changed)
        return call_error(LINUX_ENOMEM);
    changed->cap_effective = effective;
    changed->cap_permitted = permitted;
    changed->cap_inheritable = inheritable;
    changed->cap_ambient &= permitted & inheritable;
    task_credentials_set(changed);
    return 0;
}
