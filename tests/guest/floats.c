/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Floating-point registers over whatever takes the CPU from a program. Where the calling convention
 * has registers that a call keeps (AArch64, RISC-V), compilers hold the values below in these.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fenv.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"

#define COUNT 8

static const char *self; // this program's path

/* Values that no compiler knows beforehand. */
static double fresh(int which)
{
    volatile double value = 1.5 + which;
    return value * 3;
}

/* Run @between, which is told by its answer whether to go on, while eight values are in use. */
static int kept_over(int (*between)(void), int from)
{
    double a = fresh(from), b = fresh(from + 1), c = fresh(from + 2), d = fresh(from + 3);
    double e = fresh(from + 4), f = fresh(from + 5), g = fresh(from + 6), h = fresh(from + 7);
    int result = between();
    int same = a == fresh(from) && b == fresh(from + 1) && c == fresh(from + 2) &&
               d == fresh(from + 3) && e == fresh(from + 4) && f == fresh(from + 5) &&
               g == fresh(from + 6) && h == fresh(from + 7);
    return same ? result : -1;
}

static int ended_well(pid_t child)
{
    int status = -1;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The child goes through the caller's own check, so it returns from here as well: 1 in the child.
 */
static pid_t forked;

static int fork_once(void)
{
    forked = fork();
    return forked == 0 ? 1 : 0;
}

static void leave_child(int result)
{
    if (forked == 0)
        _exit(result == 1 ? 0 : 1);
}

static void both_keep_them(int (*between)(void), int from)
{
    int result = kept_over(between, from);
    leave_child(result);
    CHECK(result == 0);
    CHECK(ended_well(forked));
}

static void parent_and_child_keep_them(void)
{
    for (int round = 0; round < 20; round++)
        both_keep_them(fork_once, round);
}

static int fork_twice(void)
{
    pid_t first = fork();
    if (first == 0)
        _exit(0);
    fork_once(); // nothing was computed since the fork before
    return forked == 0 ? 1 : !ended_well(first);
}

static void a_second_child_gets_them_too(void)
{
    both_keep_them(fork_twice, 100);
}

static int run_vfork(void)
{
    pid_t child = vfork();
    if (child == 0)
        _exit(0);
    return !ended_well(child);
}

static void vfork_keeps_them(void)
{
    CHECK(kept_over(run_vfork, 200) == 0);
}

static int yield_often(void)
{
    for (int i = 0; i < 50; i++)
        sched_yield();
    const struct timespec moment = {.tv_nsec = 1000000};
    return nanosleep(&moment, NULL);
}

static void *compute(void *from)
{
    for (long round = 0; round < 20; round++)
        if (kept_over(yield_often, (int)((long)from + round)) != 0)
            return (void *)1;
    return NULL;
}

static void threads_keep_their_own(void)
{
    pthread_t threads[COUNT];
    for (long i = 0; i < COUNT; i++)
        CHECK(pthread_create(&threads[i], NULL, compute, (void *)(i * 1000)) == 0);
    for (int i = 0; i < COUNT; i++) {
        void *wrong;
        CHECK(pthread_join(threads[i], &wrong) == 0 && wrong == NULL);
    }
}

static int spawn_thread(void)
{
    pthread_t thread;
    return pthread_create(&thread, NULL, compute, (void *)5000L) != 0 ||
           pthread_join(thread, NULL) != 0;
}

static void starting_a_thread_keeps_them(void)
{
    CHECK(kept_over(spawn_thread, 300) == 0);
}

static void spoil(int signal)
{
    (void)signal;
    (void)kept_over(run_vfork, 400); // a handler that computes, forks and waits
}

static int take_signal(void)
{
    return raise(SIGUSR1);
}

static void a_handler_that_forks_gives_them_back(void)
{
    struct sigaction action = {.sa_handler = spoil};
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    CHECK(kept_over(take_signal, 500) == 0);
}

static void rounding_is_inherited_by_fork_and_reset_by_exec(void)
{
    CHECK(fesetround(FE_UPWARD) == 0);
    pid_t child = fork();
    if (child == 0)
        _exit(fegetround() == FE_UPWARD ? 0 : 1);
    CHECK(ended_well(child));
    CHECK(fegetround() == FE_UPWARD);
    child = fork();
    if (child == 0) {
        execl(self, self, "after-exec", NULL);
        _exit(2);
    }
    CHECK(ended_well(child));
    CHECK(fesetround(FE_TONEAREST) == 0);
}

static const struct test_case cases[] = {
    CASE(parent_and_child_keep_them),
    CASE(a_second_child_gets_them_too),
    CASE(vfork_keeps_them),
    CASE(threads_keep_their_own),
    CASE(starting_a_thread_keeps_them),
    CASE(a_handler_that_forks_gives_them_back),
    CASE(rounding_is_inherited_by_fork_and_reset_by_exec),
};

int main(int argc, char **argv)
{
    self = argv[0];
    if (argc == 2 && strcmp(argv[1], "after-exec") == 0)
        return fegetround() == FE_TONEAREST ? 0 : 1;
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
