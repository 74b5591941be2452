/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* What passes between processes and threads, and what it costs to run the other one. */
#include "bench.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { RING = 8 };

_Noreturn static void echo(int from, int to)
{
    char byte;
    while (read(from, &byte, 1) == 1)
        check((int)write(to, &byte, 1), "echo");
    _exit(0);
}

/* Bytes there and back; the first finds the child not yet running. */
static uint64_t exchange(int to, int from, unsigned count)
{
    char byte = 'x';
    uint64_t took = 0;
    for (unsigned i = 0; i <= count; i++) {
        uint64_t start = ticks();
        check((int)write(to, &byte, 1), "ping");
        check((int)read(from, &byte, 1), "pong");
        if (i > 0)
            took += ticks() - start;
    }
    return took;
}

static uint64_t pipe_pingpong(unsigned count)
{
    int there[2], back[2];
    check(pipe(there), "pipe");
    check(pipe(back), "pipe");
    pid_t child = check(fork(), "fork");
    if (child == 0) {
        close(there[1]);
        close(back[0]);
        echo(there[0], back[1]);
    }
    close(there[0]);
    close(back[1]);
    uint64_t took = exchange(there[1], back[0], count);
    close(there[1]);
    close(back[0]);
    reap(child);
    return took;
}

static uint64_t unix_pingpong(unsigned count)
{
    int ends[2];
    check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    pid_t child = check(fork(), "fork");
    if (child == 0) {
        close(ends[0]);
        echo(ends[1], ends[1]);
    }
    close(ends[1]);
    uint64_t took = exchange(ends[0], ends[0], count);
    close(ends[0]);
    reap(child);
    return took;
}

/* @count chunks from this process to a child, until the child has them all. */
static uint64_t stream(int to, int from, unsigned count)
{
    static char chunk[CHUNK];
    pid_t child = check(fork(), "fork");
    if (child == 0) {
        close(to);
        while (read(from, chunk, CHUNK) > 0)
            continue;
        _exit(0);
    }
    close(from);
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++) {
        if (write(to, chunk, CHUNK) != CHUNK)
            give_up("write");
    }
    close(to);
    reap(child);
    return ticks() - start;
}

static uint64_t pipe_bandwidth(unsigned count)
{
    int ends[2];
    check(pipe(ends), "pipe");
    return stream(ends[1], ends[0], count);
}

static uint64_t unix_bandwidth(unsigned count)
{
    int ends[2];
    check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    return stream(ends[1], ends[0], count);
}

/*
 * Two processes of one real-time priority yield to each other, so that every yield is a switch;
 * what is counted is that the other one did run in between.
 */
static uint64_t context_switch(unsigned count)
{
    volatile unsigned *shared =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        give_up("mmap");
    const struct sched_param fifo = {.sched_priority = 1}, other = {.sched_priority = 0};
    check(sched_setscheduler(0, SCHED_FIFO, &fifo), "sched_setscheduler");
    pid_t child = check(fork(), "fork");
    unsigned self = child == 0 ? 1 : 2;
    uint64_t start = ticks();
    while (shared[1] < count) {
        if (shared[0] != self) {
            shared[0] = self;
            shared[1]++;
        }
        sched_yield();
    }
    uint64_t took = ticks() - start;
    if (child == 0)
        _exit(0);
    reap(child);
    check(sched_setscheduler(0, SCHED_OTHER, &other), "sched_setscheduler");
    munmap((void *)shared, 4096);
    return took;
}

/* A byte goes round eight processes, each with a pipe to the next; one repetition is one switch. */
static uint64_t switch_ring(unsigned count)
{
    int pipes[RING][2];
    pid_t children[RING];
    for (unsigned i = 0; i < RING; i++)
        check(pipe(pipes[i]), "pipe");
    for (unsigned i = 1; i < RING; i++) {
        children[i] = check(fork(), "fork");
        if (children[i] != 0)
            continue;
        for (unsigned other = 0; other < RING; other++) {
            close(pipes[other][other == i]);
            if (other != i && other != (i + 1) % RING)
                close(pipes[other][1]);
            if (other != i)
                close(pipes[other][0]);
        }
        echo(pipes[i][0], pipes[(i + 1) % RING][1]);
    }
    uint64_t took = exchange(pipes[1][1], pipes[0][0], count / RING);
    for (unsigned i = 0; i < RING; i++) {
        close(pipes[i][0]);
        close(pipes[i][1]);
    }
    for (unsigned i = 1; i < RING; i++)
        reap(children[i]);
    return took;
}

static long futex(unsigned *word, int operation, unsigned value)
{
    return syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

/* Nobody waits. */
static uint64_t futex_wake(unsigned count)
{
    static unsigned word;
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++)
        futex(&word, FUTEX_WAKE, 1);
    return ticks() - start;
}

struct turns {
    unsigned word;
    unsigned count;
};

/* Lets the other one go on, and waits until it is @mine's turn again. */
static void take_turns(struct turns *turns, unsigned mine)
{
    for (unsigned i = 0; i < turns->count; i++) {
        while (__atomic_load_n(&turns->word, __ATOMIC_ACQUIRE) != mine)
            futex(&turns->word, FUTEX_WAIT, !mine);
        __atomic_store_n(&turns->word, !mine, __ATOMIC_RELEASE);
        futex(&turns->word, FUTEX_WAKE, 1);
    }
}

static void *other_thread(void *turns)
{
    take_turns(turns, 1);
    return NULL;
}

/* Two threads wake each other: there and back. */
static uint64_t futex_pingpong(unsigned count)
{
    struct turns turns = {.count = count};
    pthread_t other;
    if (pthread_create(&other, NULL, other_thread, &turns) != 0)
        give_up("pthread_create");
    uint64_t start = ticks();
    take_turns(&turns, 0);
    uint64_t took = ticks() - start;
    pthread_join(other, NULL);
    return took;
}

static void semaphore_add(int set, unsigned short which, short value)
{
    struct sembuf operation = {.sem_num = which, .sem_op = value};
    check(semop(set, &operation, 1), "semop");
}

/* Two processes and two semaphores of System V: there and back. */
static uint64_t semaphore_pingpong(unsigned count)
{
    int set = check(semget(IPC_PRIVATE, 2, 0600), "semget");
    pid_t child = check(fork(), "fork");
    for (unsigned i = 0; child == 0 && i <= count; i++) {
        semaphore_add(set, 0, -1);
        semaphore_add(set, 1, 1);
    }
    if (child == 0)
        _exit(0);
    uint64_t start = 0;
    for (unsigned i = 0; i <= count; i++) {
        if (i == 1)
            start = ticks();
        semaphore_add(set, 0, 1);
        semaphore_add(set, 1, -1);
    }
    uint64_t took = ticks() - start;
    reap(child);
    check(semctl(set, 0, IPC_RMID), "semctl");
    return took;
}

static void *no_work(void *argument)
{
    return argument;
}

static uint64_t thread_create(unsigned count)
{
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, no_work, NULL) != 0)
            give_up("pthread_create");
        pthread_join(thread, NULL);
    }
    return ticks() - start;
}

const struct measurement message_measurements[] = {
    {"pipe_pingpong", pipe_pingpong, 200},
    {"unix_pingpong", unix_pingpong, 200},
    {"semaphore_pingpong", semaphore_pingpong, 200},
    {"context_switch", context_switch, 200},
    {"context_switch_8", switch_ring, 80 * RING},
    {"futex_wake", futex_wake, 500},
    {"futex_pingpong", futex_pingpong, 200},
    {"thread_create", thread_create, 50},
    {"pipe_bandwidth", pipe_bandwidth, 32},
    {"unix_bandwidth", unix_bandwidth, 32},
    {NULL, NULL, 0},
};
