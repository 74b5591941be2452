/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Where the parts of a program lie: elsewhere in each run, unless the program or the administrator
 * does not want that. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "check.h"

#define RUNS     8
#define SETTING  "/proc/sys/kernel/randomize_va_space"
#define MEGABYTE (1024 * 1024ul)
#define GIGABYTE (1024 * MEGABYTE)
#define QUERY    0xffffffffu

enum part { STACK, MAPPINGS, HEAP, CODE, IMAGE, INTERPRETER, PARTS };

struct places {
    uint64_t at[PARTS];
    uint64_t end; // of the program's own data
};

extern char end[];

static void look(struct places *places)
{
    int here;
    void *mapping = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(mapping != MAP_FAILED);
    *places = (struct places){
        .at = {[STACK] = (uintptr_t)&here,
               [MAPPINGS] = (uintptr_t)mapping,
               [HEAP] = (uintptr_t)sbrk(0),
               [CODE] = (uintptr_t)look,
               [IMAGE] = getauxval(AT_SYSINFO_EHDR),
               [INTERPRETER] = getauxval(AT_BASE)},
        .end = (uintptr_t)end,
    };
}

/* What a fresh program sees. */
static struct places run_program(void)
{
    int ends[2], status;
    struct places places;
    CHECK(pipe(ends) == 0);
    const pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        execl("/proc/self/exe", "layout", "show", NULL);
        _exit(1);
    }
    close(ends[1]);
    CHECK(read(ends[0], &places, sizeof places) == sizeof places);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    close(ends[0]);
    return places;
}

/* Which parts, as bits, were somewhere else in one run at least. */
static unsigned parts_that_move(void)
{
    unsigned moved = 0;
    const struct places first = run_program();
    for (int run = 1; run < RUNS; run++) {
        const struct places again = run_program();
        for (int part = 0; part < PARTS; part++)
            moved |= (unsigned)(again.at[part] != first.at[part]) << part;
    }
    return moved;
}

/* A program that is linked to one place stays there, and brings no interpreter. */
static unsigned parts_that_may_move(void)
{
    unsigned parts = 1u << STACK | 1u << MAPPINGS | 1u << HEAP | 1u << IMAGE;
    if (getauxval(AT_BASE))
        parts |= 1u << CODE | 1u << INTERPRETER;
    return parts;
}

static void set_to(const char *level)
{
    const int fd = open(SETTING, O_WRONLY);
    CHECK(fd >= 0 && write(fd, level, strlen(level)) == (ssize_t)strlen(level));
    close(fd);
}

static char setting(void)
{
    char text[8] = "";
    const int fd = open(SETTING, O_RDONLY);
    CHECK(fd >= 0 && read(fd, text, sizeof text) == 2 && text[1] == '\n');
    close(fd);
    return text[0];
}

static void each_run_is_laid_out_anew(void)
{
    CHECK(setting() == '2');
    CHECK(parts_that_move() == parts_that_may_move());
}

static void a_program_may_ask_for_the_same_again(void)
{
    const int old = personality(QUERY);
    CHECK(old >= 0 && personality((unsigned)old | ADDR_NO_RANDOMIZE) == old);
    CHECK(parts_that_move() == 0);
    CHECK(personality(QUERY) == (old | ADDR_NO_RANDOMIZE));
    CHECK(personality((unsigned)old) == (old | ADDR_NO_RANDOMIZE));
    CHECK(parts_that_move() == parts_that_may_move());
}

static void the_administrator_may_turn_it_off(void)
{
    set_to("0\n");
    const unsigned moved = parts_that_move();
    CHECK(setting() == '0');
    set_to("2");
    CHECK(moved == 0 && setting() == '2');
}

/* How far behind the program its heap begins, at most. */
static uint64_t heap_distance(void)
{
    uint64_t most = 0;
    for (int run = 0; run < RUNS; run++) {
        const struct places places = run_program();
        CHECK(places.at[HEAP] >= places.end);
        if (places.at[HEAP] - places.end > most)
            most = places.at[HEAP] - places.end;
    }
    return most;
}

static void the_heap_may_stay_behind_the_program(void)
{
    CHECK(heap_distance() <= GIGABYTE + MEGABYTE);
    set_to("1\n");
    const uint64_t distance = heap_distance();
    const unsigned moved = parts_that_move();
    set_to("2\n");
    CHECK(distance <= MEGABYTE);
    CHECK((moved & (1u << STACK | 1u << MAPPINGS | 1u << IMAGE)) ==
          (1u << STACK | 1u << MAPPINGS | 1u << IMAGE));
}

static void nonsense_is_no_setting(void)
{
    const int fd = open(SETTING, O_WRONLY);
    CHECK(fd >= 0);
    FAILS(write(fd, "high\n", 5), EINVAL);
    CHECK(setting() == '2');
}

/* A page of every megabyte from here down. */
static unsigned use_stack(unsigned megabytes)
{
    volatile char room[MEGABYTE];
    room[0] = (char)megabytes;
    return megabytes == 0 ? 0 : use_stack(megabytes - 1) + (unsigned)(room[0] != 0);
}

static void there_is_room_for_the_stack_that_is_allowed(void)
{
    int status;
    const pid_t child = fork();
    if (child == 0) {
        const struct rlimit limit = {200 * MEGABYTE, RLIM_INFINITY};
        CHECK(setrlimit(RLIMIT_STACK, &limit) == 0);
        execl("/proc/self/exe", "layout", "stack", NULL);
        _exit(1);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static const struct test_case cases[] = {
    CASE(each_run_is_laid_out_anew),
    CASE(a_program_may_ask_for_the_same_again),
    CASE(the_administrator_may_turn_it_off),
    CASE(the_heap_may_stay_behind_the_program),
    CASE(nonsense_is_no_setting),
    CASE(there_is_room_for_the_stack_that_is_allowed),
};

int main(int argc, char **argv)
{
    struct places places;
    if (argc > 1 && strcmp(argv[1], "stack") == 0)
        return use_stack(180) != 180;
    if (argc > 1) {
        look(&places);
        return write(STDOUT_FILENO, &places, sizeof places) != sizeof places;
    }
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
