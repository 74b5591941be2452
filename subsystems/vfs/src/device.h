/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/vfs/special.h>

#include "vnode.h"

/* The devfs type, whose one volume has a node for every device that is registered. */
extern struct fs_type devfs_type;
extern struct fs_type devtmpfs_type;

void devfs_add_device(const struct device_class *device); // nothing while devfs is not mounted
void devfs_remove_device(const struct device_class *device);

/* A name in the root of a volume of devices (devfs, devpts); one that exists is fine. And away,
 * where it still leads to @device. */
helix_status devfs_add_node(struct volume *volume, const char *name,
                            const struct fs_create_args *what);
void devfs_remove_node(struct volume *volume, const char *name, u64 device);

/* Visit all classes: for /proc/devices. */
void device_for_each(void (*visit)(const struct device_class *device, void *context),
                     void *context);

void memory_devices_register(void); // null, zero, full, random, urandom, kmsg
void host_devices_register(void);   // hostout, hoststatus, where the emulator listens

/* A file kind's operations where reading and writing is all that differs. */
helix_status device_seek_zero(struct file *file, i64 offset, int whence, u64 *position_out);
