/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * For guest programs that test what programs see of the kernel: each case is a function that runs
 * in a child of its own, so that one that crashes or hangs is a failed case and no more.
 * They pass on Linux too: run them there first.
 */
#define CHECK(condition)                                           \
    do {                                                           \
        if (!(condition)) {                                        \
            printf("%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            fflush(stdout);                                        \
            _exit(1);                                              \
        }                                                          \
    } while (0)

/* tools/calls counts these: the call must stand first, and the error by its name. */
#define FAILS(call, error) CHECK((errno = 0, (call) == -1 && errno == (error)))

/* True on a Linux as new as that: where it answers otherwise than the 6.1 that Helix follows. */
static inline int linux_is_from(int major, int minor)
{
    struct utsname name;
    int have[2] = {0, 0};
    uname(&name);
    sscanf(name.release, "%d.%d", &have[0], &have[1]);
    return have[0] > major || (have[0] == major && have[1] >= minor);
}

struct test_case {
    const char *name;
    void (*run)(void);
};

#define CASE(function) {#function, function}
#define CASE_SECONDS   120 // a hang; the machine may be busy

/* The status of @child, which is killed after CASE_SECONDS; SIGCHLD is blocked. -1: it is none. */
static inline int case_status(pid_t child, const sigset_t *ended)
{
    const struct timespec limit = {CASE_SECONDS, 0};
    int status;
    pid_t got;
    while ((got = waitpid(child, &status, WNOHANG)) == 0)
        if (sigtimedwait(ended, NULL, &limit) < 0 && errno == EAGAIN)
            kill(child, SIGKILL);
    return got == child ? status : -1;
}

static inline int run_cases(const struct test_case *cases, unsigned count)
{
    unsigned failed = 0;
    sigset_t ended;
    sigemptyset(&ended);
    sigaddset(&ended, SIGCHLD);
    sigprocmask(SIG_BLOCK, &ended, NULL);
    for (unsigned i = 0; i < count; i++) {
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            sigprocmask(SIG_UNBLOCK, &ended, NULL);
            cases[i].run();
            _exit(0);
        }
        const int status = case_status(child, &ended);
        if (status != 0) {
            printf("FAIL %s (status 0x%x)\n", cases[i].name, (unsigned)status);
            failed++;
        }
    }
    printf("cases: %u run, %u failed\n", count, failed);
    return failed != 0;
}
