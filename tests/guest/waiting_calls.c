/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* poll(2), select(2), epoll(7) and the files that events come from: what they refuse, and how waits
 * end. */
#define _GNU_SOURCE
#include <poll.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>

#include "file_scene.h"
#include "limits.h"

#define SET_BYTES ((size_t)8)

static volatile int none;
static sigset_t no_signals;
static struct epoll_event event = {.events = EPOLLIN};

static int *make_pipe(void)
{
    static int ends[2];
    CHECK(pipe(ends) == 0);
    return ends;
}

/* ---- poll ---- */

static void polling_names_its_errors(void)
{
    struct pollfd entry = {.fd = make_pipe()[0], .events = POLLIN};
    struct timespec bad = {0, 1000000000}, past = {-1, 0}, zero = {0, 0};
    FAILS(syscall(SYS_ppoll, nowhere, 1, &zero, NULL, SET_BYTES), EFAULT);
    FAILS(syscall(SYS_ppoll, &entry, 1, nowhere, NULL, SET_BYTES), EFAULT);
    FAILS(syscall(SYS_ppoll, &entry, 1, &zero, nowhere, SET_BYTES), EFAULT);
    FAILS(syscall(SYS_ppoll, &entry, 1, &bad, NULL, SET_BYTES), EINVAL);
    FAILS(syscall(SYS_ppoll, &entry, 1, &past, NULL, SET_BYTES), EINVAL);
    FAILS(syscall(SYS_ppoll, &entry, 1, &zero, &no_signals, (size_t)7), EINVAL);
    CHECK(syscall(SYS_ppoll, &entry, 1, &zero, NULL, SET_BYTES) == 0);
    limit(RLIMIT_NOFILE, 20);
    FAILS(syscall(SYS_ppoll, &entry, 21, &zero, NULL, SET_BYTES), EINVAL);
#ifdef SYS_poll
    FAILS(syscall(SYS_poll, nowhere, 1, 0), EFAULT);
    FAILS(syscall(SYS_poll, &entry, 21, 0), EINVAL);
    CHECK(syscall(SYS_poll, &entry, 1, 0) == 0 && syscall(SYS_poll, NULL, 0, 1) == 0);
#endif
}

static void polling_tells_each_state(void)
{
    int *ends = make_pipe(), folder = open("/tmp", O_RDONLY), path = open("/tmp", O_PATH);
    struct pollfd entries[5] = {{.fd = ends[0], .events = POLLIN},
                                {.fd = ends[1], .events = POLLOUT | POLLWRNORM},
                                {.fd = 99, .events = POLLIN},
                                {.fd = -1, .events = POLLIN, .revents = 7},
                                {.fd = folder, .events = POLLIN | POLLOUT}};
    CHECK(poll(entries, 5, -1) == 3 && entries[0].revents == 0 && entries[3].revents == 0);
    CHECK(entries[1].revents == (POLLOUT | POLLWRNORM) && entries[2].revents == POLLNVAL);
    CHECK(entries[4].revents == (POLLIN | POLLOUT));
    entries[2].fd = path;
    CHECK(poll(entries + 2, 1, 0) == 1 && entries[2].revents == POLLNVAL);
    CHECK(write(ends[1], "x", 1) == 1 && close(ends[1]) == 0);
    CHECK(poll(entries, 1, 0) == 1 && entries[0].revents == (POLLIN | POLLHUP));
}

static void polling_is_interrupted(void)
{
    struct pollfd entry = {.fd = make_pipe()[0], .events = POLLIN};
    interrupt_after(30, SA_RESTART); // it does not restart
    FAILS(syscall(SYS_ppoll, &entry, 1, NULL, NULL, SET_BYTES), EINTR);
#ifdef SYS_poll
    FAILS(syscall(SYS_poll, &entry, 1, -1), EINTR);
#endif
    struct timespec time = {10, 0};
    FAILS(syscall(SYS_ppoll, &entry, 1, &time, NULL, SET_BYTES), EINTR);
    CHECK(time.tv_sec == 9); // what is left
}

static void times_are_kept(void)
{
    struct timespec time = {0, 40000000};
    struct timeval micros = {0, 40000};
    long start = now_ms();
    CHECK(syscall(SYS_ppoll, NULL, 0, &time, NULL, SET_BYTES) == 0 && now_ms() - start >= 39);
    CHECK(time.tv_sec == 0 && time.tv_nsec == 0);
    start = now_ms();
    CHECK(select(0, NULL, NULL, NULL, &micros) == 0 && now_ms() - start >= 39);
    start = now_ms();
    CHECK(poll(NULL, 0, 40) == 0 && now_ms() - start >= 39);
}

/* ---- select ---- */

static long select6(int most, void *read, void *time, void *mask)
{
    return syscall(SYS_pselect6, most, read, NULL, NULL, time, mask);
}

static void selecting_names_its_errors(void)
{
    struct timespec bad = {0, -1}, zero = {0, 0};
    struct {
        void *mask;
        size_t bytes;
    } mask = {&no_signals, 7}, lost = {nowhere, 8};
    fd_set set;
    FD_ZERO(&set);
    FD_SET(50, &set);
    FAILS(syscall(SYS_pselect6, 51, &set, NULL, NULL, &zero, NULL), EBADF);
    FAILS(syscall(SYS_pselect6, -1, NULL, NULL, NULL, &zero, NULL), EINVAL);
    FAILS(syscall(SYS_pselect6, 0, NULL, NULL, NULL, &bad, NULL), EINVAL);
    FAILS(syscall(SYS_pselect6, 0, NULL, NULL, NULL, &zero, &mask), EINVAL);
    FAILS(syscall(SYS_pselect6, 0, NULL, NULL, NULL, &zero, &lost), EFAULT);
    FAILS(syscall(SYS_pselect6, 10, nowhere, NULL, NULL, &zero, NULL), EFAULT);
    FAILS(syscall(SYS_pselect6, 0, NULL, NULL, NULL, nowhere, NULL), EFAULT);
    CHECK(select6(50, &set, &zero, NULL) == 0 && select6(5000, NULL, &zero, NULL) == 0);
#ifdef SYS_select
    struct timeval past = {-1, 0}, now = {0, 0};
    FD_SET(50, &set);
    FAILS(syscall(SYS_select, 51, &set, NULL, NULL, &now), EBADF);
    FAILS(syscall(SYS_select, -1, NULL, NULL, NULL, &now), EINVAL);
    FAILS(syscall(SYS_select, 0, NULL, NULL, NULL, &past), EINVAL);
    FAILS(syscall(SYS_select, 10, nowhere, NULL, NULL, &now), EFAULT);
    CHECK(syscall(SYS_select, 0, NULL, NULL, NULL, &now) == 0);
#endif
}

static void selecting_sets_bits(void)
{
    int *ends = make_pipe();
    struct timeval zero = {0, 0};
    fd_set readable, writable;
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    FD_SET(ends[0], &readable);
    FD_SET(ends[1], &writable);
    CHECK(select(ends[1] + 1, &readable, &writable, NULL, &zero) == 1);
    CHECK(!FD_ISSET(ends[0], &readable) && FD_ISSET(ends[1], &writable));
    CHECK(write(ends[1], "x", 1) == 1);
    FD_SET(ends[0], &readable);
    CHECK(select(ends[1] + 1, &readable, &writable, NULL, &zero) == 2);
    CHECK(FD_ISSET(ends[0], &readable) && FD_ISSET(ends[1], &writable));
}

static void selecting_is_interrupted(void)
{
    interrupt_after(30, SA_RESTART);
    FAILS(syscall(SYS_pselect6, 0, NULL, NULL, NULL, NULL, NULL), EINTR);
#ifdef SYS_select
    FAILS(syscall(SYS_select, 0, NULL, NULL, NULL, NULL), EINTR);
#endif
}

/* ---- epoll ---- */

static void making_epolls_names_its_errors(void)
{
    FAILS(epoll_create1(1), EINVAL);
#ifdef SYS_epoll_create
    FAILS(syscall(SYS_epoll_create, 0), EINVAL);
    FAILS(syscall(SYS_epoll_create, -1), EINVAL);
    CHECK(syscall(SYS_epoll_create, 1) >= 0);
#endif
}

static void watching_names_its_errors(void)
{
    int epoll = epoll_create1(0), inner = epoll_create1(0), *ends = make_pipe();
    int folder = open("/tmp", O_RDONLY), path = open("/tmp", O_PATH);
    FAILS(epoll_ctl(-1, EPOLL_CTL_ADD, ends[0], &event), EBADF);
    FAILS(epoll_ctl(epoll, EPOLL_CTL_ADD, -1, &event), EBADF);
    FAILS(epoll_ctl(epoll, EPOLL_CTL_ADD, path, &event), EBADF);
    FAILS(epoll_ctl(epoll, EPOLL_CTL_ADD, folder, &event), EPERM);
    FAILS(epoll_ctl(epoll, EPOLL_CTL_ADD, epoll, &event), EINVAL);
    FAILS(epoll_ctl(ends[0], EPOLL_CTL_ADD, ends[1], &event), EINVAL);
    FAILS(epoll_ctl(epoll, 77, ends[0], &event), EINVAL);
    FAILS(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], nowhere), EFAULT);
    FAILS(epoll_ctl(epoll, EPOLL_CTL_MOD, ends[0], &event), ENOENT);
    FAILS(epoll_ctl(epoll, EPOLL_CTL_DEL, ends[0], NULL), ENOENT);
    CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event) == 0);
    FAILS(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event), EEXIST);
    CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, inner, &event) == 0);
    FAILS(epoll_ctl(inner, EPOLL_CTL_ADD, epoll, &event), ELOOP);
}

static void set_watches(const char *most)
{
    int fd = open("/proc/sys/fs/epoll/max_user_watches", O_WRONLY);
    CHECK(fd >= 0 && write(fd, most, strlen(most)) == (ssize_t)strlen(most) && close(fd) == 0);
}

static void watches_run_out(void)
{
    char before[32] = "";
    int epoll = epoll_create1(0), *ends = make_pipe();
    int fd = open("/proc/sys/fs/epoll/max_user_watches", O_RDONLY);
    CHECK(fd >= 0 && read(fd, before, sizeof before - 1) > 0);
    set_watches("0");
    FAILS(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event), ENOSPC);
    set_watches(before);
    CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event) == 0);
}

static void waiting_names_its_errors(void)
{
    int epoll = epoll_create1(0), *ends = make_pipe();
    struct timespec bad = {0, 1000000000}, zero = {0, 0};
    struct epoll_event out = {.events = EPOLLOUT};
    CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[1], &out) == 0);
    FAILS(syscall(SYS_epoll_pwait, -1, &event, 1, 0, NULL, SET_BYTES), EBADF);
    FAILS(syscall(SYS_epoll_pwait, ends[0], &event, 1, 0, NULL, SET_BYTES), EINVAL);
    FAILS(syscall(SYS_epoll_pwait, epoll, &event, 0, 0, NULL, SET_BYTES), EINVAL);
    FAILS(syscall(SYS_epoll_pwait, epoll, nowhere, 1, 0, NULL, SET_BYTES), EFAULT);
    FAILS(syscall(SYS_epoll_pwait, epoll, &event, 1, 0, &no_signals, (size_t)7), EINVAL);
    FAILS(syscall(SYS_epoll_pwait2, -1, &event, 1, &zero, NULL, SET_BYTES), EBADF);
    FAILS(syscall(SYS_epoll_pwait2, epoll, &event, -1, &zero, NULL, SET_BYTES), EINVAL);
    FAILS(syscall(SYS_epoll_pwait2, epoll, &event, 1, &bad, NULL, SET_BYTES), EINVAL);
    FAILS(syscall(SYS_epoll_pwait2, epoll, nowhere, 1, &zero, NULL, SET_BYTES), EFAULT);
    FAILS(syscall(SYS_epoll_pwait2, epoll, &event, 1, nowhere, NULL, SET_BYTES), EFAULT);
    CHECK(syscall(SYS_epoll_pwait2, epoll, &event, 1, &zero, NULL, SET_BYTES) == 1);
#ifdef SYS_epoll_wait
    FAILS(syscall(SYS_epoll_wait, -1, &event, 1, 0), EBADF);
    FAILS(syscall(SYS_epoll_wait, ends[0], &event, 1, 0), EINVAL);
    FAILS(syscall(SYS_epoll_wait, epoll, &event, none, 0), EINVAL);
    FAILS(syscall(SYS_epoll_wait, epoll, nowhere, 1, 0), EFAULT);
    CHECK(syscall(SYS_epoll_wait, epoll, &event, 1, 0) == 1);
#endif
}

static void waiting_is_interrupted(void)
{
    int epoll = epoll_create1(0);
    interrupt_after(30, SA_RESTART);
    FAILS(syscall(SYS_epoll_pwait, epoll, &event, 1, -1, NULL, SET_BYTES), EINTR);
    FAILS(syscall(SYS_epoll_pwait2, epoll, &event, 1, NULL, NULL, SET_BYTES), EINTR);
#ifdef SYS_epoll_wait
    FAILS(syscall(SYS_epoll_wait, epoll, &event, 1, -1), EINTR);
#endif
}

/* ---- Files that events come from ---- */

static void making_event_files_names_its_errors(void)
{
    struct itimerspec time = {{0, 0}, {0, 1}}, bad = {{0, 0}, {0, 1000000000}};
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), *ends = make_pipe();
    FAILS(eventfd(0, 0x40), EINVAL);
    FAILS(timerfd_create(99, 0), EINVAL);
    FAILS(timerfd_create(CLOCK_MONOTONIC, 1), EINVAL);
    FAILS(timerfd_settime(-1, 0, &time, NULL), EBADF);
    FAILS(timerfd_settime(ends[0], 0, &time, NULL), EINVAL);
    FAILS(timerfd_settime(timer, 0, &bad, NULL), EINVAL);
    FAILS(timerfd_settime(timer, 8, &time, NULL), EINVAL);
    FAILS(timerfd_settime(timer, 0, nowhere, NULL), EFAULT);
    FAILS(timerfd_gettime(-1, &time), EBADF);
    FAILS(timerfd_gettime(ends[0], &time), EINVAL);
    FAILS(timerfd_gettime(timer, nowhere), EFAULT);
    FAILS(syscall(SYS_signalfd4, 99, &no_signals, SET_BYTES, 0), EBADF);
    FAILS(syscall(SYS_signalfd4, ends[0], &no_signals, SET_BYTES, 0), EINVAL);
    FAILS(syscall(SYS_signalfd4, -1, &no_signals, SET_BYTES, 1), EINVAL);
    FAILS(syscall(SYS_signalfd4, -1, &no_signals, (size_t)7, 0), EINVAL);
#ifdef SYS_signalfd
    FAILS(syscall(SYS_signalfd, 99, &no_signals, SET_BYTES), EBADF);
    FAILS(syscall(SYS_signalfd, ends[0], &no_signals, SET_BYTES), EINVAL);
    CHECK(syscall(SYS_signalfd, -1, &no_signals, SET_BYTES) >= 0);
    CHECK(syscall(SYS_eventfd, 5) >= 0);
#endif
}

static void waking_alarms_are_privileged(void)
{
    capability_drop(CAP_WAKE_ALARM);
    FAILS(timerfd_create(CLOCK_REALTIME_ALARM, 0), EPERM);
    FAILS(timerfd_create(CLOCK_BOOTTIME_ALARM, 0), EPERM);
}

static void descriptors_run_out(void)
{
    descriptors_use_up();
    FAILS(eventfd(0, 0), EMFILE);
    FAILS(syscall(SYS_signalfd4, -1, &no_signals, SET_BYTES, 0), EMFILE);
    FAILS(timerfd_create(CLOCK_MONOTONIC, 0), EMFILE);
    FAILS(epoll_create1(0), EMFILE);
#ifdef SYS_eventfd
    FAILS(syscall(SYS_eventfd, 0), EMFILE);
    FAILS(syscall(SYS_signalfd, -1, &no_signals, SET_BYTES), EMFILE);
    FAILS(syscall(SYS_epoll_create, 1), EMFILE);
#endif
}

static void files_run_out(void)
{
    files_use_up();
    FAILS(eventfd(0, 0), ENFILE);
    FAILS(syscall(SYS_signalfd4, -1, &no_signals, SET_BYTES, 0), ENFILE);
    FAILS(timerfd_create(CLOCK_MONOTONIC, 0), ENFILE);
    FAILS(epoll_create1(0), ENFILE);
#ifdef SYS_eventfd
    FAILS(syscall(SYS_eventfd, 0), ENFILE);
    FAILS(syscall(SYS_signalfd, -1, &no_signals, SET_BYTES), ENFILE);
    FAILS(syscall(SYS_epoll_create, 1), ENFILE);
#endif
    files_give_back();
}

int main(void)
{
    static const struct test_case cases[] = {
        CASE(polling_names_its_errors),
        CASE(polling_tells_each_state),
        CASE(polling_is_interrupted),
        CASE(times_are_kept),
        CASE(selecting_names_its_errors),
        CASE(selecting_sets_bits),
        CASE(selecting_is_interrupted),
        CASE(making_epolls_names_its_errors),
        CASE(watching_names_its_errors),
        CASE(watches_run_out),
        CASE(waiting_names_its_errors),
        CASE(waiting_is_interrupted),
        CASE(making_event_files_names_its_errors),
        CASE(waking_alarms_are_privileged),
        CASE(descriptors_run_out),
        CASE(files_run_out),
    };
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
