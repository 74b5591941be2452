/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Calls that neither wait for anything nor name a file. */
#include "bench.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { SELECTED = 100, EVENT_FILES = 1000 };

static uint64_t null_syscall(unsigned count)
{
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++)
        syscall(SYS_getppid);
    return ticks() - start;
}

static uint64_t read_byte(unsigned count)
{
    int fd = check(open("/dev/zero", O_RDONLY), "/dev/zero");
    char byte;
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++)
        check((int)read(fd, &byte, 1), "read");
    uint64_t took = ticks() - start;
    close(fd);
    return took;
}

static uint64_t write_byte(unsigned count)
{
    int fd = check(open("/dev/null", O_WRONLY), "/dev/null");
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++)
        check((int)write(fd, "x", 1), "write");
    uint64_t took = ticks() - start;
    close(fd);
    return took;
}

static uint64_t fstat_file(unsigned count)
{
    int fd = check(open(EMPTY_FILE, O_RDONLY), "open");
    struct stat about;
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++)
        check(fstat(fd, &about), "fstat");
    uint64_t took = ticks() - start;
    close(fd);
    return took;
}

static uint64_t dup_close(unsigned count)
{
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++)
        close(check(dup(0), "dup"));
    return ticks() - start;
}

static uint64_t clock_read(unsigned count)
{
    struct timespec now;
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++)
        clock_gettime(CLOCK_MONOTONIC, &now);
    return ticks() - start;
}

/* A lock of the whole file, taken and given back. */
static uint64_t record_lock(unsigned count)
{
    int fd = check(open(EMPTY_FILE, O_RDWR), "open");
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++) {
        lock.l_type = F_WRLCK;
        check(fcntl(fd, F_SETLK, &lock), "lock");
        lock.l_type = F_UNLCK;
        check(fcntl(fd, F_SETLK, &lock), "unlock");
    }
    uint64_t took = ticks() - start;
    close(fd);
    return took;
}

/* Pipes of which none has anything to read. */
static void open_pipes(int (*pipes)[2])
{
    for (unsigned i = 0; i < SELECTED; i++)
        check(pipe(pipes[i]), "pipe");
}

static void close_pipes(int (*pipes)[2])
{
    for (unsigned i = 0; i < SELECTED; i++) {
        close(pipes[i][0]);
        close(pipes[i][1]);
    }
}

static uint64_t select_many(unsigned count)
{
    int pipes[SELECTED][2], most = 0;
    open_pipes(pipes);
    fd_set all;
    FD_ZERO(&all);
    for (unsigned i = 0; i < SELECTED; i++) {
        FD_SET(pipes[i][0], &all);
        most = pipes[i][0];
    }
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++) {
        fd_set wanted = all;
        struct timeval now = {0};
        check(select(most + 1, &wanted, NULL, NULL, &now), "select");
    }
    uint64_t took = ticks() - start;
    close_pipes(pipes);
    return took;
}

static uint64_t poll_many(unsigned count)
{
    int pipes[SELECTED][2];
    struct pollfd wanted[SELECTED];
    open_pipes(pipes);
    for (unsigned i = 0; i < SELECTED; i++)
        wanted[i] = (struct pollfd){.fd = pipes[i][0], .events = POLLIN};
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++)
        check(poll(wanted, SELECTED, 0), "poll");
    uint64_t took = ticks() - start;
    close_pipes(pipes);
    return took;
}

/* One of a thousand becomes ready, is found, and is read. */
static uint64_t epoll_many(unsigned count)
{
    static int files[EVENT_FILES];
    int set = check(epoll_create1(0), "epoll_create1");
    for (unsigned i = 0; i < EVENT_FILES; i++) {
        files[i] = check(eventfd(0, 0), "eventfd");
        struct epoll_event event = {.events = EPOLLIN, .data.fd = files[i]};
        check(epoll_ctl(set, EPOLL_CTL_ADD, files[i], &event), "epoll_ctl");
    }
    uint64_t one = 1, start = ticks();
    for (unsigned i = 0; i < count; i++) {
        struct epoll_event found;
        check((int)write(files[i * 7 % EVENT_FILES], &one, sizeof one), "write");
        if (epoll_wait(set, &found, 1, -1) != 1)
            give_up("epoll_wait");
        check((int)read(found.data.fd, &one, sizeof one), "read");
    }
    uint64_t took = ticks() - start;
    for (unsigned i = 0; i < EVENT_FILES; i++)
        close(files[i]);
    close(set);
    return took;
}

static volatile sig_atomic_t signals_seen;

static void count_signal(int number)
{
    (void)number;
    signals_seen++;
}

static uint64_t signal_install(unsigned count)
{
    const struct sigaction handler = {.sa_handler = count_signal};
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++)
        check(sigaction(SIGUSR1, &handler, NULL), "sigaction");
    return ticks() - start;
}

static uint64_t signal_self(unsigned count)
{
    signal(SIGUSR1, count_signal);
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++)
        kill(getpid(), SIGUSR1);
    return ticks() - start;
}

static sigjmp_buf after_fault;

static void leave_fault(int number)
{
    (void)number;
    siglongjmp(after_fault, 1);
}

/* A write to a page that may only be read, caught. */
static uint64_t protection_fault(unsigned count)
{
    char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        give_up("mmap");
    const struct sigaction handler = {.sa_handler = leave_fault, .sa_flags = SA_NODEFER};
    check(sigaction(SIGSEGV, &handler, NULL), "sigaction");
    volatile unsigned i = 0;
    uint64_t start = ticks();
    while (i < count) {
        if (sigsetjmp(after_fault, 0) == 0)
            *(volatile char *)page = 1;
        i++;
    }
    uint64_t took = ticks() - start;
    signal(SIGSEGV, SIG_DFL);
    munmap(page, 4096);
    return took;
}

const struct measurement call_measurements[] = {
    {"null_syscall", null_syscall, 1000},
    {"read", read_byte, 1000},
    {"write", write_byte, 1000},
    {"fstat", fstat_file, 1000},
    {"dup_close", dup_close, 500},
    {"clock_gettime", clock_read, 1000},
    {"record_lock", record_lock, 200},
    {"select_100", select_many, 100},
    {"poll_100", poll_many, 100},
    {"epoll_1000", epoll_many, 500},
    {"signal_install", signal_install, 500},
    {"signal_catch", signal_self, 200},
    {"protection_fault", protection_fault, 200},
    {NULL, NULL, 0},
};
