/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Ways out to the host that runs the emulator: what a command prints, and its status. */
#include <helix/hal/console.h>

#include "device.h"
#include "file_kinds.h"

#define HOST_MAJOR   240u // the first of those for local use
#define OUTPUT_MINOR 0u

static enum hal_host_channel channel_of(u32 minor)
{
    return minor == OUTPUT_MINOR ? HAL_HOST_OUTPUT : HAL_HOST_STATUS;
}

static helix_status host_write(struct file *file, struct io_buffer *from, u64 *position,
                               size_t *done_out)
{
    char chunk[256];
    enum hal_host_channel channel = channel_of((u32)(uintptr_t)file->private_data);
    (void)position;
    while (from->remaining > 0) {
        size_t n = min(from->remaining, sizeof chunk);
        helix_status st = io_copy_in(from, chunk, n);
        if (st != HELIX_OK)
            return *done_out > 0 ? HELIX_OK : st;
        hal_host_channel_write(channel, chunk, n);
        *done_out += n;
    }
    return HELIX_OK;
}

static const struct file_ops host_ops = {
    .name = "host",
    .read = file_read_none,
    .write = host_write,
    .seek = file_seek_none,
    .poll = file_poll_always,
    .ioctl = file_ioctl_none,
    .map = file_map_none,
    .read_directory = file_read_directory_none,
    .flush = file_flush_none,
    .sync = file_sync_none,
    .release = file_release_none,
};

static helix_status host_open(struct file *file, u32 minor)
{
    if (!hal_host_channel_present(channel_of(minor)))
        return HELIX_E_NXIO;
    file->private_data = (void *)(uintptr_t)minor;
    file->ops = &host_ops;
    return HELIX_OK;
}

static const char *host_name(u32 minor, char *buffer, size_t capacity)
{
    (void)buffer, (void)capacity;
    if (!hal_host_channel_present(channel_of(minor)))
        return NULL;
    return minor == OUTPUT_MINOR ? "hostout" : "hoststatus";
}

static const struct device_class host_class = {
    .name = "host",
    .major = HOST_MAJOR,
    .minor = OUTPUT_MINOR,
    .minor_count = 2,
    .open = host_open,
    .mode = 0622,
    .node_name = host_name,
};

void host_devices_register(void)
{
    helix_status st = device_register(&host_class);
    helix_assert(st == HELIX_OK);
}
