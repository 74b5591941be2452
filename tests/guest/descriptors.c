/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Descriptors: closing and copying them, pipes, and what fcntl(2) and ioctl(2) do with any file. */
#define _GNU_SOURCE
#include <linux/close_range.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "file_scene.h"
#include "limits.h"

#ifndef O_NOTIFICATION_PIPE
#define O_NOTIFICATION_PIPE O_EXCL
#endif

static char bytes[65536];

static int is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static void limit_descriptors(rlim_t most)
{
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = most;
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

static void closing_needs_one_that_is_open(void)
{
    int fd = dup(0);
    CHECK(close(fd) == 0);
    FAILS(close(fd), EBADF);
    FAILS(close(-1), EBADF);
    FAILS(close(1 << 30), EBADF);
}

static void ranges_are_closed(void)
{
    int fds[6];
    for (int i = 0; i < 6; i++)
        CHECK((fds[i] = fcntl(0, F_DUPFD, 100 + 2 * i)) == 100 + 2 * i);
    FAILS(syscall(SYS_close_range, 10, 9, 0), EINVAL);
    FAILS(syscall(SYS_close_range, 10, 20, 8), EINVAL);
    CHECK(syscall(SYS_close_range, 102, 105, 0) == 0);
    CHECK(is_open(100) && !is_open(102) && !is_open(104) && is_open(106));
    CHECK(syscall(SYS_close_range, 106, ~0u, CLOSE_RANGE_CLOEXEC) == 0);
    CHECK(fcntl(106, F_GETFD) == FD_CLOEXEC && fcntl(110, F_GETFD) == FD_CLOEXEC);
    CHECK(syscall(SYS_close_range, 100, ~0u, CLOSE_RANGE_UNSHARE) == 0 && !is_open(100));
    CHECK(syscall(SYS_close_range, 5000, 6000, 0) == 0 && is_open(0));
}

static void *use_table(void *argument)
{
    CHECK(syscall(SYS_close_range, 200, 300, CLOSE_RANGE_UNSHARE) == 0 && !is_open(200));
    CHECK(!is_open(400) || argument != NULL);
    return NULL;
}

static void a_thread_closes_its_own_only(void)
{
    pthread_t thread;
    CHECK(dup2(0, 200) == 200 && pthread_create(&thread, NULL, use_table, bytes) == 0);
    CHECK(pthread_join(thread, NULL) == 0 && is_open(200));
}

static void set_number(const char *path, const char *value)
{
    int fd = open(path, O_WRONLY);
    CHECK(fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value) && close(fd) == 0);
}

static void a_table_may_be_too_large_to_copy(void)
{
    int status;
    CHECK(dup2(0, 700) == 700);
    set_number("/proc/sys/fs/nr_open", "64");
    fflush(stdout);
    long child = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
    if (child == 0) {
        FAILS(syscall(SYS_close_range, 1000, 2000, CLOSE_RANGE_UNSHARE), EMFILE);
        _exit(0);
    }
    CHECK(child > 0 && waitpid((pid_t)child, &status, 0) == child);
    set_number("/proc/sys/fs/nr_open", "1048576");
    CHECK(status == 0);
}

static void copies_share_the_open_file(void)
{
    int fd = scratch("0123456789"), copy = dup(fd), third = dup3(fd, 300, O_CLOEXEC);
    CHECK(copy >= 0 && third == 300 && fcntl(300, F_GETFD) == FD_CLOEXEC);
    CHECK(fcntl(copy, F_GETFD) == 0 && lseek(fd, 4, SEEK_SET) == 4);
    CHECK(lseek(copy, 0, SEEK_CUR) == 4 && lseek(third, 0, SEEK_CUR) == 4);
    CHECK(fcntl(fd, F_SETFL, O_APPEND) == 0 && (fcntl(copy, F_GETFL) & O_APPEND));
    CHECK(dup3(copy, 300, 0) == 300 && fcntl(300, F_GETFD) == 0);
}

static void copying_names_its_errors(void)
{
    FAILS(dup(-1), EBADF);
    FAILS(dup(99), EBADF);
    FAILS(dup3(99, 5, 0), EBADF);
    FAILS(dup3(0, -1, 0), EBADF);
    FAILS(dup3(0, 1 << 30, 0), EBADF);
    FAILS(dup3(0, 0, 0), EINVAL);
    FAILS(dup3(0, 5, O_APPEND), EINVAL);
#ifdef SYS_dup2
    FAILS(syscall(SYS_dup2, 99, 5), EBADF);
    FAILS(syscall(SYS_dup2, 99, 99), EBADF);
    FAILS(syscall(SYS_dup2, 0, -1), EBADF);
    CHECK(syscall(SYS_dup2, 0, 0) == 0 && syscall(SYS_dup2, 0, 60) == 60 && is_open(60));
#endif
    limit_descriptors(50);
    CHECK(dup3(0, 49, 0) == 49);
    FAILS(dup3(0, 50, 0), EBADF);
}

static void descriptors_run_out(void)
{
    int ends[2], kept = dup(0);
    limit_descriptors((rlim_t)kept + 1);
    FAILS(dup(kept), EMFILE);
    FAILS(fcntl(kept, F_DUPFD, 0), EMFILE);
    FAILS(fcntl(kept, F_DUPFD_CLOEXEC, kept), EMFILE);
    FAILS(fcntl(kept, F_DUPFD, kept + 1), EINVAL);
    FAILS(pipe2(ends, 0), EMFILE);
#ifdef SYS_pipe
    FAILS(syscall(SYS_pipe, ends), EMFILE);
#endif
    limit_descriptors((rlim_t)kept + 2); // one of two
    FAILS(pipe2(ends, 0), EMFILE);
    CHECK(dup(kept) == kept + 1);
}

static void files_run_out(void)
{
    int ends[2];
    files_use_up();
    FAILS(pipe2(ends, 0), ENFILE);
#ifdef SYS_pipe
    FAILS(syscall(SYS_pipe, ends), ENFILE);
#endif
    files_give_back();
    CHECK(pipe(ends) == 0);
}

static void the_lowest_free_one_is_taken(void)
{
    int a = dup(0), b = dup(0), c = dup(0);
    CHECK(b == a + 1 && c == b + 1 && close(b) == 0 && close(a) == 0);
    CHECK(dup(0) == a && fcntl(0, F_DUPFD, a) == b && fcntl(0, F_DUPFD_CLOEXEC, c) == c + 1);
    CHECK(fcntl(c + 1, F_GETFD) == FD_CLOEXEC);
    FAILS(fcntl(0, F_DUPFD, -1), EINVAL);
    FAILS(fcntl(-1, F_DUPFD, 0), EBADF);
}

static void pipes_check_their_arguments(void)
{
    int ends[2] = {-7, -7};
    FAILS(pipe2(nowhere, 0), EFAULT);
    FAILS(pipe2(ends, O_APPEND), EINVAL);
    FAILS(syscall(SYS_pipe2, ends, O_NOTIFICATION_PIPE), ENOPKG);
#ifdef SYS_pipe
    FAILS(syscall(SYS_pipe, nowhere), EFAULT);
    CHECK(syscall(SYS_pipe, ends) == 0);
#endif
    CHECK(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0 && fcntl(ends[0], F_GETFD) == FD_CLOEXEC);
    CHECK(fcntl(ends[0], F_GETFL) == (O_RDONLY | O_NONBLOCK));
    CHECK(fcntl(ends[1], F_GETFL) == (O_WRONLY | O_NONBLOCK));
}

static void pipes_move_bytes_in_order(void)
{
    int ends[2];
    CHECK(pipe(ends) == 0 && write(ends[1], "abc", 3) == 3 && write(ends[1], "de", 2) == 2);
    CHECK(read(ends[0], bytes, 4) == 4 && read(ends[0], bytes + 4, 10) == 1);
    CHECK(memcmp(bytes, "abcde", 5) == 0);
    close(ends[1]);
    CHECK(read(ends[0], bytes, 10) == 0);
}

static void packets_stay_apart(void)
{
    int ends[2];
    CHECK(pipe2(ends, O_DIRECT | O_NONBLOCK) == 0);
    CHECK(write(ends[1], "first", 5) == 5 && write(ends[1], "second", 6) == 6);
    CHECK(read(ends[0], bytes, 100) == 5 && memcmp(bytes, "first", 5) == 0);
    CHECK(read(ends[0], bytes, 3) == 3 && memcmp(bytes, "sec", 3) == 0); // the rest is gone
    FAILS(read(ends[0], bytes, 100), EAGAIN);
    CHECK(write(ends[1], bytes, 5000) == 5000); // more than PIPE_BUF: two packets
    CHECK(read(ends[0], bytes, sizeof bytes) == 4096 && read(ends[0], bytes, 5000) == 904);
    for (int i = 0; i < 16; i++)
        CHECK(write(ends[1], "x", 1) == 1);
    FAILS(write(ends[1], "x", 1), EAGAIN); // each takes a page
}

static void pipes_have_a_size(void)
{
    int ends[2];
    CHECK(pipe2(ends, O_NONBLOCK) == 0 && fcntl(ends[0], F_GETPIPE_SZ) == 65536);
    CHECK(fcntl(ends[1], F_SETPIPE_SZ, 4096) == 4096 && write(ends[1], bytes, 8192) == 4096);
    CHECK(fcntl(ends[1], F_SETPIPE_SZ, 5000) == 8192 && fcntl(ends[0], F_SETPIPE_SZ, 1) == 0x1000);
    CHECK(fcntl(ends[1], F_SETPIPE_SZ, 12288) == 16384 && write(ends[1], bytes, 8192) == 8192);
    FAILS(fcntl(ends[1], F_SETPIPE_SZ, 4096), EBUSY);
    FAILS(fcntl(ends[1], F_SETPIPE_SZ, 0x80000001u), EINVAL);
    FAILS(fcntl(scratch(""), F_SETPIPE_SZ, 4096), EBADF);
    FAILS(fcntl(scratch(""), F_GETPIPE_SZ), EBADF);
    CHECK(fcntl(ends[1], F_SETPIPE_SZ, 2 << 20) == 2 << 20); // root is above the limit
    CHECK(setuid(65534) == 0);
    FAILS(fcntl(ends[1], F_SETPIPE_SZ, 4 << 20), EPERM);
    CHECK(fcntl(ends[1], F_SETPIPE_SZ, 1 << 20) == 1 << 20);
}

static void control_names_its_errors(void)
{
    int fd = scratch(""), path = open("/tmp", O_PATH);
    FAILS(fcntl(fd, 12345), EINVAL);
    FAILS(fcntl(-1, F_GETFL), EBADF);
    FAILS(fcntl(99, F_GETFD), EBADF);
    FAILS(fcntl(99, F_SETFD, 0), EBADF);
    FAILS(fcntl(path, F_SETFL, O_APPEND), EBADF);
    FAILS(fcntl(path, F_GETLK, bytes), EBADF);
    CHECK(fcntl(path, F_GETFD) == 0 && (fcntl(path, F_GETFL) & O_PATH));
    FAILS(fcntl(fd, F_SETSIG, 65), EINVAL);
    FAILS(fcntl(fd, F_SETSIG, -1), EINVAL);
    CHECK(fcntl(fd, F_SETFL, O_APPEND | O_CREAT | O_WRONLY) == 0);
    CHECK((fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND | O_CREAT)) == (O_RDWR | O_APPEND));
}

static void inherited_unless_told(void)
{
    int fd = dup(0);
    CHECK(fcntl(fd, F_GETFD) == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0);
    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC && ioctl(fd, FIONCLEX) == 0 && fcntl(fd, F_GETFD) == 0);
    CHECK(ioctl(fd, FIOCLEX) == 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
    CHECK(fcntl(fd, F_SETFD, 2) == 0 && fcntl(fd, F_GETFD) == 0);
}

static void devices_name_their_errors(void)
{
    int ends[2], on = 1, count = -1, fd = scratch("0123456789");
    CHECK(pipe(ends) == 0 && write(ends[1], "abc", 3) == 3);
    FAILS(ioctl(-1, FIONBIO, &on), EBADF);
    FAILS(ioctl(open("/tmp", O_PATH), FIONBIO, &on), EBADF);
    FAILS(ioctl(fd, TCGETS, bytes), ENOTTY);
    FAILS(ioctl(ends[0], 0x12345, bytes), ENOTTY);
    FAILS(ioctl(ends[0], FIONREAD, nowhere), EFAULT);
    FAILS(ioctl(ends[0], FIONBIO, nowhere), EFAULT);
    CHECK(ioctl(ends[0], FIONREAD, &count) == 0 && count == 3);
    CHECK(lseek(fd, 4, SEEK_SET) == 4 && ioctl(fd, FIONREAD, &count) == 0 && count == 6);
    CHECK(ioctl(ends[0], FIONBIO, &on) == 0 && (fcntl(ends[0], F_GETFL) & O_NONBLOCK));
    on = 0;
    CHECK(ioctl(ends[0], FIONBIO, &on) == 0 && !(fcntl(ends[0], F_GETFL) & O_NONBLOCK));
    int terminal = open("/dev/console", O_RDWR | O_NOCTTY);
    CHECK(terminal >= 0 && ioctl(terminal, TCGETS, bytes) == 0);
    FAILS(ioctl(terminal, TCFLSH, 77), EINVAL);
    FAILS(ioctl(terminal, TCGETS, nowhere), EFAULT);
}

int main(void)
{
    static const struct test_case cases[] = {
        CASE(closing_needs_one_that_is_open),
        CASE(ranges_are_closed),
        CASE(a_thread_closes_its_own_only),
        CASE(a_table_may_be_too_large_to_copy),
        CASE(copies_share_the_open_file),
        CASE(copying_names_its_errors),
        CASE(descriptors_run_out),
        CASE(files_run_out),
        CASE(the_lowest_free_one_is_taken),
        CASE(pipes_check_their_arguments),
        CASE(pipes_move_bytes_in_order),
        CASE(packets_stay_apart),
        CASE(pipes_have_a_size),
        CASE(control_names_its_errors),
        CASE(inherited_unless_told),
        CASE(devices_name_their_errors),
    };
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
