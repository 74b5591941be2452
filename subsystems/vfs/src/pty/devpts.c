/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* devpts: a ramfs volume with a node for every pseudoterminal whose master is open. */
#include <helix/abi/linux.h>
#include <helix/lib/format.h>
#include <helix/lib/string.h>

#include "device.h"
#include "file_kinds.h"
#include "fs_call.h"
#include "pty/pty.h"
#include "ramfs_types.h"
#include "walk.h"

#define SLAVE_MODE (LINUX_S_IFCHR | 0620)
#define TTY_GROUP  5u // as Debian mounts it: gid=5,mode=620

static helix_status devpts_mounted(struct volume *volume);

struct fs_type devpts_type = {
    .name = "devpts",
    .binding = &ramfs_binding,
    .mounted = devpts_mounted,
    .single = true,
    .half_of_memory = true,
    .fixed_names = true,
    .nodev = true,
};

static helix_status add(struct volume *volume, const struct pty *pty)
{
    char name[16];
    lib_format(name, sizeof name, "%u", pty->index);
    const struct fs_create_args args = {
        .mode = SLAVE_MODE,
        .uid = pty->owner_uid,
        .gid = TTY_GROUP,
        .device = device_number(PTY_SLAVE_MAJOR, pty->index),
    };
    return devfs_add_node(volume, name, &args);
}

struct population {
    struct volume *volume;
    helix_status status;
};

static void populate(const struct pty *pty, void *context)
{
    struct population *p = context;
    if (p->status == HELIX_OK)
        p->status = add(p->volume, pty);
}

/* The option mode= is the slaves', not the folder's, which the store took it for. */
static helix_status devpts_mounted(struct volume *volume)
{
    struct population p = {volume, HELIX_OK};
    const struct fs_create_args args = {
        .mode = LINUX_S_IFCHR,
        .device = device_number(PTY_MASTER_MAJOR, PTY_MASTER_MINOR),
    };
    volume->root->vnode->attributes.mode = LINUX_S_IFDIR | 0755;
    pty_for_each(populate, &p);
    return p.status == HELIX_OK ? devfs_add_node(volume, "ptmx", &args) : p.status;
}

void devpts_add(const struct pty *pty)
{
    struct volume *volume = atomic_load_acquire(&devpts_type.shared);
    if (volume != NULL)
        helix_ignore(add(volume, pty)); // TIOCGPTPEER opens it without a name as well
}

void devpts_remove(const struct pty *pty)
{
    struct volume *volume = atomic_load_acquire(&devpts_type.shared);
    char name[16];
    lib_format(name, sizeof name, "%u", pty->index);
    if (volume != NULL)
        devfs_remove_node(volume, name, device_number(PTY_SLAVE_MAJOR, pty->index));
}
