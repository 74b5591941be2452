/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Calls by path with any paths: a line is one call, its first byte says which, two paths are parted
 * by a space. */
#include <stdlib.h>
#include <string.h>

#include <helix/abi/linux.h>

#include "fuzz.h"
#include "host.h"
#include "tree.h"

#define LINE_BYTES 600u

static void open_one(const char *path, u32 flags)
{
    struct file *file;
    char text[5000];
    size_t done;
    if (host_open(path, flags, 0644, &file) != HELIX_OK)
        return;
    memset(text, 'x', sizeof text);
    if (file->access & 2)
        helix_ignore(file_write_kernel(file, 3, text, sizeof text, &done));
    if ((file->access & 1) && file->ops->seek != file_seek_none)
        helix_ignore(file_read_kernel(file, 1, text, sizeof text, &done));
    file_put(file);
}

static void walk_one(const char *path, unsigned flags)
{
    struct path found;
    char buffer[300];
    const char *name;
    if (path_walk(&host_walk, path, flags, &found) != HELIX_OK)
        return;
    helix_ignore(path_name(&found, host_walk.fs, buffer, sizeof buffer, &name));
    if (path[0] == 'c')
        helix_ignore(vfs_chdir(host_walk.fs, &found));
    path_put(&found);
}

static void call(char op, const char *first, const char *second)
{
    const struct walk_context *walk = &host_walk;
    struct fs_attributes attributes;
    u64 device;
    switch (op) {
    case 'm':
        helix_ignore(vfs_mkdir(walk, first, 0755));
        break;
    case 'o':
        open_one(first, LINUX_O_CREAT | LINUX_O_RDWR | LINUX_O_NONBLOCK);
        break;
    case 'O':
        open_one(first, LINUX_O_RDONLY | LINUX_O_NOFOLLOW | LINUX_O_NONBLOCK);
        break;
    case 't':
        open_one(first, LINUX_O_TMPFILE | LINUX_O_RDWR);
        break;
    case 'u':
        helix_ignore(vfs_unlink(walk, first));
        break;
    case 'r':
        helix_ignore(vfs_rmdir(walk, first));
        break;
    case 'v':
        helix_ignore(vfs_rename(walk, first, walk, second, 0));
        break;
    case 'x':
        helix_ignore(vfs_rename(walk, first, walk, second, 2));
        break;
    case 'l':
        helix_ignore(vfs_link(walk, first, walk, second, WALK_FOLLOW));
        break;
    case 's':
        helix_ignore(vfs_symlink(walk, first, second));
        break;
    case 'n':
        helix_ignore(vfs_mknod(walk, first, LINUX_S_IFIFO | 0600, 0));
        break;
    case 'w':
        walk_one(first, WALK_FOLLOW);
        break;
    case 'M':
        helix_ignore(vfs_mount(walk, "none", first, "tmpfs", 0, second));
        break;
    case 'B':
        helix_ignore(vfs_mount(walk, first, second, "", LINUX_MS_BIND, ""));
        break;
    case 'U':
        helix_ignore(vfs_unmount(walk, first, 2));
        break;
    default:
        helix_ignore(vfs_stat_at(walk, first, WALK_FOLLOW, &attributes, &device));
        break;
    }
}

static void run_line(char *line)
{
    char *space = strchr(line + 1, ' ');
    const char *second = "b";
    if (space != NULL) {
        *space = '\0';
        second = space + 1;
    }
    call(line[0], line + 1, second);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t n)
{
    char line[LINE_BYTES + 1];
    size_t bytes = 0;
    host_start();
    for (size_t i = 0; i <= n; i++) {
        if (i < n && data[i] != '\n' && data[i] != 0 && bytes < LINE_BYTES) {
            line[bytes++] = (char)data[i];
            continue;
        }
        line[bytes] = '\0';
        if (bytes > 1)
            run_line(line);
        bytes = 0;
    }
    tree_clear("/");
    return 0;
}
