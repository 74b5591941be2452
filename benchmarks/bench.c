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
 *   bench --first     the tick at which this program's first instruction ran
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

enum { BATCHES = 15, PAGES = 256 };

/* Written by the entry point in clock.h, before the C library has run one instruction. */
uint64_t bench_first_raw = 0;

static inline uint64_t ticks(void)
{
    return clock_ticks(clock_raw());
}

_Noreturn static void give_up(const char *what)
{
    perror(what);
    exit(1);
}

static int check(int result, const char *what)
{
    if (result < 0)
        give_up(what);
    return result;
}

static void reap(pid_t child)
{
    int status;
    if (waitpid(child, &status, 0) != child || status != 0)
        give_up("a child failed");
}

/* Each measurement runs @count repetitions and returns the ticks they took. */
static uint64_t null_syscall(unsigned count)
{
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++)
        syscall(SYS_getppid);
    return ticks() - start;
}

static uint64_t read_byte(unsigned count)
{
    int fd = check(open("/dev/zero", O_RDONLY), "/dev/zero");
    char byte;
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++)
        check((int)read(fd, &byte, 1), "read");
    uint64_t took = ticks() - start;
    close(fd);
    return took;
}

static uint64_t write_byte(unsigned count)
{
    int fd = check(open("/dev/null", O_WRONLY), "/dev/null");
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++)
        check((int)write(fd, "x", 1), "write");
    uint64_t took = ticks() - start;
    close(fd);
    return took;
}

static uint64_t open_close(unsigned count)
{
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++)
        close(check(open("/tmp/bench-file", O_RDONLY), "open"));
    return ticks() - start;
}

static uint64_t stat_file(unsigned count)
{
    struct stat about;
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++)
        check(stat("/tmp/bench-file", &about), "stat");
    return ticks() - start;
}

static void echo(int from, int to)
{
    char byte;
    while (read(from, &byte, 1) == 1)
        check((int)write(to, &byte, 1), "echo");
    _exit(0);
}

static uint64_t pipe_pingpong(unsigned count)
{
    int there[2], back[2];
    check(pipe(there), "pipe");
    check(pipe(back), "pipe");
    pid_t child = check(fork(), "fork");
    if (child == 0) {
        close(there[1]);
        close(back[0]);
        echo(there[0], back[1]);
    }
    close(there[0]);
    close(back[1]);
    char byte = 'x';
    uint64_t took = 0;
    for (unsigned i = 0; i <= count; i++) {
        uint64_t start = ticks();
        check((int)write(there[1], &byte, 1), "ping");
        check((int)read(back[0], &byte, 1), "pong");
        if (i > 0) // the first finds the child not yet running
            took += ticks() - start;
    }
    close(there[1]);
    close(back[0]);
    reap(child);
    return took;
}

/*
 * Two processes of one real-time priority yield to each other, so that every yield is a switch;
 * what is counted is that the other one did run in between.
 */
static uint64_t context_switch(unsigned count)
{
    volatile unsigned *shared =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        give_up("mmap");
    const struct sched_param fifo = {.sched_priority = 1}, other = {.sched_priority = 0};
    check(sched_setscheduler(0, SCHED_FIFO, &fifo), "sched_setscheduler");
    pid_t child = check(fork(), "fork");
    unsigned self = child == 0 ? 1 : 2;
    uint64_t start = ticks();
    while (shared[1] < count) {
        if (shared[0] != self) {
            shared[0] = self;
            shared[1]++;
        }
        sched_yield();
    }
    uint64_t took = ticks() - start;
    if (child == 0)
        _exit(0);
    reap(child);
    check(sched_setscheduler(0, SCHED_OTHER, &other), "sched_setscheduler");
    munmap((void *)shared, 4096);
    return took;
}

static uint64_t page_fault(unsigned count)
{
    char *pages =
        mmap(NULL, count * 4096ul, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        give_up("mmap");
    madvise(pages, count * 4096ul, MADV_NOHUGEPAGE);
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++)
        pages[i * 4096ul] = 1;
    uint64_t took = ticks() - start;
    munmap(pages, count * 4096ul);
    return took;
}

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

static volatile sig_atomic_t signals_seen;

static void count_signal(int number)
{
    (void)number;
    signals_seen++;
}

static uint64_t signal_self(unsigned count)
{
    signal(SIGUSR1, count_signal);
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++)
        kill(getpid(), SIGUSR1);
    return ticks() - start;
}

static uint64_t mmap_munmap(unsigned count)
{
    uint64_t start = ticks();
    for (unsigned i = 0; i < count; i++) {
        void *at = mmap(NULL, 65536, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (at == MAP_FAILED)
            give_up("mmap");
        munmap(at, 65536);
    }
    return ticks() - start;
}

static const struct measurement {
    const char *name;
    uint64_t (*run)(unsigned count);
    unsigned count;
} measurements[] = {
    {"null_syscall", null_syscall, 1000},
    {"read", read_byte, 1000},
    {"write", write_byte, 1000},
    {"open_close", open_close, 500},
    {"stat", stat_file, 500},
    {"pipe_pingpong", pipe_pingpong, 200},
    {"context_switch", context_switch, 200},
    {"page_fault", page_fault, PAGES},
    {"mmap_munmap", mmap_munmap, 200},
    {"signal", signal_self, 200},
    {"fork_exit_wait", fork_exit_wait, 10},
    {"fork_exec", fork_exec, 10},
};

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

static int is_wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], name) == 0)
            return 1;
    }
    return argc < 2;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--first") == 0) {
        printf("%llu\n", (unsigned long long)clock_ticks(bench_first_raw));
        return 0;
    }
    close(check(open("/tmp/bench-file", O_CREAT | O_WRONLY, 0600), "/tmp/bench-file"));
    for (unsigned i = 0; i < sizeof measurements / sizeof measurements[0]; i++) {
        if (is_wanted(measurements[i].name, argc, argv))
            measure(&measurements[i]);
    }
    return 0;
}
