/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* What is mounted where, and who stands where. */
#define _GNU_SOURCE
#include "scene.h"

#include <sys/statfs.h>
#include <sys/sysmacros.h>

#define EXPIRE   4 // MNT_EXPIRE
#define NOFOLLOW 8 // UMOUNT_NOFOLLOW

static dev_t device_of(const char *path)
{
    struct stat status;
    CHECK(lstat(path, &status) == 0);
    return status.st_dev;
}

static void mount_on(const char *path, unsigned long flags, const char *options)
{
    CHECK(mkdir(path, 0755) == 0 && mount("none", path, "tmpfs", flags, options) == 0);
}

static void limits_are_kept(void)
{
    struct stat status;
    struct statfs space;
    static char block[4096];
    scene_make();
    mount_on("small", 0, "size=16k,nr_inodes=5,mode=1705,uid=7,gid=8");
    CHECK(stat("small", &status) == 0 && status.st_mode == (S_IFDIR | 01705));
    CHECK(status.st_uid == 7 && status.st_gid == 8);
    int fd = open("small/file", O_CREAT | O_RDWR, 0600);
    for (int i = 0; i < 4; i++)
        CHECK(write(fd, block, sizeof block) == sizeof block);
    FAILS(write(fd, block, sizeof block), ENOSPC);
    CHECK(statfs("small", &space) == 0 && space.f_bfree == 0 && space.f_files == 5 &&
          space.f_ffree == 3);
    CHECK(link("small/file", "small/a") == 0 && mkdir("small/b", 0755) == 0 &&
          symlink("x", "small/c") == 0);
    FAILS(mkdirat(AT_FDCWD, "small/d", 0755), ENOSPC);
    CHECK(unlink("small/a") == 0 && rmdir("small/b") == 0 && unlink("small/c") == 0);
    CHECK(statfs("small", &space) == 0 && space.f_ffree == 3);
    CHECK(mount("none", "small", "tmpfs", MS_REMOUNT, "size=32k") == 0);
    CHECK(write(fd, block, sizeof block) == sizeof block);
    FAILS(mount("none", "small", "tmpfs", MS_REMOUNT, "size=4k"), EINVAL);
    FAILS(mount("none", "small", "tmpfs", MS_REMOUNT, "nr_inodes=1"), EINVAL);
    CHECK(stat("folder", &status) == 0 && mkdir("all", 0755) == 0 &&
          mount("x", "all", "tmpfs", 0, "") == 0);
    CHECK(stat("all", &status) == 0 && status.st_mode == (S_IFDIR | 01777));
}

static void mounting_is_refused(void)
{
    scene_make();
    FAILS_BY_PATH(mount("none", path, "tmpfs", 0, NULL));
    FAILS(mount("none", "folder", "no such type", 0, NULL), ENODEV);
    FAILS(mount("none", "folder", NULL, 0, NULL), EINVAL);
    FAILS(mount("none", "folder", bad_pointer, 0, NULL), EFAULT);
    FAILS(mount("none", "file", "tmpfs", 0, NULL), ENOTDIR);
    FAILS(mount("none", "folder", "tmpfs", 0, "size=x"), EINVAL);
    FAILS(mount("none", "folder", "tmpfs", 0, "unknown=1"), EINVAL);
    FAILS(mount("none", "folder", "tmpfs", 0, "mode=9"), EINVAL);
    FAILS(mount("none", "folder", "tmpfs", MS_REMOUNT, NULL), EINVAL);
    FAILS(mount("file", "folder", NULL, MS_BIND, NULL), ENOTDIR);
    FAILS(mount(NULL, "folder", NULL, MS_BIND, NULL), EINVAL);
    FAILS(mount("missing", "folder", NULL, MS_BIND, NULL), ENOENT);
    FAILS(mount("folder", "closed", NULL, MS_MOVE, NULL), EINVAL);
    CHECK(mount("sysfs", "folder", "sysfs", 0, NULL) == 0);
    FAILS(mount("sysfs", "folder", "sysfs", 0, NULL), EBUSY);
    CHECK(umount("folder") == 0);
    become(STRANGER);
    FAILS(mount("none", "folder", "tmpfs", 0, NULL), EPERM);
    FAILS(mount("none", "closed/file", "tmpfs", 0, NULL), EACCES);
}

static void read_only_is_kept(void)
{
    scene_make();
    mount_on("a", 0, NULL);
    CHECK(mkdir("b", 0755) == 0 && mount("a", "b", NULL, MS_BIND, NULL) == 0);
    int fd = open("a/file", O_CREAT | O_WRONLY, 0600);
    FAILS(mount(NULL, "a", NULL, MS_REMOUNT | MS_RDONLY, NULL), EBUSY);
    FAILS(mount(NULL, "a", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), EBUSY);
    CHECK(mount(NULL, "b", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0);
    FAILS(openat(AT_FDCWD, "b/file", O_WRONLY), EROFS);
    CHECK(write(fd, "x", 1) == 1 && close(fd) == 0);
    CHECK(mount(NULL, "b", NULL, MS_REMOUNT | MS_BIND, NULL) == 0 &&
          close(open("b/file", O_WRONLY)) == 0);
    CHECK(mount(NULL, "a", NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0);
    FAILS(openat(AT_FDCWD, "a/file", O_WRONLY), EROFS);
    FAILS(openat(AT_FDCWD, "b/file", O_WRONLY), EROFS); // the file system is
    CHECK(mount(NULL, "b", NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0);
    CHECK(mount(NULL, "a", NULL, MS_REMOUNT, NULL) == 0 && close(open("a/file", O_WRONLY)) == 0);
    FAILS(openat(AT_FDCWD, "b/file", O_WRONLY), EROFS); // the mount is
}

static void flags_hold(void)
{
    static char *const nobody[] = {NULL};
    struct statfs status;
    scene_make();
    mount_on("a", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    CHECK(mknod("a/null", S_IFCHR | 0666, makedev(1, 3)) == 0);
    FAILS(openat(AT_FDCWD, "a/null", O_RDONLY), EACCES);
    scene_file("a/program", 0755);
    FAILS(execve("a/program", nobody, nobody), EACCES);
    FAILS(faccessat(AT_FDCWD, "a/program", X_OK, 0), EACCES);
    CHECK(statfs("a", &status) == 0 && (status.f_flags & 14) == 14);
    CHECK(mkdir("b", 0755) == 0 && mount("a", "b", NULL, MS_BIND, NULL) == 0);
    CHECK(statfs("b", &status) == 0 && (status.f_flags & 14) == 14); // a bind has its source's
    CHECK(mount(NULL, "b", NULL, MS_REMOUNT | MS_BIND | MS_NOSUID, NULL) == 0);
    CHECK(statfs("b", &status) == 0 && (status.f_flags & 14) == 2 &&
          close(open("b/null", O_RDONLY)) == 0);
}

static void binds_show_what_is_there(void)
{
    scene_make();
    mount_on("a", 0, NULL);
    CHECK(mkdir("a/in", 0755) == 0 && mkdir("a/deep", 0755) == 0);
    CHECK(mount("none", "a/in", "tmpfs", 0, NULL) == 0);
    scene_file("a/in/file", 0644);
    CHECK(mkdir("one", 0755) == 0 && mkdir("all", 0755) == 0);
    CHECK(mount("a", "one", NULL, MS_BIND, NULL) == 0 && is_missing("one/in/file") &&
          is_type("one/in", S_IFDIR));
    CHECK(mount("a", "all", NULL, MS_BIND | MS_REC, NULL) == 0 && is_type("all/in/file", S_IFREG));
    CHECK(device_of("all/in") == device_of("a/in") && device_of("one") == device_of("a"));
    CHECK(mount("file", "closed/file", NULL, MS_BIND, NULL) == 0);
    CHECK(umount("closed/file") == 0 && umount("all/in") == 0 && umount("all") == 0 &&
          umount("one") == 0);
    CHECK(is_type("a/in/file", S_IFREG));
    CHECK(mount("a", "a/deep", NULL, MS_BIND | MS_REC, NULL) == 0 &&
          is_type("a/deep/in/file", S_IFREG));
    CHECK(is_type("a/deep/deep", S_IFDIR) && is_missing("a/deep/deep/in"));
}

static void mounts_are_moved(void)
{
    scene_make();
    mount_on("a", 0, NULL);
    CHECK(mkdir("a/in", 0755) == 0 && mkdir("b", 0755) == 0);
    scene_file("a/file", 0644);
    FAILS(mount("a", "a/in", NULL, MS_MOVE, NULL), ELOOP);
    FAILS(mount("a/in", "b", NULL, MS_MOVE, NULL), EINVAL);
    FAILS(mount("a", "file", NULL, MS_MOVE, NULL), EINVAL);
    CHECK(mount("a", "b", NULL, MS_MOVE, NULL) == 0);
    CHECK(is_type("b/file", S_IFREG) && is_missing("a/file") && umount("b") == 0);
}

static void propagation_is_set(void)
{
    scene_make();
    mount_on("a", 0, NULL);
    CHECK(mkdir("b", 0755) == 0 && mkdir("a/in", 0755) == 0);
    FAILS(mount(NULL, "a", NULL, MS_PRIVATE | MS_SHARED, NULL), EINVAL);
    FAILS(mount(NULL, "a", NULL, MS_PRIVATE | MS_NOSUID, NULL), EINVAL);
    FAILS(mount(NULL, "b", NULL, MS_PRIVATE, NULL), EINVAL);
    CHECK(mount(NULL, "a", NULL, MS_UNBINDABLE, NULL) == 0);
    FAILS(mount("a", "b", NULL, MS_BIND, NULL), EINVAL);
    CHECK(mount(NULL, "a", NULL, MS_PRIVATE | MS_REC, NULL) == 0 &&
          mount("a", "b", NULL, MS_BIND, NULL) == 0);
    CHECK(umount("b") == 0 && mount("none", "a/in", "tmpfs", 0, NULL) == 0);
    CHECK(mount(NULL, "a", NULL, MS_SHARED, NULL) == 0);
    FAILS(mount("a/in", "b", NULL, MS_MOVE, NULL), EINVAL);
    CHECK(mount(NULL, "a", NULL, MS_PRIVATE, NULL) == 0 &&
          mount("a/in", "b", NULL, MS_MOVE, NULL) == 0);
}

/* ---- umount2 ---- */

static void busy_mounts_stay(void)
{
    scene_make();
    mount_on("a", 0, NULL);
    int fd = open("a", O_RDONLY);
    FAILS(umount2("a", 0), EBUSY);
    CHECK(close(fd) == 0 && mkdir("a/in", 0755) == 0 &&
          mount("none", "a/in", "tmpfs", 0, NULL) == 0);
    FAILS(umount2("a", 0), EBUSY);
    scene_file("a/in/file", 0644);
    fd = open("a/in/file", O_RDONLY);
    CHECK(umount2("a", MNT_DETACH) == 0 && is_missing("a/in"));
    char text[4];
    CHECK(read(fd, text, 4) == 4);
    mount_on("c", 0, NULL);
    CHECK(chdir("c") == 0);
    FAILS(umount2("../c", 0), EBUSY);
}

static void mounts_expire(void)
{
    scene_make();
    mount_on("a", 0, NULL);
    scene_file("a/file", 0644);
    FAILS(umount2("a", EXPIRE), EAGAIN);
    CHECK(is_type("a/file", S_IFREG)); // somebody came by
    FAILS(umount2("a", EXPIRE), EAGAIN);
    int fd = open("a/file", O_RDONLY);
    FAILS(umount2("a", EXPIRE), EBUSY);
    CHECK(close(fd) == 0);
    FAILS(umount2("a", EXPIRE), EAGAIN);
    CHECK(umount2("a", EXPIRE) == 0 && is_missing("a/file"));
}

static void unmounting_is_refused(void)
{
    scene_make();
    mount_on("a", 0, NULL);
    CHECK(symlink("a", "to") == 0);
    FAILS_BY_PATH(umount2(path, 0));
    FAILS(umount2("folder", 0), EINVAL);
    FAILS(umount2("a", 16), EINVAL);
    FAILS(umount2("a", EXPIRE | MNT_DETACH), EINVAL);
    FAILS(umount2("a", EXPIRE | MNT_FORCE), EINVAL);
    FAILS(umount2("to", NOFOLLOW), EINVAL);
    become(STRANGER);
    FAILS(umount2("a", 0), EPERM);
    become(0);
    CHECK(umount2("to", 0) == 0);
}

/* ---- pivot_root, ustat ---- */

static int pivot(const char *new_root, const char *put_old)
{
    return (int)syscall(SYS_pivot_root, new_root, put_old);
}

static void roots_change_places(void)
{
    char text[16];
    scene_make();
    mount_on("root", 0, NULL);
    CHECK(chroot("root") == 0 && chdir("/") == 0);
    mount_on("new", 0, NULL);
    CHECK(mkdir("new/old", 0755) == 0 && mkdir("plain", 0755) == 0 &&
          mkdir("new/old/in", 0755) == 0);
    scene_file("here", 0644);
    FAILS(syscall(SYS_pivot_root, "plain", "plain"), EBUSY);
    FAILS(syscall(SYS_pivot_root, "new/old", "new/old"), EINVAL);
    FAILS(syscall(SYS_pivot_root, "new", "plain"), EBUSY);
    FAILS(syscall(SYS_pivot_root, "here", "new"), ENOTDIR);
    FAILS(syscall(SYS_pivot_root, "new", "here"), ENOTDIR);
    CHECK(pivot("new", "new/old") == 0);
    CHECK(is_type("/old/here", S_IFREG) && is_missing("/here") && is_type("/old/new", S_IFDIR));
    CHECK(getcwd(text, sizeof text) && strcmp(text, "/") == 0 && umount2("/old", MNT_DETACH) == 0);
    CHECK(is_missing("/old/here") && is_type("/old/in", S_IFDIR));
}

static void pivoting_is_refused(void)
{
    scene_make();
    mount_on("new", 0, NULL);
    CHECK(mkdir("new/old", 0755) == 0);
    long_path[0] = 'x'; // relative
    FAILS_BY_PATH(syscall(SYS_pivot_root, path, "new"));
    FAILS_BY_PATH(syscall(SYS_pivot_root, "new", path));
    FAILS(syscall(SYS_pivot_root, "new", "new/old"), EINVAL); // the first mount of all stays
    CHECK(chroot(".") == 0);
    FAILS(syscall(SYS_pivot_root, "new", "new/old"), EINVAL); // not a mount's root
    become(STRANGER);
    FAILS(syscall(SYS_pivot_root, "new", "new/old"), EPERM);
}

#ifdef SYS_ustat
static void file_systems_are_counted(void)
{
    struct {
        int blocks;
        unsigned long inodes;
        char names[16];
    } told;
    scene_make();
    mount_on("a", 0, "size=64k,nr_inodes=10");
    CHECK(syscall(SYS_ustat, (unsigned)device_of("a"), &told) == 0 && told.blocks == 16 &&
          told.inodes == 9);
    FAILS(syscall(SYS_ustat, (unsigned)device_of("a"), bad_pointer), EFAULT);
    FAILS(syscall(SYS_ustat, 0xfffff, &told), EINVAL);
}
#endif

int main(void)
{
    static const struct test_case cases[] = {
        CASE(limits_are_kept),
        CASE(mounting_is_refused),
        CASE(read_only_is_kept),
        CASE(flags_hold),
        CASE(binds_show_what_is_there),
        CASE(mounts_are_moved),
        CASE(propagation_is_set),
        CASE(busy_mounts_stay),
        CASE(mounts_expire),
        CASE(unmounting_is_refused),
        CASE(roots_change_places),
        CASE(pivoting_is_refused),
#ifdef SYS_ustat
        CASE(file_systems_are_counted),
#endif
    };
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
