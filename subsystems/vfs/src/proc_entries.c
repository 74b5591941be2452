/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The tree of entries that subsystems register by path. It only grows; numbers are places in one
 * table. */
#include <helix/abi/linux.h>
#include <helix/hal/spinlock.h>
#include <helix/lib/assert.h>
#include <helix/lib/atomic.h>
#include <helix/lib/log.h>
#include <helix/lib/string.h>

#include "device.h"
#include "procfs.h"

#define NODES_MAX 256u

static struct spinlock lock = {.rank = LOCK_RANK_MOUNT};
static struct proc_node nodes[NODES_MAX];
static u32 node_count = PROC_ROOT_INODE + 1; // atomic; nodes below never change

const struct proc_node *proc_node_get(u32 number)
{
    u32 count = atomic_load_acquire(&node_count);
    return number >= PROC_ROOT_INODE && number < count ? &nodes[number] : NULL;
}

const struct proc_node *proc_node_next(u32 parent, u32 after)
{
    u32 count = atomic_load_acquire(&node_count);
    for (u32 number = max(after, (u32)PROC_ROOT_INODE) + 1; number < count; number++) {
        if (nodes[number].parent == parent)
            return &nodes[number];
    }
    return NULL;
}

const struct proc_node *proc_node_find(u32 parent, const char *name, u32 length)
{
    const struct proc_node *node = proc_node_next(parent, 0);
    while (node != NULL && (node->name_length != length || memcmp(node->name, name, length) != 0))
        node = proc_node_next(parent, node->number);
    return node;
}

bool proc_node_is_folder(const struct proc_node *node)
{
    return node->entry == NULL;
}

/* The lock is held. */
static u32 add(u32 parent, const char *name, u32 length, const struct proc_entry *entry)
{
    const struct proc_node *known = proc_node_find(parent, name, length);
    if (known != NULL)
        return known->number;
    if (node_count == NODES_MAX)
        return 0;
    nodes[node_count] = (struct proc_node){.number = node_count,
                                           .name = name,
                                           .name_length = length,
                                           .parent = parent,
                                           .entry = entry};
    atomic_store_release(&node_count, node_count + 1);
    return node_count - 1;
}

void proc_register(struct proc_entry *entry)
{
    u32 parent = PROC_ROOT_INODE;
    const char *name = entry->path;
    spin_lock(&lock);
    nodes[PROC_ROOT_INODE].number = PROC_ROOT_INODE;
    for (;;) {
        const char *end = strchr(name, '/');
        u32 length = end != NULL ? (u32)(end - name) : (u32)strlen(name);
        parent = add(parent, name, length, end != NULL ? NULL : entry);
        if (end == NULL || parent == 0)
            break;
        name = end + 1;
    }
    spin_unlock(&lock);
    if (parent == 0)
        log_error("procfs", "no room for %s", entry->path);
}

/* ---- What the VFS itself knows ---- */

static helix_status show_filesystems(struct text_writer *writer, void *context)
{
    (void)context;
    for (const struct fs_type *type = fs_type_next(NULL); type != NULL; type = fs_type_next(type))
        text_write(writer, "%s\t%s\n", type->nodev ? "nodev" : "", type->name);
    return HELIX_OK;
}

struct device_list {
    struct text_writer *writer;
    bool block;
};

static void show_device(const struct device_class *device, void *context)
{
    const struct device_list *list = context;
    if (device->block == list->block)
        text_write(list->writer, "%3u %s\n", device->major, device->name);
}

static helix_status show_devices(struct text_writer *writer, void *context)
{
    struct device_list list = {writer, false};
    (void)context;
    text_write(writer, "Character devices:\n");
    device_for_each(show_device, &list);
    text_write(writer, "\nBlock devices:\n");
    list.block = true;
    device_for_each(show_device, &list);
    return HELIX_OK;
}

void proc_own_entries_register(void)
{
    static struct proc_entry entries[] = {
        {.path = "devices", .mode = 0444, .show = show_devices},
        {.path = "filesystems", .mode = 0444, .show = show_filesystems},
    };
    for (size_t i = 0; i < array_count(entries); i++)
        proc_register(&entries[i]);
}
