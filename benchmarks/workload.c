/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * What a scheduler is judged by, all at once for MILLISECONDS:  workload MILLISECONDS [BUSY [PAIRS
 * [SLEEPERS]]] BUSY processes that compute, PAIRS of processes that talk through pipes, SLEEPERS
 * that sleep a millisecond at a time. Prints, one "name value" a line: rounds of computing and of
 * talking per second, how late sleepers wake (median, 99 in 100, worst, in ns), and how evenly the
 * computing was spread (Jain's index in thousandths: 1000 is even).
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 128, SAMPLES = 8192 };

struct shared {
    volatile uint64_t busy[MOST];
    volatile uint64_t talked[MOST];
    volatile uint32_t sampled[MOST];
    uint32_t late[MOST][SAMPLES];
    volatile int go;
};

static struct shared *shared;
static pid_t children[4 * MOST];
static unsigned child_count;

static uint64_t now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * 1000000000ull + (uint64_t)at.tv_nsec;
}

static void pause_ns(uint64_t ns)
{
    const struct timespec span = {.tv_sec = (time_t)(ns / 1000000000ull),
                                  .tv_nsec = (long)(ns % 1000000000ull)};
    nanosleep(&span, NULL);
}

static void wait_for_start(void)
{
    while (!shared->go)
        pause_ns(1000000);
}

_Noreturn static void compute(unsigned self)
{
    wait_for_start();
    for (;;) {
        for (volatile unsigned i = 0; i < 10000; i++) {
        }
        shared->busy[self]++;
    }
}

_Noreturn static void talk(unsigned self, int from, int to, int first)
{
    char byte = 'x';
    wait_for_start();
    if (first && write(to, &byte, 1) != 1)
        _exit(1);
    while (read(from, &byte, 1) == 1) {
        if (first)
            shared->talked[self]++;
        if (write(to, &byte, 1) != 1)
            break;
    }
    _exit(0);
}

_Noreturn static void sleeper(unsigned self)
{
    wait_for_start();
    for (unsigned i = 0; i < SAMPLES; i++) {
        uint64_t start = now();
        pause_ns(1000000);
        uint64_t late = now() - start - 1000000;
        shared->late[self][i] = late > UINT32_MAX ? UINT32_MAX : (uint32_t)late;
        shared->sampled[self] = i + 1;
    }
    for (;;)
        pause();
}

static int is_child(void)
{
    pid_t child = fork();
    if (child < 0) {
        perror("workload: fork");
        exit(1);
    }
    if (child != 0)
        children[child_count++] = child;
    return child == 0;
}

static void start_pair(unsigned self)
{
    int there[2], back[2];
    if (pipe(there) != 0 || pipe(back) != 0) {
        perror("workload: pipe");
        exit(1);
    }
    if (is_child())
        talk(self, back[0], there[1], 1);
    if (is_child())
        talk(self, there[0], back[1], 0);
}

static int ascending(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static void report_lateness(unsigned sleepers)
{
    static uint32_t all[MOST * SAMPLES];
    unsigned count = 0;
    for (unsigned i = 0; i < sleepers; i++) {
        for (unsigned k = 0; k < shared->sampled[i]; k++)
            all[count++] = shared->late[i][k];
    }
    if (count == 0)
        return;
    qsort(all, count, sizeof all[0], ascending);
    printf("wakeup_p50_ns %u\nwakeup_p99_ns %u\nwakeup_max_ns %u\n", all[count / 2],
           all[(uint64_t)count * 99 / 100], all[count - 1]);
}

static void report_sharing(unsigned busy, uint64_t took)
{
    double sum = 0, squares = 0;
    for (unsigned i = 0; i < busy; i++) {
        double value = (double)shared->busy[i];
        sum += value;
        squares += value * value;
    }
    printf("computed_per_s %.0f\n", sum * 1e9 / (double)took);
    if (squares > 0)
        printf("fairness_permille %.0f\n", sum * sum * 1000 / ((double)busy * squares));
}

static unsigned option(int argc, char **argv, int index, unsigned otherwise)
{
    unsigned value = argc > index ? (unsigned)strtoul(argv[index], NULL, 0) : otherwise;
    return value < MOST ? value : MOST;
}

int main(int argc, char **argv)
{
    uint64_t span = (argc > 1 ? strtoull(argv[1], NULL, 0) : 2000) * 1000000ull;
    unsigned busy = option(argc, argv, 2, 6), pairs = option(argc, argv, 3, 2),
             sleepers = option(argc, argv, 4, 2);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        perror("workload: mmap");
        return 1;
    }
    for (unsigned i = 0; i < busy; i++) {
        if (is_child())
            compute(i);
    }
    for (unsigned i = 0; i < pairs; i++)
        start_pair(i);
    for (unsigned i = 0; i < sleepers; i++) {
        if (is_child())
            sleeper(i);
    }
    uint64_t start = now();
    shared->go = 1;
    pause_ns(span);
    uint64_t took = now() - start;
    uint64_t talked = 0;
    for (unsigned i = 0; i < pairs; i++)
        talked += shared->talked[i];
    report_sharing(busy, took);
    printf("pingpongs_per_s %.0f\n", (double)talked * 1e9 / (double)took);
    report_lateness(sleepers);
    for (unsigned i = 0; i < child_count; i++)
        kill(children[i], SIGKILL);
    while (wait(NULL) > 0) {
    }
    return 0;
}
