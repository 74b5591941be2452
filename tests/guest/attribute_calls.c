/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Calls that read and change the attributes of files, and calls about where a program stands. */
#define _GNU_SOURCE
#include "scene.h"

#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <time.h>
#include <utime.h>

enum { PIPEFS = 0x50495045, TMPFS = 0x01021994, PROC = 0x9fa0 };

/* ---- stat ---- */

static void attributes_are_told(void)
{
    struct stat status, other;
    scene_make();
    int fd = open("link", O_RDONLY), path = open("link", O_PATH | O_NOFOLLOW);
    CHECK(fstatat(AT_FDCWD, "link", &status, 0) == 0 && S_ISREG(status.st_mode));
    CHECK(status.st_size == 4 && status.st_nlink == 1 && status.st_uid == 0 &&
          status.st_blocks == 8);
    CHECK(fstatat(AT_FDCWD, "link", &other, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(other.st_mode));
    CHECK(other.st_size == 4 && other.st_ino != status.st_ino && other.st_dev == status.st_dev);
    CHECK(syscall(SYS_fstat, fd, &other) == 0 && other.st_ino == status.st_ino);
    CHECK(fstatat(fd, "", &other, AT_EMPTY_PATH) == 0 && other.st_ino == status.st_ino);
    CHECK(fstatat(path, "", &other, AT_EMPTY_PATH) == 0 && S_ISLNK(other.st_mode));
    CHECK(syscall(SYS_fstat, path, &other) == 0 && S_ISLNK(other.st_mode));
    CHECK(fstatat(AT_FDCWD, "", &other, AT_EMPTY_PATH) == 0 && S_ISDIR(other.st_mode));
    CHECK(fstatat(4000, "/tmp", &other, 0) == 0 && (other.st_mode & 07777) == 01777);
#ifdef SYS_stat
    CHECK(syscall(SYS_stat, "link", &other) == 0 && other.st_ino == status.st_ino);
    CHECK(syscall(SYS_lstat, "link", &other) == 0 && S_ISLNK(other.st_mode));
#endif
}

static void attributes_are_not_told(void)
{
    struct stat status;
    scene_make();
    int file = open("file", O_RDONLY);
    FAILS_BY_PATH(fstatat(AT_FDCWD, path, &status, 0));
    FAILS_BY_FOLDER(fstatat(folder, "new", &status, 0));
    FAILS(fstatat(AT_FDCWD, "file", bad_pointer, 0), EFAULT);
    FAILS(fstatat(AT_FDCWD, "file", &status, 0x10000), EINVAL);
    FAILS(fstatat(AT_FDCWD, "dangling", &status, 0), ENOENT);
    FAILS(fstatat(AT_FDCWD, "loop", &status, 0), ELOOP);
    FAILS(fstatat(4000, "", &status, AT_EMPTY_PATH), EBADF);
    FAILS(fstatat(file, "", &status, 0), ENOENT);
    FAILS(syscall(SYS_fstat, 4000, &status), EBADF);
    FAILS(syscall(SYS_fstat, -1, &status), EBADF);
    FAILS(syscall(SYS_fstat, file, bad_pointer), EFAULT);
#ifdef SYS_stat
    FAILS_BY_PATH(syscall(SYS_stat, path, &status));
    FAILS_BY_PATH(syscall(SYS_lstat, path, &status));
    FAILS(syscall(SYS_stat, "loop", &status), ELOOP);
    FAILS(syscall(SYS_lstat, "file/", &status), ENOTDIR);
#endif
}

static void statx_tells_what_it_knows(void)
{
    struct statx status;
    struct stat plain;
    scene_make();
    int fd = open("link", O_RDONLY);
    memset(&status, 0x55, sizeof status);
    CHECK(statx(AT_FDCWD, "link", 0, STATX_BASIC_STATS, &status) == 0 && stat("link", &plain) == 0);
    CHECK((status.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS);
    CHECK(status.stx_mode == plain.st_mode && status.stx_ino == plain.st_ino &&
          status.stx_size == 4);
    CHECK(makedev(status.stx_dev_major, status.stx_dev_minor) == plain.st_dev);
    CHECK(status.stx_mtime.tv_sec == plain.st_mtim.tv_sec &&
          status.stx_mtime.tv_nsec == plain.st_mtim.tv_nsec);
    CHECK(statx(fd, "", AT_EMPTY_PATH, 0, &status) == 0 && status.stx_ino == plain.st_ino);
    CHECK(statx(AT_FDCWD, "link", AT_SYMLINK_NOFOLLOW, STATX_TYPE, &status) == 0);
    CHECK(S_ISLNK(status.stx_mode));
    CHECK(statx(AT_FDCWD, "file", 0, STATX_BASIC_STATS | STATX_BTIME, &status) == 0);
    CHECK((status.stx_mask & STATX_BTIME) && status.stx_btime.tv_sec > 0);
    CHECK(statx(AT_FDCWD, "file", AT_STATX_DONT_SYNC, 0x1000, &status) == 0);
    CHECK(status.stx_mask & 0x1000); // STATX_MNT_ID
    unsigned long long here = status.stx_attributes_mask;
    CHECK(statx(AT_FDCWD, "ro", 0, 0, &status) == 0 && (here & 0x2000)); // STATX_ATTR_MOUNT_ROOT
    CHECK((status.stx_attributes & 0x2000) && statx(AT_FDCWD, "file", 0, 0, &status) == 0);
    CHECK(!(status.stx_attributes & 0x2000));
}

static void statx_refuses(void)
{
    struct statx status;
    scene_make();
    FAILS_BY_PATH(statx(AT_FDCWD, path, 0, STATX_BASIC_STATS, &status));
    FAILS_BY_FOLDER(statx(folder, "new", 0, STATX_BASIC_STATS, &status));
    FAILS(syscall(SYS_statx, AT_FDCWD, "file", 0, STATX_BASIC_STATS, bad_pointer), EFAULT);
    FAILS(statx(AT_FDCWD, "file", 0x10000, 0, &status), EINVAL);
    FAILS(statx(AT_FDCWD, "file", AT_STATX_SYNC_TYPE, 0, &status), EINVAL);
    FAILS(statx(AT_FDCWD, "file", 0, 0x80000000u, &status), EINVAL);
}

/* ---- access ---- */

/* access(2) asks for the real user: be nobody in all ways in a child. */
static void access_asks_for_the_real_user(void)
{
    scene_make();
    scene_file("script", 0711);
    CHECK(faccessat(AT_FDCWD, "file", R_OK | W_OK, 0) == 0 &&
          faccessat(AT_FDCWD, "script", X_OK, 0) == 0);
    FAILS(faccessat(AT_FDCWD, "file", X_OK, 0), EACCES);
    CHECK(faccessat(AT_FDCWD, "dangling", F_OK, AT_SYMLINK_NOFOLLOW) == 0);
    CHECK(setreuid(STRANGER, 0) == 0); // root's rights remain, but those are not what is asked for
    CHECK(faccessat(AT_FDCWD, "file", R_OK, 0) == 0);
    FAILS(faccessat(AT_FDCWD, "file", W_OK, 0), EACCES);
    FAILS(syscall(SYS_faccessat2, AT_FDCWD, "file", W_OK, 0), EACCES);
    CHECK(syscall(SYS_faccessat2, AT_FDCWD, "file", W_OK, AT_EACCESS) == 0);
    CHECK(faccessat(AT_FDCWD, "script", X_OK, 0) == 0);
    FAILS(faccessat(AT_FDCWD, "script", R_OK, 0), EACCES);
#ifdef SYS_access
    FAILS(syscall(SYS_access, "file", W_OK), EACCES);
    CHECK(syscall(SYS_access, "file", F_OK) == 0);
    FAILS(syscall(SYS_access, "closed/file", F_OK), EACCES);
#endif
}

static void access_is_refused(void)
{
    scene_make();
    int file = open("file", O_RDONLY);
    FAILS_BY_PATH(faccessat(AT_FDCWD, path, F_OK, 0));
    FAILS_BY_FOLDER(faccessat(folder, "new", F_OK, 0));
    FAILS(faccessat(AT_FDCWD, "file", 8, 0), EINVAL);
    FAILS(faccessat(AT_FDCWD, "file", F_OK, 0x10000), EINVAL);
    FAILS(faccessat(AT_FDCWD, "ro/file", W_OK, 0), EROFS);
    FAILS(faccessat(AT_FDCWD, "ro/folder", W_OK, 0), EROFS);
    FAILS_BY_PATH(syscall(SYS_faccessat2, AT_FDCWD, path, F_OK, 0));
    FAILS_BY_FOLDER(syscall(SYS_faccessat2, folder, "new", F_OK, 0));
    FAILS(syscall(SYS_faccessat2, AT_FDCWD, "file", 8, 0), EINVAL);
    FAILS(syscall(SYS_faccessat2, AT_FDCWD, "file", F_OK, 1), EINVAL);
    FAILS(syscall(SYS_faccessat2, AT_FDCWD, "ro/file", W_OK, 0), EROFS);
    CHECK(syscall(SYS_faccessat2, file, "", R_OK, AT_EMPTY_PATH) == 0);
#ifdef SYS_access
    FAILS_BY_PATH(syscall(SYS_access, path, F_OK));
    FAILS(syscall(SYS_access, "file", -1), EINVAL);
    FAILS(syscall(SYS_access, "ro/file", W_OK), EROFS);
    FAILS(syscall(SYS_access, "loop", F_OK), ELOOP);
#endif
}

/* ---- Modes ---- */

static mode_t mode_of(const char *path)
{
    struct stat status;
    CHECK(lstat(path, &status) == 0);
    return status.st_mode & 07777;
}

static void modes_are_set(void)
{
    scene_make();
    int fd = open("file", O_RDONLY), path = open("file", O_PATH);
    CHECK(fchmodat(AT_FDCWD, "link", 07755, 0) == 0 && mode_of("file") == 07755 &&
          mode_of("link") == 0777);
    CHECK(fchmod(fd, 01000) == 0 && mode_of("file") == 01000);
    FAILS(fchmod(path, 0600), EBADF);
#ifdef SYS_chmod
    CHECK(syscall(SYS_chmod, "link", 0604) == 0 && mode_of("file") == 0604);
#endif
    CHECK(chown("file", STRANGER, STRANGER + 1) == 0);
    become(STRANGER);
    CHECK(fchmod(fd, 06755) == 0 && mode_of("file") == 04755); // the group is not mine
    become(0);
    CHECK(fchmodat(AT_FDCWD, "ro/../folder", 02770, 0) == 0 && mode_of("folder") == 02770);
}

static void modes_are_kept(void)
{
    scene_make();
    int file = open("file", O_RDONLY), read_only = open("ro/file", O_RDONLY);
    FAILS_BY_PATH(fchmodat(AT_FDCWD, path, 0600, 0));
    FAILS_BY_FOLDER(fchmodat(folder, "new", 0600, 0));
    FAILS(fchmodat(AT_FDCWD, "file", 0600, 0x10000), EINVAL);
    FAILS(fchmodat(AT_FDCWD, "link", 0600, AT_SYMLINK_NOFOLLOW), ENOTSUP);
    FAILS(fchmodat(AT_FDCWD, "ro/file", 0600, 0), EROFS);
    FAILS(fchmod(4000, 0600), EBADF);
    FAILS(fchmod(read_only, 0600), EROFS);
#ifdef SYS_chmod
    FAILS_BY_PATH(syscall(SYS_chmod, path, 0600));
    FAILS(syscall(SYS_chmod, "ro/file", 0600), EROFS);
#endif
    become(STRANGER);
    FAILS(fchmodat(AT_FDCWD, "file", 0600, 0), EPERM);
    FAILS(fchmod(file, 0600), EPERM);
#ifdef SYS_chmod
    FAILS(syscall(SYS_chmod, "file", 0600), EPERM);
#endif
}

/* ---- Owners ---- */

static int owned_by(const char *path, uid_t uid, gid_t gid)
{
    struct stat status;
    return lstat(path, &status) == 0 && status.st_uid == uid && status.st_gid == gid;
}

static void owners_are_set(void)
{
    gid_t groups[] = {STRANGER + 5};
    scene_make();
    int fd = open("file", O_RDONLY), path = open("file", O_PATH);
    CHECK(fchownat(AT_FDCWD, "link", 1, 2, 0) == 0 && owned_by("file", 1, 2) &&
          owned_by("link", 0, 0));
    CHECK(fchownat(AT_FDCWD, "link", 3, 4, AT_SYMLINK_NOFOLLOW) == 0 && owned_by("link", 3, 4));
    CHECK(fchownat(fd, "", (uid_t)-1, 9, AT_EMPTY_PATH) == 0 && owned_by("file", 1, 9));
    CHECK(fchownat(path, "", 7, 7, AT_EMPTY_PATH) == 0 && owned_by("file", 7, 7));
    CHECK(fchown(fd, 5, (gid_t)-1) == 0 && owned_by("file", 5, 7));
    FAILS(fchown(path, 5, 5), EBADF);
    CHECK(fchown(fd, (uid_t)-1, (gid_t)-1) == 0 && owned_by("file", 5, 7));
#ifdef SYS_chown
    CHECK(syscall(SYS_chown, "link", STRANGER, STRANGER) == 0 &&
          owned_by("file", STRANGER, STRANGER));
    CHECK(syscall(SYS_lchown, "link", 8, 8) == 0 && owned_by("link", 8, 8));
#endif
    CHECK(chown("file", STRANGER, STRANGER) == 0 && setgroups(1, groups) == 0);
    CHECK(setegid(STRANGER) == 0 && seteuid(STRANGER) == 0);
    CHECK(fchown(fd, STRANGER, STRANGER + 5) == 0 && owned_by("file", STRANGER, STRANGER + 5));
}

static void new_owners_lose_set_id_bits(void)
{
    scene_make();
    CHECK(chmod("file", 06755) == 0 && chown("file", 1, 1) == 0 && mode_of("file") == 0755);
    CHECK(chmod("file", 06745) == 0 && chown("file", 1, 1) == 0 && mode_of("file") == 02745);
    CHECK(chmod("folder", 06755) == 0 && chown("folder", 1, 1) == 0 && mode_of("folder") == 06755);
    CHECK(chmod("file", 06777) == 0 && chown("file", -1, -1) == 0);
    CHECK(chmod("file", 06777) == 0);
    become(STRANGER);
    int fd = open("file", O_WRONLY);
    CHECK(fd >= 0 && write(fd, "x", 1) == 1 && mode_of("file") == 0777);
}

static void owners_are_kept(void)
{
    scene_make();
    int file = open("file", O_RDONLY), read_only = open("ro/file", O_RDONLY);
    FAILS_BY_PATH(fchownat(AT_FDCWD, path, 1, 1, 0));
    FAILS_BY_FOLDER(fchownat(folder, "new", 1, 1, 0));
    FAILS(fchownat(AT_FDCWD, "file", 1, 1, 0x10000), EINVAL);
    FAILS(fchownat(AT_FDCWD, "ro/file", 1, 1, 0), EROFS);
    FAILS(fchown(4000, 1, 1), EBADF);
    FAILS(fchown(read_only, 1, 1), EROFS);
#ifdef SYS_chown
    FAILS_BY_PATH(syscall(SYS_chown, path, 1, 1));
    FAILS_BY_PATH(syscall(SYS_lchown, path, 1, 1));
    FAILS(syscall(SYS_chown, "ro/file", 1, 1), EROFS);
    FAILS(syscall(SYS_lchown, "ro/link", 1, 1), EROFS);
#endif
    CHECK(chown("closed/file", STRANGER, STRANGER) == 0);
    int own = open("closed/file", O_RDONLY);
    become(STRANGER);
    FAILS(fchownat(AT_FDCWD, "file", STRANGER, -1, 0), EPERM);
    FAILS(fchown(file, -1, STRANGER), EPERM);
    FAILS(fchown(own, 0, -1), EPERM); // nothing is given away
    FAILS(fchown(own, -1, 0), EPERM); // a group that is not mine
    CHECK(fchown(own, STRANGER, STRANGER) == 0);
#ifdef SYS_chown
    FAILS(syscall(SYS_chown, "file", STRANGER, -1), EPERM);
    FAILS(syscall(SYS_lchown, "link", STRANGER, -1), EPERM);
#endif
}

/* ---- Times ---- */

static int has_times(const char *path, long accessed, long modified)
{
    struct stat status;
    return lstat(path, &status) == 0 && status.st_atim.tv_sec == accessed &&
           status.st_mtim.tv_sec == modified;
}

static void times_are_set(void)
{
    struct timespec times[2] = {{100, 5}, {200, 999999999}};
    struct stat status;
    scene_make();
    int fd = open("file", O_RDONLY);
    CHECK(utimensat(AT_FDCWD, "link", times, 0) == 0 && has_times("file", 100, 200));
    CHECK(stat("file", &status) == 0 && status.st_mtim.tv_nsec == 999999999 &&
          status.st_ctim.tv_sec > 200);
    times[0] = (struct timespec){7, UTIME_OMIT};
    times[1].tv_sec = 300;
    CHECK(utimensat(AT_FDCWD, "link", times, AT_SYMLINK_NOFOLLOW) == 0 &&
          !has_times("link", 100, 300));
    CHECK(lstat("link", &status) == 0 && status.st_mtim.tv_sec == 300);
    CHECK(futimens(fd, times) == 0 && has_times("file", 100, 300));
    times[1].tv_nsec = UTIME_NOW;
    CHECK(syscall(SYS_utimensat, fd, NULL, times, 0) == 0 && stat("file", &status) == 0);
    CHECK(status.st_atim.tv_sec == 100 && status.st_mtim.tv_sec > 300);
    CHECK(utimensat(fd, "", times, AT_EMPTY_PATH) == 0);
    times[1].tv_nsec = UTIME_OMIT;
    CHECK(utimensat(AT_FDCWD, "file", times, 0) == 0);
    CHECK(utimensat(AT_FDCWD, "file", NULL, 0) == 0 && stat("file", &status) == 0);
    CHECK(status.st_atim.tv_sec > 300);
    times[0] = (struct timespec){-1, 0};
    times[1] = (struct timespec){-1, 0};
    CHECK(utimensat(AT_FDCWD, "file", times, 0) == 0 && has_times("file", -1, -1));
}

static void times_are_kept(void)
{
    struct timespec times[2] = {{100, 0}, {200, 1000000000}};
    scene_make();
    int fd = open("file", O_RDONLY);
    FAILS(utimensat(AT_FDCWD, "file", times, 0), EINVAL);
    times[1].tv_nsec = -1;
    FAILS(utimensat(AT_FDCWD, "file", times, 0), EINVAL);
    times[1].tv_nsec = 0;
    FAILS_BY_PATH(utimensat(AT_FDCWD, path, times, 0));
    FAILS_BY_FOLDER(utimensat(folder, "new", times, 0));
    FAILS(utimensat(AT_FDCWD, "file", times, 0x10000), EINVAL);
    FAILS(syscall(SYS_utimensat, fd, NULL, times, AT_SYMLINK_NOFOLLOW), EINVAL);
    FAILS(syscall(SYS_utimensat, AT_FDCWD, NULL, times, 0), EFAULT);
    FAILS(utimensat(AT_FDCWD, "file", bad_pointer, 0), EFAULT);
    FAILS(utimensat(AT_FDCWD, "ro/file", times, 0), EROFS);
    FAILS(futimens(4000, times), EBADF);
    FAILS(syscall(SYS_utimensat, open("file", O_PATH), NULL, times, 0), EBADF);
}

/* Who may: the owner anything, who may write "now" for both, nobody else. */
static void times_belong_to_the_owner(void)
{
    struct timespec times[2] = {{100, 0}, {200, 0}};
    scene_make();
    scene_file("writable", 0666);
    become(STRANGER);
    FAILS(utimensat(AT_FDCWD, "file", times, 0), EPERM);
    FAILS(utimensat(AT_FDCWD, "writable", times, 0), EPERM);
    FAILS(utimensat(AT_FDCWD, "file", NULL, 0), EACCES);
    CHECK(utimensat(AT_FDCWD, "writable", NULL, 0) == 0);
    times[0].tv_nsec = UTIME_NOW;
    times[1].tv_nsec = UTIME_NOW;
    CHECK(utimensat(AT_FDCWD, "writable", times, 0) == 0);
    FAILS(utimensat(AT_FDCWD, "file", times, 0), EACCES);
    times[1].tv_nsec = UTIME_OMIT;
    FAILS(utimensat(AT_FDCWD, "writable", times, 0), EPERM);
    times[0].tv_nsec = UTIME_OMIT;
    CHECK(utimensat(AT_FDCWD, "file", times, 0) == 0); // nothing to do
}

#ifdef SYS_utime
static void old_calls_set_times(void)
{
    struct utimbuf seconds = {100, 200};
    struct timeval times[2] = {{300, 5}, {400, 999999}};
    scene_make();
    CHECK(syscall(SYS_utime, "link", &seconds) == 0 && has_times("file", 100, 200));
    CHECK(syscall(SYS_utimes, "link", times) == 0 && has_times("file", 300, 400));
    times[0].tv_sec = 500;
    int fd = open("file", O_RDONLY);
    CHECK(syscall(SYS_futimesat, AT_FDCWD, "link", times) == 0 && has_times("file", 500, 400));
    times[0].tv_sec = 600;
    CHECK(syscall(SYS_futimesat, fd, NULL, times) == 0 && has_times("file", 600, 400));
    CHECK(syscall(SYS_utime, "file", NULL) == 0 && !has_times("file", 600, 400));
    CHECK(syscall(SYS_utimes, "file", NULL) == 0);
}

static void old_calls_refuse(void)
{
    struct utimbuf seconds = {100, 200};
    struct timeval times[2] = {{300, 5}, {400, 1000000}};
    scene_make();
    FAILS(syscall(SYS_utimes, "file", times), EINVAL);
    times[1].tv_usec = -1;
    FAILS(syscall(SYS_futimesat, AT_FDCWD, "file", times), EINVAL);
    times[1].tv_usec = 0;
    FAILS_BY_PATH(syscall(SYS_utime, path, &seconds));
    FAILS_BY_PATH(syscall(SYS_utimes, path, times));
    FAILS_BY_PATH(syscall(SYS_futimesat, AT_FDCWD, path, times));
    FAILS_BY_FOLDER(syscall(SYS_futimesat, folder, "new", times));
    FAILS(syscall(SYS_utime, "file", bad_pointer), EFAULT);
    FAILS(syscall(SYS_utimes, "file", bad_pointer), EFAULT);
    FAILS(syscall(SYS_utime, "ro/file", &seconds), EROFS);
    FAILS(syscall(SYS_utimes, "ro/file", times), EROFS);
    FAILS(syscall(SYS_futimesat, AT_FDCWD, "ro/file", times), EROFS);
    become(STRANGER);
    FAILS(syscall(SYS_utime, "file", &seconds), EPERM);
    FAILS(syscall(SYS_utime, "file", NULL), EACCES);
    FAILS(syscall(SYS_utimes, "file", times), EPERM);
    FAILS(syscall(SYS_utimes, "file", NULL), EACCES);
    FAILS(syscall(SYS_futimesat, AT_FDCWD, "file", times), EPERM);
    FAILS(syscall(SYS_futimesat, AT_FDCWD, "file", NULL), EACCES);
}
#endif

/* ---- File systems ---- */

static void file_systems_are_described(void)
{
    struct statfs status;
    int ends[2];
    scene_make();
    CHECK(statfs("ro/file", &status) == 0 && status.f_type == TMPFS && status.f_namelen == 255);
    CHECK(status.f_bsize == sysconf(_SC_PAGESIZE) && (status.f_flags & 1)); // ST_RDONLY
    CHECK(statfs("/proc", &status) == 0 && status.f_type == PROC);
    CHECK(mount("none", "folder", "tmpfs", MS_NOSUID, "size=64k,nr_inodes=10") == 0);
    CHECK(fstatfs(open("folder", O_PATH), &status) == 0 && status.f_type == TMPFS);
    CHECK(status.f_blocks * (unsigned long)status.f_bsize == 65536 &&
          status.f_bfree == status.f_blocks);
    CHECK(status.f_files == 10 && status.f_ffree == 9 && (status.f_flags & 2)); // ST_NOSUID
    scene_file("folder/file", 0644);
    CHECK(statfs("folder", &status) == 0 && status.f_ffree == 8 &&
          status.f_bfree == status.f_blocks - 1);
    CHECK(pipe(ends) == 0 && fstatfs(ends[0], &status) == 0 && status.f_type == PIPEFS);
    CHECK(umount2("folder", MNT_DETACH) == 0);
}

static void file_systems_are_not_described(void)
{
    struct statfs status;
    scene_make();
    int file = open("file", O_RDONLY);
    FAILS_BY_PATH(statfs(path, &status));
    FAILS(statfs("file", bad_pointer), EFAULT);
    FAILS(fstatfs(4000, &status), EBADF);
    FAILS(fstatfs(file, bad_pointer), EFAULT);
}

/* ---- Folders' entries ---- */

struct entry {
    unsigned long long inode;
    long long next;
    unsigned short bytes;
    unsigned char type;
    char name[];
};

/* The entry @name among @bytes of entries. */
static const struct entry *entry_of(const char *entries, long bytes, const char *name)
{
    for (const char *at = entries; at < entries + bytes;
         at += ((const struct entry *)(const void *)at)->bytes) {
        const struct entry *entry = (const void *)at;
        if (strcmp(entry->name, name) == 0)
            return entry;
    }
    return NULL;
}

static void entries_are_read(void)
{
    static char entries[4096] __attribute__((aligned(8)));
    struct stat status;
    scene_make();
    int fd = open(".", O_RDONLY);
    long bytes = syscall(SYS_getdents64, fd, entries, sizeof entries);
    const struct entry *folder = entry_of(entries, bytes, "folder"),
                       *link = entry_of(entries, bytes, "link");
    CHECK(bytes > 0 && folder && folder->type == 4 && link && link->type == 10);
    CHECK(stat("folder", &status) == 0 && folder->inode == status.st_ino);
    CHECK(entry_of(entries, bytes, ".") && entry_of(entries, bytes, "..") &&
          entry_of(entries, bytes, "file"));
    CHECK(syscall(SYS_getdents64, fd, entries, sizeof entries) == 0);
    CHECK(lseek(fd, 0, SEEK_SET) == 0 &&
          syscall(SYS_getdents64, fd, entries, sizeof entries) == bytes);
#ifdef SYS_getdents
    CHECK(lseek(fd, 0, SEEK_SET) == 0 && syscall(SYS_getdents, fd, entries, sizeof entries) > 0);
#endif
}

/* Whatever else is made and removed, each name that stays is told once. */
static void entries_are_told_once(void)
{
    static char entries[128] __attribute__((aligned(8)));
    char name[32];
    int seen[40] = {0};
    scene_make();
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "folder/%d", i);
        scene_file(name, 0600);
    }
    int fd = open("folder", O_RDONLY), extra = 0;
    for (long bytes; (bytes = syscall(SYS_getdents64, fd, entries, sizeof entries)) > 0;) {
        for (int i = 0; i < 40; i++) {
            snprintf(name, sizeof name, "%d", i);
            seen[i] += entry_of(entries, bytes, name) != NULL;
        }
        snprintf(name, sizeof name, "folder/extra%d", extra++);
        if (extra > 5 && extra < 20)
            scene_file(name, 0600);
        CHECK(lseek(fd, 0, SEEK_CUR) > 0);
    }
    for (int i = 0; i < 40; i++)
        CHECK(seen[i] == 1);
}

static void entries_are_refused(void)
{
    static char entries[512];
    scene_make();
    int fd = open(".", O_RDONLY), file = open("file", O_RDONLY), gone = open("folder", O_RDONLY);
    FAILS(syscall(SYS_getdents64, 4000, entries, sizeof entries), EBADF);
    FAILS(syscall(SYS_getdents64, open(".", O_PATH), entries, sizeof entries), EBADF);
    FAILS(syscall(SYS_getdents64, file, entries, sizeof entries), ENOTDIR);
    FAILS(syscall(SYS_getdents64, fd, entries, 10), EINVAL);
    FAILS(syscall(SYS_getdents64, fd, bad_pointer, sizeof entries), EFAULT);
    CHECK(rmdir("folder") == 0);
    FAILS(syscall(SYS_getdents64, gone, entries, sizeof entries), ENOENT);
#ifdef SYS_getdents
    FAILS(syscall(SYS_getdents, 4000, entries, sizeof entries), EBADF);
    FAILS(syscall(SYS_getdents, file, entries, sizeof entries), ENOTDIR);
    FAILS(syscall(SYS_getdents, fd, entries, 10), EINVAL);
    FAILS(syscall(SYS_getdents, fd, bad_pointer, sizeof entries), EFAULT);
    FAILS(syscall(SYS_getdents, gone, entries, sizeof entries), ENOENT);
#endif
}

/* ---- Where a program stands ---- */

static void the_place_is_told(void)
{
    char here[128], text[4096];
    scene_make();
    snprintf(here, sizeof here, "/tmp/scene-%d", (int)getpid());
    long bytes = syscall(SYS_getcwd, text, sizeof text);
    CHECK(bytes == (long)strlen(here) + 1 && strcmp(text, here) == 0);
    CHECK(syscall(SYS_getcwd, text, bytes) == bytes);
    FAILS(syscall(SYS_getcwd, text, bytes - 1), ERANGE);
    FAILS(syscall(SYS_getcwd, text, 0), ERANGE);
    FAILS(syscall(SYS_getcwd, bad_pointer, sizeof text), EFAULT);
    FAILS(getcwd(text, 0) ? 0 : -1, EINVAL); // the library's
    CHECK(chdir("folder") == 0 && rmdir("../folder") == 0);
    FAILS(syscall(SYS_getcwd, text, sizeof text), ENOENT);
    CHECK(chdir("..") == 0 && syscall(SYS_getcwd, text, sizeof text) == bytes);
    int fd = open("closed", O_PATH | O_DIRECTORY);
    CHECK(fchdir(fd) == 0 && syscall(SYS_getcwd, text, sizeof text) == bytes + 7);
    CHECK(fchdir(open("..", O_RDONLY)) == 0 && syscall(SYS_getcwd, text, sizeof text) == bytes);
}

static void places_are_refused(void)
{
    scene_make();
    int file = open("file", O_RDONLY), closed = open("closed", O_RDONLY);
    FAILS_BY_PATH(chdir(path));
    FAILS(chdir("file"), ENOTDIR);
    FAILS(chdir("loop"), ELOOP);
    FAILS(fchdir(4000), EBADF);
    FAILS(fchdir(file), ENOTDIR);
    become(STRANGER);
    FAILS(chdir("closed"), EACCES);
    FAILS(fchdir(closed), EACCES);
}

static void roots_are_changed(void)
{
    char text[64];
    scene_make();
    CHECK(mkdir("folder/in", 0755) == 0 && symlink("/in", "folder/absolute") == 0);
    int outside = open(".", O_RDONLY);
    CHECK(chroot("folder") == 0 && is_type("/in", S_IFDIR) && is_type("/../in", S_IFDIR));
    CHECK(chdir("/absolute/..") == 0 && getcwd(text, sizeof text) && strcmp(text, "/") == 0);
    CHECK(fchdir(outside) == 0 && is_type("folder", S_IFDIR)); // the old place is still reached
    CHECK(syscall(SYS_getcwd, text, sizeof text) > 0 && strncmp(text, "(unreachable)/", 14) == 0);
    CHECK(chroot(".") == 0 && is_type("/folder", S_IFDIR));
}

static void roots_are_refused(void)
{
    scene_make();
    FAILS_BY_PATH(chroot(path));
    FAILS(chroot("file"), ENOTDIR);
    become(STRANGER);
    FAILS(chroot("folder"), EPERM);
    FAILS(chroot("closed"), EACCES);
}

static void masks_take_bits_away(void)
{
    scene_make();
    CHECK(umask(0) == 022 && umask(07777) == 0 && umask(077) == 0777);
    scene_file("new", 0666);
    CHECK(close(open("created", O_CREAT | O_WRONLY, 0666)) == 0 && mode_of("created") == 0600);
}

int main(void)
{
    static const struct test_case cases[] = {
        CASE(attributes_are_told),
        CASE(attributes_are_not_told),
        CASE(statx_tells_what_it_knows),
        CASE(statx_refuses),
        CASE(access_asks_for_the_real_user),
        CASE(access_is_refused),
        CASE(modes_are_set),
        CASE(modes_are_kept),
        CASE(owners_are_set),
        CASE(new_owners_lose_set_id_bits),
        CASE(owners_are_kept),
        CASE(times_are_set),
        CASE(times_are_kept),
        CASE(times_belong_to_the_owner),
#ifdef SYS_utime
        CASE(old_calls_set_times),
        CASE(old_calls_refuse),
#endif
        CASE(file_systems_are_described),
        CASE(file_systems_are_not_described),
        CASE(entries_are_read),
        CASE(entries_are_told_once),
        CASE(entries_are_refused),
        CASE(the_place_is_told),
        CASE(places_are_refused),
        CASE(roots_are_changed),
        CASE(roots_are_refused),
        CASE(masks_take_bits_away),
    };
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
