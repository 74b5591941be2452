/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Opening by name and by handle. */
#define _GNU_SOURCE
#include "scene.h"

#include <linux/openat2.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include "limits.h"

static int open2(int folder, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
    struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
    return (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
}

static int content_is(int fd, const char *wanted)
{
    char text[16];
    ssize_t bytes = read(fd, text, sizeof text);
    close(fd);
    return bytes == (ssize_t)strlen(wanted) && memcmp(text, wanted, (size_t)bytes) == 0;
}

/* ---- open, openat, creat ---- */

static void files_are_opened(void)
{
    struct stat status;
    scene_make();
    CHECK(content_is(openat(AT_FDCWD, "link", O_RDONLY), "data"));
    int here = open(".", O_RDONLY | O_DIRECTORY),
        fd = openat(here, "new", O_CREAT | O_EXCL | O_RDONLY, 04222);
    CHECK(fd >= 0 && fstat(fd, &status) == 0 && (status.st_mode & 07777) == 04200);
    CHECK(openat(AT_FDCWD, "dangling", O_CREAT | O_WRONLY, 0600) >= 0 &&
          is_type("missing", S_IFREG));
    CHECK(openat(AT_FDCWD, "file", O_WRONLY | O_TRUNC) >= 0 && stat("file", &status) == 0 &&
          status.st_size == 0);
    fd = openat(AT_FDCWD, "new", O_WRONLY | O_APPEND | O_CLOEXEC);
    CHECK(write(fd, "a", 1) == 1 && lseek(fd, 0, SEEK_SET) == 0 && write(fd, "b", 1) == 1);
    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC && fstat(fd, &status) == 0 && status.st_size == 2);
    fd = open("folder", O_TMPFILE | O_RDWR, 0600);
    CHECK(fd >= 0 && write(fd, "x", 1) == 1 && fstat(fd, &status) == 0 && status.st_nlink == 0);
#ifdef SYS_creat
    fd = (int)syscall(SYS_creat, "new", 0700);
    CHECK(fd >= 0 && fstat(fd, &status) == 0 && status.st_size == 0 &&
          (status.st_mode & 0777) == 0200);
    CHECK(syscall(SYS_open, "file", O_RDONLY) >= 0);
    FAILS(read(fd, &status, 1), EBADF);
#endif
}

/* For whoever makes a file its mode does not matter yet. */
static void makers_need_no_permission(void)
{
    scene_make();
    become(STRANGER);
    int fd = open("sticky/own", O_CREAT | O_RDWR, 0);
    CHECK(fd >= 0 && write(fd, "x", 1) == 1);
    FAILS(openat(AT_FDCWD, "sticky/own", O_RDWR), EACCES);
    FAILS(openat(AT_FDCWD, "folder/new", O_CREAT | O_RDWR, 0600), EACCES);
    FAILS(openat(AT_FDCWD, "file", O_RDONLY | O_TRUNC), EACCES);
    FAILS(openat(AT_FDCWD, "file", O_RDONLY | O_NOATIME), EPERM);
#ifdef SYS_open
    FAILS(syscall(SYS_open, "file", O_RDONLY | O_NOATIME), EPERM);
    FAILS(syscall(SYS_creat, "file", 0600), EACCES);
#endif
    CHECK(open("sticky/own", O_PATH) >= 0);
}

static void paths_only(void)
{
    char text[4];
    struct stat status;
    scene_make();
    int fd = open("link", O_PATH | O_NOFOLLOW),
        file = open("file", O_PATH | O_RDWR | O_CREAT | O_TRUNC);
    CHECK(fd >= 0 && file >= 0 && fstat(fd, &status) == 0 && S_ISLNK(status.st_mode));
    CHECK(fcntl(file, F_GETFL) == O_PATH);
    FAILS(read(file, text, 4), EBADF);
    FAILS(fchmod(file, 0600), EBADF);
    FAILS((int)(long)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, file, 0), EBADF);
    snprintf(long_path, 64, "/proc/self/fd/%d", file);
    CHECK(content_is(open(long_path, O_RDONLY), "data"));
}

#ifdef SYS_open
#define OPENS_FAIL(path, flags, error)                      \
    do {                                                    \
        FAILS(openat(AT_FDCWD, path, flags, 0600), error);  \
        FAILS(open2(AT_FDCWD, path, flags, 0, 0), error);   \
        FAILS(syscall(SYS_open, path, flags, 0600), error); \
    } while (0)
#define CREAT_FAILS(path, error) FAILS(syscall(SYS_creat, path, 0600), error)
#else
#define OPENS_FAIL(path, flags, error)                     \
    do {                                                   \
        FAILS(openat(AT_FDCWD, path, flags, 0600), error); \
        FAILS(open2(AT_FDCWD, path, flags, 0, 0), error);  \
    } while (0)
#define CREAT_FAILS(path, error) (void)0
#endif

static void kinds_are_refused(void)
{
    scene_make();
    CHECK(mknod("fifo", S_IFIFO | 0600, 0) == 0 && mknod("socket", S_IFSOCK | 0600, 0) == 0);
    CHECK(mknod("device", S_IFCHR | 0600, makedev(250, 77)) == 0);
    OPENS_FAIL("folder", O_WRONLY, EISDIR);
    OPENS_FAIL("folder", O_RDWR, EISDIR);
    OPENS_FAIL("file", O_RDONLY | O_DIRECTORY, ENOTDIR);
    OPENS_FAIL("link", O_RDONLY | O_NOFOLLOW, ELOOP);
    OPENS_FAIL("loop", O_RDONLY, ELOOP);
    OPENS_FAIL("missing", O_RDONLY, ENOENT);
    OPENS_FAIL("fifo", O_WRONLY | O_NONBLOCK, ENXIO);
    OPENS_FAIL("socket", O_RDWR, ENXIO);
    OPENS_FAIL("device", O_RDWR, ENXIO);
    OPENS_FAIL("ro/file", O_WRONLY, EROFS);
    FAILS(openat(AT_FDCWD, "ro/new", O_CREAT | O_RDWR, 0600), EROFS);
    FAILS(openat(AT_FDCWD, "file", O_CREAT | O_EXCL | O_RDWR, 0600), EEXIST);
    FAILS(openat(AT_FDCWD, "dangling", O_CREAT | O_EXCL | O_RDWR, 0600), EEXIST);
    FAILS(openat(AT_FDCWD, "folder", O_CREAT | O_RDWR, 0600), EISDIR);
    FAILS(openat(AT_FDCWD, "new/", O_CREAT | O_RDWR, 0600), EISDIR);
    CREAT_FAILS("folder", EISDIR);
    CREAT_FAILS("socket", ENXIO);
    CREAT_FAILS("ro/new", EROFS);
    CREAT_FAILS("loop", ELOOP);
#ifdef SYS_open
    FAILS(syscall(SYS_open, "file", O_CREAT | O_EXCL | O_RDWR, 0600), EEXIST);
#endif
    FAILS(open2(AT_FDCWD, "file", O_CREAT | O_EXCL | O_RDWR, 0600, 0), EEXIST);
}

static void flags_are_refused(void)
{
    scene_make();
    FAILS(openat(AT_FDCWD, "folder", O_TMPFILE | O_RDONLY, 0600), EINVAL);
    FAILS(openat(AT_FDCWD, "/proc", O_TMPFILE | O_RDWR, 0600), EOPNOTSUPP);
    FAILS(open2(AT_FDCWD, "/proc", O_TMPFILE | O_RDWR, 0600, 0), EOPNOTSUPP);
    FAILS(openat(AT_FDCWD, "file", O_TMPFILE | O_RDWR, 0600), ENOTDIR);
    FAILS(openat(AT_FDCWD, "ro/folder", O_TMPFILE | O_RDWR, 0600), EROFS);
#ifdef SYS_open
    FAILS(syscall(SYS_open, "folder", O_TMPFILE | O_RDONLY, 0600), EINVAL);
    FAILS(syscall(SYS_open, "/proc", O_TMPFILE | O_RDWR, 0600), EOPNOTSUPP);
#endif
}

static void paths_are_walked(void)
{
    scene_make();
    FAILS_BY_PATH(openat(AT_FDCWD, path, O_RDONLY));
    FAILS_BY_PATH(openat(AT_FDCWD, path, O_CREAT | O_RDWR, 0600));
    FAILS_BY_FOLDER(openat(folder, "new", O_RDONLY));
    struct open_how how = {.flags = O_RDONLY};
    FAILS_BY_PATH(syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how));
    FAILS_BY_FOLDER(syscall(SYS_openat2, folder, "new", &how, sizeof how));
#ifdef SYS_open
    FAILS_BY_PATH(syscall(SYS_open, path, O_RDONLY));
    FAILS_BY_PATH(syscall(SYS_creat, path, 0600));
#endif
}

static void limits_are_kept(void)
{
    scene_make();
    CHECK(mount("none", "folder", "tmpfs", 0, "nr_inodes=1") == 0);
    FAILS(openat(AT_FDCWD, "folder/new", O_CREAT | O_RDWR, 0600), ENOSPC);
    FAILS(openat(AT_FDCWD, "folder", O_TMPFILE | O_RDWR, 0600), ENOSPC);
    FAILS(open2(AT_FDCWD, "folder/new", O_CREAT | O_RDWR, 0600, 0), ENOSPC);
    CREAT_FAILS("folder/new", ENOSPC);
#ifdef SYS_open
    FAILS(syscall(SYS_open, "folder/new", O_CREAT | O_RDWR, 0600), ENOSPC);
#endif
    files_use_up();
    OPENS_FAIL("file", O_RDONLY, ENFILE);
    CREAT_FAILS("file", ENFILE);
    files_give_back();
    descriptors_use_up();
    OPENS_FAIL("file", O_RDONLY, EMFILE);
    CREAT_FAILS("file", EMFILE);
}

static void busy_files_are_refused(void)
{
    char path[64];
    scene_make();
    OPENS_FAIL("/proc/self/exe", O_WRONLY, ETXTBSY);
    CREAT_FAILS("/proc/self/exe", ETXTBSY);
    int fd = memfd_create("sealed", MFD_ALLOW_SEALING);
    CHECK(fd >= 0 && write(fd, "x", 1) == 1 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    OPENS_FAIL(path, O_RDWR | O_TRUNC, EPERM);
    CREAT_FAILS(path, EPERM);
}

static void nothing(int signal)
{
    (void)signal;
}

/* A FIFO waits for its other end, and a signal ends that. */
static void waiting_is_interrupted(void)
{
    struct sigaction action = {.sa_handler = nothing};
    scene_make();
    CHECK(mknod("fifo", S_IFIFO | 0600, 0) == 0 && sigaction(SIGALRM, &action, NULL) == 0);
    alarm(1);
    FAILS(openat(AT_FDCWD, "fifo", O_RDONLY), EINTR);
    alarm(1);
    FAILS(open2(AT_FDCWD, "fifo", O_RDONLY, 0, 0), EINTR);
#ifdef SYS_open
    alarm(1);
    FAILS(syscall(SYS_open, "fifo", O_WRONLY), EINTR);
    alarm(1);
    FAILS(syscall(SYS_creat, "fifo", 0600), EINTR);
#endif
}

/* ---- openat2 ---- */

static void resolving_stays_beneath(void)
{
    scene_make();
    int folder = open("folder", O_RDONLY);
    CHECK(mkdir("folder/in", 0755) == 0 && symlink("../file", "folder/out") == 0);
    CHECK(symlink("/file", "folder/absolute") == 0 && symlink("in", "folder/inside") == 0);
    scene_file("folder/file", 0644);
    FAILS(open2(folder, "../file", O_RDONLY, 0, RESOLVE_BENEATH), EXDEV);
    FAILS(open2(folder, "out", O_RDONLY, 0, RESOLVE_BENEATH), EXDEV);
    FAILS(open2(folder, "/etc", O_RDONLY, 0, RESOLVE_BENEATH), EXDEV);
    FAILS(open2(folder, "absolute", O_RDONLY, 0, RESOLVE_BENEATH), EXDEV);
    FAILS(open2(folder, "/proc/self/exe", O_RDONLY, 0, RESOLVE_BENEATH), EXDEV);
    CHECK(open2(folder, "in/../inside", O_RDONLY, 0, RESOLVE_BENEATH) >= 0);
    CHECK(open2(folder, "new", O_CREAT | O_RDWR, 0600, RESOLVE_BENEATH) >= 0);
    CHECK(content_is(open2(folder, "absolute", O_RDONLY, 0, RESOLVE_IN_ROOT), "data"));
    CHECK(content_is(open2(folder, "/file", O_RDONLY, 0, RESOLVE_IN_ROOT), "data"));
    CHECK(content_is(open2(folder, "../../file", O_RDONLY, 0, RESOLVE_IN_ROOT), "data"));
    CHECK(content_is(open2(folder, "out", O_RDONLY, 0, RESOLVE_IN_ROOT), "data"));
}

static void resolving_avoids(void)
{
    scene_make();
    FAILS(open2(AT_FDCWD, "link", O_RDONLY, 0, RESOLVE_NO_SYMLINKS), ELOOP);
    CHECK(open2(AT_FDCWD, "link", O_PATH | O_NOFOLLOW, 0, RESOLVE_NO_SYMLINKS) >= 0);
    FAILS(open2(AT_FDCWD, "/proc/self/exe", O_RDONLY, 0, RESOLVE_NO_MAGICLINKS), ELOOP);
    FAILS(open2(AT_FDCWD, "/proc/self/exe", O_RDONLY, 0, RESOLVE_NO_SYMLINKS), ELOOP);
    CHECK(open2(AT_FDCWD, "/proc/self/status", O_RDONLY, 0, RESOLVE_NO_MAGICLINKS) >= 0);
    FAILS(open2(AT_FDCWD, "ro/file", O_RDONLY, 0, RESOLVE_NO_XDEV), EXDEV);
    FAILS(open2(AT_FDCWD, "ro", O_RDONLY, 0, RESOLVE_NO_XDEV), EXDEV);
    FAILS(open2(open("ro", O_RDONLY), "..", O_RDONLY, 0, RESOLVE_NO_XDEV), EXDEV);
    CHECK(open2(AT_FDCWD, "link", O_RDONLY, 0, RESOLVE_NO_XDEV) >= 0);
    CHECK(open2(open("ro", O_RDONLY), "link", O_RDONLY, 0, RESOLVE_NO_XDEV) >= 0);
    CHECK(open2(AT_FDCWD, "file", O_RDONLY, 0, RESOLVE_CACHED) >= 0);
    FAILS(open2(AT_FDCWD, "file", O_RDWR | O_TRUNC, 0, RESOLVE_CACHED), EAGAIN);
    FAILS(open2(AT_FDCWD, "new", O_RDWR | O_CREAT, 0600, RESOLVE_CACHED), EAGAIN);
}

static void how_is_checked(void)
{
    struct {
        struct open_how how;
        uint64_t more;
    } how = {.how = {.flags = O_RDONLY}};
    scene_make();
    CHECK(syscall(SYS_openat2, AT_FDCWD, "file", &how, sizeof how) >= 0);
    how.more = 1;
    FAILS(syscall(SYS_openat2, AT_FDCWD, "file", &how, sizeof how), E2BIG);
    FAILS(syscall(SYS_openat2, AT_FDCWD, "file", &how, 1 << 20), E2BIG);
    FAILS(syscall(SYS_openat2, AT_FDCWD, "file", &how, 23), EINVAL);
    FAILS(syscall(SYS_openat2, AT_FDCWD, "file", bad_pointer, 24), EFAULT);
    FAILS(open2(AT_FDCWD, "file", 1ull << 40, 0, 0), EINVAL);
    FAILS(open2(AT_FDCWD, "file", O_RDONLY, 0600, 0), EINVAL);
    FAILS(open2(AT_FDCWD, "new", O_CREAT | O_RDWR, 010000, 0), EINVAL);
    FAILS(open2(AT_FDCWD, "file", O_RDONLY, 0, 0x40), EINVAL);
    FAILS(open2(AT_FDCWD, "file", O_RDONLY, 0, RESOLVE_BENEATH | RESOLVE_IN_ROOT), EINVAL);
    FAILS(open2(AT_FDCWD, "file", O_PATH | O_RDWR, 0, 0), EINVAL);
    FAILS(open2(AT_FDCWD, "folder", O_TMPFILE | O_RDONLY, 0600, 0), EINVAL);
}

/* ---- Handles ---- */

struct handle {
    unsigned bytes;
    int type;
    unsigned char data[128];
};

static int handle_of(int folder, const char *path, struct handle *handle, int *mount_out, int flags)
{
    return (int)syscall(SYS_name_to_handle_at, folder, path, handle, mount_out, flags);
}

static int by_handle(int mount_fd, struct handle *handle, int flags)
{
    return (int)syscall(SYS_open_by_handle_at, mount_fd, handle, flags);
}

static void handles_lead_back(void)
{
    struct handle handle = {.bytes = 128}, other = {.bytes = 128};
    struct stat status, found;
    int mount_id, here;
    scene_make();
    CHECK(handle_of(AT_FDCWD, "file", &handle, &mount_id, 0) == 0 && handle.bytes > 0 &&
          handle.bytes < 128);
    here = open(".", O_RDONLY);
    CHECK(rename("file", "moved") == 0 && content_is(by_handle(here, &handle, O_RDONLY), "data"));
    CHECK(content_is(by_handle(AT_FDCWD, &handle, O_RDONLY), "data"));
    CHECK(handle_of(AT_FDCWD, "link", &other, &mount_id, 0) == 0);
    int fd = by_handle(here, &other, O_PATH);
    CHECK(fd >= 0 && fstat(fd, &found) == 0 && S_ISLNK(found.st_mode));
    FAILS(by_handle(here, &other, O_RDONLY), ELOOP);
    FAILS(syscall(SYS_open_by_handle_at, here, &other, O_RDONLY), ELOOP);
    CHECK(symlink("moved", "to") == 0 &&
          handle_of(AT_FDCWD, "to", &other, &mount_id, AT_SYMLINK_FOLLOW) == 0);
    CHECK(other.bytes == handle.bytes && memcmp(other.data, handle.data, handle.bytes) == 0);
    CHECK(handle_of(open("folder", O_PATH), "", &other, &mount_id, AT_EMPTY_PATH) == 0);
    fd = by_handle(here, &other, O_RDONLY | O_DIRECTORY);
    CHECK(fd >= 0 && fstat(fd, &found) == 0 && stat("folder", &status) == 0 &&
          found.st_ino == status.st_ino);
    CHECK(unlink("moved") == 0);
    FAILS(syscall(SYS_open_by_handle_at, here, &handle, O_RDONLY), ESTALE);
}

static void handles_are_refused(void)
{
    struct handle handle = {.bytes = 128};
    int id;
    scene_make();
    FAILS_BY_PATH(syscall(SYS_name_to_handle_at, AT_FDCWD, path, &handle, &id, 0));
    FAILS_BY_FOLDER(syscall(SYS_name_to_handle_at, folder, "new", &handle, &id, 0));
    FAILS(syscall(SYS_name_to_handle_at, AT_FDCWD, "file", &handle, &id, 0x10000), EINVAL);
    FAILS(syscall(SYS_name_to_handle_at, AT_FDCWD, "file", bad_pointer, &id, 0), EFAULT);
    FAILS(syscall(SYS_name_to_handle_at, AT_FDCWD, "file", &handle, bad_pointer, 0), EFAULT);
    handle.bytes = 129;
    FAILS(syscall(SYS_name_to_handle_at, AT_FDCWD, "file", &handle, &id, 0), EINVAL);
    FAILS(syscall(SYS_open_by_handle_at, AT_FDCWD, &handle, O_RDONLY), EINVAL);
    handle.bytes = 0;
    FAILS(syscall(SYS_name_to_handle_at, AT_FDCWD, "file", &handle, &id, 0), EOVERFLOW);
    CHECK(handle.bytes > 0);
    CHECK(handle_of(AT_FDCWD, "file", &handle, &id, 0) == 0);
    struct handle proc = {.bytes = 128}, none = {.bytes = 0};
    FAILS(syscall(SYS_name_to_handle_at, AT_FDCWD, "/proc/self", &proc, &id, 0), EOPNOTSUPP);
    FAILS(syscall(SYS_open_by_handle_at, AT_FDCWD, &none, O_RDONLY), EINVAL);
    FAILS(syscall(SYS_open_by_handle_at, 4000, &handle, O_RDONLY), EBADF);
    FAILS(syscall(SYS_open_by_handle_at, AT_FDCWD, bad_pointer, O_RDONLY), EFAULT);
    FAILS(syscall(SYS_open_by_handle_at, AT_FDCWD, &handle, O_RDONLY | O_DIRECTORY), ENOTDIR);
    CHECK(handle_of(AT_FDCWD, "folder", &proc, &id, 0) == 0);
    FAILS(syscall(SYS_open_by_handle_at, AT_FDCWD, &proc, O_RDWR), EISDIR);
    proc.bytes = 128;
    CHECK(handle_of(AT_FDCWD, "ro/file", &proc, &id, 0) == 0);
    FAILS(syscall(SYS_open_by_handle_at, open("ro", O_RDONLY), &proc, O_RDWR), EROFS);
    become(STRANGER);
    FAILS(syscall(SYS_open_by_handle_at, AT_FDCWD, &handle, O_RDONLY), EPERM);
}

int main(void)
{
    static const struct test_case cases[] = {
        CASE(files_are_opened),
        CASE(makers_need_no_permission),
        CASE(paths_only),
        CASE(kinds_are_refused),
        CASE(flags_are_refused),
        CASE(paths_are_walked),
        CASE(limits_are_kept),
        CASE(busy_files_are_refused),
        CASE(waiting_is_interrupted),
        CASE(resolving_stays_beneath),
        CASE(resolving_avoids),
        CASE(how_is_checked),
        CASE(handles_lead_back),
        CASE(handles_are_refused),
    };
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
