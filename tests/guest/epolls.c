/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* epoll and eventfd as programs see them. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

#include "check.h"
#include "interrupts.h"

static volatile sig_atomic_t signals;
static void *volatile nowhere = (void *)8;
static volatile int none;

static void handle(int signal)
{
    (void)signal;
    signals++;
}

static void install(int signal, int flags)
{
    struct sigaction action = {.sa_handler = handle, .sa_flags = flags};
    CHECK(sigaction(signal, &action, NULL) == 0);
}

static void sleep_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&time, &time) == -1 && errno == EINTR)
        ;
}

static long now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static int make_epoll(void)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    CHECK(epoll >= 0);
    return epoll;
}

static int control(int epoll, int operation, int fd, uint32_t events, uint64_t data)
{
    struct epoll_event event = {.events = events, .data.u64 = data};
    return epoll_ctl(epoll, operation, fd, &event);
}

static int count_ready(int epoll, int timeout)
{
    struct epoll_event events[16];
    return epoll_wait(epoll, events, 16, timeout);
}

/* What the only ready descriptor reports; 0: none is. */
static uint32_t ready_events(int epoll)
{
    struct epoll_event events[4];
    int count = epoll_wait(epoll, events, 4, 0);
    CHECK(count == 0 || count == 1);
    return count ? events[0].events : 0;
}

static void put(int fd)
{
    CHECK(write(fd, "x", 1) == 1);
}

static void take(int fd)
{
    char byte;
    CHECK(read(fd, &byte, 1) == 1);
}

static void creation_checks_its_arguments(void)
{
    FAILS(syscall(SYS_epoll_create1, 1), EINVAL);
    FAILS(epoll_create(0), EINVAL);
    FAILS(epoll_create(-1), EINVAL);
    int epoll = epoll_create(1);
    CHECK(epoll >= 0 && fcntl(epoll, F_GETFD) == 0);
    int other = epoll_create1(EPOLL_CLOEXEC);
    CHECK(other >= 0 && fcntl(other, F_GETFD) == FD_CLOEXEC);
    char byte;
    FAILS(read(epoll, &byte, 1), EINVAL);
    FAILS(write(epoll, &byte, 1), EINVAL);
    struct rlimit files = {8, 8};
    CHECK(setrlimit(RLIMIT_NOFILE, &files) == 0);
    int last;
    while ((last = epoll_create1(0)) >= 0)
        ;
    CHECK(errno == EMFILE);
}

static void control_names_its_errors(void)
{
    int epoll = make_epoll(), ends[2], file = open("/", O_RDONLY | O_DIRECTORY);
    CHECK(pipe(ends) == 0 && file >= 0);
    int regular = memfd_create("x", 0);
    FAILS(control(-1, EPOLL_CTL_ADD, ends[0], EPOLLIN, 0), EBADF);
    FAILS(control(epoll, EPOLL_CTL_ADD, -1, EPOLLIN, 0), EBADF);
    FAILS(control(epoll, EPOLL_CTL_ADD, file, EPOLLIN, 0), EPERM);
    if (regular >= 0)
        FAILS(control(epoll, EPOLL_CTL_ADD, regular, EPOLLIN, 0), EPERM);
    FAILS(control(epoll, EPOLL_CTL_ADD, epoll, EPOLLIN, 0), EINVAL);
    FAILS(control(ends[1], EPOLL_CTL_ADD, ends[0], EPOLLIN, 0), EINVAL);
    FAILS(control(epoll, 77, ends[0], EPOLLIN, 0), EINVAL);
    FAILS(control(epoll, EPOLL_CTL_MOD, ends[0], EPOLLIN, 0), ENOENT);
    FAILS(epoll_ctl(epoll, EPOLL_CTL_DEL, ends[0], NULL), ENOENT);
    FAILS(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], nowhere), EFAULT);
    CHECK(control(epoll, EPOLL_CTL_ADD, ends[0], EPOLLIN, 0) == 0);
    FAILS(control(epoll, EPOLL_CTL_ADD, ends[0], EPOLLIN, 0), EEXIST);
    CHECK(epoll_ctl(epoll, EPOLL_CTL_DEL, ends[0], NULL) == 0);
    FAILS(epoll_ctl(epoll, EPOLL_CTL_DEL, ends[0], NULL), ENOENT);
}

static void waiting_names_its_errors(void)
{
    struct epoll_event event;
    int epoll = make_epoll(), ends[2];
    CHECK(pipe(ends) == 0);
    FAILS(epoll_wait(-1, &event, 1, 0), EBADF);
    FAILS(epoll_wait(ends[0], &event, 1, 0), EINVAL);
    FAILS(epoll_wait(epoll, &event, none, 0), EINVAL);
    FAILS(epoll_wait(epoll, &event, none - 1, 0), EINVAL);
    CHECK(control(epoll, EPOLL_CTL_ADD, ends[1], EPOLLOUT, 3) == 0);
    FAILS(epoll_wait(epoll, nowhere, 1, 0), EFAULT);
    CHECK(epoll_wait(epoll, &event, 1, 0) == 1 && event.data.u64 == 3);
    sigset_t set;
    sigemptyset(&set);
    FAILS(syscall(SYS_epoll_pwait, epoll, &event, 1, 0, &set, (size_t)3), EINVAL);
    FAILS(syscall(SYS_epoll_pwait, epoll, &event, 1, 0, nowhere, (size_t)8), EFAULT);
    struct timespec bad = {0, 1000000000};
    FAILS(syscall(SYS_epoll_pwait2, epoll, &event, 1, &bad, NULL, (size_t)8), EINVAL);
}

static void level_triggered_stays_until_it_is_gone(void)
{
    int epoll = make_epoll(), ends[2];
    CHECK(pipe(ends) == 0);
    CHECK(control(epoll, EPOLL_CTL_ADD, ends[0], EPOLLIN, 1) == 0);
    CHECK(ready_events(epoll) == 0);
    put(ends[1]);
    CHECK(ready_events(epoll) == EPOLLIN && ready_events(epoll) == EPOLLIN);
    take(ends[0]);
    CHECK(ready_events(epoll) == 0);
    close(ends[1]);
    CHECK(ready_events(epoll) == EPOLLHUP);
}

static void edge_triggered_tells_each_change_once(void)
{
    int epoll = make_epoll(), ends[2];
    CHECK(pipe(ends) == 0);
    put(ends[1]);
    CHECK(control(epoll, EPOLL_CTL_ADD, ends[0], EPOLLIN | EPOLLET, 1) == 0);
    CHECK(ready_events(epoll) == EPOLLIN && ready_events(epoll) == 0);
    put(ends[1]);
    CHECK(ready_events(epoll) == EPOLLIN && ready_events(epoll) == 0);
    take(ends[0]);
    CHECK(ready_events(epoll) == 0);
    CHECK(control(epoll, EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLET, 1) == 0);
    CHECK(ready_events(epoll) == EPOLLIN && ready_events(epoll) == 0);
    close(ends[1]);
    CHECK(ready_events(epoll) == (EPOLLIN | EPOLLHUP) && ready_events(epoll) == 0);
}

static void an_edge_for_reading_is_none_for_writing(void)
{
    int epoll = make_epoll(), counter = eventfd(0, EFD_NONBLOCK | EFD_SEMAPHORE);
    uint64_t value = 2;
    CHECK(control(epoll, EPOLL_CTL_ADD, counter, EPOLLIN | EPOLLET, 1) == 0);
    CHECK(write(counter, &value, 8) == 8);
    CHECK(ready_events(epoll) == EPOLLIN && ready_events(epoll) == 0);
    CHECK(read(counter, &value, 8) == 8 && value == 1); // changes what writers wait for only
    CHECK(ready_events(epoll) == 0);
}

static void one_shot_sleeps_until_it_is_armed_again(void)
{
    int epoll = make_epoll(), ends[2];
    CHECK(pipe(ends) == 0);
    CHECK(control(epoll, EPOLL_CTL_ADD, ends[0], EPOLLIN | EPOLLONESHOT, 1) == 0);
    put(ends[1]);
    CHECK(ready_events(epoll) == EPOLLIN && ready_events(epoll) == 0);
    put(ends[1]);
    close(ends[1]);
    CHECK(ready_events(epoll) == 0);
    FAILS(control(epoll, EPOLL_CTL_ADD, ends[0], EPOLLIN, 1), EEXIST);
    CHECK(control(epoll, EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLONESHOT, 1) == 0);
    CHECK(ready_events(epoll) == (EPOLLIN | EPOLLHUP));
}

static void errors_and_hang_ups_need_not_be_asked_for(void)
{
    int epoll = make_epoll(), ends[2];
    CHECK(pipe(ends) == 0);
    CHECK(control(epoll, EPOLL_CTL_ADD, ends[1], 0, 1) == 0);
    CHECK(ready_events(epoll) == 0);
    close(ends[0]);
    CHECK(ready_events(epoll) == EPOLLERR);
}

static void closing_ends_the_watch_with_the_last_descriptor(void)
{
    int epoll = make_epoll(), ends[2];
    CHECK(pipe(ends) == 0);
    put(ends[1]);
    int copy = dup(ends[0]);
    CHECK(control(epoll, EPOLL_CTL_ADD, ends[0], EPOLLIN, 1) == 0);
    CHECK(count_ready(epoll, 0) == 1);
    close(ends[0]);
    CHECK(count_ready(epoll, 0) == 1);
    FAILS(epoll_ctl(epoll, EPOLL_CTL_DEL, ends[0], NULL), EBADF);
    close(copy);
    CHECK(count_ready(epoll, 0) == 0);
}

static void the_same_file_is_watched_once_for_each_descriptor(void)
{
    int epoll = make_epoll(), ends[2];
    CHECK(pipe(ends) == 0);
    int copy = dup(ends[0]);
    CHECK(control(epoll, EPOLL_CTL_ADD, ends[0], EPOLLIN, 1) == 0);
    CHECK(control(epoll, EPOLL_CTL_ADD, copy, EPOLLIN, 2) == 0);
    put(ends[1]);
    CHECK(count_ready(epoll, 0) == 2);
    CHECK(epoll_ctl(epoll, EPOLL_CTL_DEL, copy, NULL) == 0);
    CHECK(count_ready(epoll, 0) == 1);
}

static void what_is_ready_takes_turns(void)
{
    int epoll = make_epoll(), ends[8][2];
    unsigned seen = 0;
    for (unsigned i = 0; i < 8; i++) {
        CHECK(pipe(ends[i]) == 0);
        CHECK(control(epoll, EPOLL_CTL_ADD, ends[i][1], EPOLLOUT, i) == 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        struct epoll_event events[2];
        CHECK(epoll_wait(epoll, events, 2, 0) == 2);
        seen |= 1u << events[0].data.u64 | 1u << events[1].data.u64;
    }
    CHECK(seen == 0xff);
}

static void an_epoll_can_be_watched(void)
{
    int inner = make_epoll(), outer = make_epoll(), ends[2];
    CHECK(pipe(ends) == 0);
    CHECK(control(outer, EPOLL_CTL_ADD, inner, EPOLLIN, 1) == 0);
    CHECK(control(inner, EPOLL_CTL_ADD, ends[0], EPOLLIN, 1) == 0);
    CHECK(ready_events(outer) == 0);
    put(ends[1]);
    CHECK(ready_events(outer) == EPOLLIN && ready_events(inner) == EPOLLIN);
    struct pollfd poller = {.fd = outer, .events = POLLIN};
    CHECK(poll(&poller, 1, 0) == 1 && poller.revents == POLLIN);
    take(ends[0]);
    CHECK(ready_events(outer) == 0 && poll(&poller, 1, 0) == 0);
    close(inner);
    put(ends[1]);
    CHECK(count_ready(outer, 0) == 0);
}

static void circles_and_deep_nests_are_refused(void)
{
    int a = make_epoll(), b = make_epoll(), c = make_epoll();
    CHECK(control(a, EPOLL_CTL_ADD, b, EPOLLIN, 0) == 0);
    CHECK(control(b, EPOLL_CTL_ADD, c, EPOLLIN, 0) == 0);
    FAILS(control(c, EPOLL_CTL_ADD, a, EPOLLIN, 0), ELOOP);
    FAILS(control(b, EPOLL_CTL_ADD, a, EPOLLIN, 0), ELOOP);
    int ends[2], last, levels = 0;
    CHECK(pipe(ends) == 0);
    for (last = ends[0]; levels < 10; levels++) {
        int next = make_epoll();
        errno = 0;
        if (control(next, EPOLL_CTL_ADD, last, EPOLLIN, 0) != 0)
            break;
        last = next;
    }
    CHECK(levels == 5 &&
          (errno == ELOOP || errno == EINVAL)); // Linux says EINVAL where the page says ELOOP
}

static void exclusive_has_rules(void)
{
    int epoll = make_epoll(), inner = make_epoll(), ends[2];
    CHECK(pipe(ends) == 0);
    FAILS(control(epoll, EPOLL_CTL_ADD, inner, EPOLLIN | EPOLLEXCLUSIVE, 0), EINVAL);
    FAILS(control(epoll, EPOLL_CTL_ADD, ends[0], EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT, 0),
          EINVAL);
    CHECK(control(epoll, EPOLL_CTL_ADD, ends[0], EPOLLIN | EPOLLEXCLUSIVE, 0) == 0);
    FAILS(control(epoll, EPOLL_CTL_MOD, ends[0], EPOLLIN, 0), EINVAL);
    CHECK(epoll_ctl(epoll, EPOLL_CTL_DEL, ends[0], NULL) == 0);
    CHECK(control(epoll, EPOLL_CTL_ADD, ends[0], EPOLLIN, 0) == 0);
    FAILS(control(epoll, EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLEXCLUSIVE, 0), EINVAL);
}

static void *wait_once(void *argument)
{
    int *slot = argument;
    struct epoll_event event;
    return (void *)(long)epoll_wait(slot[0], &event, 1, slot[1]);
}

static void exclusive_wakes_one_of_many(void)
{
    enum { WAITERS = 4 };
    pthread_t threads[WAITERS];
    int slots[WAITERS][2], counter = eventfd(0, EFD_NONBLOCK), woken = 0;
    for (int i = 0; i < WAITERS; i++) {
        slots[i][0] = make_epoll();
        slots[i][1] = 600;
        CHECK(control(slots[i][0], EPOLL_CTL_ADD, counter, EPOLLIN | EPOLLET | EPOLLEXCLUSIVE, 0) ==
              0);
        CHECK(pthread_create(&threads[i], NULL, wait_once, slots[i]) == 0);
    }
    sleep_ms(200);
    uint64_t one = 1;
    CHECK(write(counter, &one, 8) == 8);
    for (int i = 0; i < WAITERS; i++) {
        void *result;
        CHECK(pthread_join(threads[i], &result) == 0);
        woken += result == (void *)1;
    }
    CHECK(woken >= 1 && woken < WAITERS);
}

static void one_edge_wakes_one_waiter_of_an_epoll(void)
{
    enum { WAITERS = 3 };
    pthread_t threads[WAITERS];
    int slot[2] = {make_epoll(), 500}, counter = eventfd(0, EFD_NONBLOCK), woken = 0;
    CHECK(control(slot[0], EPOLL_CTL_ADD, counter, EPOLLIN | EPOLLET, 0) == 0);
    for (int i = 0; i < WAITERS; i++)
        CHECK(pthread_create(&threads[i], NULL, wait_once, slot) == 0);
    sleep_ms(150);
    uint64_t one = 1;
    CHECK(write(counter, &one, 8) == 8);
    for (int i = 0; i < WAITERS; i++) {
        void *result;
        CHECK(pthread_join(threads[i], &result) == 0);
        woken += result == (void *)1;
    }
    CHECK(woken == 1);
}

static void a_wait_ends_by_an_event_from_elsewhere(void)
{
    int epoll = make_epoll(), ends[2];
    CHECK(pipe(ends) == 0 && control(epoll, EPOLL_CTL_ADD, ends[0], EPOLLIN, 9) == 0);
    pid_t child = fork();
    if (child == 0) {
        sleep_ms(50);
        put(ends[1]);
        _exit(0);
    }
    struct epoll_event event;
    CHECK(epoll_wait(epoll, &event, 1, -1) == 1 && event.data.u64 == 9);
    CHECK(waitpid(child, NULL, 0) == child);
}

static void what_is_added_while_another_waits_counts(void)
{
    int slot[2] = {make_epoll(), 5000}, ends[2];
    pthread_t thread;
    void *result;
    CHECK(pipe(ends) == 0);
    CHECK(pthread_create(&thread, NULL, wait_once, slot) == 0);
    sleep_ms(50);
    CHECK(control(slot[0], EPOLL_CTL_ADD, ends[1], EPOLLOUT, 9) == 0);
    CHECK(pthread_join(thread, &result) == 0 && result == (void *)1);
}

static void timeouts_are_kept(void)
{
    int epoll = make_epoll();
    struct epoll_event event;
    long start = now_ms();
    CHECK(epoll_wait(epoll, &event, 1, 60) == 0);
    CHECK(now_ms() - start >= 59);
    struct timespec time = {0, 40000000};
    start = now_ms();
    CHECK(syscall(SYS_epoll_pwait2, epoll, &event, 1, &time, NULL, (size_t)8) == 0);
    CHECK(now_ms() - start >= 39);
}

static void signals_end_the_wait(void)
{
    int epoll = make_epoll();
    struct epoll_event event;
    install(SIGALRM, SA_RESTART); // it never restarts
    alarm_after(50);
    FAILS(epoll_wait(epoll, &event, 1, -1), EINTR);
    CHECK(signals >= 1);
}

static void the_mask_holds_for_the_wait_only(void)
{
    int epoll = make_epoll();
    struct epoll_event event;
    sigset_t blocked, none, now;
    install(SIGUSR1, 0);
    sigemptyset(&none);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    CHECK(sigprocmask(SIG_BLOCK, &blocked, NULL) == 0 && raise(SIGUSR1) == 0 && signals == 0);
    FAILS(epoll_pwait(epoll, &event, 1, -1, &none), EINTR);
    CHECK(signals == 1 && sigprocmask(SIG_BLOCK, NULL, &now) == 0 && sigismember(&now, SIGUSR1));
    CHECK(raise(SIGUSR1) == 0);
    CHECK(epoll_pwait(epoll, &event, 1, 20, &blocked) == 0 && signals == 1);
}

static void many_are_watched_and_few_are_ready(void)
{
    enum { MANY = 400 };
    static int ends[MANY][2];
    struct epoll_event events[8];
    struct rlimit files = {1024, 1024};
    int epoll = make_epoll();
    CHECK(setrlimit(RLIMIT_NOFILE, &files) == 0);
    for (unsigned i = 0; i < MANY; i++) {
        CHECK(pipe(ends[i]) == 0);
        CHECK(control(epoll, EPOLL_CTL_ADD, ends[i][0], EPOLLIN, i) == 0);
    }
    for (unsigned i = 0; i < MANY; i += 7) {
        put(ends[i][1]);
        CHECK(epoll_wait(epoll, events, 8, -1) == 1 && events[0].data.u64 == i);
        take(ends[i][0]);
    }
    CHECK(epoll_wait(epoll, events, 8, 0) == 0);
}

/* Threads add, change, take away, close and wait on the same few files. */
static int storm_epoll, storm_ends[4][2];

static void *storm(void *argument)
{
    unsigned random = 12345u + (unsigned)(long)argument * 7919u;
    for (unsigned i = 0; i < 500; i++) {
        random = random * 1103515245u + 12345u;
        unsigned n = random >> 16 & 3;
        struct epoll_event events[4];
        char byte;
        switch (random >> 20 & 7) {
        case 0:
            control(storm_epoll, EPOLL_CTL_ADD, storm_ends[n][0], EPOLLIN, n);
            break;
        case 1:
            control(storm_epoll, EPOLL_CTL_MOD, storm_ends[n][0], EPOLLIN | EPOLLET, n);
            break;
        case 2:
            epoll_ctl(storm_epoll, EPOLL_CTL_DEL, storm_ends[n][0], NULL);
            break;
        case 3:
        case 4:
            CHECK(write(storm_ends[n][1], "x", 1) == 1 || errno == EAGAIN);
            break;
        case 5:
            CHECK(read(storm_ends[n][0], &byte, 1) == 1 || errno == EAGAIN);
            break;
        case 6: {
            int copy = dup(storm_ends[n][0]), epoll = epoll_create1(0);
            control(epoll, EPOLL_CTL_ADD, copy, EPOLLIN, n);
            control(epoll, EPOLL_CTL_ADD, storm_epoll, EPOLLIN, n);
            epoll_wait(epoll, events, 4, 0);
            close(copy);
            close(epoll);
            break;
        }
        default:
            CHECK(epoll_wait(storm_epoll, events, 4, random & 1) >= 0);
        }
    }
    return NULL;
}

static void a_storm_leaves_it_whole(void)
{
    pthread_t threads[4];
    storm_epoll = make_epoll();
    for (unsigned i = 0; i < 4; i++)
        CHECK(pipe2(storm_ends[i], O_NONBLOCK) == 0);
    for (long i = 0; i < 4; i++)
        CHECK(pthread_create(&threads[i], NULL, storm, (void *)i) == 0);
    for (unsigned i = 0; i < 4; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    for (unsigned i = 0; i < 4; i++) {
        char bytes[4096];
        while (read(storm_ends[i][0], bytes, sizeof bytes) > 0)
            ;
    }
    CHECK(count_ready(storm_epoll, 0) == 0);
}

/* ---- eventfd ---- */

static void a_counter_adds_and_gives_all(void)
{
    uint64_t value = 3;
    int counter = eventfd(5, EFD_CLOEXEC | EFD_NONBLOCK);
    CHECK(counter >= 0 && fcntl(counter, F_GETFD) == FD_CLOEXEC);
    CHECK(fcntl(counter, F_GETFL) == (O_RDWR | O_NONBLOCK));
    CHECK(write(counter, &value, 8) == 8);
    CHECK(read(counter, &value, 8) == 8 && value == 8);
    FAILS(read(counter, &value, 8), EAGAIN);
    FAILS(read(counter, &value, 7), EINVAL);
    FAILS(write(counter, &value, 4), EINVAL);
    value = UINT64_MAX;
    FAILS(write(counter, &value, 8), EINVAL);
    value = UINT64_MAX - 1;
    CHECK(write(counter, &value, 8) == 8);
    value = 1;
    FAILS(write(counter, &value, 8), EAGAIN);
    struct pollfd poller = {.fd = counter, .events = POLLIN | POLLOUT};
    CHECK(poll(&poller, 1, 0) == 1 && poller.revents == POLLIN);
    FAILS(syscall(SYS_eventfd2, 0, 0x40), EINVAL);
}

static void a_semaphore_gives_one_at_a_time(void)
{
    uint64_t value;
    int counter = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
    CHECK(read(counter, &value, 8) == 8 && value == 1);
    CHECK(read(counter, &value, 8) == 8 && value == 1);
    FAILS(read(counter, &value, 8), EAGAIN);
}

static void a_full_counter_blocks_writers(void)
{
    int counter = eventfd(0, 0);
    uint64_t value = UINT64_MAX - 1;
    CHECK(write(counter, &value, 8) == 8);
    pid_t child = fork();
    if (child == 0) {
        sleep_ms(40);
        CHECK(read(counter, &value, 8) == 8);
        _exit(value == UINT64_MAX - 1 ? 0 : 2);
    }
    value = 7;
    CHECK(write(counter, &value, 8) == 8);
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(read(counter, &value, 8) == 8 && value == 7);
    install(SIGALRM, 0);
    alarm_after(40);
    FAILS(read(counter, &value, 8), EINTR);
}

int main(void)
{
    static const struct test_case cases[] = {
        CASE(creation_checks_its_arguments),
        CASE(control_names_its_errors),
        CASE(waiting_names_its_errors),
        CASE(level_triggered_stays_until_it_is_gone),
        CASE(edge_triggered_tells_each_change_once),
        CASE(an_edge_for_reading_is_none_for_writing),
        CASE(one_shot_sleeps_until_it_is_armed_again),
        CASE(errors_and_hang_ups_need_not_be_asked_for),
        CASE(closing_ends_the_watch_with_the_last_descriptor),
        CASE(the_same_file_is_watched_once_for_each_descriptor),
        CASE(what_is_ready_takes_turns),
        CASE(an_epoll_can_be_watched),
        CASE(circles_and_deep_nests_are_refused),
        CASE(exclusive_has_rules),
        CASE(exclusive_wakes_one_of_many),
        CASE(one_edge_wakes_one_waiter_of_an_epoll),
        CASE(a_wait_ends_by_an_event_from_elsewhere),
        CASE(what_is_added_while_another_waits_counts),
        CASE(timeouts_are_kept),
        CASE(signals_end_the_wait),
        CASE(the_mask_holds_for_the_wait_only),
        CASE(many_are_watched_and_few_are_ready),
        CASE(a_storm_leaves_it_whole),
        CASE(a_counter_adds_and_gives_all),
        CASE(a_semaphore_gives_one_at_a_time),
        CASE(a_full_counter_blocks_writers),
    };
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
