/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The auxiliary vector: what the kernel tells a program about itself. */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>

#include "auxv_machine.h"
#include "check.h"

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

#define ENTRIES_MOST 64
#define COPY         "/tmp/auxv-secure"
#define OTHER_USER   1234

extern char **environ;
extern void _start(void);

static const Elf64_auxv_t *vector(void)
{
    char **at = environ;
    while (*at)
        at++;
    return (const Elf64_auxv_t *)(at + 1);
}

static unsigned length(const Elf64_auxv_t *entries)
{
    unsigned count = 0;
    while (entries[count].a_type != AT_NULL)
        CHECK(++count < ENTRIES_MOST);
    return count + 1;
}

static const Elf64_auxv_t *entry(uint64_t type)
{
    const Elf64_auxv_t *found = NULL;
    for (const Elf64_auxv_t *at = vector(); at->a_type != AT_NULL; at++) {
        CHECK(at->a_type != type || !found);
        if (at->a_type == type)
            found = at;
    }
    return found;
}

static bool has(uint64_t type)
{
    return entry(type) != NULL;
}

/* Not getauxval(): the C library has a use of its own for some of these. */
static uint64_t value(uint64_t type)
{
    return has(type) ? entry(type)->a_un.a_val : 0;
}

static void each_entry_is_there_once(void)
{
    static const uint64_t wanted[] = {AT_SYSINFO_EHDR, AT_HWCAP, AT_PAGESZ, AT_CLKTCK, AT_PHDR,
                                      AT_PHENT,        AT_PHNUM, AT_BASE,   AT_FLAGS,  AT_ENTRY,
                                      AT_UID,          AT_EUID,  AT_GID,    AT_EGID,   AT_SECURE,
                                      AT_RANDOM,       AT_EXECFN};
    for (unsigned i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (!has(wanted[i]))
            printf("no entry %u\n", (unsigned)wanted[i]);
        CHECK(has(wanted[i]));
    }
}

static void they_describe_the_program(void)
{
    const ElfW(Phdr) *headers = (const void *)value(AT_PHDR);
    CHECK(value(AT_PHENT) == sizeof(ElfW(Phdr)) && value(AT_PHNUM) > 0);
    bool loads = false;
    for (unsigned i = 0; i < value(AT_PHNUM); i++)
        loads |= headers[i].p_type == PT_LOAD;
    CHECK(loads && value(AT_ENTRY) == (uintptr_t)_start);
    CHECK(value(AT_FLAGS) == 0 && value(AT_PAGESZ) == (unsigned long)getpagesize());
    CHECK(value(AT_CLKTCK) == 100 && sysconf(_SC_CLK_TCK) == 100);
}

static void they_describe_the_user(void)
{
    CHECK(value(AT_UID) == getuid() && value(AT_EUID) == geteuid());
    CHECK(value(AT_GID) == getgid() && value(AT_EGID) == getegid());
    CHECK(value(AT_SECURE) == 0);
}

static void they_describe_the_machine(void)
{
    const char *platform = (const char *)value(AT_PLATFORM), *known = MACHINE_PLATFORM;
    CHECK(known ? platform && strcmp(platform, known) == 0 : !platform);
    CHECK(machine_is(value(AT_HWCAP), value(AT_HWCAP2)));
}

static void proc_shows_the_same(void)
{
    Elf64_auxv_t shown[ENTRIES_MOST];
    const size_t bytes = length(vector()) * sizeof shown[0];
    const int fd = open("/proc/self/auxv", O_RDONLY);
    CHECK(fd >= 0);
    const ssize_t got = read(fd, shown, sizeof shown);
    CHECK(got >= (ssize_t)bytes && memcmp(shown, vector(), bytes) == 0);
    // What follows the last entry is nothing.
    for (size_t i = bytes; i < (size_t)got; i++)
        CHECK(((const char *)shown)[i] == 0);
}

/* ---- Other runs ---- */

struct report {
    unsigned char random[16];
    char name[64];
    unsigned long secure, uid, euid;
};

/* Where the linker took variables away, the vector does not follow the rest. */
static void write_report(void)
{
    struct report report = {
        .secure = getauxval(AT_SECURE), .uid = getauxval(AT_UID), .euid = getauxval(AT_EUID)};
    memcpy(report.random, (const void *)getauxval(AT_RANDOM), sizeof report.random);
    strncpy(report.name, (const char *)getauxval(AT_EXECFN), sizeof report.name - 1);
    CHECK(write(STDOUT_FILENO, &report, sizeof report) == sizeof report);
}

static struct report run_program(const char *path)
{
    int ends[2], status;
    struct report report;
    CHECK(pipe(ends) == 0);
    const pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        execl(path, "another name", "report", NULL);
        _exit(1);
    }
    close(ends[1]);
    CHECK(read(ends[0], &report, sizeof report) == sizeof report);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    close(ends[0]);
    return report;
}

static void random_bytes_are_new_in_each_run(void)
{
    const struct report one = run_program("/proc/self/exe"), other = run_program("/proc/self/exe");
    static const unsigned char zeros[16];
    CHECK(memcmp(one.random, other.random, sizeof one.random) != 0);
    CHECK(memcmp(one.random, zeros, sizeof zeros) != 0);
}

static void the_name_is_the_one_that_was_run(void)
{
    const struct report report = run_program("/proc/self/exe");
    CHECK(strcmp(report.name, "/proc/self/exe") == 0 && report.secure == 0);
}

static void copy_program(void)
{
    static char chunk[65536];
    ssize_t got;
    const int from = open("/proc/self/exe", O_RDONLY);
    const int to = open(COPY, O_WRONLY | O_CREAT | O_TRUNC, 0700);
    CHECK(from >= 0 && to >= 0);
    while ((got = read(from, chunk, sizeof chunk)) > 0)
        CHECK(write(to, chunk, (size_t)got) == got);
    CHECK(got == 0 && fchown(to, OTHER_USER, OTHER_USER) == 0 && fchmod(to, 04755) == 0);
    close(from);
    close(to);
}

static void a_program_with_other_rights_is_told(void)
{
    copy_program();
    const struct report report = run_program(COPY);
    CHECK(unlink(COPY) == 0);
    CHECK(report.secure == 1 && report.uid == getuid() && report.euid == OTHER_USER);
}

/* ---- The stack of handlers ---- */

static char stack[256 * 1024] __attribute__((aligned(16)));
static volatile uintptr_t lowest;

static void handle(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    const uintptr_t first = (uintptr_t)info, second = (uintptr_t)context;
    lowest = first < second ? first : second;
}

/* Siginfo and registers lie inside what the kernel says it needs. */
static void a_signal_needs_no_more_stack_than_was_told(void)
{
    const stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    if (!has(AT_MINSIGSTKSZ))
        return;
    CHECK(sigaltstack(&other, NULL) == 0 && sigaction(SIGUSR1, &action, NULL) == 0);
    CHECK(raise(SIGUSR1) == 0 && lowest > (uintptr_t)stack);
    CHECK((uintptr_t)stack + sizeof stack - lowest <= value(AT_MINSIGSTKSZ));
}

static const struct test_case cases[] = {
    CASE(each_entry_is_there_once),
    CASE(they_describe_the_program),
    CASE(they_describe_the_user),
    CASE(they_describe_the_machine),
    CASE(proc_shows_the_same),
    CASE(random_bytes_are_new_in_each_run),
    CASE(the_name_is_the_one_that_was_run),
    CASE(a_program_with_other_rights_is_told),
    CASE(a_signal_needs_no_more_stack_than_was_told),
};

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "report") == 0) {
        write_report();
        return 0;
    }
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
