/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Core files: when one is written, where, and what a debugger finds in it. */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/procfs.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "check.h"

#define CORE_BYTES (64u << 20)

static volatile uint64_t word = 0x1122334455667788;

struct core {
    uint8_t *memory;
    size_t bytes;
    const Elf64_Phdr *segments;
    unsigned count;
};

static void limit_core(rlim_t bytes)
{
    const struct rlimit limit = {bytes, RLIM_INFINITY};
    CHECK(setrlimit(RLIMIT_CORE, &limit) == 0);
}

static void set_pattern(const char *pattern)
{
    int fd = open("/proc/sys/kernel/core_pattern", O_WRONLY);
    CHECK(fd >= 0 && write(fd, pattern, strlen(pattern)) == (ssize_t)strlen(pattern));
    close(fd);
}

static void go_to_new_folder(void)
{
    char folder[] = "/tmp/coresXXXXXX";
    CHECK(mkdtemp(folder) && chdir(folder) == 0);
    set_pattern("core");
}

/* The wait status of a child that runs @crash. */
static int status_of(void (*crash)(void))
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        crash();
        _exit(0);
    }
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
    return status;
}

static struct core read_core(const char *name)
{
    struct stat stat;
    int fd = open(name, O_RDONLY);
    CHECK(fd >= 0 && fstat(fd, &stat) == 0 && stat.st_size > 4096);
    CHECK((stat.st_mode & 07777) == 0600);
    struct core core = {.bytes = (size_t)stat.st_size};
    core.memory = mmap(NULL, core.bytes, PROT_READ, MAP_PRIVATE, fd, 0);
    CHECK(core.memory != MAP_FAILED);
    const Elf64_Ehdr *header = (const void *)core.memory;
    CHECK(memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 && header->e_type == ET_CORE);
    core.segments = (const void *)(core.memory + header->e_phoff);
    core.count = header->e_phnum;
    CHECK(core.count > 1 && core.segments[0].p_type == PT_NOTE);
    return core;
}

/* The content of the note @type, the @n-th of its kind; NULL: there is none. */
static const void *note(const struct core *core, uint32_t type, unsigned n)
{
    size_t at = core->segments[0].p_offset;
    const size_t end = at + core->segments[0].p_filesz;
    while (at < end) {
        const Elf64_Nhdr *head = (const void *)(core->memory + at);
        at += sizeof *head + ((head->n_namesz + 3) & ~3u);
        if (head->n_type == type && n-- == 0)
            return core->memory + at;
        at += (head->n_descsz + 3) & ~3u;
    }
    return NULL;
}

static const void *memory_at(const struct core *core, const volatile void *address)
{
    const uintptr_t wanted = (uintptr_t)address;
    for (unsigned i = 1; i < core->count; i++) {
        const Elf64_Phdr *segment = &core->segments[i];
        if (segment->p_type == PT_LOAD && wanted >= segment->p_vaddr &&
            wanted < segment->p_vaddr + segment->p_filesz)
            return core->memory + segment->p_offset + (wanted - segment->p_vaddr);
    }
    return NULL;
}

static void abort_plainly(void)
{
    limit_core(CORE_BYTES);
    word = 42;
    abort();
}

static void a_core_shows_the_memory(void)
{
    go_to_new_folder();
    const int status = status_of(abort_plainly);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && WCOREDUMP(status));
    struct core core = read_core("core");
    const uint64_t *shown = memory_at(&core, &word);
    CHECK(shown && *shown == 42 && word != 42);
}

static volatile int *volatile nowhere = (int *)16;

static void fault(void)
{
    limit_core(CORE_BYTES);
    *nowhere = 1;
}

static void a_core_shows_the_signal(void)
{
    go_to_new_folder();
    CHECK(WCOREDUMP(status_of(fault)));
    struct core core = read_core("core");
    const struct elf_prstatus *thread = note(&core, NT_PRSTATUS, 0);
    const struct elf_prpsinfo *process = note(&core, NT_PRPSINFO, 0);
    const siginfo_t *info = note(&core, NT_SIGINFO, 0);
    CHECK(thread && thread->pr_cursig == SIGSEGV && thread->pr_ppid == getpid());
    CHECK(process && process->pr_pid == thread->pr_pid && process->pr_ppid == getpid());
    CHECK(info && info->si_signo == SIGSEGV && info->si_code == SEGV_MAPERR);
    CHECK(info->si_addr == nowhere);
    CHECK(note(&core, NT_AUXV, 0) && note(&core, NT_FPREGSET, 0) && note(&core, NT_FILE, 0));
}

static void *sleep_long(void *argument)
{
    for (;;)
        pause();
    return argument;
}

static void abort_beside_threads(void)
{
    pthread_t made;
    limit_core(CORE_BYTES);
    CHECK(pthread_create(&made, NULL, sleep_long, NULL) == 0);
    CHECK(pthread_create(&made, NULL, sleep_long, NULL) == 0);
    abort();
}

static void a_core_shows_all_threads(void)
{
    go_to_new_folder();
    CHECK(WCOREDUMP(status_of(abort_beside_threads)));
    struct core core = read_core("core");
    CHECK(note(&core, NT_PRSTATUS, 2) && !note(&core, NT_PRSTATUS, 3));
    const struct elf_prstatus *first = note(&core, NT_PRSTATUS, 0);
    const struct elf_prstatus *second = note(&core, NT_PRSTATUS, 1);
    CHECK(first->pr_pid != second->pr_pid);
}

static void abort_without_limit(void)
{
    limit_core(0);
    abort();
}

static void abort_undumpable(void)
{
    limit_core(CORE_BYTES);
    CHECK(prctl(PR_SET_DUMPABLE, 0) == 0);
    abort();
}

static void end_by_term(void)
{
    limit_core(CORE_BYTES);
    raise(SIGTERM);
}

static void without_a_right_to_it_there_is_none(void)
{
    go_to_new_folder();
    CHECK(status_of(abort_without_limit) == SIGABRT);
    CHECK(status_of(abort_undumpable) == SIGABRT);
    CHECK(status_of(end_by_term) == SIGTERM);
    CHECK(access("core", F_OK) == -1);
}

static void a_link_is_not_followed(void)
{
    go_to_new_folder();
    CHECK(symlink("elsewhere", "core") == 0);
    CHECK(WCOREDUMP(status_of(abort_plainly)));
    CHECK(access("elsewhere", F_OK) == -1 && read_core("core").bytes > 0);
}

static void the_pattern_names_the_file(void)
{
    int status;
    char name[64];
    go_to_new_folder();
    set_pattern("c.%p.%s.%%");
    pid_t pid = fork();
    if (pid == 0)
        abort_plainly();
    CHECK(waitpid(pid, &status, 0) == pid && WCOREDUMP(status));
    set_pattern("core");
    snprintf(name, sizeof name, "c.%d.%d.%%", pid, SIGABRT);
    CHECK(access(name, F_OK) == 0);
}

static void filter_and_abort(void)
{
    int fd = open("/proc/self/coredump_filter", O_WRONLY);
    CHECK(fd >= 0 && write(fd, "0x10", 4) == 4);
    abort_plainly();
}

static void a_filter_leaves_memory_out(void)
{
    go_to_new_folder();
    CHECK(WCOREDUMP(status_of(filter_and_abort)));
    struct core core = read_core("core");
    CHECK(!memory_at(&core, &word) && note(&core, NT_PRSTATUS, 0));
}

int main(void)
{
    static const struct test_case cases[] = {
        CASE(a_core_shows_the_memory),    CASE(a_core_shows_the_signal),
        CASE(a_core_shows_all_threads),   CASE(without_a_right_to_it_there_is_none),
        CASE(a_link_is_not_followed),     CASE(the_pattern_names_the_file),
        CASE(a_filter_leaves_memory_out),
    };
    return run_cases(cases, sizeof cases / sizeof *cases);
}
