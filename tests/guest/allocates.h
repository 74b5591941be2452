/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "check.h"

/*
 * ALLOCATES(call): each allocation that the call makes fails in turn, once. Every try runs in a
 * child of its own, which finds what the case has prepared: the N-th allocation after the arming
 * fails (/proc/helix/faults); then the call gives -1 with ENOMEM (or `other_error`), leaves no
 * descriptor, and works when it is made again. N grows until the call succeeds before it came to
 * that. What a success leaves outside of the child is undone by the statement behind the call:
 * ALLOCATES(mkdir(path, 0700), rmdir(path)). Only Helix has that file.
 */
enum {
    TRY_FAILED_WELL = 10,
    TRY_SUCCEEDED = 11,
    TRY_UNTOUCHED = 12, // succeeded, and the fault was still to come
    TRIES_MOST = 400,
    DESCRIPTORS = 64,
    TRY_REPEATED = 0111,
    STACK_BYTES = 64 * 1024,
};

/* For the case to set. */
static int other_error;           // what the call may give instead of ENOMEM
static int may_die;               // a try may kill the program: execve()
static void (*try_prepare)(void); // runs in each child before the arming

static int faults_fd = -1;
static struct {
    const char *text;
    int line, n, failures, repeated, untouched, descriptors;
    pid_t pid;
} try;

/* Writing allocates, too: 1 when it was this that the fault hit. */
static inline int faults_off(void)
{
    const int hit = pwrite(faults_fd, "off\n", 4, 0) != 4;
    CHECK(!hit || pwrite(faults_fd, "off\n", 4, 0) == 4);
    return hit;
}

static inline long faults_fired(void)
{
    char text[64] = "";
    CHECK(pread(faults_fd, text, sizeof text - 1, 0) > 0);
    return strtol(text + strlen("fired "), NULL, 10);
}

static inline int open_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < DESCRIPTORS; fd++)
        count += fcntl(fd, F_GETFD) != -1;
    return count;
}

/* No page of the program is to be copied or made between the arming and the call. */
static inline void touch_memory(void)
{
    extern char __data_start, _end;
    volatile char stack[STACK_BYTES];
    for (unsigned i = 0; i < STACK_BYTES; i += 1024)
        stack[i] = 0;
    (void)stack[0];
    for (volatile char *at = &__data_start; at < &_end; at += 1024)
        *at = *at;
}

static inline void tries_begin(int line, const char *text)
{
    if (faults_fd < 0)
        faults_fd = open("/proc/helix/faults", O_RDWR | O_CLOEXEC);
    CHECK(faults_fd >= 0);
    try.line = line;
    try.text = text;
    try.n = 0;
    try.failures = 0;
}

static inline void try_bad(const char *why, int status)
{
    printf("nomemory:%d: %s: %s (allocation %d, status 0x%x, errno %d)\n", try.line, try.text, why,
           try.n, (unsigned)status, errno);
    fflush(stdout);
    _exit(1);
}

/* Judge what the child says. True: there is nothing left to try. */
static inline int try_judge(int status, int hit)
{
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (code == TRY_UNTOUCHED || (code == TRY_SUCCEEDED && !hit)) {
        if (try.failures == 0)
            try_bad("never failed", status);
        return 1;
    }
    if (code == TRY_SUCCEEDED)
        return 0; // the kernel could do without
    if (!(hit && (code == TRY_FAILED_WELL || may_die)))
        try_bad("a try went wrong", status);
    try.failures++;
    return 0;
}

/* True in the child of the next try; false when there is nothing left to try. */
static inline int try_begin(void)
{
    for (;;) {
        int status;
        const long fired = faults_fired();
        if (++try.n > TRIES_MOST)
            try_bad("never ends", 0);
        fflush(stdout);
        const pid_t child = fork();
        if (child == 0) {
            try.pid = getpid();
            try.repeated = 0;
            if (try_prepare)
                try_prepare();
            try.descriptors = open_descriptors();
            alarm(CASE_SECONDS);
            touch_memory();
            return 1;
        }
        CHECK(child > 0 && waitpid(child, &status, 0) == child);
        faults_off();
        if (try_judge(status, faults_fired() != fired))
            return 0;
    }
}

static inline void try_arm(void)
{
    char text[32];
    int length = snprintf(text, sizeof text, "nth %d\n", try.n);
    errno = 0;
    if (!try.repeated && pwrite(faults_fd, text, (size_t)length, 0) != length)
        try_bad("cannot arm", 0);
}

/* True: it failed as it should, and is to be called again. */
static inline int try_again(long result)
{
    if (getpid() != try.pid)
        _exit(0); // the call was fork() or the like
    const int error = errno;
    if (!try.repeated)
        try.untouched = faults_off();
    errno = error;
    if (result != -1)
        return 0;
    if (try.repeated)
        try_bad("does not work afterwards", 0);
    if (try.untouched)
        try_bad("fails without a fault", 0);
    if (error != ENOMEM && (other_error == 0 || error != other_error))
        try_bad("fails otherwise", 0);
    if (open_descriptors() != try.descriptors)
        try_bad("leaves a descriptor", 0);
    try.repeated = 1;
    umask(TRY_REPEATED); // for the program that execve() starts
    return 1;
}

static inline void try_end(void)
{
    _exit(try.repeated ? TRY_FAILED_WELL : try.untouched ? TRY_UNTOUCHED : TRY_SUCCEEDED);
}

#define ALLOCATES(call, ...)                 \
    do {                                     \
        tries_begin(__LINE__, #call);        \
        while (try_begin()) {                \
            long try_result;                 \
            do {                             \
                try_arm();                   \
                try_result = (long)(call);   \
            } while (try_again(try_result)); \
            __VA_ARGS__;                     \
            try_end();                       \
        }                                    \
    } while (0)
