/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>

#include "check.h"
#include "interrupts.h"

/* What the cases about files share: an address that is none, files to work on. */

static void *volatile nowhere __attribute__((unused)) = (void *)8;

static inline void sleep_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&time, &time) == -1 && errno == EINTR)
        ;
}

static inline long now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* An open file of that content which has no name any more. */
static inline int scratch(const char *content)
{
    char path[64];
    snprintf(path, sizeof path, "/tmp/scratch.%d", getpid());
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    const size_t length = strlen(content);
    CHECK(fd >= 0 && unlink(path) == 0 && write(fd, content, length) == (ssize_t)length);
    CHECK(lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

static inline off_t size_of(int fd)
{
    struct stat status;
    CHECK(fstat(fd, &status) == 0);
    return status.st_size;
}

/* A file system of @options in /tmp/volume; volume_end() takes it away. */
#define VOLUME "/tmp/volume"
static inline void volume_begin(const char *options)
{
    CHECK(mkdir(VOLUME, 0777) == 0 || errno == EEXIST);
    CHECK(mount("none", VOLUME, "tmpfs", 0, options) == 0);
}

static inline void volume_end(void)
{
    CHECK(umount2(VOLUME, MNT_DETACH) == 0);
}

/* Run @run in a child and wait for it to end well. */
static inline pid_t start_child(void (*run)(int), int argument)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        run(argument);
        _exit(0);
    }
    CHECK(child > 0);
    return child;
}

static inline void await_child(pid_t child)
{
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}
