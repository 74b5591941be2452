/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <string.h>

#include <helix/abi/linux.h>
#include <helix/lib/format.h>

#include "dentry.h"
#include "host.h"

HELIX_TEST(names, makes_finds_and_removes)
{
    struct fs_attributes a;
    host_start();
    EXPECT(t, vfs_mkdir(&host_walk, "/a", 0755) == HELIX_OK);
    EXPECT(t, vfs_mkdir(&host_walk, "/a/b/", 0700) == HELIX_OK);
    EXPECT(t, vfs_mkdir(&host_walk, "/a", 0755) == HELIX_E_EXIST);
    EXPECT(t, vfs_mkdir(&host_walk, "/", 0755) == HELIX_E_EXIST);
    EXPECT(t, vfs_mkdir(&host_walk, "/nothing/b", 0755) == HELIX_E_NOENT);
    EXPECT(t, host_write_file("/a/b/f", "text", 4) == HELIX_OK);
    EXPECT(t, host_stat("/a/b/f", 0, &a) == HELIX_OK);
    EXPECT(t, a.size == 4 && a.mode == (LINUX_S_IFREG | 0644) && a.links == 1 && a.blocks == 8);
    EXPECT(t, host_stat("/a", 0, &a) == HELIX_OK && a.links == 3 && a.size == 60);
    EXPECT(t, host_stat("/a/b/f/", 0, &a) == HELIX_E_NOT_DIR);
    EXPECT(t, host_stat("/a/b/f/x", 0, &a) == HELIX_E_NOT_DIR);
    EXPECT(t, host_stat("/a//b/../b/./f", 0, &a) == HELIX_OK);
    EXPECT(t, host_stat("/../../a/b", 0, &a) == HELIX_OK);
    EXPECT(t, host_stat("/a/x", 0, &a) == HELIX_E_NOENT);
    EXPECT(t, host_stat("/a/x", 0, &a) == HELIX_E_NOENT);
    EXPECT(t, host_stat("", 0, &a) == HELIX_E_NOENT);
    EXPECT(t, vfs_rmdir(&host_walk, "/a") == HELIX_E_NOT_EMPTY);
    EXPECT(t, vfs_rmdir(&host_walk, "/a/b/f") == HELIX_E_NOT_DIR);
    EXPECT(t, vfs_rmdir(&host_walk, "/a/.") == HELIX_E_INVAL);
    EXPECT(t, vfs_rmdir(&host_walk, "/a/..") == HELIX_E_NOT_EMPTY);
    EXPECT(t, vfs_rmdir(&host_walk, "/") == HELIX_E_BUSY);
    EXPECT(t, vfs_unlink(&host_walk, "/a/b") == HELIX_E_IS_DIR);
    EXPECT(t, vfs_unlink(&host_walk, "/a/b/f/") == HELIX_E_NOT_DIR);
    EXPECT(t, vfs_unlink(&host_walk, "/a/b/f") == HELIX_OK);
    EXPECT(t, vfs_unlink(&host_walk, "/a/b/f") == HELIX_E_NOENT);
    EXPECT(t, vfs_rmdir(&host_walk, "/a/b") == HELIX_OK);
    EXPECT(t, vfs_rmdir(&host_walk, "/a/") == HELIX_OK);
    EXPECT(t, host_stat("/a", 0, &a) == HELIX_E_NOENT);
}

HELIX_TEST(names, refuses_names_that_are_too_long)
{
    char path[300] = "/";
    struct fs_attributes a;
    host_start();
    memset(path + 1, 'n', 256);
    EXPECT(t, host_stat(path, 0, &a) == HELIX_E_NAME_TOO_LONG);
    EXPECT(t, vfs_mkdir(&host_walk, path, 0755) == HELIX_E_NAME_TOO_LONG);
    path[256] = '\0';
    EXPECT(t, vfs_mkdir(&host_walk, path, 0755) == HELIX_OK);
    EXPECT(t, vfs_rmdir(&host_walk, path) == HELIX_OK);
}

HELIX_TEST(names, follows_symbolic_links_to_a_limit)
{
    struct fs_attributes a;
    char target[64];
    struct path path;
    u32 length;
    host_start();
    EXPECT(t, vfs_mkdir(&host_walk, "/l", 0755) == HELIX_OK);
    EXPECT(t, host_write_file("/l/f", "x", 1) == HELIX_OK);
    EXPECT(t, vfs_symlink(&host_walk, "f", "/l/rel") == HELIX_OK);
    EXPECT(t, vfs_symlink(&host_walk, "/l/rel", "/l/abs") == HELIX_OK);
    EXPECT(t, vfs_symlink(&host_walk, "/l", "/l/dir") == HELIX_OK);
    EXPECT(t, vfs_symlink(&host_walk, "loop", "/l/loop") == HELIX_OK);
    EXPECT(t, vfs_symlink(&host_walk, "", "/l/e") == HELIX_E_NOENT);
    EXPECT(t, host_stat("/l/abs", WALK_FOLLOW, &a) == HELIX_OK && a.size == 1);
    EXPECT(t, host_stat("/l/abs", 0, &a) == HELIX_OK && a.size == 6);
    EXPECT(t, host_stat("/l/dir/dir/dir/rel", WALK_FOLLOW, &a) == HELIX_OK && a.size == 1);
    EXPECT(t, host_stat("/l/dir/", 0, &a) == HELIX_OK && (a.mode & LINUX_S_IFMT) == LINUX_S_IFDIR);
    EXPECT(t, host_stat("/l/abs/", 0, &a) == HELIX_E_NOT_DIR);
    EXPECT(t, host_stat("/l/loop", WALK_FOLLOW, &a) == HELIX_E_LOOP);
    REQUIRE(t, path_walk(&host_walk, "/l/rel", 0, &path) == HELIX_OK);
    EXPECT(t, vfs_read_link(&path, target, sizeof target, &length) == HELIX_OK);
    EXPECT(t, length == 1 && target[0] == 'f');
    path_put(&path);
    char link[16] = "/l/0", next[16];
    for (unsigned i = 0; i < 45; i++) {
        lib_format(next, sizeof next, "/l/%u", i);
        EXPECT(t, vfs_symlink(&host_walk, i == 0 ? "f" : link, next) == HELIX_OK);
        strcpy(link, next);
    }
    EXPECT(t, host_stat("/l/39", WALK_FOLLOW, &a) == HELIX_OK);
    EXPECT(t, host_stat("/l/40", WALK_FOLLOW, &a) == HELIX_E_LOOP);
    for (unsigned i = 0; i < 45; i++) {
        lib_format(next, sizeof next, "/l/%u", i);
        EXPECT(t, vfs_unlink(&host_walk, next) == HELIX_OK);
    }
    static const char *const names[] = {"/l/f", "/l/rel", "/l/abs", "/l/dir", "/l/loop"};
    for (unsigned i = 0; i < array_count(names); i++)
        EXPECT(t, vfs_unlink(&host_walk, names[i]) == HELIX_OK);
    EXPECT(t, vfs_rmdir(&host_walk, "/l") == HELIX_OK);
}

HELIX_TEST(names, opens_as_the_flags_say)
{
    struct file *file;
    struct fs_attributes a;
    host_start();
    EXPECT(t, host_open("/o", LINUX_O_RDONLY, 0, &file) == HELIX_E_NOENT);
    EXPECT(t, host_open("/o", LINUX_O_CREAT | LINUX_O_RDWR, 0666, &file) == HELIX_OK);
    EXPECT(t, file->access == 3);
    file_put(file);
    EXPECT(t, host_stat("/o", 0, &a) == HELIX_OK && (a.mode & 0777) == 0644);
    EXPECT(t, host_open("/o", LINUX_O_CREAT | LINUX_O_EXCL, 0, &file) == HELIX_E_EXIST);
    EXPECT(t, host_open("/o", LINUX_O_DIRECTORY, 0, &file) == HELIX_E_NOT_DIR);
    EXPECT(t, host_open("/", LINUX_O_WRONLY, 0, &file) == HELIX_E_IS_DIR);
    EXPECT(t, host_open("/", LINUX_O_CREAT | LINUX_O_WRONLY, 0, &file) == HELIX_E_IS_DIR);
    EXPECT(t, host_open("/dir/", LINUX_O_CREAT | LINUX_O_WRONLY, 0, &file) == HELIX_E_IS_DIR);
    EXPECT(t, vfs_symlink(&host_walk, "made", "/ln") == HELIX_OK);
    EXPECT(t, host_open("/ln", LINUX_O_NOFOLLOW, 0, &file) == HELIX_E_LOOP);
    EXPECT(t, host_open("/ln", LINUX_O_CREAT | LINUX_O_EXCL | LINUX_O_RDWR, 0600, &file) ==
                  HELIX_E_EXIST);
    EXPECT(t, host_open("/ln", LINUX_O_CREAT | LINUX_O_RDWR, 0600, &file) == HELIX_OK);
    file_put(file);
    EXPECT(t, host_stat("/made", 0, &a) == HELIX_OK && a.mode == (LINUX_S_IFREG | 0600));
    EXPECT(t, host_open("/ln", LINUX_O_PATH | LINUX_O_NOFOLLOW, 0, &file) == HELIX_OK);
    EXPECT(t, file->access == 0 && (file->vnode->attributes.mode & LINUX_S_IFMT) == LINUX_S_IFLNK);
    file_put(file);
    EXPECT(t, vfs_unlink(&host_walk, "/ln") == HELIX_OK);
    EXPECT(t, vfs_unlink(&host_walk, "/made") == HELIX_OK);
    EXPECT(t, vfs_unlink(&host_walk, "/o") == HELIX_OK);
}

HELIX_TEST(names, keeps_an_unlinked_file_until_it_is_closed)
{
    struct file *file, *other;
    char text[8] = {0};
    size_t n;
    host_start();
    u64 before = host_held();
    EXPECT(t, host_write_file("/u", "hello", 5) == HELIX_OK);
    REQUIRE(t, host_open("/u", LINUX_O_RDWR, 0, &file) == HELIX_OK);
    EXPECT(t, vfs_unlink(&host_walk, "/u") == HELIX_OK);
    EXPECT(t, host_open("/u", LINUX_O_RDONLY, 0, &other) == HELIX_E_NOENT);
    EXPECT(t,
           file_read_kernel(file, 0, text, 5, &n) == HELIX_OK && n == 5 && !strcmp(text, "hello"));
    EXPECT(t, file->vnode->attributes.links == 0);
    file_put(file);
    EXPECT(t, host_held() <= before + 1);
    REQUIRE(t, host_open("/", LINUX_O_TMPFILE | LINUX_O_RDWR, 0600, &file) == HELIX_OK);
    EXPECT(t, file_write_kernel(file, 0, "abc", 3, &n) == HELIX_OK && n == 3);
    file_put(file);
    EXPECT(t, host_held() <= before + 1);
}

HELIX_TEST(names, links_and_counts)
{
    struct fs_attributes a, b;
    host_start();
    EXPECT(t, host_write_file("/h1", "1", 1) == HELIX_OK);
    EXPECT(t, vfs_link(&host_walk, "/h1", &host_walk, "/h2", 0) == HELIX_OK);
    EXPECT(t, vfs_link(&host_walk, "/h1", &host_walk, "/h2", 0) == HELIX_E_EXIST);
    EXPECT(t, vfs_link(&host_walk, "/", &host_walk, "/h3", 0) == HELIX_E_PERM);
    EXPECT(t, host_stat("/h1", 0, &a) == HELIX_OK && host_stat("/h2", 0, &b) == HELIX_OK);
    EXPECT(t, a.inode == b.inode && a.links == 2);
    EXPECT(t, vfs_unlink(&host_walk, "/h1") == HELIX_OK);
    EXPECT(t, host_stat("/h2", 0, &b) == HELIX_OK && b.links == 1 && b.size == 1);
    EXPECT(t, vfs_unlink(&host_walk, "/h2") == HELIX_OK);
}

HELIX_TEST(names, renames_in_every_way)
{
    struct fs_attributes a;
    struct path path;
    char buffer[64];
    const char *name;
    host_start();
    EXPECT(t, vfs_mkdir(&host_walk, "/r", 0755) == HELIX_OK);
    EXPECT(t, vfs_mkdir(&host_walk, "/r/d1", 0755) == HELIX_OK);
    EXPECT(t, vfs_mkdir(&host_walk, "/r/d2", 0755) == HELIX_OK);
    EXPECT(t, host_write_file("/r/d1/f", "f", 1) == HELIX_OK);
    EXPECT(t, host_write_file("/r/g", "gg", 2) == HELIX_OK);
    REQUIRE(t, path_walk(&host_walk, "/r/d1/f", 0, &path) == HELIX_OK);
    EXPECT(t, vfs_rename(&host_walk, "/r/d1/f", &host_walk, "/r/d2/h", 0) == HELIX_OK);
    EXPECT(t, path_name(&path, host_walk.fs, buffer, sizeof buffer, &name) == HELIX_OK &&
                  !strcmp(name, "/r/d2/h"));
    EXPECT(t, host_stat("/r/d1/f", 0, &a) == HELIX_E_NOENT);
    EXPECT(t, vfs_rename(&host_walk, "/r/g", &host_walk, "/r/d2/h", 1) == HELIX_E_EXIST);
    EXPECT(t, vfs_rename(&host_walk, "/r/g", &host_walk, "/r/d2/h", 0) == HELIX_OK);
    EXPECT(t, path_label(&path, host_walk.fs, buffer, sizeof buffer, &name) == HELIX_OK &&
                  !strcmp(name, "/r/d2/h (deleted)"));
    EXPECT(t, path_name(&path, host_walk.fs, buffer, sizeof buffer, &name) == HELIX_E_NOENT);
    path_put(&path);
    EXPECT(t, host_stat("/r/d2/h", 0, &a) == HELIX_OK && a.size == 2);
    EXPECT(t, vfs_rename(&host_walk, "/r/d2", &host_walk, "/r/d2/x", 0) == HELIX_E_INVAL);
    EXPECT(t, vfs_rename(&host_walk, "/r/d1", &host_walk, "/r", 0) == HELIX_E_NOT_EMPTY);
    EXPECT(t, vfs_rename(&host_walk, "/r/d1", &host_walk, "/r/d2/h", 0) == HELIX_E_NOT_DIR);
    EXPECT(t, vfs_rename(&host_walk, "/r/d2/h", &host_walk, "/r/d1", 0) == HELIX_E_IS_DIR);
    EXPECT(t, vfs_rename(&host_walk, "/r/d1", &host_walk, "/r/d2", 0) == HELIX_E_NOT_EMPTY);
    EXPECT(t, vfs_rename(&host_walk, "/r/d1", &host_walk, "/r/d2", 2) == HELIX_OK);
    EXPECT(t, host_stat("/r/d1/h", 0, &a) == HELIX_OK);
    EXPECT(t, vfs_rename(&host_walk, "/r/d1/h", &host_walk, "/r/d2", 2) == HELIX_OK);
    EXPECT(t, host_stat("/r", 0, &a) == HELIX_OK && a.links == 3);
    EXPECT(t, host_stat("/r/d1", 0, &a) == HELIX_OK && a.links == 3);
    EXPECT(t, vfs_rename(&host_walk, "/r/d2", &host_walk, "/r/d2", 0) == HELIX_OK);
    EXPECT(t, vfs_unlink(&host_walk, "/r/d2") == HELIX_OK);
    EXPECT(t, vfs_rmdir(&host_walk, "/r/d1/h") == HELIX_OK);
    EXPECT(t, vfs_rmdir(&host_walk, "/r/d1") == HELIX_OK);
    EXPECT(t, vfs_rmdir(&host_walk, "/r") == HELIX_OK);
}

HELIX_TEST(names, asks_for_permissions)
{
    struct file *file;
    struct path path;
    host_start();
    struct walk_context user = {.fs = host_walk.fs, .credentials = &host_user};
    EXPECT(t, vfs_mkdir(&host_walk, "/p", 0711) == HELIX_OK);
    EXPECT(t, vfs_mkdir(&host_walk, "/p/secret", 0700) == HELIX_OK);
    EXPECT(t, host_write_file("/p/f", "f", 1) == HELIX_OK);
    EXPECT(t, vfs_open(&user, "/p", LINUX_O_RDONLY, 0, &file) == HELIX_E_ACCESS);
    EXPECT(t, vfs_open(&user, "/p/f", LINUX_O_WRONLY, 0, &file) == HELIX_E_ACCESS);
    EXPECT(t, vfs_open(&user, "/p/f", LINUX_O_RDONLY, 0, &file) == HELIX_OK);
    file_put(file);
    EXPECT(t, path_walk(&user, "/p/secret/x", 0, &path) == HELIX_E_ACCESS);
    EXPECT(t, vfs_mkdir(&user, "/p/mine", 0755) == HELIX_E_ACCESS);
    EXPECT(t, vfs_unlink(&user, "/p/f") == HELIX_E_ACCESS);
    EXPECT(t, vfs_mknod(&user, "/p/n", LINUX_S_IFCHR | 0600, 0x103) == HELIX_E_PERM);
    struct fs_attributes wanted = {.mode = 01777};
    REQUIRE(t, path_walk(&host_walk, "/p", 0, &path) == HELIX_OK);
    EXPECT(t, vfs_set_attributes(&path, FS_SET_MODE, &wanted, &host_user) == HELIX_E_PERM);
    EXPECT(t, vfs_set_attributes(&path, FS_SET_MODE, &wanted, host_walk.credentials) == HELIX_OK);
    EXPECT(t, vfs_access(&path, 7, &host_user) == HELIX_OK);
    path_put(&path);
    EXPECT(t, vfs_unlink(&user, "/p/f") == HELIX_E_PERM); // sticky
    EXPECT(t, vfs_mkdir(&user, "/p/mine", 0755) == HELIX_OK);
    EXPECT(t, vfs_rmdir(&user, "/p/mine") == HELIX_OK);
    EXPECT(t, vfs_unlink(&host_walk, "/p/f") == HELIX_OK);
    EXPECT(t, vfs_rmdir(&host_walk, "/p/secret") == HELIX_OK);
    EXPECT(t, vfs_rmdir(&host_walk, "/p") == HELIX_OK);
}

HELIX_TEST(names, mounts_and_unmounts)
{
    struct fs_attributes a;
    struct path path;
    char buffer[64];
    const char *name;
    host_start();
    EXPECT(t, vfs_mkdir(&host_walk, "/m", 0755) == HELIX_OK);
    EXPECT(t, vfs_mount(&host_walk, "none", "/m", "nosuch", 0, "") == HELIX_E_NODEV);
    EXPECT(t, vfs_mount(&host_walk, "none", "/m", "tmpfs", 0, "size=8k") == HELIX_OK);
    EXPECT(t, vfs_mkdir(&host_walk, "/m/in", 0755) == HELIX_OK);
    REQUIRE(t, path_walk(&host_walk, "/m/in", 0, &path) == HELIX_OK);
    EXPECT(t, path_name(&path, host_walk.fs, buffer, sizeof buffer, &name) == HELIX_OK &&
                  !strcmp(name, "/m/in"));
    EXPECT(t, vfs_unmount(&host_walk, "/m", 0) == HELIX_E_BUSY);
    path_put(&path);
    EXPECT(t, host_stat("/m/..", 0, &a) == HELIX_OK && host_stat("/m/../m/in", 0, &a) == HELIX_OK);
    static char data[3 * PAGE_SIZE];
    EXPECT(t, host_write_file("/m/big", data, sizeof data) == HELIX_E_IO); // two pages went in
    EXPECT(t, host_stat("/m/big", 0, &a) == HELIX_OK && a.size == 2 * PAGE_SIZE);
    EXPECT(t, vfs_rename(&host_walk, "/m/big", &host_walk, "/big", 0) == HELIX_E_CROSS_DEVICE);
    EXPECT(t, vfs_rmdir(&host_walk, "/m") == HELIX_E_BUSY);
    EXPECT(t, vfs_mkdir(&host_walk, "/m2", 0755) == HELIX_OK);
    EXPECT(t, vfs_mount(&host_walk, "/m/in", "/m2", "", LINUX_MS_BIND, "") == HELIX_OK);
    EXPECT(t, host_write_file("/m2/x", "", 0) == HELIX_OK);
    EXPECT(t, host_stat("/m/in/x", 0, &a) == HELIX_OK);
    EXPECT(t, vfs_mount(&host_walk, "", "/m2", "", LINUX_MS_REMOUNT | LINUX_MS_RDONLY, "") ==
                  HELIX_OK);
    EXPECT(t, host_write_file("/m2/y", "", 0) == HELIX_E_READ_ONLY);
    EXPECT(t, vfs_unmount(&host_walk, "/m2", 0) == HELIX_OK);
    EXPECT(t, vfs_unmount(&host_walk, "/m2", 0) == HELIX_E_INVAL);
    EXPECT(t, vfs_unmount(&host_walk, "/m", 0) == HELIX_OK);
    EXPECT(t, host_stat("/m/in", 0, &a) == HELIX_E_NOENT);
    EXPECT(t, vfs_rmdir(&host_walk, "/m") == HELIX_OK);
    EXPECT(t, vfs_rmdir(&host_walk, "/m2") == HELIX_OK);
}

HELIX_TEST(names, gives_all_memory_back)
{
    char path[32];
    host_start();
    u64 before = host_held();
    EXPECT(t, vfs_mkdir(&host_walk, "/t", 0755) == HELIX_OK);
    EXPECT(t, vfs_mount(&host_walk, "none", "/t", "tmpfs", 0, "") == HELIX_OK);
    for (unsigned i = 0; i < 2000; i++) {
        lib_format(path, sizeof path, "/t/file%u", i);
        EXPECT(t, host_write_file(path, path, sizeof path) == HELIX_OK);
    }
    EXPECT(t, vfs_unmount(&host_walk, "/t", 0) == HELIX_OK);
    EXPECT(t, vfs_rmdir(&host_walk, "/t") == HELIX_OK);
    u64 after = host_held();
    EXPECT(t, after <= before + 8); // the slab keeps a few pages
}
