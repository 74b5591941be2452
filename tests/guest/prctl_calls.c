/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* prctl(2): what each option keeps, who may set it, and what it refuses. */
#define _GNU_SOURCE
#include <linux/membarrier.h>
#include <linux/prctl.h>
#include <linux/securebits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "limits.h"

enum { SOMEBODY = 1234, NO_OPTION = 0x7777, NO_CAPABILITY = 63 };

static void *volatile nowhere = (void *)8;

/* The C library's prctl() hands on whatever lies where the arguments are that were not given. */
static long prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
    return syscall(SYS_prctl, option, a, b, c, d);
}

static int number_of(int option)
{
    int number = -1;
    CHECK(prctl(option, (unsigned long)&number, 0, 0, 0) == 0);
    return number;
}

static int ends_well(pid_t child)
{
    int status;
    return waitpid(child, &status, 0) == child && status == 0;
}

static void options_are_known(void)
{
    FAILS(prctl(NO_OPTION, 0, 0, 0, 0), EINVAL);
    FAILS(prctl(-1, 0, 0, 0, 0), EINVAL);
    CHECK(prctl(PR_GET_TIMING, 0, 0, 0, 0) == PR_TIMING_STATISTICAL);
    CHECK(prctl(PR_SET_TIMING, PR_TIMING_STATISTICAL, 0, 0, 0) == 0);
    FAILS(prctl(PR_SET_TIMING, PR_TIMING_TIMESTAMP, 0, 0, 0), EINVAL);
    FAILS(prctl(PR_MPX_ENABLE_MANAGEMENT, 0, 0, 0, 0), EINVAL);
    FAILS(prctl(PR_SET_FP_MODE, 0, 0, 0, 0), EINVAL);
}

static void names_are_short(void)
{
    char name[16];
    CHECK(prctl(PR_SET_NAME, (unsigned long)"a name that is too long", 0, 0, 0) == 0);
    CHECK(prctl(PR_GET_NAME, (unsigned long)name, 0, 0, 0) == 0);
    CHECK(strcmp(name, "a name that is ") == 0);
    FAILS(prctl(PR_SET_NAME, (unsigned long)nowhere, 0, 0, 0), EFAULT);
    FAILS(prctl(PR_GET_NAME, (unsigned long)nowhere, 0, 0, 0), EFAULT);
}

static void a_parents_death_is_told(void)
{
    CHECK(number_of(PR_GET_PDEATHSIG) == 0);
    CHECK(prctl(PR_SET_PDEATHSIG, SIGUSR1, 0, 0, 0) == 0);
    CHECK(number_of(PR_GET_PDEATHSIG) == SIGUSR1);
    FAILS(prctl(PR_SET_PDEATHSIG, 65, 0, 0, 0), EINVAL);
    FAILS(prctl(PR_GET_PDEATHSIG, (unsigned long)nowhere, 0, 0, 0), EFAULT);
    pid_t child = fork();
    if (child == 0)
        _exit(number_of(PR_GET_PDEATHSIG) != 0);
    CHECK(ends_well(child));
    CHECK(setresgid(SOMEBODY, SOMEBODY, SOMEBODY) == 0 && number_of(PR_GET_PDEATHSIG) == 0);
}

static void dumping_is_switched(void)
{
    CHECK(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1);
    CHECK(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1);
    FAILS(prctl(PR_SET_DUMPABLE, 2, 0, 0, 0), EINVAL);
    CHECK(setresuid(SOMEBODY, SOMEBODY, SOMEBODY) == 0);
    CHECK(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
}

static void reapers_are_told(void)
{
    CHECK(number_of(PR_GET_CHILD_SUBREAPER) == 0);
    CHECK(prctl(PR_SET_CHILD_SUBREAPER, 5, 0, 0, 0) == 0);
    CHECK(number_of(PR_GET_CHILD_SUBREAPER) == 1);
    pid_t child = fork(); // does not inherit it
    if (child == 0)
        _exit(number_of(PR_GET_CHILD_SUBREAPER) != 0);
    CHECK(ends_well(child));
    FAILS(prctl(PR_GET_CHILD_SUBREAPER, (unsigned long)nowhere, 0, 0, 0), EFAULT);
}

static void privileges_can_be_renounced(void)
{
    CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0);
    FAILS(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EINVAL);
    FAILS(prctl(PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0), EINVAL);
    FAILS(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 1), EINVAL);
    FAILS(prctl(PR_GET_NO_NEW_PRIVS, 1, 0, 0, 0), EINVAL);
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
    pid_t child = fork();
    if (child == 0)
        _exit(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1);
    CHECK(ends_well(child));
}

static void huge_pages_can_be_renounced(void)
{
    CHECK(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) == 0);
    FAILS(prctl(PR_SET_THP_DISABLE, 1, 1, 0, 0), EINVAL);
    FAILS(prctl(PR_GET_THP_DISABLE, 1, 0, 0, 0), EINVAL);
    CHECK(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) == 0);
    pid_t child = fork();
    if (child == 0)
        _exit(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) != 1);
    CHECK(ends_well(child));
    CHECK(prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0) == 0);
    CHECK(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) == 0);
}

static void broken_pages_have_a_policy(void)
{
    CHECK(prctl(PR_MCE_KILL_GET, 0, 0, 0, 0) == PR_MCE_KILL_DEFAULT);
    CHECK(prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0) == 0);
    CHECK(prctl(PR_MCE_KILL_GET, 0, 0, 0, 0) == PR_MCE_KILL_EARLY);
    CHECK(prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_LATE, 0, 0) == 0);
    CHECK(prctl(PR_MCE_KILL_GET, 0, 0, 0, 0) == PR_MCE_KILL_LATE);
    FAILS(prctl(PR_MCE_KILL, PR_MCE_KILL_SET, 3, 0, 0), EINVAL);
    FAILS(prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_LATE, 1, 0), EINVAL);
    FAILS(prctl(PR_MCE_KILL, PR_MCE_KILL_CLEAR, 1, 0, 0), EINVAL);
    FAILS(prctl(PR_MCE_KILL, 2, 0, 0, 0), EINVAL);
    FAILS(prctl(PR_MCE_KILL_GET, 0, 0, 0, 1), EINVAL);
    CHECK(prctl(PR_MCE_KILL, PR_MCE_KILL_CLEAR, 0, 0, 0) == 0);
    CHECK(prctl(PR_MCE_KILL_GET, 0, 0, 0, 0) == PR_MCE_KILL_DEFAULT);
}

static void flushers_say_so(void)
{
    CHECK(prctl(PR_GET_IO_FLUSHER, 0, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_GET_IO_FLUSHER, 0, 0, 0, 0) == 1);
    CHECK(prctl(PR_SET_IO_FLUSHER, 0, 0, 0, 0) == 0);
    FAILS(prctl(PR_SET_IO_FLUSHER, 2, 0, 0, 0), EINVAL);
    FAILS(prctl(PR_SET_IO_FLUSHER, 1, 1, 0, 0), EINVAL);
    FAILS(prctl(PR_GET_IO_FLUSHER, 1, 0, 0, 0), EINVAL);
    capability_drop(CAP_SYS_RESOURCE);
    FAILS(prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0), EPERM);
    FAILS(prctl(PR_GET_IO_FLUSHER, 0, 0, 0, 0), EPERM);
}

static void *tells_its_slack(void *unused)
{
    (void)unused;
    prctl(PR_SET_TIMERSLACK, 7, 0, 0, 0);
    CHECK(prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0) == 7);
    CHECK(prctl(PR_SET_TIMERSLACK, 0, 0, 0, 0) == 0);
    return (void *)prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0); // what it began with
}

static void slack_is_inherited(void)
{
    pthread_t thread;
    void *slack;
    CHECK(prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0) == 50000);
    CHECK(prctl(PR_SET_TIMERSLACK, 12345, 0, 0, 0) == 0);
    CHECK(pthread_create(&thread, NULL, tells_its_slack, NULL) == 0);
    CHECK(pthread_join(thread, &slack) == 0 && slack == (void *)12345);
    CHECK(prctl(PR_SET_TIMERSLACK, 0, 0, 0, 0) == 0);
    CHECK(prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0) == 50000);
}

static void the_place_of_the_tid_is_told(void)
{
    int *place, ours;
    syscall(SYS_set_tid_address, &ours);
    CHECK(prctl(PR_GET_TID_ADDRESS, (unsigned long)&place, 0, 0, 0) == 0 && place == &ours);
    FAILS(prctl(PR_GET_TID_ADDRESS, (unsigned long)nowhere, 0, 0, 0), EFAULT);
}

/* ---- Where things are in memory ---- */

static long set_memory(int field, const void *to)
{
    return prctl(PR_SET_MM, (unsigned long)field, (unsigned long)to, 0, 0);
}

static void file_holds(const char *path, const char *wanted, ssize_t bytes)
{
    char have[64];
    const int fd = open(path, O_RDONLY);
    CHECK(fd >= 0 && read(fd, have, sizeof have) == bytes && memcmp(have, wanted, bytes) == 0);
    CHECK(close(fd) == 0);
}

/* Where nothing is, up to the end of what programs can have. */
static const void *above_all(void)
{
    char line[512];
    unsigned long end = 0, last = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    CHECK(maps != NULL);
    while (fgets(line, sizeof line, maps))
        if (sscanf(line, "%*x-%lx", &end) == 1 && !strstr(line, "[vsyscall]"))
            last = end;
    CHECK(fclose(maps) == 0);
    return (const void *)last;
}

static void arguments_may_be_elsewhere(void)
{
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(page != MAP_FAILED);
    memcpy(page, "one\0two\0A=1\0", 12);
    CHECK(set_memory(PR_SET_MM_ARG_START, page) == 0);
    CHECK(set_memory(PR_SET_MM_ARG_END, page + 8) == 0);
    file_holds("/proc/self/cmdline", "one\0two\0", 8);
    CHECK(set_memory(PR_SET_MM_ENV_START, page + 8) == 0);
    CHECK(set_memory(PR_SET_MM_ENV_END, page + 12) == 0);
    file_holds("/proc/self/environ", "A=1\0", 4);
    FAILS(prctl(PR_SET_MM, PR_SET_MM_ARG_START, (unsigned long)page + 9, 0, 0), EINVAL);
    FAILS(prctl(PR_SET_MM, PR_SET_MM_ENV_END, (unsigned long)page + 7, 0, 0), EINVAL);
    FAILS(prctl(PR_SET_MM, PR_SET_MM_ARG_START, (unsigned long)page, 1, 0), EINVAL);
    FAILS(prctl(PR_SET_MM, PR_SET_MM_ARG_START, (unsigned long)page, 0, 1), EINVAL);
    FAILS(prctl(PR_SET_MM, PR_SET_MM_ARG_START, 8, 0, 0), EINVAL);
    FAILS(prctl(PR_SET_MM, PR_SET_MM_ARG_START, -1UL, 0, 0), EINVAL);
    FAILS(prctl(PR_SET_MM, 77, (unsigned long)page, 0, 0), EINVAL);
    FAILS(prctl(PR_SET_MM, PR_SET_MM_ARG_END, (unsigned long)above_all(), 0, 0), EFAULT);
    file_holds("/proc/self/cmdline", "one\0two\0", 8);
    capability_drop(CAP_SYS_RESOURCE);
    FAILS(prctl(PR_SET_MM, PR_SET_MM_ARG_START, (unsigned long)page, 0, 0), EPERM);
    FAILS(prctl(PR_SET_MM, PR_SET_MM_EXE_FILE, 0, 0, 0), EPERM);
}

/* The same bytes, in memory of no file. */
static void copy_area(char *start, size_t bytes, const char *rights)
{
    const int protection = (rights[0] == 'r' ? PROT_READ : 0) |
                           (rights[1] == 'w' ? PROT_WRITE : 0) | (rights[2] == 'x' ? PROT_EXEC : 0);
    char *copy = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(copy != MAP_FAILED);
    memcpy(copy, start, bytes);
    __builtin___clear_cache(copy, copy + bytes);
    CHECK(mprotect(copy, bytes, protection) == 0);
    CHECK(mremap(copy, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, start) == start);
}

static void leave_the_file(const char *path)
{
    static char maps[16384];
    size_t have = 0;
    ssize_t got;
    const int fd = open("/proc/self/maps", O_RDONLY);
    while ((got = read(fd, maps + have, sizeof maps - 1 - have)) > 0)
        have += (size_t)got;
    CHECK(got == 0 && close(fd) == 0);
    for (char *line = maps, *next; line && *line; line = next) {
        unsigned long start, end;
        char rights[8];
        if ((next = strchr(line, '\n')) != NULL)
            *next++ = '\0';
        if (strstr(line, path) && sscanf(line, "%lx-%lx %7s", &start, &end, rights) == 3)
            copy_area((char *)start, end - start, rights);
    }
}

static int make_file(const char *path, mode_t mode)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0 && write(fd, "x", 1) == 1 && fchmod(fd, mode) == 0 && close(fd) == 0);
    return open(path, O_RDONLY);
}

static void programs_may_say_that_they_are_another(void)
{
    char old[64] = "", new[64] = "";
    CHECK(readlink("/proc/self/exe", old, sizeof old - 1) > 0);
    const int plain = make_file("/tmp/plain", 0644), program = make_file("/tmp/program", 0755);
    FAILS(prctl(PR_SET_MM, PR_SET_MM_EXE_FILE, -1UL, 0, 0), EBADF);
    FAILS(prctl(PR_SET_MM, PR_SET_MM_EXE_FILE, (unsigned long)open("/tmp/plain", O_PATH), 0, 0),
          EBADF);
    FAILS(prctl(PR_SET_MM, PR_SET_MM_EXE_FILE, (unsigned long)plain, 0, 0), EACCES);
    FAILS(prctl(PR_SET_MM, PR_SET_MM_EXE_FILE, (unsigned long)open("/tmp", O_RDONLY), 0, 0),
          EACCES);
    FAILS(prctl(PR_SET_MM, PR_SET_MM_EXE_FILE, (unsigned long)program, 0, 0), EBUSY);
    leave_the_file(old);
    const int writes = open("/tmp/program", O_WRONLY);
    FAILS(prctl(PR_SET_MM, PR_SET_MM_EXE_FILE, (unsigned long)program, 0, 0), EACCES);
    CHECK(close(writes) == 0);
    CHECK(prctl(PR_SET_MM, PR_SET_MM_EXE_FILE, (unsigned long)program, 0, 0) == 0);
    CHECK(readlink("/proc/self/exe", new, sizeof new - 1) > 0 && strcmp(new, "/tmp/program") == 0);
    FAILS(open("/tmp/program", O_WRONLY), ETXTBSY);
}

/* ---- Capabilities ---- */

static void bounds_only_shrink(void)
{
    CHECK(prctl(PR_CAPBSET_READ, CAP_CHOWN, 0, 0, 0) == 1);
    CHECK(prctl(PR_CAPBSET_DROP, CAP_CHOWN, 0, 0, 0) == 0);
    CHECK(prctl(PR_CAPBSET_READ, CAP_CHOWN, 0, 0, 0) == 0);
    FAILS(prctl(PR_CAPBSET_READ, NO_CAPABILITY, 0, 0, 0), EINVAL);
    FAILS(prctl(PR_CAPBSET_DROP, NO_CAPABILITY, 0, 0, 0), EINVAL);
    capability_drop(CAP_SETPCAP);
    FAILS(prctl(PR_CAPBSET_DROP, CAP_KILL, 0, 0, 0), EPERM);
    FAILS(prctl(PR_CAPBSET_DROP, NO_CAPABILITY, 0, 0, 0), EPERM);
}

static void secure_bits_can_be_locked(void)
{
    CHECK(prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) == 0);
    FAILS(prctl(PR_SET_SECUREBITS, 0x100, 0, 0, 0), EPERM);
    CHECK(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0 && prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0) == 1);
    CHECK(prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) == SECBIT_KEEP_CAPS);
    FAILS(prctl(PR_SET_KEEPCAPS, 2, 0, 0, 0), EINVAL);
    const unsigned long locked = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_KEEP_CAPS_LOCKED;
    CHECK(prctl(PR_SET_SECUREBITS, locked, 0, 0, 0) == 0);
    CHECK(prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) == (long)locked);
    FAILS(prctl(PR_SET_SECUREBITS, locked & ~SECBIT_NOROOT, 0, 0, 0), EPERM);
    FAILS(prctl(PR_SET_SECUREBITS, SECBIT_NOROOT, 0, 0, 0), EPERM);
    FAILS(prctl(PR_SET_SECUREBITS, locked | SECBIT_KEEP_CAPS, 0, 0, 0), EPERM);
    FAILS(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), EPERM);
    CHECK(prctl(PR_SET_SECUREBITS, locked | SECBIT_NO_SETUID_FIXUP, 0, 0, 0) == 0);
    capability_drop(CAP_SETPCAP);
    FAILS(prctl(PR_SET_SECUREBITS, locked, 0, 0, 0), EPERM);
}

static void make_inheritable(unsigned set)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    CHECK(syscall(SYS_capget, &header, data) == 0);
    data[0].inheritable = set;
    CHECK(syscall(SYS_capset, &header, data) == 0);
}

static long ambient(unsigned long how, unsigned long capability)
{
    return prctl(PR_CAP_AMBIENT, how, capability, 0, 0);
}

static void ambient_ones_are_raised(void)
{
    FAILS(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0), EPERM);
    make_inheritable(1u << CAP_KILL | 1u << CAP_CHOWN);
    CHECK(ambient(PR_CAP_AMBIENT_RAISE, CAP_KILL) == 0);
    CHECK(ambient(PR_CAP_AMBIENT_RAISE, CAP_CHOWN) == 0);
    CHECK(ambient(PR_CAP_AMBIENT_IS_SET, CAP_KILL) == 1);
    CHECK(ambient(PR_CAP_AMBIENT_LOWER, CAP_KILL) == 0);
    CHECK(ambient(PR_CAP_AMBIENT_IS_SET, CAP_KILL) == 0);
    CHECK(ambient(PR_CAP_AMBIENT_IS_SET, CAP_CHOWN) == 1);
    CHECK(ambient(PR_CAP_AMBIENT_CLEAR_ALL, 0) == 0);
    CHECK(ambient(PR_CAP_AMBIENT_IS_SET, CAP_CHOWN) == 0);
    FAILS(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 1, 0, 0), EINVAL);
    FAILS(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 1, 0), EINVAL);
    FAILS(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 0, 1), EINVAL);
    FAILS(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, NO_CAPABILITY, 0, 0), EINVAL);
    FAILS(prctl(PR_CAP_AMBIENT, 9, CAP_KILL, 0, 0), EINVAL);
    CHECK(prctl(PR_SET_SECUREBITS, SECBIT_NO_CAP_AMBIENT_RAISE, 0, 0, 0) == 0);
    FAILS(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0), EPERM);
}

/* ---- Barriers that do more ---- */

static long barrier(int command, unsigned flags, int cpu)
{
    return syscall(SYS_membarrier, command, flags, cpu);
}

static void barriers_for_new_code(void)
{
    CHECK(barrier(MEMBARRIER_CMD_QUERY, 0, 0) & MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE);
    FAILS(barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0), EPERM);
    CHECK(barrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0) == 0);
    CHECK(barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0) == 0);
    FAILS(barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, MEMBARRIER_CMD_FLAG_CPU, 0), EINVAL);
    FAILS(barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ, 0, 0), EPERM);
}

static void barriers_for_sequences(void)
{
    CHECK(barrier(MEMBARRIER_CMD_QUERY, 0, 0) & MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ);
    FAILS(barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ, 0, 0), EPERM);
    CHECK(barrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ, 0, 0) == 0);
    CHECK(barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ, 0, 0) == 0);
    CHECK(barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ, MEMBARRIER_CMD_FLAG_CPU, 0) == 0);
    CHECK(barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ, MEMBARRIER_CMD_FLAG_CPU, 9999) == 0);
    FAILS(barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ, 2, 0), EINVAL);
}

/* ---- Parts that are not shared ---- */

static void *waits(void *unused)
{
    pause();
    return unused;
}

static void parts_of_threads_stay_shared(void)
{
    pthread_t thread;
    CHECK(unshare(CLONE_VM | CLONE_SIGHAND | CLONE_THREAD) == 0);
    CHECK(pthread_create(&thread, NULL, waits, NULL) == 0);
    FAILS(unshare(CLONE_THREAD), EINVAL);
    FAILS(unshare(CLONE_VM), EINVAL);
    FAILS(unshare(0x1), EINVAL);
    CHECK(unshare(CLONE_FS | CLONE_FILES | CLONE_SYSVSEM) == 0);
    capability_drop(CAP_SYS_ADMIN);
    FAILS(unshare(CLONE_NEWNS), EPERM);
    FAILS(unshare(CLONE_NEWUTS | CLONE_NEWIPC), EPERM);
}

static const struct test_case cases[] = {
    CASE(options_are_known),
    CASE(names_are_short),
    CASE(a_parents_death_is_told),
    CASE(dumping_is_switched),
    CASE(reapers_are_told),
    CASE(privileges_can_be_renounced),
    CASE(huge_pages_can_be_renounced),
    CASE(broken_pages_have_a_policy),
    CASE(flushers_say_so),
    CASE(slack_is_inherited),
    CASE(the_place_of_the_tid_is_told),
    CASE(arguments_may_be_elsewhere),
    CASE(programs_may_say_that_they_are_another),
    CASE(bounds_only_shrink),
    CASE(secure_bits_can_be_locked),
    CASE(ambient_ones_are_raised),
    CASE(barriers_for_new_code),
    CASE(barriers_for_sequences),
    CASE(parts_of_threads_stay_shared),
};

int main(void)
{
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
