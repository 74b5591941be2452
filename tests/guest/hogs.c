/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Programs that take all they can get. Limits stop them with the error that the manual pages name,
 * or the kernel ends one of them; nobody else is hurt. `hogs hold KIND` takes as much, says so and
 * keeps it until it is killed; `hogs eat` takes memory until it is killed.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "limits.h"

enum {
    HOG = 4321, // the user who hogs
    PROCESSES = 60,
    DESCRIPTORS = 64,
    PAGE = 4096,
    MEGABYTE = 1024 * 1024,
};

static void become_hog(void)
{
    CHECK(setresgid(HOG, HOG, HOG) == 0 && setresuid(HOG, HOG, HOG) == 0);
}

/* ---- Processes ---- */

/* Every process forks until it fails, says why, and stays. */
__attribute__((noreturn)) static void bomb(int report)
{
    while (fork() >= 0)
        ;
    const char why = errno == EAGAIN ? 'y' : 'n';
    CHECK(write(report, &why, 1) == 1);
    for (;;)
        pause();
}

/* The first of PROCESSES processes, each of which has met the limit. */
static pid_t start_bomb(void)
{
    int report[2];
    CHECK(pipe(report) == 0);
    const pid_t first = fork();
    if (first == 0) {
        CHECK(setpgid(0, 0) == 0);
        become_hog();
        limit(RLIMIT_NPROC, PROCESSES);
        bomb(report[1]);
    }
    CHECK(first > 0);
    for (int i = 0; i < PROCESSES; i++) {
        char why;
        CHECK(read(report[0], &why, 1) == 1 && why == 'y');
    }
    struct pollfd more = {.fd = report[0], .events = POLLIN};
    CHECK(poll(&more, 1, 0) == 0); // not one more
    close(report[0]);
    close(report[1]);
    return first;
}

static void a_fork_bomb_meets_the_limit(void)
{
    CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    const pid_t first = start_bomb();
    const pid_t child = fork(); // others still may
    if (child == 0)
        _exit(7);
    int status;
    CHECK(child > 0 && waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7);
    CHECK(kill(-first, SIGKILL) == 0);
    for (int i = 0; i < PROCESSES; i++)
        CHECK(wait(&status) > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    CHECK(wait(&status) == -1 && errno == ECHILD);
}

static pthread_barrier_t all_there;

static void *stay(void *argument)
{
    pthread_barrier_wait(&all_there);
    return argument;
}

static void a_hog_of_threads_meets_the_limit(void)
{
    pthread_t threads[PROCESSES];
    int count = 0;
    become_hog();
    limit(RLIMIT_NPROC, PROCESSES);
    CHECK(pthread_barrier_init(&all_there, NULL, PROCESSES) == 0);
    while (count < PROCESSES - 1 && pthread_create(&threads[count], NULL, stay, NULL) == 0)
        count++;
    CHECK(count == PROCESSES - 1); // this one is the last
    pthread_t another;
    CHECK(pthread_create(&another, NULL, stay, NULL) == EAGAIN);
    FAILS(fork(), EAGAIN);
    pthread_barrier_wait(&all_there);
    for (int i = 0; i < count; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(pthread_barrier_destroy(&all_there) == 0);
}

/* ---- Memory ---- */

/* Bytes that were mapped and touched, @most at the most, a piece at a time. */
static size_t take_memory(size_t piece, size_t most)
{
    size_t taken = 0;
    while (taken < most) {
        char *memory =
            mmap(NULL, piece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED)
            break;
        for (size_t at = 0; at < piece; at += PAGE)
            memory[at] = 1;
        taken += piece;
    }
    return taken;
}

static void a_hog_of_memory_meets_the_limit(void)
{
    static const int limits[] = {RLIMIT_AS, RLIMIT_DATA};
    for (unsigned i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        int status;
        const pid_t child = fork();
        if (child == 0) {
            limit(limits[i], 32 * MEGABYTE);
            const size_t taken = take_memory(MEGABYTE, 64 * MEGABYTE);
            CHECK(errno == ENOMEM && taken >= 24 * MEGABYTE && taken <= 32 * MEGABYTE);
            CHECK(sbrk(16 * MEGABYTE) == (void *)-1 && errno == ENOMEM);
            CHECK(malloc(16 * MEGABYTE) == NULL && errno == ENOMEM);
            _exit(7);
        }
        CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 7);
    }
}

__attribute__((noreturn)) static void eat(void)
{
    for (;;)
        take_memory(4 * MEGABYTE, (size_t)-1);
}

/* Who has nothing to do with it does not even notice. */
static void a_hog_without_limits_is_killed_alone(void)
{
    int status, ends[2];
    CHECK(pipe(ends) == 0);
    const pid_t neighbour = fork();
    if (neighbour == 0) {
        char byte;
        CHECK(read(ends[0], &byte, 1) == 1);
        _exit(byte);
    }
    const pid_t hog = fork();
    if (hog == 0)
        eat();
    CHECK(waitpid(hog, &status, 0) == hog && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    CHECK(write(ends[1], "\7", 1) == 1);
    CHECK(waitpid(neighbour, &status, 0) == neighbour && WIFEXITED(status) &&
          WEXITSTATUS(status) == 7);
}

/* ---- Descriptors ---- */

/* How many descriptors one call after the other got until there were no more. */
static int take_descriptors(void)
{
    int count = 0, pair[2];
    for (;; count++) {
        const int kind = count % 4;
        const int got = kind == 0   ? dup(0)
                        : kind == 1 ? eventfd(0, 0)
                        : kind == 2 ? epoll_create1(0)
                                    : open("/", O_RDONLY);
        if (got < 0)
            break;
    }
    const int error = errno;
    FAILS(pipe(pair), error);
    FAILS(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), error);
    errno = error;
    return count;
}

static void a_hog_of_descriptors_meets_its_limit(void)
{
    limit(RLIMIT_NOFILE, DESCRIPTORS);
    const int first = dup(0);
    CHECK(close(first) == 0);
    CHECK(take_descriptors() == DESCRIPTORS - first && errno == EMFILE);
    FAILS(fcntl(0, F_DUPFD, 0), EMFILE);
    CHECK(close(first) == 0 && dup(0) == first);
}

static void a_hog_of_files_meets_that_of_the_system(void)
{
    files_use_up();
    FAILS(open("/", O_RDONLY), ENFILE);
    FAILS(eventfd(0, 0), ENFILE);
    FAILS(epoll_create1(0), ENFILE);
    FAILS(socket(AF_UNIX, SOCK_STREAM, 0), ENFILE);
    CHECK(dup(0) > 0); // no other file
    files_give_back();
    CHECK(open("/", O_RDONLY) > 0);
}

static int send_descriptor(int through)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    char byte = 0;
    struct iovec data = {&byte, 1};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    control.header = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(&control.header), &through, sizeof through);
    return (int)sendmsg(through, &message, MSG_DONTWAIT);
}

/* Files that are nowhere but in messages are limited too; and they go with the last who could have
 * received them. */
static void a_hog_of_files_in_flight_meets_its_limit(void)
{
    int pair[2], sent = 0;
    become_hog();
    limit(RLIMIT_NOFILE, 16);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    while (sent < 1000 && send_descriptor(pair[0]) == 1)
        sent++;
    CHECK(errno == ETOOMANYREFS && sent >= 16 && sent <= 18);
}

/* ---- For who looks from outside ---- */

static void hold_processes(void)
{
    (void)start_bomb();
}

static void hold_memory(void)
{
    limit(RLIMIT_AS, 64 * MEGABYTE);
    CHECK(take_memory(MEGABYTE, 128 * MEGABYTE) < 64 * MEGABYTE && errno == ENOMEM);
}

static void hold_descriptors(void)
{
    (void)take_descriptors();
    CHECK(errno == EMFILE);
}

static int hold(const char *kind)
{
    static const struct test_case kinds[] = {
        {"processes", hold_processes},
        {"memory", hold_memory},
        {"descriptors", hold_descriptors},
    };
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].name, kind) == 0) {
            kinds[i].run();
            printf("holds %s\n", kind);
            fflush(stdout);
            for (;;)
                pause();
        }
    return 2;
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        CASE(a_fork_bomb_meets_the_limit),
        CASE(a_hog_of_threads_meets_the_limit),
        CASE(a_hog_of_memory_meets_the_limit),
        CASE(a_hog_without_limits_is_killed_alone),
        CASE(a_hog_of_descriptors_meets_its_limit),
        CASE(a_hog_of_files_meets_that_of_the_system),
        CASE(a_hog_of_files_in_flight_meets_its_limit),
    };
    if (argc == 3 && strcmp(argv[1], "hold") == 0)
        return hold(argv[2]);
    if (argc == 2 && strcmp(argv[1], "eat") == 0)
        eat();
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
