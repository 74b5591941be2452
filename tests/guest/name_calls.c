/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Calls that make, take away and change names. */
#define _GNU_SOURCE
#include "scene.h"

#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#define RENAME_NOREPLACE_ 1u
#define RENAME_EXCHANGE_  2u
#define RENAME_WHITEOUT_  4u

static ino_t inode_of(const char *path)
{
    struct stat status;
    CHECK(lstat(path, &status) == 0);
    return status.st_ino;
}

static unsigned links_of(const char *path)
{
    struct stat status;
    CHECK(lstat(path, &status) == 0);
    return (unsigned)status.st_nlink;
}

/* A file system "full" in which no name more has room. */
static void make_full(void)
{
    CHECK(mkdir("full", 0777) == 0 && mount("none", "full", "tmpfs", 0, "nr_inodes=3") == 0);
    scene_file("full/file", 0644);
    CHECK(mkdir("full/folder", 0755) == 0);
}

/* ---- Folders ---- */

static void folders_are_made(void)
{
    struct stat status;
    scene_make();
    umask(027);
    CHECK(mkdirat(AT_FDCWD, "folder/new/", 01777) == 0);
    CHECK(stat("folder/new", &status) == 0 && status.st_mode == (S_IFDIR | 01750));
    CHECK(status.st_nlink == 2 && links_of("folder") == 3);
    CHECK(chmod("folder", 02755) == 0 && mkdirat(AT_FDCWD, "folder/two", 0700) == 0);
    CHECK(stat("folder/two", &status) == 0 && status.st_mode == (S_IFDIR | 02700));
#ifdef SYS_mkdir
    CHECK(syscall(SYS_mkdir, "plain", 0700) == 0 && is_type("plain", S_IFDIR));
#endif
    char name[256];
    memset(name, 'm', 255);
    name[255] = 0;
    CHECK(mkdir(name, 0700) == 0 && is_type(name, S_IFDIR));
}

static void folders_are_refused(void)
{
    scene_make();
    make_full();
    FAILS_BY_PATH(mkdirat(AT_FDCWD, path, 0755));
    FAILS_BY_FOLDER(mkdirat(folder, "new", 0755));
    FAILS(mkdirat(AT_FDCWD, "file", 0755), EEXIST);
    FAILS(mkdirat(AT_FDCWD, "dangling", 0755), EEXIST);
    FAILS(mkdirat(AT_FDCWD, "folder/.", 0755), EEXIST);
    FAILS(mkdirat(AT_FDCWD, "/", 0755), EEXIST);
    FAILS(mkdirat(AT_FDCWD, "ro/new", 0755), EROFS);
    FAILS(mkdirat(AT_FDCWD, "ro/folder", 0755), EEXIST);
    FAILS(mkdirat(AT_FDCWD, "full/new", 0755), ENOSPC);
    FAILS(mkdirat(AT_FDCWD, "/proc/self/new", 0755), ENOENT);
#ifdef SYS_mkdir
    FAILS_BY_PATH(syscall(SYS_mkdir, path, 0755));
    FAILS(syscall(SYS_mkdir, "file", 0755), EEXIST);
    FAILS(syscall(SYS_mkdir, "ro/new", 0755), EROFS);
    FAILS(syscall(SYS_mkdir, "full/new", 0755), ENOSPC);
#endif
}

static void folders_are_removed(void)
{
    scene_make();
    int fd = open("folder", O_RDONLY);
    CHECK(mkdir("folder/in", 0755) == 0 && links_of("folder") == 3);
    CHECK(unlinkat(fd, "in/", AT_REMOVEDIR) == 0 && links_of("folder") == 2);
    CHECK(chdir("folder") == 0 && rmdir("../folder") == 0);
    FAILS(mkdirat(AT_FDCWD, "new", 0755), ENOENT);
    FAILS(mkdirat(fd, "new", 0755), ENOENT);
    FAILS(symlinkat("x", fd, "new"), ENOENT);
    FAILS(mknodat(fd, "new", S_IFREG, 0), ENOENT);
    FAILS(openat(fd, "new", O_CREAT | O_RDWR, 0600), ENOENT);
    struct stat status;
    CHECK(fstat(fd, &status) == 0 && status.st_nlink == 0);
}

static void folders_stay(void)
{
    scene_make();
    CHECK(mkdir("busy", 0755) == 0 && mount("none", "busy", "tmpfs", 0, NULL) == 0);
    CHECK(mkdir("sticky/folder", 0777) == 0 && mkdir("folder/in", 0755) == 0);
    FAILS_BY_PATH(unlinkat(AT_FDCWD, path, AT_REMOVEDIR));
    FAILS_BY_FOLDER(unlinkat(folder, "new", AT_REMOVEDIR));
    FAILS(unlinkat(AT_FDCWD, "busy", AT_REMOVEDIR), EBUSY);
    FAILS(unlinkat(AT_FDCWD, "folder", AT_REMOVEDIR), ENOTEMPTY);
    FAILS(unlinkat(AT_FDCWD, "ro/folder", AT_REMOVEDIR), EROFS);
#ifdef SYS_rmdir
    FAILS_BY_PATH(syscall(SYS_rmdir, path));
    FAILS(syscall(SYS_rmdir, "busy"), EBUSY);
    FAILS(syscall(SYS_rmdir, "/"), EBUSY);
    FAILS(syscall(SYS_rmdir, "folder/in/."), EINVAL);
    FAILS(syscall(SYS_rmdir, "folder/in/.."), ENOTEMPTY);
    FAILS(syscall(SYS_rmdir, "folder"), ENOTEMPTY);
    FAILS(syscall(SYS_rmdir, "file"), ENOTDIR);
    FAILS(syscall(SYS_rmdir, "link"), ENOTDIR);
    FAILS(syscall(SYS_rmdir, "ro/folder"), EROFS);
    become(STRANGER);
    FAILS(syscall(SYS_rmdir, "sticky/folder"), EPERM);
    FAILS(syscall(SYS_rmdir, "folder/in"), EACCES);
    become(0);
    CHECK(syscall(SYS_rmdir, "folder/in") == 0 && is_missing("folder/in"));
#endif
}

/* ---- Names that go ---- */

static void names_are_removed(void)
{
    char text[8];
    scene_make();
    int fd = open("file", O_RDONLY), here = open(".", O_RDONLY);
    CHECK(unlinkat(here, "link", 0) == 0 && is_missing("link") && !is_missing("file"));
    CHECK(unlinkat(AT_FDCWD, "file", 0) == 0 && is_missing("file"));
    CHECK(read(fd, text, sizeof text) == 4 && memcmp(text, "data", 4) == 0);
#ifdef SYS_unlink
    CHECK(syscall(SYS_unlink, "dangling") == 0 && is_missing("dangling"));
#endif
    CHECK(chmod("sticky", 0777) == 0);
    become(STRANGER);
    CHECK(unlink("sticky/file") == 0);
}

static void names_are_kept(void)
{
    scene_make();
    scene_file("busy", 0644);
    CHECK(mount("file", "busy", NULL, MS_BIND, NULL) == 0);
    FAILS_BY_PATH(unlinkat(AT_FDCWD, path, 0));
    FAILS_BY_FOLDER(unlinkat(folder, "new", 0));
    FAILS(unlinkat(AT_FDCWD, "file", 1), EINVAL);
    FAILS(unlinkat(AT_FDCWD, "folder", 0), EISDIR);
    FAILS(unlinkat(AT_FDCWD, "folder/", 0), EISDIR);
    FAILS(unlinkat(AT_FDCWD, "folder/.", 0), EISDIR);
    FAILS(unlinkat(AT_FDCWD, "file/", 0), ENOTDIR);
    FAILS(unlinkat(AT_FDCWD, "busy", 0), EBUSY);
    FAILS(unlinkat(AT_FDCWD, "ro/file", 0), EROFS);
    FAILS(unlinkat(AT_FDCWD, "ro/missing", 0), EROFS);
#ifdef SYS_unlink
    FAILS_BY_PATH(syscall(SYS_unlink, path));
    FAILS(syscall(SYS_unlink, "folder"), EISDIR);
    FAILS(syscall(SYS_unlink, "busy"), EBUSY);
    FAILS(syscall(SYS_unlink, "ro/file"), EROFS);
#endif
    become(STRANGER);
    FAILS(unlinkat(AT_FDCWD, "sticky/file", 0), EPERM);
#ifdef SYS_unlink
    FAILS(syscall(SYS_unlink, "sticky/file"), EPERM);
#endif
}

/* ---- Renaming ---- */

static void renames_replace(void)
{
    scene_make();
    ino_t file = inode_of("file");
    CHECK(renameat(AT_FDCWD, "file", AT_FDCWD, "folder/new") == 0);
    CHECK(is_missing("file") && inode_of("folder/new") == file);
    scene_file("other", 0644);
    int fd = open("other", O_RDONLY);
    CHECK(renameat(AT_FDCWD, "folder/new", AT_FDCWD, "other") == 0 && inode_of("other") == file);
    struct stat status;
    CHECK(fstat(fd, &status) == 0 && status.st_nlink == 0);
    CHECK(link("other", "same") == 0 && rename("other", "same") == 0 && links_of("other") == 2);
    CHECK(mkdir("a", 0755) == 0 && mkdir("a/b", 0755) == 0 && mkdir("empty", 0755) == 0);
    unsigned up = links_of(".");
    CHECK(rename("a/b/", "empty/") == 0 && links_of("a") == 2 && links_of(".") == up);
    CHECK(rename("a", "empty/a") == 0 && links_of(".") == up - 1 && links_of("empty") == 3);
    CHECK(rename("link", "moved") == 0 && is_type("moved", S_IFLNK));
#ifdef SYS_rename
    CHECK(syscall(SYS_rename, "moved", "link") == 0 && is_missing("moved"));
#endif
}

static void renames_take_flags(void)
{
    struct stat status;
    scene_make();
    ino_t file = inode_of("file"), folder = inode_of("folder");
    CHECK(renameat2(AT_FDCWD, "file", AT_FDCWD, "folder", RENAME_EXCHANGE_) == 0);
    CHECK(inode_of("file") == folder && inode_of("folder") == file);
    CHECK(renameat2(AT_FDCWD, "file", AT_FDCWD, "new", RENAME_NOREPLACE_) == 0);
    CHECK(is_missing("file") && inode_of("new") == folder);
    CHECK(renameat2(AT_FDCWD, "folder", AT_FDCWD, "moved", RENAME_WHITEOUT_) == 0);
    CHECK(inode_of("moved") == file && lstat("folder", &status) == 0);
    CHECK(S_ISCHR(status.st_mode) && status.st_rdev == 0 && status.st_nlink == 1);
    scene_file("target", 0644);
    CHECK(renameat2(AT_FDCWD, "moved", AT_FDCWD, "target", RENAME_WHITEOUT_ | RENAME_NOREPLACE_) ==
          -1);
    CHECK(errno == EEXIST);
    CHECK(renameat2(AT_FDCWD, "moved", AT_FDCWD, "target", RENAME_WHITEOUT_) == 0);
    CHECK(inode_of("target") == file && is_type("moved", S_IFCHR) && unlink("moved") == 0);
}

static void renames_refuse_flags(void)
{
    scene_make();
    make_full();
    FAILS(renameat2(AT_FDCWD, "file", AT_FDCWD, "new", 8), EINVAL);
    FAILS(renameat2(AT_FDCWD, "file", AT_FDCWD, "folder", RENAME_NOREPLACE_ | RENAME_EXCHANGE_),
          EINVAL);
    FAILS(renameat2(AT_FDCWD, "file", AT_FDCWD, "folder", RENAME_WHITEOUT_ | RENAME_EXCHANGE_),
          EINVAL);
    FAILS(renameat2(AT_FDCWD, "file", AT_FDCWD, "folder", RENAME_NOREPLACE_), EEXIST);
    FAILS(renameat2(AT_FDCWD, "file", AT_FDCWD, ".", RENAME_NOREPLACE_), EEXIST);
    FAILS(renameat2(AT_FDCWD, "file", AT_FDCWD, "new", RENAME_EXCHANGE_), ENOENT);
    FAILS(renameat2(AT_FDCWD, "full/file", AT_FDCWD, "full/new", RENAME_WHITEOUT_), ENOSPC);
    CHECK(!is_missing("full/file") && is_missing("full/new"));
    CHECK(mkdir("folder/in", 0755) == 0);
    FAILS(renameat2(AT_FDCWD, "folder/in", AT_FDCWD, "folder", RENAME_EXCHANGE_), EINVAL);
}

#define RENAMES_FAIL(old, new, error)                             \
    do {                                                          \
        FAILS(renameat(AT_FDCWD, old, AT_FDCWD, new), error);     \
        FAILS(renameat2(AT_FDCWD, old, AT_FDCWD, new, 0), error); \
        FAILS(rename(old, new), error);                           \
    } while (0)

static void renames_are_refused(void)
{
    scene_make();
    CHECK(mkdir("folder/in", 0755) == 0 && mkdir("empty", 0755) == 0 && mkdir("busy", 0755) == 0);
    CHECK(mount("none", "busy", "tmpfs", 0, NULL) == 0);
    RENAMES_FAIL("busy", "new", EBUSY);
    RENAMES_FAIL("empty", "busy", EBUSY);
    RENAMES_FAIL("folder/.", "new", EBUSY);
    RENAMES_FAIL("file", "folder/..", EBUSY);
    RENAMES_FAIL("folder", "folder/in/new", EINVAL);
    RENAMES_FAIL("folder", "folder/new", EINVAL);
    RENAMES_FAIL("file", "empty", EISDIR);
    RENAMES_FAIL("empty", "file", ENOTDIR);
    RENAMES_FAIL("file/", "new", ENOTDIR);
    RENAMES_FAIL("file", "new/", ENOTDIR);
    RENAMES_FAIL("empty", "folder", ENOTEMPTY);
    RENAMES_FAIL("folder/in", "folder", ENOTEMPTY);
    RENAMES_FAIL("ro/file", "ro/new", EROFS);
    RENAMES_FAIL("ro/file", "new", EXDEV);
    RENAMES_FAIL("missing", "new", ENOENT);
    become(STRANGER);
    RENAMES_FAIL("sticky/file", "sticky/new", EPERM);
    RENAMES_FAIL("file", "folder/new", EACCES);
}

static void renames_walk_both_paths(void)
{
    scene_make();
    FAILS_BY_PATH(renameat(AT_FDCWD, path, AT_FDCWD, "new"));
    FAILS_BY_PATH(renameat(AT_FDCWD, "file", AT_FDCWD, path));
    FAILS_BY_FOLDER(renameat(folder, "file", AT_FDCWD, "new"));
    FAILS_BY_FOLDER(renameat(AT_FDCWD, "file", folder, "new"));
    FAILS_BY_PATH(renameat2(AT_FDCWD, path, AT_FDCWD, "new", 0));
    FAILS_BY_PATH(renameat2(AT_FDCWD, "file", AT_FDCWD, path, 0));
    FAILS_BY_FOLDER(renameat2(folder, "file", AT_FDCWD, "new", 0));
    FAILS_BY_FOLDER(renameat2(AT_FDCWD, "file", folder, "new", 0));
#ifdef SYS_rename
    FAILS_BY_PATH(syscall(SYS_rename, path, "new"));
    FAILS_BY_PATH(syscall(SYS_rename, "file", path));
#endif
}

/* A folder of somebody else's keeps its parent unless it may be written to. */
static void moved_folders_are_written_to(void)
{
    scene_make();
    CHECK(mkdir("sub", 0777) == 0 && chmod("sub", 0777) == 0 && chmod("folder", 0555) == 0);
    CHECK(chown(".", STRANGER, STRANGER) == 0);
    become(STRANGER);
    FAILS(renameat(AT_FDCWD, "folder", AT_FDCWD, "sub/folder"), EACCES);
    CHECK(rename("folder", "other") == 0);
}

/* ---- Links ---- */

static void links_are_made(void)
{
    struct stat status;
    scene_make();
    CHECK(linkat(AT_FDCWD, "file", AT_FDCWD, "two", 0) == 0);
    CHECK(inode_of("two") == inode_of("file") && links_of("file") == 2);
    CHECK(linkat(AT_FDCWD, "link", AT_FDCWD, "hard", 0) == 0 && is_type("hard", S_IFLNK));
    CHECK(links_of("link") == 2);
    CHECK(linkat(AT_FDCWD, "link", AT_FDCWD, "three", AT_SYMLINK_FOLLOW) == 0 &&
          links_of("file") == 3);
    int fd = open("file", O_RDONLY), none = open(".", O_TMPFILE | O_RDWR, 0640);
    CHECK(linkat(fd, "", AT_FDCWD, "four", AT_EMPTY_PATH) == 0 && links_of("file") == 4);
    CHECK(none >= 0 && fstat(none, &status) == 0 && status.st_nlink == 0);
    CHECK(linkat(none, "", AT_FDCWD, "named", AT_EMPTY_PATH) == 0 && links_of("named") == 1);
    CHECK(inode_of("named") == status.st_ino);
#ifdef SYS_link
    CHECK(syscall(SYS_link, "dangling", "five") == 0 && is_type("five", S_IFLNK));
#endif
    CHECK(mknod("fifo", S_IFIFO | 0600, 0) == 0 && link("fifo", "fifo2") == 0);
}

static void unnamed_files_get_names_once_allowed(void)
{
    char path[64];
    scene_make();
    int fd = open(".", O_TMPFILE | O_RDWR, 0600),
        excl = open(".", O_TMPFILE | O_RDWR | O_EXCL, 0600);
    CHECK(fd >= 0 && excl >= 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", excl);
    FAILS(linkat(AT_FDCWD, path, AT_FDCWD, "new", AT_SYMLINK_FOLLOW), ENOENT);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    CHECK(linkat(AT_FDCWD, path, AT_FDCWD, "new", AT_SYMLINK_FOLLOW) == 0 && unlink("new") == 0);
    int gone = open("file", O_RDONLY);
    CHECK(unlink("file") == 0);
    FAILS(linkat(gone, "", AT_FDCWD, "new", AT_EMPTY_PATH), ENOENT);
    int sealed = open("closed", O_RDONLY);
    become(STRANGER);
    FAILS(linkat(fd, "", AT_FDCWD, "new", AT_EMPTY_PATH), ENOENT);
    FAILS(linkat(sealed, "file", AT_FDCWD, "new", 0), EACCES);
}

#define LINKS_FAIL(old, new, error)                            \
    do {                                                       \
        FAILS(linkat(AT_FDCWD, old, AT_FDCWD, new, 0), error); \
        FAILS(link(old, new), error);                          \
    } while (0)

static void links_are_refused(void)
{
    scene_make();
    make_full();
    FAILS_BY_PATH(linkat(AT_FDCWD, path, AT_FDCWD, "new", 0));
    FAILS_BY_PATH(linkat(AT_FDCWD, "file", AT_FDCWD, path, 0));
    FAILS_BY_FOLDER(linkat(folder, "file", AT_FDCWD, "new", 0));
    FAILS_BY_FOLDER(linkat(AT_FDCWD, "file", folder, "new", 0));
    FAILS(linkat(AT_FDCWD, "file", AT_FDCWD, "new", AT_SYMLINK_NOFOLLOW), EINVAL);
    FAILS(linkat(AT_FDCWD, "loop", AT_FDCWD, "new", AT_SYMLINK_FOLLOW), ELOOP);
    LINKS_FAIL("file", "link", EEXIST);
    LINKS_FAIL("folder", "new", EPERM);
    LINKS_FAIL("file", "new/", ENOENT);
    LINKS_FAIL("full/file", "full/new", ENOSPC);
    LINKS_FAIL("ro/file", "ro/new", EROFS);
    LINKS_FAIL("ro/file", "new", EXDEV);
    CHECK(mkdir("again", 0755) == 0 && mount("folder", "again", NULL, MS_BIND, NULL) == 0);
    scene_file("folder/one", 0644);
    LINKS_FAIL("folder/one", "again/two", EXDEV); // the same file system
#ifdef SYS_link
    FAILS_BY_PATH(syscall(SYS_link, path, "new"));
    FAILS_BY_PATH(syscall(SYS_link, "file", path));
#endif
}

/* As /proc/sys/fs/protected_hardlinks has it on Debian. */
static void links_to_files_of_others_are_refused(void)
{
    scene_make();
    scene_file("writable", 0666);
    scene_file("setuid", 04777);
    CHECK(mknod("fifo", S_IFIFO | 0666, 0) == 0 && chmod("fifo", 0666) == 0);
    become(STRANGER);
    LINKS_FAIL("file", "new", EPERM);
    LINKS_FAIL("setuid", "new", EPERM);
    LINKS_FAIL("fifo", "new", EPERM);
    CHECK(link("writable", "new") == 0);
    LINKS_FAIL("writable", "folder/new", EACCES);
}

/* ---- Symbolic links ---- */

static void symbolic_links_are_made(void)
{
    struct stat status;
    char text[4096], target[4096];
    scene_make();
    memset(target, 't', 4095);
    target[4095] = 0;
    CHECK(symlinkat(target, AT_FDCWD, "longest") == 0);
    CHECK(lstat("longest", &status) == 0 && status.st_size == 4095);
    CHECK((status.st_mode & 07777) == 0777);
    CHECK(readlinkat(AT_FDCWD, "longest", text, sizeof text) == 4095 &&
          memcmp(text, target, 4095) == 0);
    CHECK(readlinkat(AT_FDCWD, "link", text, 2) == 2 && memcmp(text, "fi", 2) == 0);
    int fd = open("link", O_PATH | O_NOFOLLOW);
    CHECK(readlinkat(fd, "", text, sizeof text) == 4);
#ifdef SYS_symlink
    CHECK(syscall(SYS_symlink, "x", "short") == 0 && is_type("short", S_IFLNK));
    CHECK(syscall(SYS_readlink, "short", text, sizeof text) == 1 && text[0] == 'x');
#endif
}

static void symbolic_links_are_refused(void)
{
    scene_make();
    make_full();
    FAILS_BY_PATH(symlinkat("x", AT_FDCWD, path));
    FAILS_BY_FOLDER(symlinkat("x", folder, "new"));
    FAILS(symlinkat("", AT_FDCWD, "new"), ENOENT);
    FAILS(symlinkat(long_path, AT_FDCWD, "new"), ENAMETOOLONG);
    FAILS(symlinkat(bad_pointer, AT_FDCWD, "new"), EFAULT);
    FAILS(symlinkat("x", AT_FDCWD, "dangling"), EEXIST);
    FAILS(symlinkat("x", AT_FDCWD, "new/"), ENOENT);
    FAILS(symlinkat("x", AT_FDCWD, "ro/new"), EROFS);
    FAILS(symlinkat("x", AT_FDCWD, "full/new"), ENOSPC);
#ifdef SYS_symlink
    FAILS_BY_PATH(syscall(SYS_symlink, "x", path));
    FAILS(syscall(SYS_symlink, "", "new"), ENOENT);
    FAILS(syscall(SYS_symlink, "x", "file"), EEXIST);
    FAILS(syscall(SYS_symlink, "x", "ro/new"), EROFS);
    FAILS(syscall(SYS_symlink, "x", "full/new"), ENOSPC);
#endif
}

static void links_are_not_read(void)
{
    char text[16];
    size_t none = 0;
    scene_make();
    int fd = open("file", O_RDONLY);
    FAILS_BY_PATH(readlinkat(AT_FDCWD, path, text, sizeof text));
    FAILS_BY_FOLDER(readlinkat(folder, "new", text, sizeof text));
    FAILS(readlinkat(AT_FDCWD, "link", bad_pointer, sizeof text), EFAULT);
    FAILS(readlinkat(AT_FDCWD, "link", text, none), EINVAL);
    FAILS(readlinkat(AT_FDCWD, "file", text, sizeof text), EINVAL);
    FAILS(readlinkat(fd, "", text, sizeof text), ENOENT);
#ifdef SYS_readlink
    FAILS_BY_PATH(syscall(SYS_readlink, path, text, sizeof text));
    FAILS(syscall(SYS_readlink, "link", bad_pointer, sizeof text), EFAULT);
    FAILS(syscall(SYS_readlink, "link", text, 0), EINVAL);
    FAILS(syscall(SYS_readlink, "link", text, -1), EINVAL);
    FAILS(syscall(SYS_readlink, "folder", text, sizeof text), EINVAL);
#endif
}

/* ---- Nodes ---- */

static void nodes_are_made(void)
{
    struct stat status;
    scene_make();
    CHECK(mknodat(AT_FDCWD, "device", S_IFCHR | 0666, makedev(1, 3)) == 0);
    CHECK(stat("device", &status) == 0 && S_ISCHR(status.st_mode) &&
          status.st_rdev == makedev(1, 3));
    CHECK((status.st_mode & 0777) == 0644);
    CHECK(mknodat(AT_FDCWD, "large", S_IFBLK | 0600, makedev(4095, 0xfffff)) == 0);
    CHECK(stat("large", &status) == 0 && S_ISBLK(status.st_mode) &&
          status.st_rdev == makedev(4095, 0xfffff));
    CHECK(mknodat(AT_FDCWD, "plain", 0600, 0) == 0 && is_type("plain", S_IFREG));
    CHECK(mknodat(AT_FDCWD, "fifo", S_IFIFO | 0600, 0) == 0 && is_type("fifo", S_IFIFO));
    CHECK(mknodat(AT_FDCWD, "socket", S_IFSOCK | 0600, 0) == 0 && is_type("socket", S_IFSOCK));
#ifdef SYS_mknod
    CHECK(syscall(SYS_mknod, "two", S_IFREG | 04755, 0) == 0 && is_type("two", S_IFREG));
#endif
    CHECK(write(open("device", O_WRONLY), "x", 1) == 1); // /dev/null
    become(STRANGER);
    CHECK(mknodat(AT_FDCWD, "whiteout", S_IFCHR, 0) == 0 && is_type("whiteout", S_IFCHR));
}

static void nodes_are_refused(void)
{
    scene_make();
    make_full();
    FAILS_BY_PATH(mknodat(AT_FDCWD, path, S_IFREG, 0));
    FAILS_BY_FOLDER(mknodat(folder, "new", S_IFREG, 0));
    FAILS(mknodat(AT_FDCWD, "file", S_IFREG, 0), EEXIST);
    FAILS(mknodat(AT_FDCWD, "dangling", S_IFREG, 0), EEXIST);
    FAILS(mknodat(AT_FDCWD, "new", S_IFLNK, 0), EINVAL);
    FAILS(mknodat(AT_FDCWD, "new", 0170000, 0), EINVAL);
    FAILS(mknodat(AT_FDCWD, "new", S_IFDIR, 0), EPERM);
    FAILS(mknodat(AT_FDCWD, "ro/new", S_IFREG, 0), EROFS);
    FAILS(mknodat(AT_FDCWD, "full/new", S_IFREG, 0), ENOSPC);
    FAILS(mknodat(AT_FDCWD, "new/", S_IFREG, 0), ENOENT);
#ifdef SYS_mknod
    FAILS_BY_PATH(syscall(SYS_mknod, path, S_IFREG, 0));
    FAILS(syscall(SYS_mknod, "file", S_IFREG, 0), EEXIST);
    FAILS(syscall(SYS_mknod, "new", S_IFLNK, 0), EINVAL);
    FAILS(syscall(SYS_mknod, "ro/new", S_IFREG, 0), EROFS);
    FAILS(syscall(SYS_mknod, "full/new", S_IFREG, 0), ENOSPC);
#endif
    become(STRANGER);
    FAILS(mknodat(AT_FDCWD, "new", S_IFCHR, makedev(1, 3)), EPERM);
    FAILS(mknodat(AT_FDCWD, "new", S_IFBLK, 0), EPERM);
    FAILS(mknodat(AT_FDCWD, "folder/new", S_IFREG, 0), EACCES);
#ifdef SYS_mknod
    FAILS(syscall(SYS_mknod, "new", S_IFBLK, 0), EPERM);
#endif
}

/* Not every file system has names to give. */
static void file_systems_refuse(void)
{
    scene_make();
    CHECK(mount("devpts", "folder", "devpts", 0, NULL) == 0);
    FAILS(mkdirat(AT_FDCWD, "folder/new", 0755), EPERM);
    FAILS(symlinkat("x", AT_FDCWD, "folder/new"), EPERM);
    FAILS(mknodat(AT_FDCWD, "folder/new", S_IFIFO, 0), EPERM);
    FAILS(unlinkat(AT_FDCWD, "folder/ptmx", 0), EPERM);
#ifdef SYS_mkdir
    FAILS(syscall(SYS_mkdir, "folder/new", 0755), EPERM);
    FAILS(syscall(SYS_symlink, "x", "folder/new"), EPERM);
#endif
    CHECK(umount("folder") == 0);
}

int main(void)
{
    static const struct test_case cases[] = {
        CASE(folders_are_made),        CASE(folders_are_refused),
        CASE(folders_are_removed),     CASE(folders_stay),
        CASE(names_are_removed),       CASE(names_are_kept),
        CASE(renames_replace),         CASE(renames_take_flags),
        CASE(renames_refuse_flags),    CASE(renames_are_refused),
        CASE(renames_walk_both_paths), CASE(moved_folders_are_written_to),
        CASE(links_are_made),          CASE(unnamed_files_get_names_once_allowed),
        CASE(links_are_refused),       CASE(links_to_files_of_others_are_refused),
        CASE(symbolic_links_are_made), CASE(symbolic_links_are_refused),
        CASE(links_are_not_read),      CASE(nodes_are_made),
        CASE(nodes_are_refused),       CASE(file_systems_refuse),
    };
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
