/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Resource limits, what they keep a process from, and what is told of resources that were used. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>

#include "limits.h"

enum { SOMEBODY = 1234, NOBODY = 2000000, PAGE = 4096, MEGABYTE = 1024 * 1024 };

static void *volatile nowhere = (void *)8;
static const char *self; // this program's path

struct limit64 {
    uint64_t soft, hard;
};

static void become_somebody(void)
{
    CHECK(setresgid(SOMEBODY, SOMEBODY, SOMEBODY) == 0);
    CHECK(setresuid(SOMEBODY, SOMEBODY, SOMEBODY) == 0);
}

static void limits_are_set_and_told(void)
{
    struct limit64 limit = {100, 200}, told;
    CHECK(prlimit(0, RLIMIT_NOFILE, (void *)&limit, NULL) == 0);
    CHECK(prlimit(getpid(), RLIMIT_NOFILE, NULL, (void *)&told) == 0);
    CHECK(told.soft == 100 && told.hard == 200);
    limit.soft = 50;
    CHECK(prlimit(0, RLIMIT_NOFILE, (void *)&limit, (void *)&told) == 0 && told.soft == 100);
    CHECK(prlimit(0, RLIMIT_NOFILE, NULL, NULL) == 0);
    for (int i = 0; i < 16; i++)
        CHECK(prlimit(0, i, NULL, (void *)&told) == 0 && told.soft <= told.hard);
    limit = (struct limit64){200, 100};
    FAILS(prlimit(0, RLIMIT_NOFILE, (void *)&limit, NULL), EINVAL);
    FAILS(prlimit(0, 16, NULL, (void *)&told), EINVAL);
    FAILS(prlimit(0, -1, NULL, (void *)&told), EINVAL);
    FAILS(prlimit(NOBODY, RLIMIT_NOFILE, NULL, (void *)&told), ESRCH);
    FAILS(prlimit(0, RLIMIT_NOFILE, nowhere, NULL), EFAULT);
    FAILS(prlimit(0, RLIMIT_NOFILE, NULL, nowhere), EFAULT);
}

#ifdef SYS_getrlimit
static void the_older_calls_work(void)
{
    struct limit64 limit = {100, 200}, told;
    CHECK(syscall(SYS_setrlimit, RLIMIT_NOFILE, &limit) == 0);
    CHECK(syscall(SYS_getrlimit, RLIMIT_NOFILE, &told) == 0 && told.soft == 100);
    FAILS(syscall(SYS_getrlimit, 16, &told), EINVAL);
    FAILS(syscall(SYS_getrlimit, RLIMIT_NOFILE, nowhere), EFAULT);
    FAILS(syscall(SYS_getrlimit, RLIMIT_NOFILE, NULL), EFAULT);
    FAILS(syscall(SYS_setrlimit, 16, &limit), EINVAL);
    FAILS(syscall(SYS_setrlimit, RLIMIT_NOFILE, nowhere), EFAULT);
    limit.soft = 300;
    FAILS(syscall(SYS_setrlimit, RLIMIT_NOFILE, &limit), EINVAL);
    become_somebody();
    limit = (struct limit64){100, 201};
    FAILS(syscall(SYS_setrlimit, RLIMIT_NOFILE, &limit), EPERM);
    limit.hard = 199;
    CHECK(syscall(SYS_setrlimit, RLIMIT_NOFILE, &limit) == 0);
    limit.hard = 200; // once lowered it stays so
    FAILS(syscall(SYS_setrlimit, RLIMIT_NOFILE, &limit), EPERM);
}
#endif

static void hard_limits_have_rules(void)
{
    struct limit64 limit = {100, 200};
    const pid_t parent = getppid();
    CHECK(prlimit(0, RLIMIT_NOFILE, (void *)&limit, NULL) == 0);
    limit.hard = 1ull << 40; // above what the system allows
    FAILS(prlimit(0, RLIMIT_NOFILE, (void *)&limit, NULL), EPERM);
    become_somebody();
    limit.hard = 201;
    FAILS(prlimit(0, RLIMIT_NOFILE, (void *)&limit, NULL), EPERM);
    limit.hard = 150;
    CHECK(prlimit(0, RLIMIT_NOFILE, (void *)&limit, NULL) == 0);
    FAILS(prlimit(parent, RLIMIT_NOFILE, NULL, (void *)&limit), EPERM);
    FAILS(prlimit(parent, RLIMIT_NOFILE, (void *)&limit, NULL), EPERM);
}

static void children_inherit_limits(void)
{
    struct limit64 limit = {12345, 23456}, told;
    CHECK(prlimit(0, RLIMIT_FSIZE, (void *)&limit, NULL) == 0);
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(prlimit(0, RLIMIT_FSIZE, NULL, (void *)&told) != 0 || told.soft != 12345);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

/* ---- What they keep from ---- */

static void descriptors_end_at_the_limit(void)
{
    int last = -1, fd;
    limit(RLIMIT_NOFILE, 10);
    while ((fd = dup(0)) >= 0)
        last = fd;
    CHECK(last == 9 && errno == EMFILE);
    FAILS(open("/", O_RDONLY), EMFILE);
    FAILS(dup2(0, 10), EBADF);
    FAILS(fcntl(0, F_DUPFD, 10), EINVAL);
    CHECK(close(5) == 0 && dup(0) == 5);
}

/* Threads and processes of a user count together. */
static void processes_end_at_the_limit(void)
{
    pid_t children[8];
    int count = 0;
    become_somebody();
    limit(RLIMIT_NPROC, 4);
    while (count < 8 && (children[count] = fork()) > 0)
        count++;
    if (children[count] == 0)
        for (;;)
            pause();
    CHECK(count == 3 && errno == EAGAIN); // this one is the fourth
    CHECK(kill(children[0], SIGKILL) == 0 && waitpid(children[0], NULL, 0) == children[0]);
    children[0] = fork();
    if (children[0] == 0)
        for (;;)
            pause();
    CHECK(children[0] > 0);
    for (int i = 0; i < count; i++)
        CHECK(kill(children[i], SIGKILL) == 0 && waitpid(children[i], NULL, 0) == children[i]);
}

static void root_is_above_the_limit_of_processes(void)
{
    limit(RLIMIT_NPROC, 1);
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    CHECK(child > 0 && waitpid(child, NULL, 0) == child);
}

/* A change of user never fails for this limit; the next execve() does. */
static void another_user_may_have_too_many(void)
{
    pid_t child = fork();
    if (child == 0) {
        become_somebody();
        for (;;)
            pause();
    }
    usleep(50000);
    limit(RLIMIT_NPROC, 1);
    become_somebody();
    FAILS(execl(self, self, "exit", NULL), EAGAIN);
    CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
    execl(self, self, "exit", NULL);
    CHECK(0);
}

static void *map(size_t bytes)
{
    return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void address_space_ends_at_the_limit(void)
{
    limit(RLIMIT_AS, 64 * MEGABYTE);
    CHECK(map(128 * MEGABYTE) == MAP_FAILED && errno == ENOMEM);
    void *some = map(16 * MEGABYTE);
    CHECK(some != MAP_FAILED);
    CHECK(mremap(some, 16 * MEGABYTE, 128 * MEGABYTE, MREMAP_MAYMOVE) == MAP_FAILED &&
          errno == ENOMEM);
    CHECK(sbrk(128 * MEGABYTE) == (void *)-1 && errno == ENOMEM);
    CHECK(munmap(some, 16 * MEGABYTE) == 0 && map(16 * MEGABYTE) != MAP_FAILED);
}

static void data_ends_at_the_limit(void)
{
    limit(RLIMIT_DATA, 16 * MEGABYTE);
    CHECK(sbrk(32 * MEGABYTE) == (void *)-1 && errno == ENOMEM);
    CHECK(map(32 * MEGABYTE) == MAP_FAILED && errno == ENOMEM);
    // What cannot be written is no data.
    CHECK(mmap(NULL, 32 * MEGABYTE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
    CHECK(sbrk(MEGABYTE) != (void *)-1);
}

static __attribute__((noinline)) int deep(int depth)
{
    volatile char here[64 * 1024];
    here[0] = (char)depth;
    return depth == 0 ? here[0] : deep(depth - 1) + here[0];
}

static void the_stack_ends_at_the_limit(void)
{
    int status;
    limit(RLIMIT_STACK, MEGABYTE);
    pid_t child = fork();
    if (child == 0)
        _exit(deep(8) < 0);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    child = fork();
    if (child == 0)
        _exit(deep(64) < 0);
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
          WTERMSIG(status) == SIGSEGV);
}

static void files_end_at_the_limit(void)
{
    char buffer[100] = "";
    int fd = open("/tmp/limited", O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0 && unlink("/tmp/limited") == 0);
    signal(SIGXFSZ, SIG_IGN);
    limit(RLIMIT_FSIZE, 150);
    CHECK(write(fd, buffer, 100) == 100 && write(fd, buffer, 100) == 50);
    FAILS(write(fd, buffer, 1), EFBIG);
    FAILS(ftruncate(fd, 151), EFBIG);
    CHECK(pwrite(fd, buffer, 1, 149) == 1);
    signal(SIGXFSZ, SIG_DFL);
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(write(fd, buffer, 1) == 1);
    CHECK(waitpid(child, &status, 0) == child && WTERMSIG(status) == SIGXFSZ);
}

static void locked_memory_ends_at_the_limit(void)
{
    char *memory = map(8 * PAGE);
    become_somebody();
    limit(RLIMIT_MEMLOCK, 4 * PAGE);
    CHECK(mlock(memory, 4 * PAGE) == 0);
    FAILS(mlock(memory, 5 * PAGE), ENOMEM);
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0) ==
              MAP_FAILED &&
          errno == EAGAIN);
    CHECK(munlock(memory, 4 * PAGE) == 0);
    limit(RLIMIT_MEMLOCK, 0);
    FAILS(mlock(memory, PAGE), EPERM);
}

static void queued_signals_end_at_the_limit(void)
{
    const union sigval value = {.sival_int = 1};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    become_somebody();
    limit(RLIMIT_SIGPENDING, 3);
    for (int i = 0; i < 3; i++)
        CHECK(sigqueue(getpid(), SIGRTMIN, value) == 0);
    FAILS(sigqueue(getpid(), SIGRTMIN, value), EAGAIN);
    CHECK(sigwaitinfo(&set, NULL) == SIGRTMIN && sigqueue(getpid(), SIGRTMIN, value) == 0);
}

static volatile sig_atomic_t warnings;

static void warn(int signal)
{
    (void)signal;
    warnings++;
}

/* SIGXCPU at the soft limit and each second after it, SIGKILL at the hard one. */
static void time_ends_at_the_limit(void)
{
    const struct rlimit limit = {1, 2};
    int status;
    pid_t child = fork();
    if (child == 0) {
        signal(SIGXCPU, warn);
        setrlimit(RLIMIT_CPU, &limit);
        while (!warnings)
            ;
        for (;;)
            ;
    }
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
          WTERMSIG(status) == SIGKILL);
}

/* ---- What was used ---- */

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void burn(double until)
{
    struct rusage usage;
    do {
        for (volatile int i = 0; i < 100000; i++)
            ;
        getrusage(RUSAGE_SELF, &usage);
    } while (seconds(usage.ru_utime) + seconds(usage.ru_stime) < until);
}

static void use_is_told(void)
{
    struct rusage usage, children, thread;
    pid_t child = fork();
    if (child == 0) {
        burn(0.15);
        _exit(0);
    }
    CHECK(waitpid(child, NULL, 0) == child && getrusage(RUSAGE_CHILDREN, &children) == 0);
    CHECK(seconds(children.ru_utime) + seconds(children.ru_stime) >= 0.12);
    CHECK(children.ru_maxrss > 0 && children.ru_minflt > 0);
    burn(0.05);
    CHECK(getrusage(RUSAGE_SELF, &usage) == 0 && getrusage(RUSAGE_THREAD, &thread) == 0);
    CHECK(seconds(usage.ru_utime) + seconds(usage.ru_stime) >= 0.04 && usage.ru_maxrss > 0);
    CHECK(seconds(thread.ru_utime) + seconds(thread.ru_stime) >= 0.04);
    FAILS(syscall(SYS_getrusage, 2, &usage), EINVAL);
    FAILS(syscall(SYS_getrusage, -2, &usage), EINVAL);
    FAILS(syscall(SYS_getrusage, RUSAGE_SELF, nowhere), EFAULT);
}

static void times_are_told(void)
{
    struct tms now;
    clock_t first = times(&now);
    CHECK(first != (clock_t)-1 && times(NULL) >= first);
    pid_t child = fork();
    if (child == 0) {
        burn(0.15);
        _exit(0);
    }
    CHECK(waitpid(child, NULL, 0) == child);
    CHECK(times(&now) > first && now.tms_cutime + now.tms_cstime >= 10);
    FAILS(syscall(SYS_times, nowhere), EFAULT);
}

static const struct test_case cases[] = {
    CASE(limits_are_set_and_told),
#ifdef SYS_getrlimit
    CASE(the_older_calls_work),
#endif
    CASE(hard_limits_have_rules),
    CASE(children_inherit_limits),
    CASE(descriptors_end_at_the_limit),
    CASE(processes_end_at_the_limit),
    CASE(root_is_above_the_limit_of_processes),
    CASE(another_user_may_have_too_many),
    CASE(address_space_ends_at_the_limit),
    CASE(data_ends_at_the_limit),
    CASE(the_stack_ends_at_the_limit),
    CASE(files_end_at_the_limit),
    CASE(locked_memory_ends_at_the_limit),
    CASE(queued_signals_end_at_the_limit),
    CASE(time_ends_at_the_limit),
    CASE(use_is_told),
    CASE(times_are_told),
};

int main(int argc, char **argv)
{
    self = argv[0];
    if (argc == 2 && strcmp(argv[1], "exit") == 0)
        return 0;
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
