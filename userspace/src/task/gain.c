/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * What a task becomes by execve(2): the set-id bits of the program and its capabilities, by the
 * rules of capabilities(7), and what is left of that where somebody else would gain it too.
 */
#include "task/capabilities.h"

#include "calls.h"
#include "files/fd.h"
#include "task/tasks.h"
#include "trace/trace.h"

#include <helix/capability/linux.h>
#include <helix/vfs/file_capabilities.h>
#include <helix/vfs/path.h>

/* On the way from @old to @next. */
struct gain {
    const struct credentials *old;
    struct credentials *next;
    bool of_file;   // the program has capabilities
    bool effective; // they are in force at once
};

static bool may_gain_from(const struct file *file)
{
    return !(mount_flags(file->mount) & LINUX_MS_NOSUID);
}

/* All zero: it has none, or some that count for the root of others. */
static helix_status capabilities_of_file(const struct file *file, struct file_capabilities *of)
{
    struct path path;
    u32 bytes;
    *of = (struct file_capabilities){0};
    if (!may_gain_from(file) || path_of_file(file, &path) != HELIX_OK)
        return HELIX_OK;
    const helix_status status = vfs_get_xattr(&path, FILE_CAPABILITIES_NAME, of, sizeof *of, &bytes,
                                              task_current()->credentials);
    path_put(&path);
    if (status == HELIX_E_NO_DATA || status == HELIX_E_NOTSUP)
        return HELIX_OK;
    if (status == HELIX_E_RANGE || (status == HELIX_OK && !file_capabilities_valid(of, bytes)))
        return HELIX_E_INVAL;
    if (of->root != 0)
        *of = (struct file_capabilities){0};
    return status;
}

/* A program that does not ask what it may do is not to run with less than it needs. */
static helix_status take_file(struct gain *gain, const struct file_capabilities *of)
{
    const u64 permitted =
        (of->words[0].permitted | (u64)of->words[1].permitted << 32) & CAPABILITY_SET_FULL.bits;
    const u64 inheritable = of->words[0].inheritable | (u64)of->words[1].inheritable << 32;
    gain->of_file = of->form != 0;
    gain->effective = of->form & FILE_CAPABILITIES_EFFECTIVE;
    gain->next->cap_permitted =
        (gain->old->cap_bounding & permitted) | (gain->old->cap_inheritable & inheritable);
    return gain->effective && (permitted & ~gain->next->cap_permitted) ? HELIX_E_PERM : HELIX_OK;
}

static void take_ids(struct credentials *next, const struct file *file,
                     const struct fs_attributes *attributes)
{
    if (!may_gain_from(file) || task_current()->no_new_privs)
        return;
    if (attributes->mode & LINUX_S_ISUID)
        next->euid = attributes->uid;
    if ((attributes->mode & (LINUX_S_ISGID | 010)) == (LINUX_S_ISGID | 010))
        next->egid = attributes->gid;
}

/* Root has all; but a program that was given some gets no more by being root's with set-uid. */
static void take_root(struct gain *gain)
{
    struct credentials *next = gain->next;
    if ((next->securebits & SECUREBIT_NOROOT) || (next->uid != 0 && next->euid != 0) ||
        (gain->of_file && next->uid != 0))
        return;
    next->cap_permitted =
        (gain->old->cap_bounding | gain->old->cap_inheritable) & CAPABILITY_SET_FULL.bits;
    if (next->euid == 0)
        gain->effective = true;
}

static void give_back(struct credentials *next, const struct credentials *old)
{
    if (!credentials_capable(old, CAP_SETUID) || task_current()->no_new_privs) {
        next->euid = next->uid;
        next->egid = next->gid;
    }
    next->cap_permitted &= old->cap_permitted;
}

/* Returns AT_SECURE. */
static bool settle(struct gain *gain)
{
    struct credentials *next = gain->next;
    const struct credentials *old = gain->old;
    take_root(gain);
    const bool set_id = next->euid != next->uid || next->egid != next->gid;
    if ((set_id || (next->cap_permitted & ~old->cap_permitted)) &&
        (task_current()->no_new_privs || !trace_allows_rights()))
        give_back(next, old);
    next->suid = next->fsuid = next->euid;
    next->sgid = next->fsgid = next->egid;
    if (gain->of_file || set_id)
        next->cap_ambient = 0;
    next->cap_permitted |= next->cap_ambient;
    next->cap_effective = gain->effective ? next->cap_permitted : next->cap_ambient;
    next->securebits &= ~SECUREBIT_KEEP_CAPS;
    return set_id ||
           (next->uid != 0 && (gain->effective || (next->cap_permitted & ~next->cap_ambient)));
}

helix_status credentials_for_exec(struct file *file, struct credentials **credentials_out,
                                  bool *secure_out)
{
    struct gain gain = {.old = task_current()->credentials};
    struct file_capabilities of;
    struct fs_attributes attributes;
    u64 device;
    helix_status status = file_stat(file, &attributes, &device);
    if (status == HELIX_OK)
        status = capabilities_of_file(file, &of);
    if (status != HELIX_OK)
        return status;
    gain.next = credentials_copy(gain.old);
    if (!gain.next)
        return HELIX_E_NOMEM;
    take_ids(gain.next, file, &attributes);
    status = take_file(&gain, &of);
    if (status != HELIX_OK) {
        credentials_put(gain.next);
        return status;
    }
    *secure_out = settle(&gain);
    *credentials_out = gain.next;
    return HELIX_OK;
}
