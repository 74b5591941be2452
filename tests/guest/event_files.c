/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* timerfd and signalfd as programs see them. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>

#include "check.h"
#include "interrupts.h"

static void *volatile nowhere = (void *)8;

static void sleep_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&time, &time) == -1 && errno == EINTR)
        ;
}

static struct itimerspec spec(long first_ms, long every_ms)
{
    return (struct itimerspec){.it_value = {first_ms / 1000, first_ms % 1000 * 1000000},
                               .it_interval = {every_ms / 1000, every_ms % 1000 * 1000000}};
}

static int make_timer(int clock, int flags)
{
    int timer = timerfd_create(clock, flags);
    CHECK(timer >= 0);
    return timer;
}

static uint64_t expiries(int timer)
{
    uint64_t count = 0;
    CHECK(read(timer, &count, 8) == 8);
    return count;
}

static void timers_check_their_arguments(void)
{
    struct itimerspec time = spec(10, 0), bad = spec(10, 0);
    int ends[2];
    char small[4];
    uint64_t value;
    bad.it_value.tv_nsec = 1000000000;
    CHECK(pipe(ends) == 0);
    FAILS(timerfd_create(12345, 0), EINVAL);
    FAILS(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0), EINVAL);
    FAILS(timerfd_create(CLOCK_MONOTONIC, 1), EINVAL);
    int timer = make_timer(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    CHECK(fcntl(timer, F_GETFD) == FD_CLOEXEC && fcntl(timer, F_GETFL) == (O_RDWR | O_NONBLOCK));
    FAILS(timerfd_settime(-1, 0, &time, NULL), EBADF);
    FAILS(timerfd_settime(ends[0], 0, &time, NULL), EINVAL);
    FAILS(timerfd_settime(timer, 0x10, &time, NULL), EINVAL);
    FAILS(timerfd_settime(timer, 0, &bad, NULL), EINVAL);
    FAILS(timerfd_settime(timer, 0, nowhere, NULL), EFAULT);
    FAILS(timerfd_settime(timer, 0, &time, nowhere), EFAULT);
    FAILS(timerfd_gettime(-1, &time), EBADF);
    FAILS(timerfd_gettime(ends[0], &time), EINVAL);
    FAILS(timerfd_gettime(timer, nowhere), EFAULT);
    FAILS(read(timer, small, sizeof small), EINVAL);
    FAILS(write(timer, &value, 8), EINVAL);
}

static void a_timer_expires_once(void)
{
    struct itimerspec time = spec(30, 0), now;
    int timer = make_timer(CLOCK_MONOTONIC, 0);
    CHECK(timerfd_gettime(timer, &now) == 0 && now.it_value.tv_sec == 0 &&
          now.it_value.tv_nsec == 0);
    CHECK(timerfd_settime(timer, 0, &time, &now) == 0 && now.it_value.tv_nsec == 0);
    CHECK(timerfd_gettime(timer, &now) == 0 && now.it_value.tv_nsec > 0 &&
          now.it_value.tv_nsec <= 30000000);
    CHECK(expiries(timer) == 1);
    CHECK(timerfd_gettime(timer, &now) == 0 && now.it_value.tv_nsec == 0);
    CHECK(fcntl(timer, F_SETFL, O_NONBLOCK) == 0);
    uint64_t value;
    FAILS(read(timer, &value, 8), EAGAIN);
}

static void periods_add_up(void)
{
    static const int clocks[] = {CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_BOOTTIME};
    for (unsigned i = 0; i < 3; i++) {
        struct itimerspec time = spec(10, 20), now;
        int timer = make_timer(clocks[i], TFD_NONBLOCK);
        CHECK(timerfd_settime(timer, 0, &time, NULL) == 0);
        sleep_ms(115);
        CHECK(expiries(timer) >= 5);
        CHECK(timerfd_gettime(timer, &now) == 0 && now.it_interval.tv_nsec == 20000000);
        CHECK(now.it_value.tv_nsec <= 20000000 && now.it_value.tv_nsec > 0);
        time = spec(0, 20);
        CHECK(timerfd_settime(timer, 0, &time, &now) == 0 && now.it_interval.tv_nsec == 20000000);
        sleep_ms(40);
        uint64_t value;
        FAILS(read(timer, &value, 8), EAGAIN);
        CHECK(timerfd_gettime(timer, &now) == 0); // stopped, it keeps the period
        CHECK(now.it_value.tv_nsec == 0 && now.it_interval.tv_nsec == 20000000);
    }
}

/* Periods of 1 ns that nobody reads, or takes the signals of: programs go on nevertheless. */
static void short_periods_hold_nobody_up(void)
{
    const struct itimerspec time = {{0, 1}, {0, 1}};
    const struct itimerval also = {{0, 1}, {0, 1}};
    int timers[200];
    timer_t unseen[50];
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    CHECK(signal(SIGALRM, SIG_IGN) != SIG_ERR);
    for (unsigned i = 0; i < 200; i++) {
        timers[i] = make_timer(CLOCK_MONOTONIC, TFD_NONBLOCK);
        CHECK(timerfd_settime(timers[i], 0, &time, NULL) == 0);
    }
    for (unsigned i = 0; i < 50; i++)
        CHECK(timer_create(CLOCK_MONOTONIC, &event, &unseen[i]) == 0 &&
              timer_settime(unseen[i], 0, &time, NULL) == 0);
    CHECK(setitimer(ITIMER_REAL, &also, NULL) == 0);
    sleep_ms(20);
    for (unsigned i = 0; i < 200; i++)
        CHECK(expiries(timers[i]) > 1000000); // of 20,000,000 at least
}

static void absolute_times_may_be_past(void)
{
    struct timespec now;
    struct itimerspec time = {0};
    int timer = make_timer(CLOCK_MONOTONIC, 0);
    clock_gettime(CLOCK_MONOTONIC, &now);
    time.it_value.tv_nsec = 1;
    CHECK(timerfd_settime(timer, TFD_TIMER_ABSTIME, &time, NULL) == 0 && expiries(timer) == 1);
    time.it_value = now;
    time.it_value.tv_sec += 1;
    time.it_value.tv_nsec = 0;
    CHECK(timerfd_settime(timer, TFD_TIMER_ABSTIME, &time, NULL) == 0 && expiries(timer) == 1);
    clock_gettime(CLOCK_MONOTONIC, &now);
    CHECK(now.tv_sec >= time.it_value.tv_sec);
}

static void timers_can_be_waited_for(void)
{
    struct itimerspec time = spec(20, 0);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    int timer = make_timer(CLOCK_MONOTONIC, TFD_NONBLOCK), epoll = epoll_create1(0);
    struct pollfd poller = {.fd = timer, .events = POLLIN | POLLOUT};
    CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &event) == 0);
    CHECK(poll(&poller, 1, 0) == 0);
    CHECK(timerfd_settime(timer, 0, &time, NULL) == 0);
    CHECK(epoll_wait(epoll, &event, 1, 2000) == 1 && event.events == EPOLLIN);
    CHECK(poll(&poller, 1, 0) == 1 && poller.revents == POLLIN &&
          epoll_wait(epoll, &event, 1, 0) == 0);
    CHECK(timerfd_settime(timer, 0, &time, NULL) == 0); // what was counted is forgotten
    CHECK(poll(&poller, 1, 0) == 0);
    CHECK(epoll_wait(epoll, &event, 1, 2000) == 1);
}

static void a_signal_ends_the_read(void)
{
    uint64_t value;
    int timer = make_timer(CLOCK_MONOTONIC, 0);
    interrupt_after(30, 0);
    FAILS(read(timer, &value, 8), EINTR);
    CHECK(signals_seen >= 1);
}

static void step_clock(long seconds)
{
    struct timespec now;
    CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
    now.tv_sec += seconds;
    CHECK(clock_settime(CLOCK_REALTIME, &now) == 0);
}

static void setting_the_clock_cancels(void)
{
    struct itimerspec time = {0};
    struct timespec now;
    uint64_t value;
    int timer = make_timer(CLOCK_REALTIME, TFD_NONBLOCK);
    struct pollfd poller = {.fd = timer, .events = POLLIN};
    CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
    time.it_value.tv_sec = now.tv_sec + 1000;
    CHECK(timerfd_settime(timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &time, NULL) == 0);
    FAILS(read(timer, &value, 8), EAGAIN);
    step_clock(100);
    CHECK(poll(&poller, 1, 1000) == 1 && poller.revents == POLLIN);
    FAILS(read(timer, &value, 8), ECANCELED);
    FAILS(read(timer, &value, 8), EAGAIN);
    step_clock(-100);
    FAILS(timerfd_settime(timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &time, NULL),
          ECANCELED);
}

static void absolute_timers_follow_the_clock(void)
{
    struct itimerspec time = {0}, relative = spec(100000, 0);
    struct timespec now;
    int timer = make_timer(CLOCK_REALTIME, 0), other = make_timer(CLOCK_REALTIME, TFD_NONBLOCK);
    uint64_t value;
    CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
    time.it_value.tv_sec = now.tv_sec + 1000;
    CHECK(timerfd_settime(timer, TFD_TIMER_ABSTIME, &time, NULL) == 0);
    CHECK(timerfd_settime(other, 0, &relative, NULL) == 0);
    step_clock(2000);
    CHECK(expiries(timer) == 1);
    FAILS(read(other, &value, 8), EAGAIN);
    step_clock(-2000);
}

/* ---- signalfd ---- */

static int make_signals(int signal, int flags)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    int fd = signalfd(-1, &set, flags);
    CHECK(fd >= 0);
    return fd;
}

static void signal_files_check_their_arguments(void)
{
    sigset_t set;
    int ends[2];
    char small[100];
    sigfillset(&set);
    CHECK(pipe(ends) == 0);
    FAILS(syscall(SYS_signalfd4, -1, &set, (size_t)4, 0), EINVAL);
    FAILS(syscall(SYS_signalfd4, -1, &set, (size_t)8, 1), EINVAL);
    FAILS(syscall(SYS_signalfd4, -1, nowhere, (size_t)8, 0), EFAULT);
    FAILS(syscall(SYS_signalfd4, 77, &set, (size_t)8, 0), EBADF);
    FAILS(syscall(SYS_signalfd4, ends[0], &set, (size_t)8, 0), EINVAL);
    int fd = make_signals(SIGUSR1, SFD_CLOEXEC | SFD_NONBLOCK);
    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC && fcntl(fd, F_GETFL) == (O_RDWR | O_NONBLOCK));
    FAILS(read(fd, small, sizeof small), EINVAL);
    FAILS(write(fd, small, 8), EINVAL);
}

static void signals_are_read_with_their_sender(void)
{
    struct signalfd_siginfo info[4];
    int fd = make_signals(SIGUSR1, SFD_NONBLOCK), rt = SIGRTMIN + 1;
    FAILS(read(fd, info, sizeof info), EAGAIN);
    CHECK(kill(getpid(), SIGUSR1) == 0);
    CHECK(read(fd, info, sizeof info) == 128);
    CHECK(info[0].ssi_signo == SIGUSR1 && info[0].ssi_code == SI_USER &&
          info[0].ssi_pid == (uint32_t)getpid() && info[0].ssi_uid == getuid());
    FAILS(read(fd, info, sizeof info), EAGAIN);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, rt);
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    CHECK(signalfd(fd, &set, 0) == fd);
    for (int i = 0; i < 3; i++) {
        union sigval value = {.sival_int = 100 + i};
        CHECK(sigqueue(getpid(), rt, value) == 0);
    }
    CHECK(kill(getpid(), SIGUSR1) == 0); // no longer asked for
    CHECK(read(fd, info, 2 * 128 + 5) == 256 && info[0].ssi_int == 100 && info[1].ssi_int == 101);
    CHECK(info[0].ssi_code == SI_QUEUE && info[0].ssi_signo == (uint32_t)rt);
    CHECK(read(fd, info, sizeof info) == 128 && info[0].ssi_int == 102);
}

static void a_child_that_ends_is_read(void)
{
    struct signalfd_siginfo info;
    int fd = make_signals(SIGCHLD, 0);
    pid_t child = fork();
    if (child == 0) {
        sleep_ms(30);
        _exit(7);
    }
    CHECK(read(fd, &info, sizeof info) == 128);
    CHECK(info.ssi_signo == SIGCHLD && info.ssi_code == CLD_EXITED && info.ssi_status == 7 &&
          info.ssi_pid == (uint32_t)child);
    CHECK(waitpid(child, NULL, 0) == child);
}

static void signals_can_be_waited_for(void)
{
    struct epoll_event event = {.events = EPOLLIN};
    struct signalfd_siginfo info;
    int fd = make_signals(SIGUSR2, SFD_NONBLOCK), epoll = epoll_create1(0);
    CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0);
    struct pollfd poller = {.fd = fd, .events = POLLIN};
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        sleep_ms(40);
        kill(parent, SIGUSR2);
        _exit(0);
    }
    CHECK(epoll_wait(epoll, &event, 1, 5000) == 1 && poll(&poller, 1, 0) == 1);
    CHECK(read(fd, &info, sizeof info) == 128 && poll(&poller, 1, 0) == 0);
    CHECK(epoll_wait(epoll, &event, 1, 0) == 0);
    CHECK(waitpid(child, NULL, 0) == child);
}

static void what_cannot_be_blocked_is_left_out(void)
{
    sigset_t set;
    sigfillset(&set);
    int fd = signalfd(-1, &set, SFD_NONBLOCK);
    CHECK(fd >= 0);
    pid_t child = fork();
    if (child == 0) {
        kill(getpid(), SIGKILL);
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
}

static void *read_info(void *argument)
{
    static struct signalfd_siginfo info;
    CHECK(read(*(int *)argument, &info, sizeof info) == 128);
    return &info;
}

static void a_thread_reads_what_another_sends(void)
{
    int fd = make_signals(SIGUSR1, 0);
    pthread_t thread;
    void *info;
    CHECK(pthread_create(&thread, NULL, read_info, &fd) == 0);
    sleep_ms(40);
    CHECK(kill(getpid(), SIGUSR1) == 0);
    CHECK(pthread_join(thread, &info) == 0);
    CHECK(((struct signalfd_siginfo *)info)->ssi_signo == SIGUSR1);
}

int main(void)
{
    static const struct test_case cases[] = {
        CASE(timers_check_their_arguments),
        CASE(a_timer_expires_once),
        CASE(periods_add_up),
        CASE(short_periods_hold_nobody_up),
        CASE(absolute_times_may_be_past),
        CASE(timers_can_be_waited_for),
        CASE(a_signal_ends_the_read),
        CASE(setting_the_clock_cancels),
        CASE(absolute_timers_follow_the_clock),
        CASE(signal_files_check_their_arguments),
        CASE(signals_are_read_with_their_sender),
        CASE(a_child_that_ends_is_read),
        CASE(signals_can_be_waited_for),
        CASE(what_cannot_be_blocked_is_left_out),
        CASE(a_thread_reads_what_another_sends),
    };
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
