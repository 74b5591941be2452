/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Locks of processes, of open files, and of flock(2). */
#define _GNU_SOURCE
#include <stdint.h>
#include <sys/file.h>
#include <sys/mman.h>

#include "file_scene.h"

#define PATH        "/tmp/locked"
#define OFFSET_MOST INT64_MAX

static int ends[2];

static int open_locked(int flags)
{
    int fd = open(PATH, flags | O_CREAT, 0600);
    CHECK(fd >= 0);
    return fd;
}

static struct flock range(short type, off_t start, off_t length)
{
    return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
}

static int set(int fd, int command, short type, off_t start, off_t length)
{
    struct flock lock = range(type, start, length);
    return fcntl(fd, command, &lock);
}

/* What stands in the way of writing the range: F_UNLCK, nothing. */
static struct flock conflict(int fd, off_t start, off_t length)
{
    struct flock lock = range(F_WRLCK, start, length);
    CHECK(fcntl(fd, F_GETLK, &lock) == 0);
    return lock;
}

/* Run @run in a child, which has its own locks, and wait for it. */
static void elsewhere(void (*run)(int), int fd)
{
    await_child(start_child(run, fd));
}

static void meet_the_lock(int fd)
{
    struct flock found = conflict(fd, 0, 100);
    CHECK(found.l_type == F_WRLCK && found.l_start == 10 && found.l_len == 10);
    CHECK(found.l_pid == getppid() && found.l_whence == SEEK_SET);
    FAILS(fcntl(fd, F_SETLK, &(struct flock){.l_type = F_RDLCK, .l_start = 15, .l_len = 1}),
          EAGAIN);
    CHECK(set(fd, F_SETLK, F_WRLCK, 20, 0) == 0 && set(fd, F_SETLK, F_WRLCK, 0, 10) == 0);
}

static void processes_have_locks(void)
{
    int fd = open_locked(O_RDWR), other = open_locked(O_RDWR);
    CHECK(set(fd, F_SETLK, F_WRLCK, 10, 10) == 0 && set(other, F_SETLK, F_WRLCK, 10, 10) == 0);
    CHECK(conflict(fd, 0, 0).l_type == F_UNLCK); // its own are none
    elsewhere(meet_the_lock, fd);
    CHECK(conflict(fd, 0, 0).l_type == F_UNLCK); // the child's went with it
    CHECK(close(other) == 0);                    // and ours with any descriptor of the file
    CHECK(set(fd, F_SETLK, F_UNLCK, 0, 0) == 0);
}

static void meet_joined_locks(int fd)
{
    struct flock found = conflict(fd, 0, 5);
    CHECK(found.l_start == 0 && found.l_len == 30);
    CHECK(conflict(fd, 30, 10).l_type == F_UNLCK);
    found = conflict(fd, 45, 0);
    CHECK(found.l_type == F_RDLCK && found.l_start == 50 && found.l_len == 0);
}

static void ranges_join_and_split(void)
{
    int fd = open_locked(O_RDWR);
    CHECK(set(fd, F_SETLK, F_WRLCK, 0, 10) == 0 && set(fd, F_SETLK, F_WRLCK, 20, 20) == 0);
    CHECK(set(fd, F_SETLK, F_WRLCK, 10, 10) == 0 && set(fd, F_SETLK, F_UNLCK, 30, 20) == 0);
    CHECK(set(fd, F_SETLK, F_RDLCK, 50, 0) == 0);
    elsewhere(meet_joined_locks, fd);
}

static void locking_names_its_errors(void)
{
    int fd = open_locked(O_RDWR), reader = open(PATH, O_RDONLY), writer = open(PATH, O_WRONLY);
    struct flock lock = range(F_WRLCK, 0, 1);
    FAILS(fcntl(fd, F_SETLK, nowhere), EFAULT);
    FAILS(fcntl(fd, F_GETLK, nowhere), EFAULT);
    FAILS(fcntl(-1, F_SETLK, &lock), EBADF);
    FAILS(fcntl(reader, F_SETLK, &lock), EBADF);
    lock.l_type = F_RDLCK;
    FAILS(fcntl(writer, F_SETLK, &lock), EBADF);
    lock.l_type = 77;
    FAILS(fcntl(fd, F_SETLK, &lock), EINVAL);
    lock.l_type = F_UNLCK;
    FAILS(fcntl(fd, F_GETLK, &lock), EINVAL);
    lock = (struct flock){.l_type = F_WRLCK, .l_whence = 77};
    FAILS(fcntl(fd, F_SETLK, &lock), EINVAL);
    lock = range(F_WRLCK, -1, 1);
    FAILS(fcntl(fd, F_SETLK, &lock), EINVAL);
    lock = range(F_WRLCK, 1, -2);
    FAILS(fcntl(fd, F_SETLK, &lock), EINVAL);
    lock = range(F_WRLCK, OFFSET_MOST, 2);
    FAILS(fcntl(fd, F_SETLK, &lock), EOVERFLOW);
    lock = range(F_WRLCK, 0, 1);
    lock.l_pid = 1;
    FAILS(fcntl(fd, F_OFD_SETLK, &lock), EINVAL);
    lock = range(F_WRLCK, 5, -5);
    CHECK(fcntl(fd, F_SETLK, &lock) == 0 && set(fd, F_SETLK, F_WRLCK, OFFSET_MOST, 1) == 0);
}

static void hold_and_end(int fd)
{
    CHECK(set(fd, F_SETLK, F_WRLCK, 0, 0) == 0 && write(ends[1], "x", 1) == 1);
    sleep_ms(150);
}

static void waiting_for_a_lock_ends(void)
{
    char byte;
    int fd = open_locked(O_RDWR);
    CHECK(pipe(ends) == 0);
    pid_t child = start_child(hold_and_end, fd);
    CHECK(read(ends[0], &byte, 1) == 1);
    struct flock lock = range(F_RDLCK, 5, 1);
    interrupt_after(30, 0);
    FAILS(fcntl(fd, F_SETLKW, &lock), EINTR);
    interrupt_after(20, SA_RESTART);
    CHECK(fcntl(fd, F_SETLKW, &lock) == 0); // it goes on, until the child ends
    interrupt_after(0, 0);
    await_child(child);
}

static void hold_second_and_want_first(int fd)
{
    struct flock first = range(F_WRLCK, 0, 1);
    CHECK(set(fd, F_SETLK, F_WRLCK, 1, 1) == 0 && write(ends[1], "x", 1) == 1);
    CHECK(fcntl(fd, F_SETLKW, &first) == 0);
}

static void circles_are_refused(void)
{
    char byte;
    int fd = open_locked(O_RDWR);
    struct flock second = range(F_WRLCK, 1, 1);
    CHECK(pipe(ends) == 0 && set(fd, F_SETLK, F_WRLCK, 0, 1) == 0);
    pid_t child = start_child(hold_second_and_want_first, fd);
    CHECK(read(ends[0], &byte, 1) == 1);
    sleep_ms(100);
    FAILS(fcntl(fd, F_SETLKW, &second), EDEADLK);
    CHECK(set(fd, F_SETLK, F_UNLCK, 0, 1) == 0);
    await_child(child);
}

/* ---- Open files ---- */

static void open_files_have_locks(void)
{
    int a = open_locked(O_RDWR), b = open_locked(O_RDWR);
    struct flock found = range(F_WRLCK, 0, 0);
    CHECK(set(a, F_OFD_SETLK, F_WRLCK, 0, 10) == 0 && set(a, F_OFD_SETLK, F_WRLCK, 5, 1) == 0);
    CHECK(fcntl(b, F_OFD_GETLK, &found) == 0 && found.l_pid == -1 && found.l_len == 10);
    interrupt_after(30, 0);
    struct flock lock = range(F_RDLCK, 0, 1);
    FAILS(fcntl(b, F_OFD_SETLKW, &lock), EINTR);
    FAILS(fcntl(b, F_OFD_SETLK, &lock), EAGAIN);
    CHECK(close(a) == 0 && fcntl(b, F_OFD_SETLKW, &lock) == 0);
}

/* ---- flock ---- */

static void flock_names_its_errors(void)
{
    int a = open_locked(O_RDONLY), b = open_locked(O_RDONLY);
    FAILS(flock(-1, LOCK_SH), EBADF);
    FAILS(flock(open("/tmp", O_PATH), LOCK_SH), EBADF);
    FAILS(flock(a, 0), EINVAL);
    FAILS(flock(a, LOCK_SH | LOCK_EX), EINVAL);
    CHECK(flock(a, LOCK_EX) == 0);
    FAILS(flock(b, LOCK_SH | LOCK_NB), EWOULDBLOCK);
    FAILS(flock(b, LOCK_EX | LOCK_NB), EWOULDBLOCK);
    interrupt_after(30, 0);
    FAILS(flock(b, LOCK_EX), EINTR);
    CHECK(flock(a, LOCK_UN) == 0 && flock(b, LOCK_EX | LOCK_NB) == 0 && flock(a, LOCK_UN) == 0);
}

static void flock_belongs_to_the_open_file(void)
{
    int a = open_locked(O_RDONLY), b = open_locked(O_RDONLY), copy = dup(a);
    CHECK(flock(a, LOCK_EX) == 0 && flock(copy, LOCK_EX | LOCK_NB) == 0 && close(a) == 0);
    FAILS(flock(b, LOCK_SH | LOCK_NB), EWOULDBLOCK); // the copy keeps it
    CHECK(set(b, F_SETLK, F_RDLCK, 0, 0) == 0);      // fcntl's are others
    CHECK(close(copy) == 0 && flock(b, LOCK_SH | LOCK_NB) == 0);
    CHECK(pipe(ends) == 0 && flock(ends[0], LOCK_EX) == 0);
    FAILS(flock(ends[1], LOCK_EX | LOCK_NB), EWOULDBLOCK);
}

static void converting_gives_up_first(void)
{
    int a = open_locked(O_RDONLY), b = open_locked(O_RDONLY);
    CHECK(flock(a, LOCK_SH) == 0 && flock(b, LOCK_SH) == 0);
    FAILS(flock(a, LOCK_EX | LOCK_NB), EWOULDBLOCK);
    CHECK(flock(b, LOCK_EX | LOCK_NB) == 0); // a has none any more
    CHECK(flock(b, LOCK_SH | LOCK_NB) == 0 && flock(a, LOCK_SH | LOCK_NB) == 0);
}

static void unlock_later(int fd)
{
    sleep_ms(150);
    CHECK(flock(fd, LOCK_UN) == 0);
}

static void a_restarted_flock_goes_on(void)
{
    int a = open_locked(O_RDONLY), b = open_locked(O_RDONLY);
    CHECK(flock(a, LOCK_EX) == 0);
    pid_t child = start_child(unlock_later, a);
    interrupt_after(30, SA_RESTART);
    CHECK(flock(b, LOCK_EX) == 0 && signals_seen > 0);
    interrupt_after(0, 0);
    await_child(child);
}

int main(void)
{
    static const struct test_case cases[] = {
        CASE(processes_have_locks),      CASE(ranges_join_and_split),
        CASE(locking_names_its_errors),  CASE(waiting_for_a_lock_ends),
        CASE(circles_are_refused),       CASE(open_files_have_locks),
        CASE(flock_names_its_errors),    CASE(flock_belongs_to_the_open_file),
        CASE(converting_gives_up_first), CASE(a_restarted_flock_goes_on),
    };
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
