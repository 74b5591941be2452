/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Restartable sequences: registration, what the area shows, and what interrupts a sequence. The C
 * library has registered an area for each thread by the time a case begins, or knows nothing of it.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

#include "check.h"
#include "rseq_section.h"

#define AREA_BYTES  32u
#define UNREGISTER  1
#define NO_CPU      UINT32_MAX
#define LONG_TURNS  (1l << 60) // longer than any test
#define BAD_ADDRESS ((void *)-4096l)

struct area {
    volatile uint32_t cpu_start, cpu;
    volatile uint64_t section;
    volatile uint32_t flags, node, concurrency, end;
} __attribute__((aligned(32)));

struct section {
    uint32_t version, flags;
    uint64_t start, length, abort;
} __attribute__((aligned(32)));

static struct area area;

static struct area *library_area(void)
{
    return (void *)((char *)__builtin_thread_pointer() + __rseq_offset);
}

/* A new thread gets one only when its creator has one. */
static void drop_library_area(void)
{
    struct area *own = library_area();
    if (__rseq_size && (int32_t)own->cpu >= 0)
        CHECK(syscall(SYS_rseq, own, AREA_BYTES, UNREGISTER, LIBRARY_SIGNATURE) == 0);
}

static void take_area(struct area *at)
{
    at->cpu = NO_CPU;
    CHECK(syscall(SYS_rseq, at, AREA_BYTES, 0, SECTION_SIGNATURE) == 0);
}

static void begin(void)
{
    drop_library_area();
    take_area(&area);
}

static void bind_to(int cpu)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    CHECK(sched_setaffinity(0, sizeof one, &one) == 0);
}

/* The next CPU from @from on that the thread may use; CPU_SETSIZE: no more. */
static int next_cpu(const cpu_set_t *set, int from)
{
    while (from < CPU_SETSIZE && !CPU_ISSET(from, set))
        from++;
    return from;
}

/* ---- Registration ---- */

static void the_c_library_has_registered(void)
{
    const struct area *own = library_area();
    cpu_set_t all;
    if (!__rseq_size) // not every port of it does
        return;
    CHECK(sched_getaffinity(0, sizeof all, &all) == 0);
    bind_to(next_cpu(&all, 0));
    CHECK(own->cpu == (uint32_t)next_cpu(&all, 0));
    FAILS(syscall(SYS_rseq, own, AREA_BYTES, 0, LIBRARY_SIGNATURE), EBUSY);
}

static void the_area_is_filled_and_emptied(void)
{
    begin();
    unsigned cpu;
    bind_to(sched_getcpu());
    CHECK(syscall(SYS_getcpu, &cpu, NULL, NULL) == 0);
    CHECK(area.cpu == cpu && area.cpu_start == cpu && area.section == 0);
    CHECK(syscall(SYS_rseq, &area, AREA_BYTES, UNREGISTER, SECTION_SIGNATURE) == 0);
    CHECK(area.cpu == NO_CPU && area.cpu_start == 0);
    take_area(&area);
    CHECK(area.cpu == cpu);
}

static void registration_is_checked(void)
{
    static char room[128] __attribute__((aligned(32)));
    drop_library_area();
    FAILS(syscall(SYS_rseq, &area, AREA_BYTES - 1, 0, SECTION_SIGNATURE), EINVAL);
    FAILS(syscall(SYS_rseq, &area, 0, 0, SECTION_SIGNATURE), EINVAL);
    FAILS(syscall(SYS_rseq, &area, AREA_BYTES, 2, SECTION_SIGNATURE), EINVAL);
    FAILS(syscall(SYS_rseq, room + 8, AREA_BYTES, 0, SECTION_SIGNATURE), EINVAL);
    FAILS(syscall(SYS_rseq, BAD_ADDRESS, AREA_BYTES, 0, SECTION_SIGNATURE), EFAULT);
    FAILS(syscall(SYS_rseq, &area, AREA_BYTES, UNREGISTER, SECTION_SIGNATURE), EINVAL);
    take_area(&area);
    FAILS(syscall(SYS_rseq, &area, AREA_BYTES, 0, SECTION_SIGNATURE), EBUSY);
    FAILS(syscall(SYS_rseq, &area, AREA_BYTES, 0, SECTION_SIGNATURE + 1), EPERM);
    FAILS(syscall(SYS_rseq, room, AREA_BYTES, 0, SECTION_SIGNATURE), EINVAL);
    FAILS(syscall(SYS_rseq, &area, AREA_BYTES / 2, 0, SECTION_SIGNATURE), EINVAL);
    FAILS(syscall(SYS_rseq, room, AREA_BYTES, UNREGISTER, SECTION_SIGNATURE), EINVAL);
    FAILS(syscall(SYS_rseq, &area, AREA_BYTES / 2, UNREGISTER, SECTION_SIGNATURE), EINVAL);
    FAILS(syscall(SYS_rseq, &area, AREA_BYTES, UNREGISTER | 2, SECTION_SIGNATURE), EINVAL);
    FAILS(syscall(SYS_rseq, &area, AREA_BYTES, UNREGISTER, SECTION_SIGNATURE + 1), EPERM);
    CHECK(syscall(SYS_rseq, &area, AREA_BYTES, UNREGISTER, SECTION_SIGNATURE) == 0);
}

static void the_cpu_is_shown_after_each_move(void)
{
    cpu_set_t all;
    begin();
    CHECK(sched_getaffinity(0, sizeof all, &all) == 0);
    for (int round = 0; round < 20; round++) {
        for (int cpu = next_cpu(&all, 0); cpu < CPU_SETSIZE; cpu = next_cpu(&all, cpu + 1)) {
            bind_to(cpu);
            CHECK(area.cpu == (uint32_t)cpu && area.cpu_start == (uint32_t)cpu);
        }
    }
}

/* ---- Who inherits ---- */

static int status_of_child(void (*body)(void))
{
    int status;
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        body();
        _exit(0);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    return status;
}

static void unregister_read_only(void)
{
    struct area *page =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(page != MAP_FAILED);
    take_area(page);
    CHECK(mprotect(page, 4096, PROT_READ) == 0);
    FAILS(syscall(SYS_rseq, page, AREA_BYTES, UNREGISTER, SECTION_SIGNATURE), EFAULT);
    CHECK(mprotect(page, 4096, PROT_READ | PROT_WRITE) == 0);
    CHECK(syscall(SYS_rseq, page, AREA_BYTES, UNREGISTER, SECTION_SIGNATURE) == 0);
}

/* A thread that is switched out meanwhile dies of it. */
static void an_area_that_became_read_only_stays(void)
{
    int status = -1;
    drop_library_area();
    for (int round = 0; round < 50 && status != 0; round++) {
        status = status_of_child(unregister_read_only);
        CHECK(status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV));
    }
    CHECK(status == 0);
}

static void check_inherited(void)
{
    FAILS(syscall(SYS_rseq, &area, AREA_BYTES, 0, SECTION_SIGNATURE), EBUSY);
    bind_to(sched_getcpu());
    CHECK(area.cpu == (uint32_t)sched_getcpu());
    CHECK(syscall(SYS_rseq, &area, AREA_BYTES, UNREGISTER, SECTION_SIGNATURE) == 0);
}

static void a_child_has_its_parents_area(void)
{
    begin();
    CHECK(status_of_child(check_inherited) == 0);
    CHECK(syscall(SYS_rseq, &area, AREA_BYTES, UNREGISTER, SECTION_SIGNATURE) == 0);
}

static void *thread_without_area(void *unused)
{
    static struct area own;
    (void)unused;
    drop_library_area();
    FAILS(syscall(SYS_rseq, &area, AREA_BYTES, UNREGISTER, SECTION_SIGNATURE), EINVAL);
    take_area(&own);
    return NULL;
}

static void a_thread_does_not(void)
{
    pthread_t thread;
    begin();
    CHECK(pthread_create(&thread, NULL, thread_without_area, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

static void run_again(void)
{
    execl("/proc/self/exe", "rseq", "library", NULL);
}

static void a_new_program_begins_without(void)
{
    begin();
    CHECK(status_of_child(run_again) == 0);
}

/* ---- What interrupts a sequence ---- */

static volatile unsigned handled;
static volatile uint64_t section_in_handler;

static void handle(int signal)
{
    (void)signal;
    section_in_handler = area.section;
    handled++;
}

static void handle_signals(int signal)
{
    struct sigaction action = {.sa_handler = handle};
    CHECK(sigaction(signal, &action, NULL) == 0);
}

static void a_signal_aborts(void)
{
    volatile long counter = 0;
    const struct itimerval soon = {.it_value = {0, 20000}};
    begin();
    handle_signals(SIGALRM);
    for (unsigned round = 1; round <= 5; round++) {
        CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0);
        // A thread that is switched out is aborted, too: until the signal came.
        while (handled < round)
            CHECK(section_add(&area, area.cpu_start, &counter, LONG_TURNS) == 1);
        CHECK(section_in_handler == 0 && area.section == 0);
    }
    CHECK(counter == 0);
}

static void a_sequence_that_is_over_is_forgotten(void)
{
    volatile long counter = 0;
    begin();
    handle_signals(SIGUSR1);
    while (section_add(&area, area.cpu_start, &counter, 0) != 0)
        ;
    CHECK(counter == 1 && raise(SIGUSR1) == 0);
    CHECK(handled == 1 && area.section == 0);
}

static volatile bool spinning;

static void *spin_in_section(void *unused)
{
    static struct area own;
    volatile long counter = 0;
    (void)unused;
    drop_library_area();
    take_area(&own);
    const uint32_t cpu = own.cpu_start;
    // Switched out on its CPU it begins again; elsewhere it stops.
    while (own.cpu_start == cpu) {
        spinning = true;
        section_add(&own, cpu, &counter, LONG_TURNS);
    }
    CHECK(counter == 0);
    return NULL;
}

static void a_move_to_another_cpu_aborts(void)
{
    pthread_t thread;
    cpu_set_t all, one;
    CHECK(sched_getaffinity(0, sizeof all, &all) == 0);
    const int first = next_cpu(&all, 0), second = next_cpu(&all, first + 1);
    if (second == CPU_SETSIZE)
        return;
    bind_to(first);
    CHECK(pthread_create(&thread, NULL, spin_in_section, NULL) == 0);
    while (!spinning)
        sched_yield();
    CPU_ZERO(&one);
    CPU_SET(second, &one);
    CHECK(pthread_setaffinity_np(thread, sizeof one, &one) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

/* ---- A counter for each CPU, without atomic instructions ---- */

#define WORKERS 6
#define CPUS    64

static struct {
    volatile long count;
    char room[56];
} counters[CPUS];
static volatile bool stop;
static long done[WORKERS], aborted[WORKERS];

static void *count_for_a_while(void *which)
{
    const long self = (long)which;
    struct area *own = aligned_alloc(32, sizeof *own);
    CHECK(own);
    memset(own, 0, sizeof *own);
    drop_library_area();
    take_area(own);
    while (!stop) {
        const uint32_t cpu = own->cpu_start;
        CHECK(cpu < CPUS);
        if (section_add(own, cpu, &counters[cpu].count, 2000) == 0)
            done[self]++;
        else
            aborted[self]++;
    }
    CHECK(syscall(SYS_rseq, own, AREA_BYTES, UNREGISTER, SECTION_SIGNATURE) == 0);
    return NULL;
}

static void no_count_is_lost(void)
{
    pthread_t threads[WORKERS];
    long counted = 0, finished = 0, restarted = 0;
    for (long i = 0; i < WORKERS; i++)
        CHECK(pthread_create(&threads[i], NULL, count_for_a_while, (void *)i) == 0);
    nanosleep(&(struct timespec){1, 0}, NULL);
    stop = true;
    for (int i = 0; i < WORKERS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
        finished += done[i];
        restarted += aborted[i];
    }
    for (int i = 0; i < CPUS; i++)
        counted += counters[i].count;
    CHECK(counted == finished && finished > 0 && restarted > 0);
}

/* ---- What is wrong is a fault ---- */

static struct section wrong;

/* A handler interrupts the thread while its area names @wrong. */
static void be_interrupted(void)
{
    area.section = (uintptr_t)&wrong;
    raise(SIGUSR1);
}

static bool dies_by_fault(void)
{
    const int status = status_of_child(be_interrupted);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

/* A sequence somewhere else, so that nothing is aborted. */
static void make_sound(void)
{
    static uint32_t words[] = {SECTION_SIGNATURE, 0};
    wrong = (struct section){.start = 0x10000, .length = 16, .abort = (uintptr_t)&words[1]};
}

static void a_wrong_sequence_is_a_fault(void)
{
    begin();
    handle_signals(SIGUSR1);
    handle_signals(SIGSEGV);
    make_sound();
    CHECK(status_of_child(be_interrupted) == 0);
    wrong.version = 1;
    CHECK(dies_by_fault());
    make_sound();
    wrong.abort = wrong.start + 8;
    CHECK(dies_by_fault());
    make_sound();
    wrong.length = UINT64_MAX;
    CHECK(dies_by_fault());
    make_sound();
    wrong.start = (uintptr_t)BAD_ADDRESS;
    CHECK(dies_by_fault());
    make_sound();
    wrong.abort = (uintptr_t)BAD_ADDRESS;
    CHECK(dies_by_fault());
}

static void a_wrong_signature_is_a_fault(void)
{
    begin();
    handle_signals(SIGUSR1);
    make_sound();
    ((uint32_t *)wrong.abort)[-1] = SECTION_SIGNATURE + 1;
    CHECK(dies_by_fault());
}

static void point_nowhere(void)
{
    area.section = (uintptr_t)BAD_ADDRESS;
    raise(SIGUSR1);
}

static void point_at_nothing(void)
{
    area.section = 4096;
    raise(SIGUSR1);
}

static void a_pointer_to_nothing_is_a_fault(void)
{
    begin();
    handle_signals(SIGUSR1);
    int status = status_of_child(point_nowhere);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    status = status_of_child(point_at_nothing);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

static void spin_with_flags(void)
{
    volatile long counter = 0;
    const struct itimerval soon = {.it_value = {0, 20000}};
    area.flags = 1;
    CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0);
    while (!handled)
        section_add(&area, area.cpu_start, &counter, LONG_TURNS);
}

static void flags_are_no_longer_taken(void)
{
    begin();
    handle_signals(SIGALRM);
    const int status = status_of_child(spin_with_flags);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

static const struct test_case cases[] = {
    CASE(the_c_library_has_registered),
    CASE(the_area_is_filled_and_emptied),
    CASE(registration_is_checked),
    CASE(an_area_that_became_read_only_stays),
    CASE(the_cpu_is_shown_after_each_move),
    CASE(a_child_has_its_parents_area),
    CASE(a_thread_does_not),
    CASE(a_new_program_begins_without),
    CASE(a_signal_aborts),
    CASE(a_sequence_that_is_over_is_forgotten),
    CASE(a_move_to_another_cpu_aborts),
    CASE(no_count_is_lost),
    CASE(a_wrong_sequence_is_a_fault),
    CASE(a_wrong_signature_is_a_fault),
    CASE(a_pointer_to_nothing_is_a_fault),
    CASE(flags_are_no_longer_taken),
};

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "library") == 0) {
        the_c_library_has_registered();
        return 0;
    }
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
