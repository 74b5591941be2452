/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * bench: what a program sees, measured by this process with the monotonic clock, and what the
 * kernel measures inside itself by its benchmark call. Each row is the time of one round; the best
 * and the median of several runs say how steady it is.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "builtin.h"
#include "kernel.h"
#include "run.h"

#define RUNS 7

struct measure {
    const char *name;
    unsigned rounds;
    /* Do @rounds rounds; 0, or -1 when it could not. */
    int (*run)(unsigned rounds);
};

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* ---- Scheduler
 * ------------------------------------------------------------------------------------------------------
 */

static int run_null_call(unsigned rounds)
{
    while (rounds-- > 0)
        getppid();
    return 0;
}

static int run_yield(unsigned rounds)
{
    while (rounds-- > 0)
        sched_yield();
    return 0;
}

static int run_fork(unsigned rounds)
{
    while (rounds-- > 0) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(0);
        if (pid < 0 || waitpid(pid, NULL, 0) != pid)
            return -1;
    }
    return 0;
}

static int run_sleep(unsigned rounds)
{
    static const struct timespec shortest = {.tv_nsec = 1};
    while (rounds-- > 0)
        nanosleep(&shortest, NULL);
    return 0;
}

/* ---- Memory
 * ---------------------------------------------------------------------------------------------------------
 */

#define PAGE 4096u

static int run_fault(unsigned rounds)
{
    char *memory = mmap(NULL, (size_t)rounds * PAGE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return -1;
    for (unsigned i = 0; i < rounds; i++)
        ((volatile char *)memory)[(size_t)i * PAGE] = 1;
    return munmap(memory, (size_t)rounds * PAGE);
}

static int run_map(unsigned rounds)
{
    while (rounds-- > 0) {
        void *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED || munmap(memory, PAGE) != 0)
            return -1;
    }
    return 0;
}

static int run_heap(unsigned rounds)
{
    while (rounds-- > 0) {
        void *volatile block = malloc(256);
        if (block == NULL)
            return -1;
        free(block);
    }
    return 0;
}

static char copy_from[65536];
static char copy_to[65536];

static int run_copy(unsigned rounds)
{
    while (rounds-- > 0) {
        memcpy(copy_to, copy_from, sizeof copy_to);
        __asm__ volatile("" ::"r"(copy_to) : "memory");
    }
    return 0;
}

/* ---- IPC
 * ------------------------------------------------------------------------------------------------------------
 */

static void close_both(const int ends[2])
{
    close(ends[0]);
    close(ends[1]);
}

static void answer_pings(int in, int out)
{
    char byte;
    while (read(in, &byte, 1) == 1 && write(out, &byte, 1) == 1) {
    }
    _exit(0);
}

static int ping(unsigned rounds, int out, int in)
{
    char byte = 'x';
    while (rounds-- > 0) {
        if (write(out, &byte, 1) != 1 || read(in, &byte, 1) != 1)
            return -1;
    }
    return 0;
}

static int run_ping_pong(unsigned rounds)
{
    int there[2];
    int back[2];
    if (pipe(there) != 0)
        return -1;
    if (pipe(back) != 0) {
        close_both(there);
        return -1;
    }
    pid_t pid = fork();
    if (pid == 0) {
        close(there[1]);
        close(back[0]);
        answer_pings(there[0], back[1]);
    }
    int result = pid > 0 ? ping(rounds, there[1], back[0]) : -1;
    close_both(there);
    close_both(back);
    if (pid > 0)
        waitpid(pid, NULL, 0);
    return result;
}

/* One writer, one reader, 64 KB a round. */
static int run_stream(unsigned rounds)
{
    int ends[2];
    if (pipe(ends) != 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[1]);
        while (read(ends[0], copy_to, sizeof copy_to) > 0) {
        }
        _exit(0);
    }
    int result = pid > 0 ? 0 : -1;
    while (result == 0 && rounds-- > 0) {
        for (size_t done = 0; done < sizeof copy_from && result == 0;) {
            ssize_t n = write(ends[1], copy_from + done, sizeof copy_from - done);
            result = n > 0 ? 0 : -1;
            done += n > 0 ? (size_t)n : 0;
        }
    }
    close_both(ends);
    if (pid > 0)
        waitpid(pid, NULL, 0);
    return result;
}

/* ---- The table
 * ------------------------------------------------------------------------------------------------------
 */

static const struct measure scheduler[] = {
    {"null system call", 2000, run_null_call},
    {"sched_yield", 1000, run_yield},
    {"fork + exit + wait", 20, run_fork},
    {"sleep of 1 ns", 5, run_sleep},
    {NULL, 0, NULL},
};

static const struct measure memory[] = {
    {"page fault", 200, run_fault},
    {"mmap + munmap of a page", 500, run_map},
    {"malloc + free of 256 bytes", 5000, run_heap},
    {"copy of 64 KB", 100, run_copy},
    {NULL, 0, NULL},
};

static const struct measure ipc[] = {
    {"pipe ping-pong", 200, run_ping_pong},
    {"64 KB through a pipe", 20, run_stream},
    {NULL, 0, NULL},
};

struct group {
    const char *name;
    enum helix_user_benchmark_group number;
    const struct measure *measures;
};

static const struct group groups[] = {
    {"scheduler", HELIX_BENCHMARK_SCHEDULER, scheduler},
    {"memory", HELIX_BENCHMARK_MEMORY, memory},
    {"ipc", HELIX_BENCHMARK_IPC, ipc},
};

static int compare_times(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static int measure(const struct measure *m, unsigned scale)
{
    double times[RUNS];
    unsigned rounds = m->rounds * scale;
    for (unsigned i = 0; i < RUNS; i++) {
        double started = now_ns();
        if (m->run(rounds) != 0) {
            printf("  %-28s %s\n", m->name, strerror(errno));
            return RUN_FAILED;
        }
        times[i] = (now_ns() - started) / rounds;
    }
    qsort(times, RUNS, sizeof times[0], compare_times);
    printf("  %-28s %12.0f %12.0f %12.0f\n", m->name, times[0], times[RUNS / 2], times[RUNS - 1]);
    fflush(stdout);
    return 0;
}

/* What the kernel measures without any program. */
static void measure_inside(const struct group *g, unsigned scale)
{
    static struct helix_user_benchmark call;
    call = (struct helix_user_benchmark){
        .header = HELIX_USER_HEADER(struct helix_user_benchmark),
        .group = g->number,
        .rounds = 1000 * scale,
    };
    long error = kernel_call(HELIX_USER_BENCHMARK, &call);
    if (error != 0) {
        printf("  inside the kernel: %s\n",
               error == -ENOSYS ? "not built into this kernel" : strerror((int)-error));
        return;
    }
    for (unsigned i = 0; i < call.count && i < HELIX_USER_BENCHMARK_ROWS; i++) {
        const struct helix_user_benchmark_row *row = &call.rows[i];
        double each = row->rounds > 0 ? (double)row->total_ns / (double)row->rounds : 0;
        printf("  %-28.39s %12llu %12.0f %12llu  (in the kernel: least, mean, most)\n", row->name,
               (unsigned long long)row->min_ns, each, (unsigned long long)row->max_ns);
    }
}

static int bench_group(const struct group *g, unsigned scale)
{
    int status = 0;
    printf("%s: ns a round, of %d runs\n  %-28s %12s %12s %12s\n", g->name, RUNS, "", "best",
           "median", "worst");
    for (const struct measure *m = g->measures; m->name != NULL; m++)
        status |= measure(m, scale);
    measure_inside(g, scale);
    return status;
}

static int bench_all(unsigned scale)
{
    int status = 0;
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        status |= bench_group(&groups[i], scale);
    return status;
}

int builtin_bench(struct shell *shell, int argc, char **argv)
{
    (void)shell;
    if (argc != 2)
        return builtin_usage("bench");
    if (strcmp(argv[1], "quick") == 0)
        return bench_all(1);
    if (strcmp(argv[1], "all") == 0)
        return bench_all(4);
    if (strcmp(argv[1], "full") == 0)
        return bench_all(25);
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        if (strcmp(argv[1], groups[i].name) == 0)
            return bench_group(&groups[i], 4);
    }
    return builtin_usage("bench");
}
