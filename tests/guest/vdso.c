/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The vDSO: found as a C library finds it, from the auxiliary vector, and asked beside the system
 * calls that it stands for. A clock must show the same in both.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

#include "check.h"
#include "vdso_names.h"

#define THREADS     4
#define ROUNDS      3000
#define SECOND      1000000000ll
#define YEAR_2001   1000000000
#define BAD_POINTER ((void *)8)

typedef int clock_function(clockid_t, struct timespec *);
typedef int day_function(struct timeval *, void *);
typedef time_t time_function(time_t *);
typedef long cpu_function(unsigned *, unsigned *, void *);

/* ---- Reading the image ---- */

struct image {
    const char *base; // what is added to its addresses
    const Elf64_Sym *symbols;
    const char *names;
    const uint32_t *hash;
    const Elf64_Half *versions;
    const Elf64_Verdef *definitions;
};

static const Elf64_Ehdr *image_header(void)
{
    return (const Elf64_Ehdr *)getauxval(AT_SYSINFO_EHDR);
}

static const Elf64_Dyn *find_dynamic(const Elf64_Ehdr *header, struct image *image)
{
    const Elf64_Phdr *program = (const void *)((const char *)header + header->e_phoff);
    const Elf64_Dyn *dynamic = NULL;
    for (int i = 0; i < header->e_phnum; i++) {
        if (program[i].p_type == PT_LOAD)
            image->base = (const char *)header + program[i].p_offset - program[i].p_vaddr;
        if (program[i].p_type == PT_DYNAMIC)
            dynamic = (const void *)((const char *)header + program[i].p_offset);
    }
    return dynamic;
}

static void image_read(struct image *image)
{
    const Elf64_Ehdr *header = image_header();
    CHECK(header && memcmp(header->e_ident, ELFMAG, SELFMAG) == 0);
    CHECK(header->e_ident[EI_CLASS] == ELFCLASS64 && header->e_type == ET_DYN);
    *image = (struct image){0};
    const Elf64_Dyn *dynamic = find_dynamic(header, image);
    CHECK(dynamic && image->base);
    for (; dynamic->d_tag != DT_NULL; dynamic++) {
        const void *at = image->base + dynamic->d_un.d_ptr;
        if (dynamic->d_tag == DT_SYMTAB)
            image->symbols = at;
        else if (dynamic->d_tag == DT_STRTAB)
            image->names = at;
        else if (dynamic->d_tag == DT_HASH)
            image->hash = at;
        else if (dynamic->d_tag == DT_VERSYM)
            image->versions = at;
        else if (dynamic->d_tag == DT_VERDEF)
            image->definitions = at;
    }
    CHECK(image->symbols && image->names && image->hash);
}

static bool version_is(const struct image *image, unsigned symbol, const char *name)
{
    const Elf64_Half wanted = image->versions[symbol] & 0x7fff;
    const Elf64_Verdef *at = image->definitions;
    while (at->vd_ndx != wanted && at->vd_next)
        at = (const void *)((const char *)at + at->vd_next);
    const Elf64_Verdaux *text = (const void *)((const char *)at + at->vd_aux);
    return at->vd_ndx == wanted && strcmp(image->names + text->vda_name, name) == 0;
}

static void *find(const char *name)
{
    struct image image;
    image_read(&image);
    for (unsigned i = 0; i < image.hash[1]; i++) {
        const Elf64_Sym *symbol = &image.symbols[i];
        if (symbol->st_shndx == SHN_UNDEF || strcmp(image.names + symbol->st_name, name) != 0)
            continue;
        if (image.versions && image.definitions)
            CHECK(version_is(&image, i, VDSO_VERSION));
        return (void *)(image.base + symbol->st_value);
    }
    return NULL;
}

/* The function that stands for system call @name; not every architecture has all. */
static void *find_call(const char *name)
{
    char whole[64];
    snprintf(whole, sizeof whole, "%s%s", VDSO_PREFIX, name);
    return find(whole);
}

static clock_function *find_clock(void)
{
    clock_function *clock = find_call("clock_gettime");
    CHECK(clock);
    return clock;
}

static void every_function_has_its_name_and_version(void)
{
    static const char *const names[] = {VDSO_FUNCTIONS};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!find(names[i]))
            printf("%s\n", names[i]);
        CHECK(find(names[i]));
    }
    CHECK(!find("no_such_function"));
}

/* ---- The same as the calls ---- */

static int64_t nanos(const struct timespec *time)
{
    CHECK(time->tv_nsec >= 0 && time->tv_nsec < SECOND);
    return time->tv_sec * SECOND + time->tv_nsec;
}

static int64_t ask_image(clock_function *clock, clockid_t id)
{
    struct timespec now = {-1, -1};
    CHECK(clock(id, &now) == 0);
    return nanos(&now);
}

static int64_t ask_kernel(clockid_t id)
{
    struct timespec now = {-1, -1};
    CHECK(syscall(SYS_clock_gettime, id, &now) == 0);
    return nanos(&now);
}

static void clocks_go_on_from_call_to_image_and_back(void)
{
    static const clockid_t ids[] = {
        CLOCK_MONOTONIC, CLOCK_BOOTTIME,           CLOCK_MONOTONIC_RAW,
        CLOCK_REALTIME,  CLOCK_REALTIME_COARSE,    CLOCK_MONOTONIC_COARSE,
        CLOCK_TAI,       CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID};
    clock_function *clock = find_clock();
    for (unsigned i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        int64_t last = 0;
        for (int round = 0; round < ROUNDS / 10; round++) {
            const int64_t now = round % 2 ? ask_image(clock, ids[i]) : ask_kernel(ids[i]);
            if (now < last)
                printf("clock %d went back from %lld to %lld\n", ids[i], (long long)last,
                       (long long)now);
            CHECK(now >= last);
            last = now;
        }
    }
}

static void a_coarse_clock_is_never_ahead(void)
{
    clock_function *clock = find_clock();
    for (int round = 0; round < ROUNDS; round++) {
        const int64_t coarse = ask_image(clock, CLOCK_MONOTONIC_COARSE);
        CHECK(coarse <= ask_image(clock, CLOCK_MONOTONIC));
        const int64_t wall = ask_image(clock, CLOCK_REALTIME_COARSE);
        CHECK(wall <= ask_image(clock, CLOCK_REALTIME));
    }
}

static void resolutions_are_those_of_the_call(void)
{
    clock_function *resolution = find_call("clock_getres");
    CHECK(resolution);
    for (clockid_t id = 0; id < 12; id++) {
        struct timespec here = {-1, -1}, there = {-1, -1};
        if (syscall(SYS_clock_getres, id, &there) != 0) {
            CHECK(resolution(id, &here) == -errno);
            continue;
        }
        CHECK(resolution(id, &here) == 0 && resolution(id, NULL) == 0);
        CHECK(here.tv_sec == there.tv_sec && here.tv_nsec == there.tv_nsec);
    }
}

static void an_unknown_clock_is_refused(void)
{
    struct timespec now;
    CHECK(find_clock()(12345, &now) == -EINVAL);
    CHECK(find_clock()(-1, &now) == -EINVAL);
    CHECK(find_clock()(32 + CLOCK_MONOTONIC, &now) == -EINVAL);
}

static void the_day_agrees_with_the_clock(void)
{
    day_function *day = find_call("gettimeofday");
    clock_function *clock = find_clock();
    CHECK(day && day(NULL, NULL) == 0);
    for (int round = 0; round < ROUNDS; round++) {
        struct timeval now = {-1, -1};
        struct timezone zone = {77, 77};
        const int64_t before = ask_image(clock, CLOCK_REALTIME) / 1000;
        CHECK(day(&now, round % 2 ? &zone : NULL) == 0);
        const int64_t after = ask_kernel(CLOCK_REALTIME) / 1000;
        const int64_t shown = now.tv_sec * 1000000ll + now.tv_usec;
        CHECK(before <= shown && shown <= after && now.tv_usec < 1000000);
        CHECK(zone.tz_minuteswest == (round % 2 ? 0 : 77));
    }
}

static void seconds_agree_with_the_clock(void)
{
    time_function *seconds = find_call("time");
    for (int round = 0; seconds && round < ROUNDS; round++) {
        time_t stored = -1;
        const int64_t before = ask_kernel(CLOCK_REALTIME_COARSE) / SECOND;
        const time_t now = seconds(round % 2 ? &stored : NULL);
        CHECK(before <= now && now <= ask_kernel(CLOCK_REALTIME) / SECOND);
        CHECK(stored == (round % 2 ? now : -1));
    }
}

/* ---- Many CPUs, and a clock that is set ---- */

static struct {
    pthread_mutex_t lock;
    clock_function *clock;
    clockid_t id;
    int64_t last;
    bool stop;
} shared = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Whoever has the lock sees what the one before saw, or later. */
static void *read_in_turns(void *unused)
{
    (void)unused;
    for (int round = 0; round < ROUNDS; round++) {
        pthread_mutex_lock(&shared.lock);
        const int64_t now = round % 2 ? ask_image(shared.clock, shared.id) : ask_kernel(shared.id);
        CHECK(now >= shared.last);
        shared.last = now;
        pthread_mutex_unlock(&shared.lock);
        if (round % 100 == 0)
            sched_yield();
    }
    return NULL;
}

static void read_with_threads(clockid_t id)
{
    pthread_t threads[THREADS];
    shared.clock = find_clock();
    shared.id = id;
    shared.last = 0;
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, read_in_turns, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

static void threads_see_one_clock(void)
{
    read_with_threads(CLOCK_MONOTONIC);
    read_with_threads(CLOCK_REALTIME);
}

static void *set_again_and_again(void *unused)
{
    (void)unused;
    const int64_t start = ask_kernel(CLOCK_REALTIME);
    for (int64_t n = 0; !__atomic_load_n(&shared.stop, __ATOMIC_ACQUIRE); n++) {
        const int64_t to = start + (n % 2 ? SECOND : -SECOND) * 1000;
        CHECK(clock_settime(CLOCK_REALTIME, &(struct timespec){to / SECOND, to % SECOND}) == 0);
    }
    CHECK(clock_settime(CLOCK_REALTIME, &(struct timespec){start / SECOND, 0}) == 0);
    return NULL;
}

static void setting_the_wall_clock_disturbs_no_other(void)
{
    pthread_t setter;
    CHECK(pthread_create(&setter, NULL, set_again_and_again, NULL) == 0);
    read_with_threads(CLOCK_MONOTONIC);
    read_with_threads(CLOCK_BOOTTIME);
    __atomic_store_n(&shared.stop, true, __ATOMIC_RELEASE);
    CHECK(pthread_join(setter, NULL) == 0);
}

static void what_is_set_is_seen_at_once(void)
{
    clock_function *clock = find_clock();
    const struct timespec old = {ask_kernel(CLOCK_REALTIME) / SECOND, 0};
    for (int round = 0; round < ROUNDS / 10; round++) {
        const struct timespec wanted = {YEAR_2001 + round % 7, 500000000};
        CHECK(clock_settime(CLOCK_REALTIME, &wanted) == 0);
        const int64_t shown = ask_image(clock, CLOCK_REALTIME);
        CHECK(shown >= nanos(&wanted) && shown <= ask_kernel(CLOCK_REALTIME));
    }
    CHECK(clock_settime(CLOCK_REALTIME, &old) == 0);
}

/* ---- CPUs ---- */

static void the_cpu_is_the_one_it_was_bound_to(void)
{
    cpu_function *which = find_call("getcpu");
    cpu_set_t all, one;
    CHECK(sched_getaffinity(0, sizeof all, &all) == 0);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        unsigned shown = UINT_MAX, node = UINT_MAX;
        if (!CPU_ISSET(cpu, &all))
            continue;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        CHECK(sched_setaffinity(0, sizeof one, &one) == 0);
        CHECK(syscall(SYS_getcpu, &shown, &node, NULL) == 0 && shown == (unsigned)cpu);
        CHECK(sched_getcpu() == cpu);
        if (!which)
            continue;
        shown = UINT_MAX;
        CHECK(which(&shown, NULL, NULL) == 0 && shown == (unsigned)cpu);
        CHECK(which(&shown, &node, NULL) == 0 && node == 0);
        CHECK(which(NULL, NULL, NULL) == 0);
    }
}

static void getcpu_checks_its_pointers(void)
{
    unsigned number;
    FAILS(syscall(SYS_getcpu, BAD_POINTER, NULL, NULL), EFAULT);
    FAILS(syscall(SYS_getcpu, &number, BAD_POINTER, NULL), EFAULT);
    CHECK(syscall(SYS_getcpu, NULL, NULL, BAD_POINTER) == 0);
}

/* ---- The mappings ---- */

struct mapping {
    unsigned long start, end;
    char rights[8];
};

static bool find_mapping(const char *name, struct mapping *found)
{
    char line[512];
    bool seen = false;
    FILE *maps = fopen("/proc/self/maps", "r");
    CHECK(maps);
    while (fgets(line, sizeof line, maps)) {
        if (!strstr(line, name))
            continue;
        CHECK(!seen);
        CHECK(sscanf(line, "%lx-%lx %7s", &found->start, &found->end, found->rights) == 3);
        seen = true;
    }
    fclose(maps);
    return seen;
}

static void maps_show_code_and_clocks(void)
{
    struct mapping code, clocks;
    CHECK(find_mapping("[vdso]", &code) && find_mapping("[vvar]", &clocks));
    CHECK(code.start == (unsigned long)image_header());
    CHECK(strcmp(code.rights, "r-xp") == 0 && strcmp(clocks.rights, "r--p") == 0);
    CHECK((unsigned long)find_clock() < code.end);
}

/* How a child ends that runs @body. */
static int status_of_child(void (*body)(void *), void *argument)
{
    int status;
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        body(argument);
        _exit(0);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    return status;
}

static void write_byte(void *at)
{
    *(volatile char *)at = 1;
}

static bool dies_writing(unsigned long at)
{
    const int status = status_of_child(write_byte, (void *)at);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

static void neither_can_be_written(void)
{
    struct mapping code, clocks;
    CHECK(find_mapping("[vdso]", &code) && find_mapping("[vvar]", &clocks));
    CHECK(dies_writing(code.start) && dies_writing(clocks.start));
    FAILS(mprotect((void *)clocks.start, clocks.end - clocks.start, PROT_READ | PROT_WRITE),
          EACCES);
}

static void store_coarse_time(void *at)
{
    if (clock_gettime(CLOCK_MONOTONIC_COARSE, at) != 0)
        _exit(errno);
}

/* A bad pointer is a fault in the image's code, and an error of the call. */
static void the_c_library_uses_it(void)
{
    const int status = status_of_child(store_coarse_time, BAD_POINTER);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

static void read_clock_once(void *clock)
{
    CHECK(ask_image(*(clock_function **)clock, CLOCK_MONOTONIC) > 0);
}

static void a_child_has_it_too(void)
{
    clock_function *clock = find_clock();
    CHECK(status_of_child(read_clock_once, &clock) == 0);
}

static void run_again(void *unused)
{
    (void)unused;
    execl("/proc/self/exe", "vdso", "clock", NULL);
}

static void a_new_program_has_its_own(void)
{
    CHECK(status_of_child(run_again, NULL) == 0);
}

static void without_it_the_calls_remain(void)
{
    struct mapping code;
    const int64_t before = ask_kernel(CLOCK_MONOTONIC);
    CHECK(find_mapping("[vdso]", &code));
    CHECK(munmap((void *)code.start, code.end - code.start) == 0);
    CHECK(ask_kernel(CLOCK_MONOTONIC) >= before);
}

static const struct test_case cases[] = {
    CASE(every_function_has_its_name_and_version),
    CASE(clocks_go_on_from_call_to_image_and_back),
    CASE(a_coarse_clock_is_never_ahead),
    CASE(resolutions_are_those_of_the_call),
    CASE(an_unknown_clock_is_refused),
    CASE(the_day_agrees_with_the_clock),
    CASE(seconds_agree_with_the_clock),
    CASE(threads_see_one_clock),
    CASE(setting_the_wall_clock_disturbs_no_other),
    CASE(what_is_set_is_seen_at_once),
    CASE(the_cpu_is_the_one_it_was_bound_to),
    CASE(getcpu_checks_its_pointers),
    CASE(maps_show_code_and_clocks),
    CASE(neither_can_be_written),
    CASE(the_c_library_uses_it),
    CASE(a_child_has_it_too),
    CASE(a_new_program_has_its_own),
    CASE(without_it_the_calls_remain),
};

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "clock") == 0) {
        ask_image(find_clock(), CLOCK_MONOTONIC);
        return 0;
    }
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
