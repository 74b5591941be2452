/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* sysfs, as small as it can be: the folders that programs look for, and which CPUs there are. A
 * ramfs volume that is filled at its mount. */
#include "sysfs.h"

#include <helix/abi/linux.h>
#include <helix/hal/cpu.h>
#include <helix/hal/mmu.h>
#include <helix/lib/format.h>
#include <helix/lib/string.h>

#include "dentry.h"
#include "fs_call.h"
#include "page_cache.h"
#include "ramfs_types.h"

/* Make @name in @directory, or take it as it is. With a reference. */
static helix_status make(struct vnode *directory, const char *name, u32 length, u32 mode,
                         struct vnode **vnode_out)
{
    const struct fs_create_args args = {.mode = mode, .now = vfs_time_now()};
    struct fs_attributes made;
    sleep_lock_write(&directory->lock);
    helix_status st = fs_lookup(directory, name, length, &made);
    if (st == HELIX_E_NOENT) {
        st = fs_create(directory, name, length, &args, &made);
        if (st == HELIX_OK && (mode & LINUX_S_IFMT) == LINUX_S_IFDIR)
            directory->attributes.links++;
    }
    if (st == HELIX_OK)
        st = vnode_of(directory->volume, &made, vnode_out);
    sleep_unlock_write(&directory->lock);
    return st;
}

static helix_status write_text(struct vnode *vnode, const char *text)
{
    struct page *page;
    size_t bytes = strlen(text);
    helix_status st = page_cache_get(vnode, 0, &page);
    if (st != HELIX_OK)
        return st;
    memcpy(phys_to_virt(page_frame(page)), text, bytes);
    atomic_store_relaxed(&vnode->attributes.size, bytes);
    page_cache_put(page);
    return HELIX_OK;
}

/* @text NULL: a folder. */
static helix_status add(struct volume *volume, const char *path, const char *text)
{
    struct vnode *at = volume->root->vnode;
    helix_status st = HELIX_OK;
    vnode_get(at);
    while (st == HELIX_OK && *path != '\0') {
        const char *end = strchr(path, '/');
        u32 length = end != NULL ? (u32)(end - path) : (u32)strlen(path);
        bool file = end == NULL && text != NULL;
        struct vnode *next;
        st = make(at, path, length, file ? LINUX_S_IFREG | 0444 : LINUX_S_IFDIR | 0755, &next);
        if (st != HELIX_OK)
            break;
        vnode_put(at);
        at = next;
        path += length + (end != NULL);
    }
    if (st == HELIX_OK && text != NULL)
        st = write_text(at, text);
    vnode_put(at);
    return st;
}

/* Each CPU is a core of one processor. */
static helix_status add_topology(struct volume *volume, unsigned cpu, const char *all)
{
    const u64 mask = ~0ull >> (64 - hal_cpu_count());
    char own[24], number[8], whole[24];
    struct {
        const char *name, *text;
    } const files[] = {{"core_id", number},      {"physical_package_id", "0\n"},
                       {"thread_siblings", own}, {"thread_siblings_list", number},
                       {"core_siblings", whole}, {"core_siblings_list", all}};
    lib_format(own, sizeof own, "%llx\n", 1ull << cpu);
    lib_format(whole, sizeof whole, "%llx\n", (unsigned long long)mask);
    lib_format(number, sizeof number, "%u\n", cpu);
    for (size_t i = 0; i < array_count(files); i++) {
        char path[72];
        lib_format(path, sizeof path, "devices/system/cpu/cpu%u/topology/%s", cpu, files[i].name);
        helix_status st = add(volume, path, files[i].text);
        if (st != HELIX_OK)
            return st;
    }
    return HELIX_OK;
}

static helix_status add_cpus(struct volume *volume)
{
    static const char *const lists[] = {"online", "possible", "present"};
    char text[32], path[48];
    unsigned count = hal_cpu_count();
    if (count > 1)
        lib_format(text, sizeof text, "0-%u\n", count - 1);
    else
        strlcpy(text, "0\n", sizeof text);
    for (size_t i = 0; i < array_count(lists); i++) {
        lib_format(path, sizeof path, "devices/system/cpu/%s", lists[i]);
        helix_status st = add(volume, path, text);
        if (st != HELIX_OK)
            return st;
    }
    for (unsigned cpu = 0; cpu < count; cpu++) {
        helix_status st = add_topology(volume, cpu, text);
        if (st != HELIX_OK)
            return st;
    }
    return HELIX_OK;
}

static helix_status sysfs_mounted(struct volume *volume)
{
    static const char *const folders[] = {"block",    "bus", "class",  "dev",    "devices",
                                          "firmware", "fs",  "kernel", "module", "power"};
    for (size_t i = 0; i < array_count(folders); i++) {
        helix_status st = add(volume, folders[i], NULL);
        if (st != HELIX_OK)
            return st;
    }
    helix_status st = add(volume, "class/tty/console/active", "ttyS0\n");
    return st == HELIX_OK ? add_cpus(volume) : st;
}

struct fs_type sysfs_type = {.name = "sysfs",
                             .binding = &ramfs_binding,
                             .mounted = sysfs_mounted,
                             .single = true,
                             .fixed_names = true,
                             .nodev = true};
