/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Locks of open files, and descriptors of other processes. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>

#include "check.h"

static int lock(int fd, int command, short type, off_t start, off_t length, struct flock *out)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    int result = fcntl(fd, command, &lock);
    if (out)
        *out = lock;
    return result;
}

static void locks_belong_to_open_files(void)
{
    struct flock found;
    int a = open("/tmp/handles", O_RDWR | O_CREAT, 0600), b = open("/tmp/handles", O_RDWR);
    int reader = open("/tmp/handles", O_RDONLY), copy = dup(a);
    CHECK(a >= 0 && b >= 0 && reader >= 0);
    CHECK(lock(a, F_OFD_SETLK, F_WRLCK, 0, 10, NULL) == 0);
    FAILS(lock(b, F_OFD_SETLK, F_RDLCK, 5, 1, NULL), EAGAIN);
    FAILS(lock(b, F_SETLK, F_RDLCK, 5, 1, NULL), EAGAIN); // a process's own meets it, too
    CHECK(lock(b, F_OFD_SETLK, F_WRLCK, 10, 1, NULL) == 0);
    CHECK(lock(copy, F_OFD_SETLK, F_RDLCK, 0, 10, NULL) == 0); // the same open file
    CHECK(lock(b, F_OFD_GETLK, F_WRLCK, 0, 1, &found) == 0 && found.l_type == F_RDLCK &&
          found.l_pid == -1 && found.l_start == 0 && found.l_len == 10);
    FAILS(lock(reader, F_OFD_SETLK, F_WRLCK, 100, 1, NULL), EBADF);
    struct flock with_pid = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_pid = 1};
    FAILS(fcntl(a, F_OFD_SETLK, &with_pid), EINVAL);
    close(a); // the copy keeps it
    FAILS(lock(b, F_OFD_SETLK, F_WRLCK, 0, 1, NULL), EAGAIN);
    close(copy);
    CHECK(lock(b, F_OFD_SETLK, F_WRLCK, 0, 1, NULL) == 0);
    CHECK(unlink("/tmp/handles") == 0);
}

static int get(int pidfd, int fd, unsigned flags)
{
    return (int)syscall(SYS_pidfd_getfd, pidfd, fd, flags);
}

static void descriptors_of_others_are_taken(void)
{
    int ends[2], done[2];
    char byte;
    CHECK(pipe(done) == 0);
    pid_t child = fork();
    if (child == 0) {
        CHECK(pipe(ends) == 0 && dup2(ends[1], 77) == 77 && write(done[1], "x", 1) == 1);
        CHECK(read(ends[0], &byte, 1) == 1 && byte == 'y');
        _exit(0);
    }
    int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
    CHECK(pidfd >= 0 && read(done[0], &byte, 1) == 1);
    FAILS(get(pidfd, 77, 1), EINVAL);
    FAILS(get(pidfd, 78, 0), EBADF);
    FAILS(get(-1, 77, 0), EBADF);
    FAILS(get(done[0], 77, 0), EBADF);
    int taken = get(pidfd, 77, 0);
    CHECK(taken >= 0 && fcntl(taken, F_GETFD) == FD_CLOEXEC && write(taken, "y", 1) == 1);
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    FAILS(get(pidfd, 77, 0), ESRCH);
}

int main(void)
{
    static const struct test_case cases[] = {
        CASE(locks_belong_to_open_files),
        CASE(descriptors_of_others_are_taken),
    };
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
