/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* /proc/PID/mounts and mountinfo. */
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#include "file_kinds.h"
#include "mount.h"
#include "procfs.h"

/* Names with the bytes that end fields written in octal. */
static void write_name(struct text_writer *writer, const char *name)
{
    for (; *name != '\0'; name++) {
        if (strchr(" \t\n\\", *name) != NULL)
            text_write(writer, "\\%03o", (unsigned)(u8)*name);
        else
            text_write_bytes(writer, name, 1);
    }
}

static void write_options(struct text_writer *writer, u32 flags)
{
    static const struct {
        u32 flag;
        const char *text;
    } options[] = {
        {LINUX_MS_NOSUID, ",nosuid"},         {LINUX_MS_NODEV, ",nodev"},
        {LINUX_MS_NOEXEC, ",noexec"},         {LINUX_MS_NOATIME, ",noatime"},
        {LINUX_MS_NODIRATIME, ",nodiratime"},
    };
    text_write(writer, "%s", flags & LINUX_MS_RDONLY ? "ro" : "rw");
    for (size_t i = 0; i < array_count(options); i++)
        if (flags & options[i].flag)
            text_write(writer, "%s", options[i].text);
    if (!(flags & LINUX_MS_NOATIME))
        text_write(writer, ",relatime");
}

struct mount_list_writer {
    struct text_writer *writer;
    struct fs_context *fs;
    char *buffer;
    bool full;
};

static void write_mount(struct mount *mount, void *context)
{
    struct mount_list_writer *list = context;
    struct text_writer *writer = list->writer;
    const struct volume *volume = mount->volume;
    const char *target;
    const struct path root = {mount, mount->root};
    if (path_name(&root, list->fs, list->buffer, LINUX_PATH_MAX, &target) != HELIX_OK)
        return;
    u32 flags = mount_flags(mount);
    if (list->full) {
        text_write(writer, "%llu %llu %u:%u / ", (unsigned long long)mount->id,
                   (unsigned long long)(mount->parent != NULL ? mount->parent->id : mount->id),
                   device_major(volume->device), device_minor(volume->device));
        write_name(writer, target);
        text_write(writer, " ");
        write_options(writer, flags);
        text_write(writer, " - %s ", volume->type->name);
        write_name(writer, volume->source);
        text_write(writer, " %s\n", flags & LINUX_MS_RDONLY ? "ro" : "rw");
        return;
    }
    write_name(writer, volume->source);
    text_write(writer, " ");
    write_name(writer, target);
    text_write(writer, " %s ", volume->type->name);
    write_options(writer, flags);
    text_write(writer, " 0 0\n");
}

helix_status proc_show_mounts(struct text_writer *writer, bool full)
{
    struct mount_list_writer list = {.writer = writer, .full = full};
    list.buffer = kmalloc(LINUX_PATH_MAX);
    if (list.buffer == NULL)
        return HELIX_E_NOMEM;
    helix_status st = fs_context_create(&list.fs);
    if (st == HELIX_OK) {
        sleep_lock_read(&mount_lock);
        mount_for_each(write_mount, &list);
        sleep_unlock_read(&mount_lock);
        fs_context_put(list.fs);
    }
    kfree(list.buffer);
    return st;
}
