/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Processes and the programs they run. */
#include "bench.h"

#include <spawn.h>
#include <stddef.h>
#include <unistd.h>

static uint64_t fork_exit_wait(unsigned count)
{
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++) {
        pid_t child = check(fork(), "fork");
        if (child == 0)
            _exit(0);
        reap(child);
    }
    return ticks() - start;
}

static uint64_t fork_exec(unsigned count)
{
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++) {
        pid_t child = check(fork(), "fork");
        if (child == 0) {
            execl("/bin/nothing", "nothing", (char *)NULL);
            _exit(1);
        }
        reap(child);
    }
    return ticks() - start;
}

static uint64_t spawn(unsigned count, const char *path, char **arguments)
{
    char *environment[] = {NULL};
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++) {
        pid_t child;
        if (posix_spawn(&child, path, NULL, NULL, arguments, environment) != 0)
            give_up(path);
        reap(child);
    }
    return ticks() - start;
}

static uint64_t spawn_nothing(unsigned count)
{
    char *arguments[] = {"nothing", NULL};
    return spawn(count, "/bin/nothing", arguments);
}

/* The shell itself forks for the program, because another command follows. */
static uint64_t shell(unsigned count)
{
    char *arguments[] = {"sh", "-c", "/bin/nothing; exit 0", NULL};
    return spawn(count, "/bin/sh", arguments);
}

const struct measurement process_measurements[] = {
    {"fork_exit_wait", fork_exit_wait, 10},
    {"fork_exec", fork_exec, 10},
    {"spawn", spawn_nothing, 10},
    {"sh_c", shell, 5},
    {NULL, NULL, 0},
};
