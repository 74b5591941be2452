/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Call the kernel with random and boundary arguments:  fuzzcalls SEED SECONDS
 * Each round is a child of its own with a seed of its own, so that any round can be repeated:
 * fuzzcalls SEED 0 ROUND. Left out are only the calls that end or stop the machine by design, as
 * root may.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    CALLS_PER_ROUND = 300,
    LAST_LINUX_CALL = 462,
    FIRST_HELIX_CALL = 1000,
    LAST_HELIX_CALL = 1015,
    ROUND_SECONDS = 1
};

static uint64_t state;

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* A page that is there, one that may only be read, one that is not there, and the two around it. */
static char *pages;

static uint64_t argument(void)
{
    static const uint64_t edges[] = {
        0,
        1,
        2,
        3,
        7,
        8,
        16,
        64,
        255,
        256,
        4095,
        4096,
        4097,
        65535,
        65536,
        0x7fffffff,
        0x80000000,
        0xffffffff,
        0x100000000,
        0x7fffffffffffffff,
        0x8000000000000000,
        0x7ffffffff000,
        0x7fffffffffff,
        0x800000000000,
        0xffff800000000000,
        0xffffffff80100000,
        0xffffffffffffffff,
        0xfffffffffffffffe,
        0xfffffffffffff000,
        -100ull,
    };
    switch (next() % 8) {
    case 0:
    case 1:
        return edges[next() % (sizeof edges / sizeof edges[0])];
    case 2:
        return next() % 16;
    case 3:
        return (uint64_t)pages + next() % 4096;
    case 4:
        return (uint64_t)pages + 4096 + next() % 4096;
    case 5:
        return (uint64_t)pages + 2 * 4096 - next() % 64;
    case 6:
        return next() & 0xffff;
    default:
        return next();
    }
}

static int is_left_out(long number)
{
    switch (number) {
    case SYS_reboot:
    case SYS_kexec_load:
    case SYS_exit:
    case SYS_exit_group:
#ifdef SYS_pause
    case SYS_pause:
#endif
    case SYS_rt_sigsuspend:
    case SYS_kill: // signals to everyone end the fuzzer itself: sent only to this process below
    case SYS_tkill:
    case SYS_tgkill:
    case SYS_rt_sigqueueinfo:
    case SYS_rt_tgsigqueueinfo:
    case SYS_pidfd_send_signal:
    case SYS_rt_sigreturn:
    case SYS_umount2: // of /proc and /dev, which the parent needs
    case SYS_chroot:
    case SYS_pivot_root:
        return 1;
    default:
        return 0;
    }
}

/* To trace init or the parent would stop the fuzzer: it has a child for that. */
static pid_t target;

static void start_target(void)
{
    target = fork();
    while (target == 0)
        pause();
}

static void trace_something(void)
{
    const uint64_t request = next() % 8 == 0 ? argument()
                             : next() % 2    ? next() % 34
                                             : 0x4200 + next() % 17;
    syscall(SYS_ptrace, request, target, argument(), argument());
}

static long number(void)
{
    if (next() % 16 == 0)
        return SYS_ptrace;
    if (next() % 16 == 0)
        return FIRST_HELIX_CALL + (long)(next() % (LAST_HELIX_CALL - FIRST_HELIX_CALL + 1));
    if (next() % 64 == 0)
        return (long)next();
    return (long)(next() % (LAST_LINUX_CALL + 1));
}

static void fill(void)
{
    for (unsigned i = 0; i < 4096; i += 8) {
        uint64_t value = argument();
        memcpy(pages + i, &value, 8);
    }
    if (next() % 2)
        strcpy(pages, next() % 2 ? "/tmp/fuzz" : "/proc/self/status");
}

static void round_of_calls(uint64_t seed)
{
    state = seed * 0x9e3779b97f4a7c15ull | 1;
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    alarm(ROUND_SECONDS);
    const struct rlimit memory = {64 << 20, 64 << 20}, processes = {32, 32},
                        file = {1 << 20, 1 << 20};
    setrlimit(RLIMIT_AS, &memory);
    setrlimit(RLIMIT_NPROC, &processes);
    setrlimit(RLIMIT_FSIZE, &file);
    // The parent's own files are not for it to write to, cut or seek in.
    int nothing = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; fd++)
        dup2(nothing, fd);
    if (seed % 2 && setuid(65534) != 0)
        _exit(1);
    if (chdir("/tmp") != 0)
        _exit(1);
    pages = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        _exit(1);
    mprotect(pages + 4096, 4096, PROT_READ);
    munmap(pages + 2 * 4096, 4096);
    start_target();
    for (unsigned i = 0; i < CALLS_PER_ROUND; i++) {
        fill();
        long call = number();
        if (call == SYS_ptrace)
            trace_something();
        else if (call == SYS_prlimit64) // root could leave init no memory to run programs in
            syscall(call, 0, argument(), argument(), argument());
        else if (!is_left_out(call))
            syscall(call, argument(), argument(), argument(), argument(), argument(), argument());
        alarm(ROUND_SECONDS); // a call may have changed it
    }
    _exit(0);
}

/* Whatever became of the child: it, and all it started, is gone when this returns. */
static void run_round(uint64_t seed)
{
    pid_t child = fork();
    if (child == 0)
        round_of_calls(seed);
    if (child < 0) {
        perror("fuzzcalls: fork");
        exit(1);
    }
    const struct timespec step = {.tv_nsec = 20000000};
    for (unsigned waited = 0;; waited++) {
        pid_t done = waitpid(child, NULL, WNOHANG);
        if (done == child || (done < 0 && errno == ECHILD))
            break;
        if (waited > ROUND_SECONDS * 60)
            kill(child, SIGKILL);
        nanosleep(&step, NULL);
    }
    kill(-child, SIGKILL);
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: fuzzcalls SEED SECONDS [ROUND]\n");
        return 2;
    }
    // The children send signals to whom they like.
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    uint64_t seed = strtoull(argv[1], NULL, 0) << 20;
    double end = seconds() + atof(argv[2]);
    if (argc > 3) {
        run_round(seed + strtoull(argv[3], NULL, 0));
        return 0;
    }
    uint64_t rounds = 0;
    for (; seconds() < end; rounds++) {
        if (rounds % 50 == 0)
            fprintf(stderr, "fuzzcalls: round %llu\n", (unsigned long long)rounds);
        run_round(seed + rounds);
    }
    printf("rounds %llu\n", (unsigned long long)rounds);
    return 0;
}
