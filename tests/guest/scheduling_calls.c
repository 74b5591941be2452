/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Policies, priorities, affinity and I/O priorities: what they change, and each way they fail. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "limits.h"

enum { SOMEBODY = 1234, NOBODY = 2000000, RT_MOST = 99 };
enum { IOPRIO_PROCESS = 1, IOPRIO_GROUP = 2, IOPRIO_USER = 3 };
enum { IO_NONE = 0, IO_RT = 1 << 13, IO_BE = 2 << 13, IO_IDLE = 3 << 13 };

static void *volatile nowhere = (void *)8;

/* struct sched_attr, with room for what newer kernels may know. */
struct attr {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
    uint32_t clamp_min, clamp_max;
    uint64_t more[8];
};

enum { RESET_ON_FORK = 1, DEADLINE = 6, MS = 1000000 };

static struct sched_param priority(int value)
{
    return (struct sched_param){value};
}

static struct attr attr_of(uint32_t policy)
{
    return (struct attr){.size = 56, .policy = policy};
}

static struct attr deadline(uint64_t runtime, uint64_t until, uint64_t period)
{
    return (struct attr){
        .size = 48, .policy = DEADLINE, .runtime = runtime, .deadline = until, .period = period};
}

static long set_attr(struct attr attr)
{
    return syscall(SYS_sched_setattr, 0, &attr, 0);
}

static void become_somebody(void)
{
    CHECK(setresgid(SOMEBODY, SOMEBODY, SOMEBODY) == 0);
    CHECK(setresuid(SOMEBODY, SOMEBODY, SOMEBODY) == 0);
}

/* Run @does in a child, and tell how it ended. */
static int in_child(int (*does)(void))
{
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(does());
    CHECK(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void yielding_succeeds(void)
{
    CHECK(sched_yield() == 0 && syscall(SYS_sched_yield) == 0);
}

static void priorities_have_ranges(void)
{
    static const int fair[] = {SCHED_OTHER, SCHED_BATCH, SCHED_IDLE, DEADLINE};
    for (unsigned i = 0; i < 4; i++)
        CHECK(sched_get_priority_max(fair[i]) == 0 && sched_get_priority_min(fair[i]) == 0);
    CHECK(sched_get_priority_max(SCHED_FIFO) == RT_MOST && sched_get_priority_min(SCHED_FIFO) == 1);
    CHECK(sched_get_priority_max(SCHED_RR) == RT_MOST && sched_get_priority_min(SCHED_RR) == 1);
    FAILS(sched_get_priority_max(4), EINVAL);
    FAILS(sched_get_priority_min(4), EINVAL);
    FAILS(sched_get_priority_max(-1), EINVAL);
    FAILS(sched_get_priority_min(99), EINVAL);
}

static void policies_are_set_and_told(void)
{
    static const int policies[] = {SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_IDLE, SCHED_OTHER};
    for (unsigned i = 0; i < 5; i++) {
        struct sched_param wanted = priority(i < 2 ? RT_MOST : 0), told;
        CHECK(sched_setscheduler(0, policies[i], &wanted) == 0);
        CHECK(sched_getscheduler(0) == policies[i] && sched_getscheduler(getpid()) == policies[i]);
        CHECK(sched_getparam(0, &told) == 0 && told.sched_priority == wanted.sched_priority);
    }
}

static void policies_refuse_what_does_not_fit(void)
{
    struct sched_param zero = priority(0), one = priority(1), much = priority(100);
    FAILS(sched_setscheduler(0, SCHED_FIFO, &zero), EINVAL);
    FAILS(sched_setscheduler(0, SCHED_FIFO, &much), EINVAL);
    FAILS(sched_setscheduler(0, SCHED_OTHER, &one), EINVAL);
    FAILS(sched_setscheduler(0, 4, &zero), EINVAL);
    FAILS(sched_setscheduler(0, -1, &zero), EINVAL);
    FAILS(sched_setscheduler(0, DEADLINE, &zero), EINVAL);
    FAILS(sched_setscheduler(-1, SCHED_OTHER, &zero), EINVAL);
    FAILS(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, NULL), EINVAL);
    FAILS(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, nowhere), EFAULT);
    FAILS(sched_setscheduler(NOBODY, SCHED_OTHER, &zero), ESRCH);
    FAILS(sched_getscheduler(-1), EINVAL);
    FAILS(sched_getscheduler(NOBODY), ESRCH);
}

static void parameters_refuse_what_does_not_fit(void)
{
    struct sched_param zero = priority(0), one = priority(1);
    CHECK(sched_setparam(0, &zero) == 0);
    FAILS(sched_setparam(0, &one), EINVAL);
    FAILS(sched_setparam(-1, &zero), EINVAL);
    FAILS(syscall(SYS_sched_setparam, 0, NULL), EINVAL);
    FAILS(syscall(SYS_sched_setparam, 0, nowhere), EFAULT);
    FAILS(sched_setparam(NOBODY, &zero), ESRCH);
    FAILS(syscall(SYS_sched_getparam, 0, NULL), EINVAL);
    FAILS(syscall(SYS_sched_getparam, 0, nowhere), EFAULT);
    FAILS(sched_getparam(-1, &zero), EINVAL);
    FAILS(sched_getparam(NOBODY, &zero), ESRCH);
    CHECK(sched_setscheduler(0, SCHED_RR, &one) == 0 && sched_setparam(0, &one) == 0);
    FAILS(sched_setparam(0, &zero), EINVAL);
}

static void real_time_is_for_the_privileged(void)
{
    struct sched_param zero = priority(0), one = priority(1);
    const pid_t parent = getppid();
    become_somebody();
    CHECK(sched_setscheduler(0, SCHED_BATCH, &zero) == 0);
    FAILS(sched_setscheduler(0, SCHED_FIFO, &one), EPERM);
    FAILS(sched_setscheduler(parent, SCHED_OTHER, &zero), EPERM);
    FAILS(sched_setparam(parent, &zero), EPERM);
    CHECK(sched_getscheduler(parent) == SCHED_OTHER); // asking is for all
}

static void a_limit_allows_real_time(void)
{
    struct sched_param five = priority(5), six = priority(6), one = priority(1), zero = priority(0);
    const struct rlimit limit = {5, 5};
    CHECK(setrlimit(RLIMIT_RTPRIO, &limit) == 0);
    become_somebody();
    CHECK(sched_setscheduler(0, SCHED_FIFO, &five) == 0);
    FAILS(sched_setparam(0, &six), EPERM);
    CHECK(sched_setparam(0, &one) == 0 && sched_setscheduler(0, SCHED_OTHER, &zero) == 0);
    FAILS(sched_setscheduler(0, SCHED_RR, &six), EPERM);
}

static int policy_is_normal(void)
{
    return sched_getscheduler(0) == SCHED_OTHER && getpriority(PRIO_PROCESS, 0) == 0 ? 0 : 1;
}

static void a_child_may_start_afresh(void)
{
    struct sched_param one = priority(1), zero = priority(0);
    CHECK(sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &one) == 0);
    CHECK(sched_getscheduler(0) == (SCHED_FIFO | SCHED_RESET_ON_FORK));
    CHECK(in_child(policy_is_normal) == 0);
    CHECK(sched_setscheduler(0, SCHED_FIFO, &one) == 0 && in_child(policy_is_normal) == 1);
    CHECK(sched_setscheduler(0, SCHED_OTHER | SCHED_RESET_ON_FORK, &zero) == 0);
    CHECK(setpriority(PRIO_PROCESS, 0, -5) == 0 && in_child(policy_is_normal) == 0);
    become_somebody();
    FAILS(sched_setscheduler(0, SCHED_OTHER, &zero), EPERM); // who has it does not lose it
}

static void slices_are_told(void)
{
    struct sched_param one = priority(1);
    struct timespec time;
    CHECK(sched_rr_get_interval(0, &time) == 0 && time.tv_sec == 0);
    CHECK(sched_setscheduler(0, SCHED_RR, &one) == 0 && sched_rr_get_interval(0, &time) == 0);
    CHECK(time.tv_sec == 0 && time.tv_nsec == 100 * MS);
    CHECK(sched_setscheduler(0, SCHED_FIFO, &one) == 0 && sched_rr_get_interval(0, &time) == 0);
    CHECK(time.tv_sec == 0 && time.tv_nsec == 0);
    FAILS(sched_rr_get_interval(-1, &time), EINVAL);
    FAILS(sched_rr_get_interval(NOBODY, &time), ESRCH);
    FAILS(syscall(SYS_sched_rr_get_interval, 0, nowhere), EFAULT);
}

/* ---- Affinity ---- */

static void affinity_is_set_and_told(void)
{
    cpu_set_t before, one, told;
    unsigned cpu = 99, node = 99;
    CHECK(sched_getaffinity(0, sizeof before, &before) == 0 && CPU_ISSET(0, &before));
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    CHECK(sched_setaffinity(0, sizeof one, &one) == 0);
    CHECK(sched_getaffinity(0, sizeof told, &told) == 0 && CPU_EQUAL(&one, &told));
    CHECK(syscall(SYS_getcpu, &cpu, &node, NULL) == 0 && cpu == 0 && node == 0);
    CHECK(syscall(SYS_getcpu, NULL, NULL, NULL) == 0);
    FAILS(syscall(SYS_getcpu, nowhere, NULL, NULL), EFAULT);
    FAILS(syscall(SYS_getcpu, NULL, nowhere, NULL), EFAULT);
    CHECK(sched_setaffinity(0, sizeof before, &before) == 0);
}

static void affinity_needs_a_cpu_and_a_right(void)
{
    cpu_set_t set;
    const pid_t parent = getppid();
    CPU_ZERO(&set);
    FAILS(sched_setaffinity(0, sizeof set, &set), EINVAL);
    CPU_SET(sizeof set * 8 - 1, &set); // is not there
    FAILS(sched_setaffinity(0, sizeof set, &set), EINVAL);
    CPU_SET(0, &set);
    FAILS(sched_setaffinity(0, 0, &set), EINVAL);
    FAILS(sched_setaffinity(NOBODY, sizeof set, &set), ESRCH);
    FAILS(syscall(SYS_sched_setaffinity, 0, sizeof set, nowhere), EFAULT);
    FAILS(sched_getaffinity(NOBODY, sizeof set, &set), ESRCH);
    FAILS(syscall(SYS_sched_getaffinity, 0, 1, &set), EINVAL);
    FAILS(syscall(SYS_sched_getaffinity, 0, 12, &set), EINVAL);
    FAILS(syscall(SYS_sched_getaffinity, 0, sizeof set, nowhere), EFAULT);
    become_somebody();
    FAILS(sched_setaffinity(parent, sizeof set, &set), EPERM);
    CHECK(sched_getaffinity(parent, sizeof set, &set) == 0);
}

/* ---- sched_setattr() ---- */

static void attributes_are_set_and_told(void)
{
    struct attr attr = attr_of(SCHED_BATCH), told;
    attr.nice = 7;
    attr.flags = RESET_ON_FORK;
    CHECK(set_attr(attr) == 0);
    CHECK(syscall(SYS_sched_getattr, 0, &told, sizeof told, 0) == 0);
    CHECK(told.size >= 48 && told.policy == SCHED_BATCH && told.nice == 7 && told.priority == 0);
    CHECK(told.flags == RESET_ON_FORK);
    attr.nice = 100; // as far as it goes
    CHECK(set_attr(attr) == 0 && getpriority(PRIO_PROCESS, 0) == 19);
    attr = attr_of(SCHED_RR);
    attr.priority = 3;
    CHECK(set_attr(attr) == 0);
    CHECK(syscall(SYS_sched_getattr, 0, &told, 48, 0) == 0 && told.size == 48);
    CHECK(told.policy == SCHED_RR && told.priority == 3 && told.runtime == 0 && told.flags == 0);
}

static void attributes_refuse_what_does_not_fit(void)
{
    struct attr bad = attr_of(SCHED_OTHER), told;
    bad.priority = 1;
    FAILS(syscall(SYS_sched_setattr, 0, &bad, 0), EINVAL);
    bad = attr_of(4);
    FAILS(syscall(SYS_sched_setattr, 0, &bad, 0), EINVAL);
    bad = attr_of(SCHED_OTHER);
    bad.flags = 1 << 20;
    FAILS(syscall(SYS_sched_setattr, 0, &bad, 0), EINVAL);
    bad.flags = 0;
    FAILS(syscall(SYS_sched_setattr, 0, &bad, 1), EINVAL);
    FAILS(syscall(SYS_sched_setattr, -1, &bad, 0), EINVAL);
    FAILS(syscall(SYS_sched_setattr, 0, NULL, 0), EINVAL);
    FAILS(syscall(SYS_sched_setattr, 0, nowhere, 0), EFAULT);
    FAILS(syscall(SYS_sched_setattr, NOBODY, &bad, 0), ESRCH);
    FAILS(syscall(SYS_sched_getattr, 0, &told, 47, 0), EINVAL);
    FAILS(syscall(SYS_sched_getattr, 0, &told, 65536 * 2, 0), EINVAL);
    FAILS(syscall(SYS_sched_getattr, 0, &told, 48, 1), EINVAL);
    FAILS(syscall(SYS_sched_getattr, -1, &told, 48, 0), EINVAL);
    FAILS(syscall(SYS_sched_getattr, 0, NULL, 48, 0), EINVAL);
    FAILS(syscall(SYS_sched_getattr, 0, nowhere, 48, 0), EFAULT);
    FAILS(syscall(SYS_sched_getattr, NOBODY, &told, 48, 0), ESRCH);
}

static void attributes_come_in_sizes(void)
{
    struct attr attr = attr_of(SCHED_OTHER);
    attr.size = 0; // the first version
    CHECK(set_attr(attr) == 0);
    attr.size = sizeof attr; // what is not known is zero
    CHECK(set_attr(attr) == 0);
    attr.more[7] = 1;
    FAILS(syscall(SYS_sched_setattr, 0, &attr, 0), E2BIG);
    CHECK(attr.size >= 56 && attr.size < sizeof attr);
    attr.more[7] = 0;
    attr.size = 47;
    FAILS(syscall(SYS_sched_setattr, 0, &attr, 0), E2BIG);
    CHECK(attr.size >= 56);
}

static void deadlines_must_make_sense(void)
{
    const struct attr bad[] = {deadline(0, 10 * MS, 10 * MS),
                               deadline(1000, 10 * MS, 10 * MS),
                               deadline(11 * MS, 10 * MS, 10 * MS),
                               deadline(1 * MS, 10 * MS, 9 * MS),
                               deadline(1 * MS, 0, 0),
                               deadline(20000, 50000, 50000),
                               deadline(1 * MS, 1ull << 63, 0),
                               deadline(1 * MS, 5000ull * MS, 5000ull * MS)};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        FAILS(syscall(SYS_sched_setattr, 0, &bad[i], 0), EINVAL);
}

static int forks(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    return child < 0 ? errno : waitpid(child, NULL, 0) != child;
}

static void deadlines_are_for_one(void)
{
    struct attr attr = deadline(1 * MS, 100 * MS, 100 * MS), told;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    CHECK(set_attr(attr) == 0 && sched_getscheduler(0) == DEADLINE);
    CHECK(syscall(SYS_sched_getattr, 0, &told, 48, 0) == 0);
    CHECK(told.runtime == 1 * MS && told.deadline == 100 * MS && told.period == 100 * MS);
    CHECK(forks() == EAGAIN);
    attr.flags = RESET_ON_FORK;
    CHECK(set_attr(attr) == 0 && forks() == 0);
    if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
        FAILS(sched_setaffinity(0, sizeof one, &one), EBUSY);
    CHECK(set_attr(attr_of(SCHED_OTHER)) == 0);
    CHECK(syscall(SYS_sched_getattr, 0, &told, 48, 0) == 0 && told.policy == SCHED_OTHER);
}

/* What one who ended had promised is free again only when its period is over. */
static void promise(struct attr attr)
{
    while (set_attr(attr) != 0) {
        CHECK(errno == EBUSY);
        usleep(1000);
    }
}

/* As many children as there are CPUs promise almost all that may be promised: 95 % less what a
 * newer Linux keeps for ordinary threads. */
static void deadlines_are_admitted(void)
{
    struct attr attr = deadline(94 * MS, 100 * MS, 100 * MS);
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    int ready[2];
    char byte;
    CHECK(count < 16 && pipe(ready) == 0);
    pid_t children[16];
    for (long i = 0; i < count; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            promise(deadline(88 * MS, 100 * MS, 100 * MS));
            write(ready[1], "", 1);
            for (;;)
                pause();
        }
        CHECK(read(ready[0], &byte, 1) == 1);
    }
    FAILS(syscall(SYS_sched_setattr, 0, &attr, 0), EBUSY);
    for (long i = 0; i < count; i++)
        CHECK(kill(children[i], SIGKILL) == 0 && waitpid(children[i], NULL, 0) == children[i]);
    promise(deadline(10 * MS, 100 * MS, 0));
}

static void deadlines_need_a_right(void)
{
    struct attr attr = deadline(1 * MS, 100 * MS, 100 * MS);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    CHECK(sched_setaffinity(0, sizeof one, &one) == 0);
    if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
        FAILS(syscall(SYS_sched_setattr, 0, &attr, 0), EPERM); // granted for all CPUs
    become_somebody();
    FAILS(syscall(SYS_sched_setattr, 0, &attr, 0), EPERM);
    attr = attr_of(SCHED_OTHER);
    attr.nice = -1;
    FAILS(syscall(SYS_sched_setattr, 0, &attr, 0), EPERM);
    FAILS(syscall(SYS_sched_setattr, getppid(), &attr, 0), EPERM);
}

/* ---- Niceness ---- */

static void niceness_is_set_and_told(void)
{
    CHECK(setpriority(PRIO_PROCESS, 0, 5) == 0 && getpriority(PRIO_PROCESS, 0) == 5);
    CHECK(setpriority(PRIO_PROCESS, getpid(), -100) == 0 && getpriority(PRIO_PROCESS, 0) == -20);
    CHECK(setpriority(PRIO_PROCESS, 0, 100) == 0 && getpriority(PRIO_PROCESS, 0) == 19);
    CHECK(syscall(SYS_getpriority, PRIO_PROCESS, 0) == 1); // 20 - nice
    FAILS(getpriority(3, 0), EINVAL);
    FAILS(getpriority(-1, 0), EINVAL);
    FAILS(getpriority(PRIO_PROCESS, NOBODY), ESRCH);
    FAILS(getpriority(PRIO_PGRP, NOBODY), ESRCH);
    FAILS(getpriority(PRIO_USER, NOBODY), ESRCH);
    FAILS(setpriority(3, 0, 0), EINVAL);
    FAILS(setpriority(PRIO_PROCESS, NOBODY, 0), ESRCH);
    FAILS(setpriority(PRIO_PGRP, NOBODY, 0), ESRCH);
    FAILS(setpriority(PRIO_USER, NOBODY, 0), ESRCH);
}

static void niceness_has_rules(void)
{
    const struct rlimit limit = {15, 15}; // down to 5
    const pid_t parent = getppid();
    CHECK(setpriority(PRIO_PROCESS, 0, 10) == 0 && setrlimit(RLIMIT_NICE, &limit) == 0);
    become_somebody();
    CHECK(setpriority(PRIO_PROCESS, 0, 12) == 0 && setpriority(PRIO_PROCESS, 0, 5) == 0);
    FAILS(setpriority(PRIO_PROCESS, 0, 4), EACCES);
    FAILS(setpriority(PRIO_PROCESS, parent, 10), EPERM);
    CHECK(getpriority(PRIO_PROCESS, parent) == 0);
}

static volatile int thread_tid, done;

static void *wait_until_done(void *unused)
{
    thread_tid = (int)syscall(SYS_gettid);
    while (!done)
        usleep(1000);
    return unused;
}

static void niceness_is_a_threads_own_but_for_groups(void)
{
    pthread_t thread;
    CHECK(setpgid(0, 0) == 0 && pthread_create(&thread, NULL, wait_until_done, NULL) == 0);
    while (!thread_tid)
        sched_yield();
    CHECK(setpriority(PRIO_PROCESS, 0, 3) == 0 && getpriority(PRIO_PROCESS, thread_tid) == 0);
    CHECK(getpriority(PRIO_PGRP, 0) == 0); // the best of all
    CHECK(setpriority(PRIO_PGRP, 0, 6) == 0 && getpriority(PRIO_PROCESS, thread_tid) == 6);
    CHECK(getpriority(PRIO_PROCESS, 0) == 6);
    done = 1;
    CHECK(pthread_join(thread, NULL) == 0);
}

/* ---- I/O priorities ---- */

static long io_set(int which, int who, int priority)
{
    return syscall(SYS_ioprio_set, which, who, priority);
}

static long io_get(int which, int who)
{
    return syscall(SYS_ioprio_get, which, who);
}

static void io_priorities_are_set_and_told(void)
{
    CHECK(io_set(IOPRIO_PROCESS, 0, IO_BE | 7) == 0 && io_get(IOPRIO_PROCESS, 0) == (IO_BE | 7));
    CHECK(io_set(IOPRIO_PROCESS, getpid(), IO_RT | 0) == 0 && io_get(IOPRIO_PROCESS, 0) == IO_RT);
    CHECK(io_set(IOPRIO_PROCESS, 0, IO_IDLE) == 0);
    CHECK(setpgid(0, 0) == 0 && io_set(IOPRIO_GROUP, 0, IO_BE | 3) == 0);
    CHECK(io_get(IOPRIO_GROUP, 0) == (IO_BE | 3) && io_get(IOPRIO_GROUP, getpid()) == (IO_BE | 3));
    CHECK(io_set(IOPRIO_PROCESS, 0, IO_NONE) == 0);
    CHECK(io_get(IOPRIO_USER, 0) != -1);
}

static void io_priorities_refuse_what_does_not_fit(void)
{
    FAILS(syscall(SYS_ioprio_set, 0, 0, IO_BE), EINVAL);
    FAILS(syscall(SYS_ioprio_set, 4, 0, IO_BE), EINVAL);
    FAILS(syscall(SYS_ioprio_set, IOPRIO_PROCESS, 0, IO_NONE | 1), EINVAL);
    FAILS(syscall(SYS_ioprio_set, IOPRIO_PROCESS, 0, 5 << 13), EINVAL);
    FAILS(syscall(SYS_ioprio_set, IOPRIO_PROCESS, NOBODY, IO_BE), ESRCH);
    FAILS(syscall(SYS_ioprio_set, IOPRIO_GROUP, NOBODY, IO_BE), ESRCH);
    FAILS(syscall(SYS_ioprio_set, IOPRIO_USER, NOBODY, IO_BE), ESRCH);
    FAILS(syscall(SYS_ioprio_get, 0, 0), EINVAL);
    FAILS(syscall(SYS_ioprio_get, 4, 0), EINVAL);
    FAILS(syscall(SYS_ioprio_get, IOPRIO_PROCESS, NOBODY), ESRCH);
    FAILS(syscall(SYS_ioprio_get, IOPRIO_GROUP, NOBODY), ESRCH);
}

static void io_priorities_have_rules(void)
{
    const pid_t parent = getppid();
    become_somebody();
    FAILS(syscall(SYS_ioprio_set, IOPRIO_PROCESS, 0, IO_RT), EPERM);
    FAILS(syscall(SYS_ioprio_set, IOPRIO_PROCESS, parent, IO_BE), EPERM);
    CHECK(io_set(IOPRIO_PROCESS, 0, IO_BE | 1) == 0 && io_get(IOPRIO_PROCESS, parent) != -1);
}

static int io_is_best_effort_two(void)
{
    return io_get(IOPRIO_PROCESS, 0) == (IO_BE | 2) ? 0 : 1;
}

static void children_inherit_io_priorities(void)
{
    CHECK(io_set(IOPRIO_PROCESS, 0, IO_BE | 2) == 0 && in_child(io_is_best_effort_two) == 0);
}

static const struct test_case cases[] = {
    CASE(yielding_succeeds),
    CASE(priorities_have_ranges),
    CASE(policies_are_set_and_told),
    CASE(policies_refuse_what_does_not_fit),
    CASE(parameters_refuse_what_does_not_fit),
    CASE(real_time_is_for_the_privileged),
    CASE(a_limit_allows_real_time),
    CASE(a_child_may_start_afresh),
    CASE(slices_are_told),
    CASE(affinity_is_set_and_told),
    CASE(affinity_needs_a_cpu_and_a_right),
    CASE(attributes_are_set_and_told),
    CASE(attributes_refuse_what_does_not_fit),
    CASE(attributes_come_in_sizes),
    CASE(deadlines_must_make_sense),
    CASE(deadlines_are_for_one),
    CASE(deadlines_are_admitted),
    CASE(deadlines_need_a_right),
    CASE(niceness_is_set_and_told),
    CASE(niceness_has_rules),
    CASE(niceness_is_a_threads_own_but_for_groups),
    CASE(io_priorities_are_set_and_told),
    CASE(io_priorities_refuse_what_does_not_fit),
    CASE(io_priorities_have_rules),
    CASE(children_inherit_io_priorities),
};

int main(void)
{
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
