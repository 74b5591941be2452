/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <helix/abi/linux.h>

#include "host.h"
#include "mount.h"

#define MOUNT_DETACH 2u

/* The first name in a folder that is none of the two dots. */
struct first {
    char name[LINUX_NAME_MAX + 1];
    bool found;
    bool folder;
};

static bool take_first(void *context, const char *name, u32 length, u64 inode, u32 mode, u64 next)
{
    struct first *first = context;
    (void)inode, (void)next;
    if ((length == 1 && name[0] == '.') || (length == 2 && name[0] == '.' && name[1] == '.'))
        return true;
    memcpy(first->name, name, length);
    first->name[length] = '\0';
    first->folder = (mode & LINUX_S_IFMT) == LINUX_S_IFDIR;
    first->found = true;
    return false;
}

static bool find_first(struct first *first)
{
    struct file *file;
    memset(first, 0, sizeof *first);
    if (host_open(".", LINUX_O_RDONLY | LINUX_O_DIRECTORY, 0, &file) != HELIX_OK)
        abort();
    if (file->ops->read_directory(file, take_first, first) != HELIX_OK)
        abort();
    file_put(file);
    return first->found;
}

static void go_to(const char *path)
{
    struct path place;
    if (path_walk(&host_walk, path, 0, &place) != HELIX_OK ||
        vfs_chdir(host_walk.fs, &place) != HELIX_OK)
        abort();
    path_put(&place);
}

/* The newest first: what stands on others goes before them. */
static bool unmount_one(void)
{
    char buffer[LINUX_PATH_MAX];
    const char *name;
    list_for_each_reverse(struct mount, mount, mount_list(), all_link)
    {
        const struct path root = {mount, mount->root};
        if (mount->parent == NULL ||
            path_name(&root, host_walk.fs, buffer, sizeof buffer, &name) != HELIX_OK)
            continue;
        if (vfs_unmount(&host_walk, name, MOUNT_DETACH) == HELIX_OK)
            return true;
    }
    return false;
}

/* What is mounted over the root itself is met from below only, by way of "..". */
static void unmount_all(void)
{
    while (unmount_one())
        ;
    if (vfs_mkdir(&host_walk, "/below", 0755) != HELIX_OK)
        return;
    while (vfs_unmount(&host_walk, "/below/..", MOUNT_DETACH) == HELIX_OK)
        ;
}

/* Empties the working directory by going down and up, for names may be too deep for any path. */
void tree_clear(const char *path)
{
    struct first first;
    unsigned depth = 0;
    static char names[4096][LINUX_NAME_MAX + 1];
    go_to(path);
    unmount_all();
    go_to(path);
    for (;;) {
        if (find_first(&first)) {
            helix_status st = first.folder ? vfs_rmdir(&host_walk, first.name)
                                           : vfs_unlink(&host_walk, first.name);
            if (st == HELIX_E_NOT_EMPTY && depth < 4096) {
                strcpy(names[depth++], first.name);
                go_to(first.name);
            } else if (st != HELIX_OK) {
                fprintf(stderr, "%s stays: %s\n", first.name, helix_status_text(st));
                abort();
            }
            continue;
        }
        if (depth == 0)
            break;
        go_to("..");
        helix_status st = vfs_rmdir(&host_walk, names[--depth]);
        if (st != HELIX_OK) {
            fprintf(stderr, "%s stays: %s\n", names[depth], helix_status_text(st));
            abort();
        }
    }
    go_to("/");
}
