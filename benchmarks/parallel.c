/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The same work by as many processes as there are CPUs, in nanoseconds of the clock. On several
 * CPUs the emulator's host decides the time, so a figure means something beside another of the same
 * host and hour, and nothing by itself.
 */
#include "bench.h"

#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { FORKS = 150, TURNS = 4000, FAULTS = 4096, FILES = 1500 };

static void fork_exec(unsigned worker)
{
    (void)worker;
    for (unsigned i = 0; i < FORKS; i++) {
        pid_t child = check(fork(), "fork");
        if (child == 0) {
            execl("/bin/nothing", "nothing", (char *)NULL);
            _exit(1);
        }
        reap(child);
    }
}

/* Each worker has a partner of its own. */
static void pipe_pair(unsigned worker)
{
    (void)worker;
    int there[2], back[2];
    char byte = 'x';
    check(pipe(there), "pipe");
    check(pipe(back), "pipe");
    pid_t child = check(fork(), "fork");
    if (child == 0) {
        for (unsigned i = 0; i < TURNS; i++) {
            check((int)read(there[0], &byte, 1), "read");
            check((int)write(back[1], &byte, 1), "write");
        }
        _exit(0);
    }
    for (unsigned i = 0; i < TURNS; i++) {
        check((int)write(there[1], &byte, 1), "write");
        check((int)read(back[0], &byte, 1), "read");
    }
    reap(child);
}

static void page_faults(unsigned worker)
{
    (void)worker;
    for (unsigned round = 0; round < 4; round++) {
        char *pages =
            mmap(NULL, FAULTS * 4096ul, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (pages == MAP_FAILED)
            give_up("mmap");
        madvise(pages, FAULTS * 4096ul, MADV_NOHUGEPAGE);
        for (unsigned i = 0; i < FAULTS; i++)
            pages[i * 4096ul] = 1;
        munmap(pages, FAULTS * 4096ul);
    }
}

static void create_files(unsigned worker)
{
    char name[32];
    for (unsigned i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "/tmp/bench-%u-%u", worker, i);
        close(check(open(name, O_CREAT | O_EXCL | O_WRONLY, 0600), "create"));
    }
    for (unsigned i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "/tmp/bench-%u-%u", worker, i);
        check(unlink(name), "unlink");
    }
}

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* How long it takes until all of @workers have done @work, from a start that they share. */
static uint64_t together(unsigned workers, void (*work)(unsigned worker))
{
    int gate[2];
    char byte;
    pid_t children[64];
    check(pipe(gate), "pipe");
    for (unsigned i = 0; i < workers; i++) {
        children[i] = check(fork(), "fork");
        if (children[i] == 0) {
            close(gate[1]);
            check((int)read(gate[0], &byte, 1), "gate");
            work(i);
            _exit(0);
        }
    }
    close(gate[0]);
    uint64_t start = now();
    close(gate[1]);
    for (unsigned i = 0; i < workers; i++)
        reap(children[i]);
    return now() - start;
}

void parallel_measure(void)
{
    static const struct {
        const char *name;
        void (*work)(unsigned worker);
    } works[] = {
        {"parallel_fork_exec", fork_exec},
        {"parallel_pipe_pairs", pipe_pair},
        {"parallel_page_faults", page_faults},
        {"parallel_create_unlink", create_files},
    };
    cpu_set_t cpus;
    check(sched_getaffinity(0, sizeof cpus, &cpus), "sched_getaffinity");
    unsigned workers = (unsigned)CPU_COUNT(&cpus);
    for (unsigned i = 0; i < sizeof works / sizeof works[0]; i++) {
        printf("%s %llu\n", works[i].name, (unsigned long long)together(workers, works[i].work));
        fflush(stdout);
    }
}
