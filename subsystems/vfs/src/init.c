/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Bringing the VFS up: tables and types first, then the root, then what the archives hold. */
#include <helix/abi/boot_info.h>
#include <helix/abi/linux.h>
#include <helix/init/init.h>
#include <helix/lib/log.h>
#include <helix/memory/frame.h>
#include <helix/memory/heap.h>
#include <helix/profile.h>
#include <helix/vfs/path.h>
#include <helix/vfs/special.h>

#include "initramfs.h"
#include "pty/pty.h"
#include "tty.h"
#include "vfs_start.h"

static helix_status start(void)
{
    struct memory_counts counts;
    memory_counts(&counts);
    helix_status st = vfs_start(counts.total);
    if (st == HELIX_OK) {
        console_tty_register();
        pty_register();
    }
    return st;
}
INIT_STEP(drivers, vfs, .run = start);

static helix_status mount_root_step(void)
{
    return vfs_start_root();
}
INIT_STEP(filesystem, root, .run = mount_root_step,
          .after = HELIX_INIT_NAMES("filesystem.modules"));

extern const char __cpio_start[];
extern const char __cpio_end[];

static void unpack_builtin(void)
{
    struct unpack_range *ranges = NULL;
    size_t count = 0;
    helix_status st = initramfs_unpack_memory(__cpio_start, (size_t)(__cpio_end - __cpio_start),
                                              false, &ranges, &count);
    kfree(ranges);
    if (st != HELIX_OK)
        log_error("initramfs", "built-in archive: %s", helix_status_text(st));
}

/* The image's own first; then those that the loader brought, over it and each other. */
static helix_status unpack_archives(void)
{
    unpack_builtin();
    const struct boot_info *info = init_boot_info();
    if (!HELIX_PROFILE_FEATURES_FILESYSTEM)
        return HELIX_OK;
    for (unsigned i = 0; i < info->module_count; i++) {
        helix_status st = initramfs_unpack(&info->modules[i]);
        if (st != HELIX_OK)
            log_error("initramfs", "archive %u: %s", i, helix_status_text(st));
    }
    return HELIX_OK;
}
INIT_STEP(filesystem, archives, .run = unpack_archives,
          .after = HELIX_INIT_NAMES("filesystem.root"));
