/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "ramfs_types.h"

#include "device.h"
#include "procfs.h"
#include "pty/pty.h"
#include "sysfs.h"

struct gate_binding ramfs_binding;

static struct fs_type ramfs_type = {.name = "ramfs", .binding = &ramfs_binding, .nodev = true};
static struct fs_type tmpfs_type = {.name = "tmpfs",
                                    .binding = &ramfs_binding,
                                    .is_tmpfs = true,
                                    .half_of_memory = true,
                                    .nodev = true};
static struct fs_type rootfs_type = {.name = "rootfs",
                                     .binding = &ramfs_binding,
                                     .is_tmpfs = true,
                                     .half_of_memory = true,
                                     .nodev = true};

void ramfs_types_register(void)
{
    gate_define(&ramfs_binding, HELIX_FILESYSTEM, "ramfs", GATE_SLEEPING, NULL);
    fs_type_register(&rootfs_type);
    fs_type_register(&tmpfs_type);
    fs_type_register(&ramfs_type);
    fs_type_register(&procfs_type);
    fs_type_register(&sysfs_type);
    fs_type_register(&devtmpfs_type);
    fs_type_register(&devfs_type);
    fs_type_register(&devpts_type);
}
