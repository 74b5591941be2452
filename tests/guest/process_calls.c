/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Making, naming, waiting for and looking at processes and threads: each way the calls fail. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/kcmp.h>
#include <linux/membarrier.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <time.h>

#include "interrupts.h"
#include "limits.h"

#ifndef SYS_process_mrelease
#define SYS_process_mrelease 448
#endif
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

enum { SOMEBODY = 1234, NOBODY = 2000000 };

static void *volatile nowhere = (void *)8;

static void become_somebody(void)
{
    CHECK(setresgid(SOMEBODY, SOMEBODY, SOMEBODY) == 0);
    CHECK(setresuid(SOMEBODY, SOMEBODY, SOMEBODY) == 0);
}

static pid_t sleeper(void)
{
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
    CHECK(child > 0);
    return child;
}

static void end(pid_t child)
{
    CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, __WALL) == child);
}

static int pidfd_of(pid_t pid, unsigned flags)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, flags);
    CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
    return fd;
}

/* ---- clone() and its kin ---- */

static void numbers_are_told(void)
{
    static int cleared;
    CHECK(syscall(SYS_getpid) == getpid() && syscall(SYS_gettid) == getpid());
    CHECK(syscall(SYS_getppid) == getppid());
    CHECK(syscall(SYS_set_tid_address, &cleared) == getpid());
}

static void clone_flags_are_checked(void)
{
    static const unsigned long bad[] = {CLONE_SIGHAND, CLONE_THREAD | CLONE_VM,
                                        CLONE_NEWNS | CLONE_FS, CLONE_PIDFD | CLONE_DETACHED,
                                        CLONE_PIDFD | CLONE_PARENT_SETTID};
    const unsigned long thread = CLONE_PIDFD | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM;
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        FAILS(syscall(SYS_clone, bad[i] | SIGCHLD, 0, 0, 0, 0), EINVAL);
    if (!linux_is_from(6, 9)) // threads have pidfds of their own there
        FAILS(syscall(SYS_clone, thread | SIGCHLD, 0, 0, 0, 0), EINVAL);
    become_somebody();
    FAILS(syscall(SYS_clone, CLONE_NEWNS | SIGCHLD, 0, 0, 0, 0), EPERM);
    FAILS(syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0), EPERM);
    FAILS(unshare(CLONE_NEWNS), EPERM);
    FAILS(unshare(CLONE_NEWUTS), EPERM);
    struct clone_args args = {.flags = CLONE_NEWIPC, .exit_signal = SIGCHLD};
    FAILS(syscall(SYS_clone3, &args, sizeof args), EPERM);
}

static void tasks_of_a_user_are_limited(void)
{
    struct clone_args args = {.exit_signal = SIGCHLD};
    become_somebody();
    limit(RLIMIT_NPROC, 1);
    FAILS(fork(), EAGAIN);
    FAILS(syscall(SYS_clone3, &args, sizeof args), EAGAIN);
#ifdef SYS_fork
    FAILS(syscall(SYS_fork), EAGAIN);
    FAILS(syscall(SYS_vfork), EAGAIN);
#endif
    limit(RLIMIT_NPROC, 2);
    end(sleeper());
}

static void clone3_checks_its_arguments(void)
{
    struct {
        struct clone_args args;
        uint64_t more[600];
    } wide = {.args = {.exit_signal = SIGCHLD}};
    struct clone_args *args = &wide.args;
    FAILS(syscall(SYS_clone3, args, 63), EINVAL);
    FAILS(syscall(SYS_clone3, args, 4097), E2BIG);
    wide.more[2] = 1;
    FAILS(syscall(SYS_clone3, args, sizeof *args + 24), E2BIG);
    FAILS(syscall(SYS_clone3, nowhere, sizeof *args), EFAULT);
    static const uint64_t bad[] = {CLONE_DETACHED, 1,
                                   CLONE_THREAD,   CLONE_SIGHAND,
                                   1ull << 40,     CLONE_SIGHAND | CLONE_VM | CLONE_CLEAR_SIGHAND,
                                   CLONE_PARENT};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        args->flags = bad[i];
        FAILS(syscall(SYS_clone3, args, sizeof *args), EINVAL);
    }
    *args = (struct clone_args){.exit_signal = 65};
    FAILS(syscall(SYS_clone3, args, sizeof *args), EINVAL);
    *args = (struct clone_args){.exit_signal = SIGCHLD, .stack_size = 4096};
    FAILS(syscall(SYS_clone3, args, sizeof *args), EINVAL);
    *args = (struct clone_args){.exit_signal = SIGCHLD, .stack = 4096};
    FAILS(syscall(SYS_clone3, args, sizeof *args), EINVAL);
}

static pid_t clone3_with(struct clone_args args)
{
    pid_t child = (pid_t)syscall(SYS_clone3, &args, sizeof args);
    if (child == 0)
        for (;;)
            pause();
    return child;
}

static void numbers_can_be_chosen(void)
{
    pid_t wanted[2] = {30000, 1};
    struct clone_args args = {
        .exit_signal = SIGCHLD, .set_tid = (uintptr_t)wanted, .set_tid_size = 1};
    CHECK(clone3_with(args) == 30000);
    FAILS(syscall(SYS_clone3, &args, sizeof args), EEXIST);
    end(30000);
    args.set_tid_size = 33;
    FAILS(syscall(SYS_clone3, &args, sizeof args), EINVAL);
    args.set_tid_size = 2;
    FAILS(syscall(SYS_clone3, &args, sizeof args), EINVAL);
    args.set_tid_size = 1;
    wanted[0] = -1;
    FAILS(syscall(SYS_clone3, &args, sizeof args), EINVAL);
    args.set_tid = (uintptr_t)nowhere;
    FAILS(syscall(SYS_clone3, &args, sizeof args), EFAULT);
    become_somebody();
    wanted[0] = 30001;
    args.set_tid = (uintptr_t)wanted;
    FAILS(syscall(SYS_clone3, &args, sizeof args), EPERM);
}

static void parts_are_unshared(void)
{
    CHECK(unshare(0) == 0 && unshare(CLONE_FILES | CLONE_FS | CLONE_SYSVSEM) == 0);
    FAILS(unshare(1), EINVAL);
    FAILS(unshare(CLONE_SETTLS), EINVAL);
    FAILS(syscall(SYS_setns, -1, 0), EBADF);
    int ends[2];
    CHECK(pipe(ends) == 0);
    FAILS(syscall(SYS_setns, ends[0], 0), EINVAL);
}

static void ends_are_told(void)
{
    int status;
    pid_t child = fork();
    if (child == 0)
        syscall(SYS_exit, 3);
    CHECK(wait4(child, &status, 0, NULL) == child && WEXITSTATUS(status) == 3);
    child = fork();
    if (child == 0)
        syscall(SYS_exit_group, 4);
    CHECK(wait4(child, &status, 0, NULL) == child && WEXITSTATUS(status) == 4);
#ifdef SYS_vfork
    child = vfork();
    if (child == 0)
        _exit(5);
    CHECK(wait4(child, &status, 0, NULL) == child && WEXITSTATUS(status) == 5);
#endif
}

/* ---- Waiting ---- */

static void waiting_is_checked(void)
{
    siginfo_t info;
    FAILS(wait4(-1, NULL, 0, NULL), ECHILD);
    FAILS(wait4(-1, NULL, 0x100, NULL), EINVAL);
    FAILS(wait4((pid_t)0x80000000, NULL, 0, NULL), ESRCH);
    FAILS(wait4(getppid(), NULL, 0, NULL), ECHILD);
    FAILS(waitid(P_ALL, 0, &info, WEXITED), ECHILD);
    FAILS(waitid(P_ALL, 0, &info, 0), EINVAL);
    FAILS(waitid(P_ALL, 0, &info, WEXITED | 0x100), EINVAL);
    FAILS(waitid(P_PID, 0, &info, WEXITED), EINVAL);
    FAILS(waitid((idtype_t)9, 0, &info, WEXITED), EINVAL);
    FAILS(waitid((idtype_t)P_PIDFD, NOBODY, &info, WEXITED), EBADF);
}

static void waiting_is_interrupted(void)
{
    siginfo_t info;
    pid_t child = sleeper();
    interrupt_after(20, 0);
    FAILS(wait4(child, NULL, 0, NULL), EINTR);
    FAILS(waitid(P_PID, (id_t)child, &info, WEXITED), EINTR);
    interrupt_after(0, 0);
    end(child);
}

static void a_pidfd_need_not_be_waited_for(void)
{
    siginfo_t info = {0};
    pid_t child = sleeper();
    int fd = pidfd_of(child, O_NONBLOCK);
    FAILS(waitid((idtype_t)P_PIDFD, (id_t)fd, &info, WEXITED), EAGAIN);
    CHECK(waitid((idtype_t)P_PIDFD, (id_t)fd, &info, WEXITED | WNOHANG) == 0 && info.si_pid == 0);
    CHECK(kill(child, SIGTERM) == 0);
    int blocking = pidfd_of(child, 0);
    CHECK(waitid((idtype_t)P_PIDFD, (id_t)blocking, &info, WEXITED | WNOWAIT) == 0);
    CHECK(info.si_pid == child && info.si_code == CLD_KILLED && info.si_status == SIGTERM);
    CHECK(waitid((idtype_t)P_PIDFD, (id_t)fd, &info, WEXITED) == 0);
    FAILS(waitid((idtype_t)P_PIDFD, (id_t)fd, &info, WEXITED), ECHILD);
}

static void use_comes_with_the_end(void)
{
    struct rusage usage;
    siginfo_t info;
    pid_t child = fork();
    if (child == 0) {
        for (volatile int i = 0; i < 20000000; i++)
            ;
        _exit(0);
    }
    CHECK(syscall(SYS_waitid, P_PID, child, &info, WEXITED | WNOWAIT, &usage) == 0);
    CHECK(usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec > 0 && usage.ru_maxrss > 0);
    memset(&usage, 0, sizeof usage);
    CHECK(wait4(child, NULL, 0, &usage) == child && usage.ru_maxrss > 0);
}

static void clones_are_waited_for_by_name(void)
{
    int status;
    struct clone_args args = {.exit_signal = 0};
    pid_t child = clone3_with(args);
    CHECK(child > 0 && kill(child, SIGKILL) == 0);
    FAILS(wait4(child, &status, WNOHANG, NULL), ECHILD);
    CHECK(wait4(child, &status, __WCLONE, NULL) == child);
    child = clone3_with(args);
    CHECK(kill(child, SIGKILL) == 0 && wait4(-1, &status, __WALL, NULL) == child);
}

static volatile pid_t made;
static volatile int done;

static void *makes_a_child(void *unused)
{
    made = sleeper();
    while (!done)
        usleep(1000);
    return unused;
}

static void children_of_a_thread_are_its_own(void)
{
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, makes_a_child, NULL) == 0);
    while (!made)
        sched_yield();
    FAILS(wait4(made, NULL, WNOHANG | __WNOTHREAD, NULL), ECHILD);
    CHECK(wait4(made, NULL, WNOHANG, NULL) == 0);
    CHECK(kill(made, SIGKILL) == 0 && waitpid(made, NULL, 0) == made);
    done = 1;
    CHECK(pthread_join(thread, NULL) == 0);
}

/* ---- pidfds ---- */

static volatile pid_t thread_tid;

static void *tells_its_number(void *unused)
{
    thread_tid = (pid_t)syscall(SYS_gettid);
    while (!done)
        usleep(1000);
    return unused;
}

static void pidfds_are_checked(void)
{
    pthread_t thread;
    FAILS(syscall(SYS_pidfd_open, NOBODY, 0), ESRCH);
    FAILS(syscall(SYS_pidfd_open, 0, 0), EINVAL);
    FAILS(syscall(SYS_pidfd_open, -1, 0), EINVAL);
    FAILS(syscall(SYS_pidfd_open, getpid(), 1), EINVAL);
    CHECK(pthread_create(&thread, NULL, tells_its_number, NULL) == 0);
    while (!thread_tid)
        sched_yield();
    CHECK(syscall(SYS_pidfd_open, thread_tid, 0) == -1); // it leads no process
    done = 1;
    CHECK(pthread_join(thread, NULL) == 0);
    int own = pidfd_of(getpid(), 0);
    files_use_up();
    FAILS(syscall(SYS_pidfd_open, getpid(), 0), ENFILE);
    files_give_back();
    descriptors_use_up();
    FAILS(syscall(SYS_pidfd_open, getpid(), 0), EMFILE);
    FAILS(syscall(SYS_pidfd_getfd, own, 0, 0), EMFILE);
}

static void signals_go_through_pidfds(void)
{
    pid_t child = sleeper();
    siginfo_t info = {.si_signo = SIGUSR1, .si_code = SI_USER};
    int fd = pidfd_of(child, 0), parent = pidfd_of(getppid(), 0);
    CHECK(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0) == 0);
    FAILS(syscall(SYS_pidfd_send_signal, 0, SIGTERM, NULL, 0), EBADF);
    FAILS(syscall(SYS_pidfd_send_signal, -1, SIGTERM, NULL, 0), EBADF);
    FAILS(syscall(SYS_pidfd_send_signal, fd, 65, NULL, 0), EINVAL);
    FAILS(syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 8), EINVAL);
    FAILS(syscall(SYS_pidfd_send_signal, fd, SIGTERM, &info, 0), EINVAL); // another number
    FAILS(syscall(SYS_pidfd_send_signal, fd, SIGUSR1, &info, 0), EPERM);  // as if from kill()
    FAILS(syscall(SYS_pidfd_send_signal, fd, SIGUSR1, nowhere, 0), EFAULT);
    CHECK(syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) == 0);
    CHECK(waitid((idtype_t)P_PIDFD, (id_t)fd, &info, WEXITED | WNOWAIT) == 0);
    CHECK(syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0) == 0); // not yet waited for
    CHECK(waitpid(child, NULL, 0) == child);
    FAILS(syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0), ESRCH);
    become_somebody();
    FAILS(syscall(SYS_pidfd_send_signal, parent, SIGTERM, NULL, 0), EPERM);
}

static void signals_go_through_folders_in_proc(void)
{
    char path[64];
    pid_t child = sleeper();
    snprintf(path, sizeof path, "/proc/%d", child);
    int fd = open(path, O_DIRECTORY), proc = open("/proc", O_DIRECTORY);
    int threads = openat(fd, "task", O_DIRECTORY), file = openat(fd, "stat", O_RDONLY);
    int place = open(path, O_DIRECTORY | O_PATH);
    CHECK(fd >= 0 && proc >= 0 && threads >= 0 && file >= 0 && place >= 0);
    FAILS(syscall(SYS_pidfd_send_signal, proc, SIGTERM, NULL, 0), EBADF);
    FAILS(syscall(SYS_pidfd_send_signal, threads, SIGTERM, NULL, 0), EBADF);
    FAILS(syscall(SYS_pidfd_send_signal, file, SIGTERM, NULL, 0), EBADF);
    FAILS(syscall(SYS_pidfd_send_signal, place, SIGTERM, NULL, 0), EBADF);
    CHECK(syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) == 0);
    CHECK(waitpid(child, NULL, 0) == child);
    FAILS(syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0), ESRCH);
}

static void descriptors_come_through_pidfds(void)
{
    pid_t child = sleeper();
    int fd = pidfd_of(child, 0), parent = pidfd_of(getppid(), 0);
    int got = (int)syscall(SYS_pidfd_getfd, fd, 0, 0);
    CHECK(got >= 0 && fcntl(got, F_GETFD) == FD_CLOEXEC);
    FAILS(syscall(SYS_pidfd_getfd, fd, 0, 1), EINVAL);
    FAILS(syscall(SYS_pidfd_getfd, fd, 999, 0), EBADF);
    FAILS(syscall(SYS_pidfd_getfd, 0, 0, 0), EBADF);
    end(child);
    FAILS(syscall(SYS_pidfd_getfd, fd, 0, 0), ESRCH);
    become_somebody();
    FAILS(syscall(SYS_pidfd_getfd, parent, 0, 0), EPERM);
}

static void memory_of_the_dying_is_released(void)
{
    pid_t child = sleeper();
    int fd = pidfd_of(child, 0);
    FAILS(syscall(SYS_process_mrelease, fd, 1), EINVAL);
    FAILS(syscall(SYS_process_mrelease, fd, 0), EINVAL); // it lives
    FAILS(syscall(SYS_process_mrelease, 0, 0), EBADF);
    CHECK(kill(child, SIGKILL) == 0);
    CHECK(syscall(SYS_process_mrelease, fd, 0) == 0 || errno == ESRCH); // whoever is faster
    CHECK(waitpid(child, NULL, 0) == child);
    FAILS(syscall(SYS_process_mrelease, fd, 0), ESRCH);
}

static long compare(pid_t pid, int type, unsigned long first, unsigned long other)
{
    return syscall(SYS_kcmp, getpid(), pid, type, first, other);
}

static void parts_are_compared(void)
{
    static const int types[] = {KCMP_VM, KCMP_FILES, KCMP_FS, KCMP_SIGHAND};
    int ends[2], copy;
    CHECK(pipe(ends) == 0 && (copy = dup(ends[0])) >= 0);
    pid_t child = sleeper();
    for (unsigned i = 0; i < 4; i++) {
        CHECK(compare(getpid(), types[i], 0, 0) == 0);
        CHECK(compare(child, types[i], 0, 0) == 1 || compare(child, types[i], 0, 0) == 2);
    }
    CHECK(compare(child, KCMP_IO, 0, 0) == 0 && compare(child, KCMP_SYSVSEM, 0, 0) == 0);
    CHECK(compare(child, KCMP_FILE, (unsigned)ends[0], (unsigned)copy) == 0);
    CHECK(compare(child, KCMP_FILE, (unsigned)ends[0], (unsigned)ends[1]) > 0);
    int epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN};
    CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event) == 0);
    struct kcmp_epoll_slot slot = {(unsigned)epoll, (unsigned)ends[0], 0};
    CHECK(compare(getpid(), KCMP_EPOLL_TFD, (unsigned)copy, (uintptr_t)&slot) == 0);
    slot.tfd = (unsigned)ends[1];
    FAILS(syscall(SYS_kcmp, getpid(), getpid(), KCMP_EPOLL_TFD, ends[0], &slot), ENOENT);
    FAILS(syscall(SYS_kcmp, getpid(), getpid(), KCMP_EPOLL_TFD, ends[0], nowhere), EFAULT);
    FAILS(syscall(SYS_kcmp, getpid(), child, KCMP_FILE, 999, 0), EBADF);
    FAILS(syscall(SYS_kcmp, getpid(), child, KCMP_FILE, 0, 999), EBADF);
    FAILS(syscall(SYS_kcmp, getpid(), child, 99, 0, 0), EINVAL);
    FAILS(syscall(SYS_kcmp, getpid(), NOBODY, KCMP_VM, 0, 0), ESRCH);
    end(child);
    const pid_t parent = getppid();
    become_somebody();
    FAILS(syscall(SYS_kcmp, getpid(), parent, KCMP_VM, 0, 0), EPERM);
}

/* ---- The rest ---- */

static void barriers_are_registered_for(void)
{
    long known = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);
    CHECK(known > 0 && (known & MEMBARRIER_CMD_PRIVATE_EXPEDITED));
    FAILS(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0), EPERM);
    CHECK(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0);
    CHECK(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0);
    CHECK(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0) == 0);
    CHECK(syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0) == 0);
    CHECK(syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) == 0);
    FAILS(syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 1, 0), EINVAL);
    FAILS(syscall(SYS_membarrier, 1 << 30, 0, 0), EINVAL);
    pid_t child = fork(); // has its parent's registration
    if (child == 0)
        _exit(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) != 0);
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void personalities_are_kept(void)
{
    CHECK(personality(0xffffffff) == 0 && personality(ADDR_NO_RANDOMIZE) == 0);
    CHECK(personality(0xffffffff) == ADDR_NO_RANDOMIZE && personality(0) == ADDR_NO_RANDOMIZE);
}

#ifdef SYS_arch_prctl
enum { SET_GS = 0x1001, SET_FS, GET_FS, GET_GS, GET_CPUID = 0x1011, SET_CPUID };

static void bases_are_set_and_told(void)
{
    unsigned long base = 0;
    CHECK(syscall(SYS_arch_prctl, SET_GS, 0x1234000) == 0);
    CHECK(syscall(SYS_arch_prctl, GET_GS, &base) == 0 && base == 0x1234000);
    CHECK(syscall(SYS_arch_prctl, GET_FS, &base) == 0 && base != 0);
    CHECK(syscall(SYS_arch_prctl, GET_CPUID, 0) == 1);
    FAILS(syscall(SYS_arch_prctl, GET_FS, nowhere), EFAULT);
    FAILS(syscall(SYS_arch_prctl, GET_GS, nowhere), EFAULT);
    FAILS(syscall(SYS_arch_prctl, SET_FS, -1ul), EPERM);
    FAILS(syscall(SYS_arch_prctl, SET_GS, -1ul), EPERM);
    FAILS(syscall(SYS_arch_prctl, 0x9999, 0), EINVAL);
    FAILS(syscall(SYS_arch_prctl, SET_CPUID, 0), ENODEV);
}
#endif

static const struct test_case cases[] = {
    CASE(numbers_are_told),
    CASE(clone_flags_are_checked),
    CASE(tasks_of_a_user_are_limited),
    CASE(clone3_checks_its_arguments),
    CASE(numbers_can_be_chosen),
    CASE(parts_are_unshared),
    CASE(ends_are_told),
    CASE(waiting_is_checked),
    CASE(waiting_is_interrupted),
    CASE(a_pidfd_need_not_be_waited_for),
    CASE(use_comes_with_the_end),
    CASE(clones_are_waited_for_by_name),
    CASE(children_of_a_thread_are_its_own),
    CASE(pidfds_are_checked),
    CASE(signals_go_through_pidfds),
    CASE(signals_go_through_folders_in_proc),
    CASE(descriptors_come_through_pidfds),
    CASE(memory_of_the_dying_is_released),
    CASE(parts_are_compared),
    CASE(barriers_are_registered_for),
    CASE(personalities_are_kept),
#ifdef SYS_arch_prctl
    CASE(bases_are_set_and_told),
#endif
};

int main(void)
{
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
