/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "vfs_start.h"

#include <helix/abi/linux.h>

#include "device.h"
#include "file_kinds.h"
#include "memory_file.h"
#include "page_cache.h"
#include "procfs.h"
#include "ramfs_types.h"

helix_status vfs_start(u64 frames)
{
    vnode_init(frames);
    dentry_init(frames);
    page_cache_start();
    ramfs_types_register();
    proc_own_entries_register();
    memory_devices_register();
    host_devices_register();
    memory_file_start();
    return HELIX_OK;
}

#define CONSOLE_DEVICE device_number(5, 1)

/* As the archive does that every Linux carries: enough for an init without an archive that brings
 * them. */
static helix_status make_first_names(const struct walk_context *walk)
{
    helix_status st = vfs_mkdir(walk, "/dev", 0755);
    if (st == HELIX_OK)
        st = vfs_mknod(walk, "/dev/console", LINUX_S_IFCHR | 0600, CONSOLE_DEVICE);
    return st == HELIX_OK ? vfs_mkdir(walk, "/root", 0700) : st;
}

helix_status vfs_start_root(void)
{
    helix_status st = vfs_mount_root("rootfs", "rootfs", 0, "");
    if (st != HELIX_OK)
        return st;
    struct fs_context *fs;
    st = fs_context_create(&fs);
    if (st != HELIX_OK)
        return st;
    const struct walk_context walk = {.fs = fs, .credentials = credentials_root()};
    st = make_first_names(&walk);
    credentials_put(walk.credentials);
    fs_context_put(fs);
    return st;
}
