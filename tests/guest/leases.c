/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Leases on files: who has one is told before others open the file, and they wait. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#include <linux/openat2.h>

#include "check.h"

enum { SOMEBODY = 1234 };

static const char *const name = "/tmp/leased";
static sigset_t awaited;

static void await_signals(void)
{
    sigemptyset(&awaited);
    sigaddset(&awaited, SIGIO);
    sigaddset(&awaited, SIGRTMIN);
    CHECK(sigprocmask(SIG_BLOCK, &awaited, NULL) == 0);
}

static siginfo_t next_signal(int seconds)
{
    const struct timespec time = {seconds, 0};
    siginfo_t info = {0};
    int signal;
    do
        signal = sigtimedwait(&awaited, &info, &time);
    while (signal == -1 && errno == EINTR);
    info.si_signo = signal == -1 ? 0 : signal;
    return info;
}

/* The file, open with @flags, and nowhere else. */
static int fresh(int flags)
{
    unlink(name);
    CHECK(close(open(name, O_RDWR | O_CREAT, 0644)) == 0);
    const int fd = open(name, flags);
    CHECK(fd >= 0 && fcntl(fd, F_GETLEASE) == F_UNLCK);
    return fd;
}

static int has(int fd, int type)
{
    return fcntl(fd, F_GETLEASE) == type;
}

static void a_lease_is_set_and_given_up(void)
{
    int fd = fresh(O_RDONLY);
    CHECK(fcntl(fd, F_SETLEASE, F_RDLCK) == 0 && has(fd, F_RDLCK));
    CHECK(fcntl(fd, F_SETLEASE, F_WRLCK) == 0 && has(fd, F_WRLCK));
    CHECK(fcntl(fd, F_GETOWN) == getpid());
    CHECK(fcntl(fd, F_SETLEASE, F_UNLCK) == 0 && has(fd, F_UNLCK) && fcntl(fd, F_GETOWN) == 0);
    FAILS(fcntl(fd, F_SETLEASE, F_UNLCK), EAGAIN);
    CHECK(close(fd) == 0);
    fd = fresh(O_RDWR);
    FAILS(fcntl(fd, F_SETLEASE, F_RDLCK), EAGAIN); // it writes itself
    CHECK(fcntl(fd, F_SETLEASE, F_WRLCK) == 0 && close(fd) == 0);
    fd = open(name, O_RDONLY); // the lease went with its file
    CHECK(fd >= 0 && has(fd, F_UNLCK) && unlink(name) == 0);
}

static void others_keep_from_it(void)
{
    const int fd = fresh(O_RDONLY), reader = open(name, O_RDONLY);
    FAILS(fcntl(fd, F_SETLEASE, F_WRLCK), EAGAIN);
    CHECK(fcntl(fd, F_SETLEASE, F_RDLCK) == 0 && fcntl(reader, F_SETLEASE, F_RDLCK) == 0);
    CHECK(fcntl(fd, F_SETLEASE, F_UNLCK) == 0 && fcntl(reader, F_SETLEASE, F_UNLCK) == 0);
    const int writer = open(name, O_WRONLY);
    FAILS(fcntl(fd, F_SETLEASE, F_RDLCK), EAGAIN);
    CHECK(close(writer) == 0 && fcntl(fd, F_SETLEASE, F_RDLCK) == 0 && unlink(name) == 0);
}

static void it_has_rules(void)
{
    int ends[2], fd = fresh(O_RDONLY);
    FAILS(fcntl(fd, F_SETLEASE, 3), EINVAL);
    CHECK(pipe(ends) == 0);
    FAILS(fcntl(ends[0], F_SETLEASE, F_RDLCK), EINVAL);
    FAILS(fcntl(-1, F_SETLEASE, F_RDLCK), EBADF);
    CHECK(fcntl(ends[0], F_GETLEASE) == F_UNLCK);
    CHECK(setresuid(SOMEBODY, SOMEBODY, 0) == 0);
    FAILS(fcntl(fd, F_SETLEASE, F_RDLCK), EACCES);
    CHECK(setresuid(0, 0, 0) == 0 && unlink(name) == 0);
}

/* A process that opens the file with @flags and then ends with @status. */
static pid_t opener(int flags, int status)
{
    const pid_t child = fork();
    if (child == 0) {
        const int fd = open(name, flags);
        _exit(fd >= 0 ? status : 99);
    }
    return child;
}

static int ends_with(pid_t child, int status)
{
    int got;
    return waitpid(child, &got, 0) == child && WIFEXITED(got) && WEXITSTATUS(got) == status;
}

static int told_of(int fd)
{
    const siginfo_t info = next_signal(100);
    return info.si_signo == SIGRTMIN && info.si_code == POLL_MSG && info.si_fd == fd &&
           info.si_band == (POLLIN | POLLRDNORM | POLLMSG);
}

static void who_opens_waits_for_the_holder(void)
{
    await_signals();
    const int fd = fresh(O_RDONLY);
    CHECK(fcntl(fd, F_SETSIG, SIGRTMIN) == 0 && fcntl(fd, F_SETLEASE, F_WRLCK) == 0);
    pid_t child = opener(O_RDONLY, 7);
    CHECK(told_of(fd) && has(fd, F_RDLCK) && waitpid(child, NULL, WNOHANG) == 0);
    CHECK(fcntl(fd, F_SETLEASE, F_RDLCK) == 0 && ends_with(child, 7) && has(fd, F_RDLCK));
    CHECK(ends_with(opener(O_RDONLY, 8), 8) && next_signal(0).si_signo == 0); // readers may
    child = opener(O_WRONLY, 9);
    CHECK(told_of(fd) && has(fd, F_UNLCK) && waitpid(child, NULL, WNOHANG) == 0);
    CHECK(fcntl(fd, F_SETLEASE, F_UNLCK) == 0 && ends_with(child, 9) && unlink(name) == 0);
}

static void the_end_of_the_holder_is_the_end_of_the_lease(void)
{
    await_signals();
    const int fd = fresh(O_RDONLY);
    CHECK(fcntl(fd, F_SETLEASE, F_RDLCK) == 0);
    const pid_t child = fork();
    if (child == 0) {
        close(fd); // it must be ours alone
        const int other = open(name, O_WRONLY);
        _exit(other >= 0 ? 7 : 99);
    }
    CHECK(next_signal(100).si_signo == SIGIO && close(fd) == 0 && ends_with(child, 7));
    CHECK(unlink(name) == 0);
}

static void truncation_is_writing(void)
{
    await_signals();
    const int fd = fresh(O_RDONLY);
    CHECK(fcntl(fd, F_SETLEASE, F_RDLCK) == 0);
    const pid_t child = fork();
    if (child == 0)
        _exit(truncate(name, 100) == 0 ? 7 : 99);
    CHECK(next_signal(100).si_signo == SIGIO && fcntl(fd, F_SETLEASE, F_UNLCK) == 0);
    CHECK(ends_with(child, 7) && unlink(name) == 0);
}

static int open2(const char *path, int flags)
{
    const struct open_how how = {.flags = (unsigned)flags};
    return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
}

static void who_will_not_wait_need_not(void)
{
    union {
        struct file_handle head;
        char space[sizeof(struct file_handle) + MAX_HANDLE_SZ];
    } handle = {.head.handle_bytes = MAX_HANDLE_SZ};
    int mount;
    await_signals();
    const int fd = fresh(O_RDONLY);
    const int flags = O_WRONLY | O_NONBLOCK, place = open("/tmp", O_RDONLY);
    CHECK(name_to_handle_at(AT_FDCWD, name, &handle.head, &mount, 0) == 0);
    CHECK(fcntl(fd, F_SETLEASE, F_RDLCK) == 0);
    FAILS(open(name, flags), EWOULDBLOCK);
    FAILS(openat(AT_FDCWD, name, flags), EWOULDBLOCK);
#ifdef SYS_open
    FAILS(syscall(SYS_open, name, flags), EWOULDBLOCK);
#endif
    FAILS(open_by_handle_at(place, &handle.head, flags), EWOULDBLOCK);
    FAILS(open2(name, flags), EWOULDBLOCK);
    CHECK(next_signal(100).si_signo == SIGIO && fcntl(fd, F_SETLEASE, F_UNLCK) == 0);
    CHECK(close(open(name, flags)) == 0 && unlink(name) == 0);
}

/* A holder that does nothing has lost its lease after that time. */
static void nobody_waits_for_ever(void)
{
    char before[16] = "";
    const int setting = open("/proc/sys/fs/lease-break-time", O_RDWR);
    CHECK(setting >= 0 && read(setting, before, sizeof before - 1) > 0);
    CHECK(pwrite(setting, "1\n", 2, 0) == 2);
    await_signals();
    const int fd = fresh(O_RDONLY);
    CHECK(fcntl(fd, F_SETLEASE, F_WRLCK) == 0 && ends_with(opener(O_RDONLY, 7), 7));
    CHECK(has(fd, F_RDLCK) && ends_with(opener(O_WRONLY, 8), 8) && has(fd, F_UNLCK));
    CHECK(pwrite(setting, before, strlen(before), 0) > 0 && unlink(name) == 0);
}

static void catch_alarm(int signal)
{
    (void)signal;
}

static void a_signal_ends_the_wait(void)
{
    const struct sigaction action = {.sa_handler = catch_alarm};
    await_signals();
    const int fd = fresh(O_RDONLY);
    CHECK(fcntl(fd, F_SETLEASE, F_RDLCK) == 0);
    const pid_t child = fork();
    if (child == 0) {
        const struct timespec tenth = {0, 100000000};
        const pid_t waker = getpid();
        sigaction(SIGALRM, &action, NULL);
        if (fork() == 0)
            for (;;) { // until it waits
                nanosleep(&tenth, NULL);
                if (kill(waker, SIGALRM) != 0 || getppid() != waker)
                    _exit(0);
            }
        _exit(open(name, O_WRONLY) == -1 && errno == EINTR ? 7 : 99);
    }
    CHECK(ends_with(child, 7) && unlink(name) == 0);
}

int main(void)
{
    static const struct test_case cases[] = {
        CASE(a_lease_is_set_and_given_up),
        CASE(others_keep_from_it),
        CASE(it_has_rules),
        CASE(who_opens_waits_for_the_holder),
        CASE(the_end_of_the_holder_is_the_end_of_the_lease),
        CASE(truncation_is_writing),
        CASE(who_will_not_wait_need_not),
        CASE(nobody_waits_for_ever),
        CASE(a_signal_ends_the_wait),
    };
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
