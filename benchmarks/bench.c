/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The figures that Helix and Linux are compared by, in nanoseconds of the machine's counter. Under
 * the emulator's deterministic count one of them is one instruction; a counter may take several at
 * a time. Each figure is the median over batches, each batch the mean over its repetitions. Prints
 * "name ticks".
 *
 *   bench             everything
 *   bench NAME...     these
 *   bench --list      their names
 *   bench --first     the tick at which this program's first instruction ran
 *   bench --hot NAME  one batch between calls of bench_hot_begin and bench_hot_end, for tools/hot
 *   bench --parallel  the work that all CPUs share
 */
#include "bench.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

enum { BATCHES = 15 };

/* Written by the entry point in clock.h, before the C library has run one instruction. */
uint64_t bench_first_raw = 0;

static const struct measurement *const groups[] = {call_measurements, file_measurements,
                                                   message_measurements, memory_measurements,
                                                   process_measurements};

uint64_t ticks(void)
{
    return clock_ticks(clock_raw());
}

_Noreturn void give_up(const char *what)
{
    perror(what);
    exit(1);
}

int check(int result, const char *what)
{
    if (result < 0)
        give_up(what);
    return result;
}

void reap(pid_t child)
{
    int status;
    if (waitpid(child, &status, 0) != child || status != 0)
        give_up("a child failed");
}

static int ascending(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static void measure(const struct measurement *m)
{
    uint64_t batch[BATCHES];
    m->run(m->count); // warm
    for (unsigned i = 0; i < BATCHES; i++)
        batch[i] = m->run(m->count) / m->count;
    qsort(batch, BATCHES, sizeof batch[0], ascending);
    printf("%s %llu\n", m->name, (unsigned long long)batch[BATCHES / 2]);
    fflush(stdout);
}

/* Calls @act with each measurement named in @names, or with all when there is none. */
static void each(char **names, void (*act)(const struct measurement *))
{
    for (unsigned group = 0; group < sizeof groups / sizeof groups[0]; group++) {
        for (const struct measurement *m = groups[group]; m->name != NULL; m++) {
            char **name = names;
            while (*name != NULL && strcmp(*name, m->name) != 0)
                name++;
            if (*name != NULL || *names == NULL)
                act(m);
        }
    }
}

static void print_name(const struct measurement *m)
{
    puts(m->name);
}

/* Where the profiler puts its breakpoints. */
__attribute__((noinline)) void bench_hot_begin(unsigned count)
{
    __asm__ volatile("" ::"r"(count) : "memory");
}

__attribute__((noinline)) void bench_hot_end(void)
{
    __asm__ volatile("" ::: "memory");
}

static void measure_hot(const struct measurement *m)
{
    m->run(m->count);
    m->run(m->count);
    bench_hot_begin(m->count);
    uint64_t took = m->run(m->count);
    bench_hot_end();
    printf("%s %llu / %u\n", m->name, (unsigned long long)took, m->count);
}

static void prepare(void)
{
    close(check(open(EMPTY_FILE, O_CREAT | O_WRONLY, 0600), EMPTY_FILE));
    int fd = check(open(LARGE_FILE, O_CREAT | O_WRONLY | O_TRUNC, 0600), LARGE_FILE);
    static char piece[CHUNK];
    for (int i = 0; i < FILE_BYTES / CHUNK; i++) {
        if (write(fd, piece, sizeof piece) != (ssize_t)sizeof piece)
            give_up("write");
    }
    close(fd);
    const struct rlimit files = {.rlim_cur = 4096, .rlim_max = 4096};
    check(setrlimit(RLIMIT_NOFILE, &files), "setrlimit");
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "--first") == 0) {
        printf("%llu\n", (unsigned long long)clock_ticks(bench_first_raw));
        return 0;
    }
    if (strcmp(what, "--list") == 0) {
        each(argv + 2, print_name);
        return 0;
    }
    prepare();
    if (strcmp(what, "--parallel") == 0)
        parallel_measure();
    else if (strcmp(what, "--hot") == 0)
        each(argv + 2, measure_hot);
    else
        each(argv + 1, measure);
    return 0;
}
