/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Devices by number. */
#include "device.h"

#include <helix/hal/spinlock.h>
#include <helix/lib/assert.h>

#include "file_kinds.h"

#define DEVICES_MAX 64u

static struct spinlock devices_lock = {.rank = LOCK_RANK_DEVICE};
static const struct device_class *devices[DEVICES_MAX]; // devices_lock

static const struct device_class *find(bool block, u32 major, u32 minor)
{
    const struct device_class *found = NULL;
    spin_lock(&devices_lock);
    for (u32 i = 0; i < DEVICES_MAX && found == NULL; i++) {
        const struct device_class *d = devices[i];
        if (d != NULL && d->block == block && d->major == major &&
            minor - d->minor < d->minor_count)
            found = d;
    }
    spin_unlock(&devices_lock);
    return found;
}

helix_status device_register(const struct device_class *device)
{
    helix_status st = HELIX_E_LIMIT;
    if (find(device->block, device->major, device->minor) != NULL)
        return HELIX_E_EXIST;
    spin_lock(&devices_lock);
    for (u32 i = 0; i < DEVICES_MAX; i++) {
        if (devices[i] == NULL) {
            devices[i] = device;
            st = HELIX_OK;
            break;
        }
    }
    spin_unlock(&devices_lock);
    if (st == HELIX_OK)
        devfs_add_device(device);
    return st;
}

void device_unregister(const struct device_class *device)
{
    spin_lock(&devices_lock);
    for (u32 i = 0; i < DEVICES_MAX; i++) {
        if (devices[i] == device)
            devices[i] = NULL;
    }
    spin_unlock(&devices_lock);
    devfs_remove_device(device);
}

void device_for_each(void (*visit)(const struct device_class *device, void *context), void *context)
{
    for (u32 i = 0; i < DEVICES_MAX; i++) {
        spin_lock(&devices_lock);
        const struct device_class *device = devices[i];
        spin_unlock(&devices_lock);
        if (device != NULL)
            visit(device, context);
    }
}

helix_status device_open(struct file *file, bool block, u64 number)
{
    const struct device_class *device = find(block, device_major(number), device_minor(number));
    return device == NULL ? HELIX_E_NXIO : device->open(file, device_minor(number));
}

/* Any position is as good as any other. */
helix_status device_seek_zero(struct file *file, i64 offset, int whence, u64 *position_out)
{
    (void)offset, (void)whence;
    file->position = 0;
    *position_out = 0;
    return HELIX_OK;
}
