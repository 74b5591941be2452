/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* fork, wait, exec, groups, sessions, orphans, limits and ids as programs see them. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "check.h"

static const char *self; // this program's path

static void sleep_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static void exit_status_comes_back(void)
{
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(0x142); // only the low byte counts
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0x42);
    CHECK(waitpid(child, &status, 0) == -1 && errno == ECHILD);
}

static void death_by_signal_comes_back(void)
{
    const int signals[] = {SIGKILL, SIGTERM, SIGUSR1, SIGSEGV, SIGRTMIN + 3};
    for (unsigned i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        int status;
        pid_t child = fork();
        if (child == 0)
            for (;;)
                pause();
        CHECK(kill(child, signals[i]) == 0);
        CHECK(waitpid(child, &status, 0) == child);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == signals[i]);
    }
}

static void memory_is_copied_on_write(void)
{
    volatile int value = 1;
    char *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status;
    CHECK(shared != MAP_FAILED);
    pid_t child = fork();
    if (child == 0) {
        value = 2;
        shared[5] = 7;
        _exit(value);
    }
    CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 2);
    CHECK(value == 1 && shared[5] == 7);
}

static void wait_without_hanging(void)
{
    int status, pipes[2];
    char byte;
    CHECK(pipe(pipes) == 0);
    pid_t child = fork();
    if (child == 0) {
        close(pipes[1]);
        _exit(read(pipes[0], &byte, 1) == 0 ? 3 : 4);
    }
    CHECK(waitpid(child, &status, WNOHANG) == 0);
    close(pipes[0]);
    close(pipes[1]);
    CHECK(waitpid(-1, &status, 0) == child && WEXITSTATUS(status) == 3);
}

static void waitid_can_look_without_reaping(void)
{
    siginfo_t info = {0};
    pid_t child = fork();
    if (child == 0)
        _exit(9);
    CHECK(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) == 0);
    CHECK(info.si_pid == child && info.si_code == CLD_EXITED && info.si_status == 9);
    CHECK(info.si_signo == SIGCHLD && info.si_uid == getuid());
    memset(&info, 0, sizeof info);
    CHECK(waitid(P_ALL, 0, &info, WEXITED) == 0 && info.si_pid == child);
    CHECK(waitid(P_ALL, 0, &info, WEXITED) == -1 && errno == ECHILD);
    CHECK(waitid(P_ALL, 0, &info, 0) == -1 && errno == EINVAL);
}

static void stops_and_continuations_are_told(void)
{
    int status;
    pid_t child = fork();
    if (child == 0)
        for (;;)
            pause();
    CHECK(kill(child, SIGSTOP) == 0);
    CHECK(waitpid(child, &status, WUNTRACED) == child);
    CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    CHECK(waitpid(child, &status, WUNTRACED | WNOHANG) == 0);
    CHECK(kill(child, SIGCONT) == 0);
    CHECK(waitpid(child, &status, WCONTINUED) == child && WIFCONTINUED(status));
    CHECK(kill(child, SIGSTOP) == 0 && waitpid(child, &status, WUNTRACED) == child);
    CHECK(kill(child, SIGKILL) == 0);
    CHECK(waitpid(child, &status, 0) == child && WTERMSIG(status) == SIGKILL);
}

static void nobody_waits_when_sigchld_is_ignored(void)
{
    signal(SIGCHLD, SIG_IGN);
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    CHECK(waitpid(child, NULL, 0) == -1 && errno == ECHILD);
    for (int i = 0; i < 100 && kill(child, 0) == 0; i++)
        sleep_ms(10);
    CHECK(kill(child, 0) == -1 && errno == ESRCH);
}

static void orphans_go_to_the_subreaper(void)
{
    int pipes[2];
    pid_t grandchild;
    CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0 && pipe(pipes) == 0);
    pid_t self_pid = getpid(), child = fork();
    if (child == 0) {
        grandchild = fork();
        if (grandchild == 0) {
            while (getppid() != self_pid)
                sleep_ms(5);
            _exit(21);
        }
        CHECK(write(pipes[1], &grandchild, sizeof grandchild) == sizeof grandchild);
        _exit(0);
    }
    int status;
    CHECK(read(pipes[0], &grandchild, sizeof grandchild) == sizeof grandchild);
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(waitpid(grandchild, &status, 0) == grandchild && WEXITSTATUS(status) == 21);
}

static void parents_death_sends_what_was_asked(void)
{
    int pipes[2];
    char byte;
    CHECK(pipe(pipes) == 0);
    pid_t child = fork();
    if (child == 0) {
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            CHECK(write(pipes[1], "x", 1) == 1);
            for (;;)
                pause();
        }
        CHECK(read(pipes[0], &byte, 1) == 1);
        _exit(0);
    }
    CHECK(waitpid(child, NULL, 0) == child);
    close(pipes[1]);
    CHECK(read(pipes[0], &byte, 1) == 0); // the last writer is gone too
}

static void groups_and_sessions_follow_the_rules(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        CHECK(setsid() == getpid() && getsid(0) == getpid() && getpgrp() == getpid());
        CHECK(setsid() == -1 && errno == EPERM);
        CHECK(setpgid(0, 0) == -1 && errno == EPERM); // a session leader
        pid_t member = fork();
        if (member == 0) {
            CHECK(setpgid(0, 0) == 0 && getpgrp() == getpid());
            CHECK(setpgid(0, getppid()) == 0 && getpgrp() == getppid());
            CHECK(setpgid(0, 1) == -1 && errno == EPERM); // no such group in this session
            _exit(0);
        }
        CHECK(waitpid(member, &status, 0) == member && status == 0);
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(setpgid(child, 0) == -1 && errno == ESRCH);
    CHECK(getpgid(0x7fffffff) == -1 && errno == ESRCH);
}

static void a_group_is_waited_for_and_killed_as_one(void)
{
    pid_t first = 0;
    for (int i = 0; i < 3; i++) {
        pid_t child = fork();
        if (child == 0) {
            setpgid(0, first);
            for (;;)
                pause();
        }
        if (first == 0)
            first = child;
        setpgid(child, first);
    }
    CHECK(kill(-first, SIGTERM) == 0);
    for (int i = 0; i < 3; i++) {
        int status;
        CHECK(waitpid(-first, &status, 0) > 0 && WTERMSIG(status) == SIGTERM);
    }
    CHECK(waitpid(-first, NULL, 0) == -1 && errno == ECHILD);
}

static void vfork_shares_memory_until_exec(void)
{
    volatile int seen = 0;
    int status;
    pid_t child = vfork();
    if (child == 0) {
        seen = 5;
        _exit(6);
    }
    CHECK(seen == 5);
    CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 6);
}

static void files_are_shared_by_fork_and_closed_by_exec(void)
{
    int status;
    char number[16];
    int kept = open("/dev/null", O_RDONLY), closed = open("/dev/null", O_RDONLY | O_CLOEXEC);
    pid_t child = fork();
    if (child == 0) {
        snprintf(number, sizeof number, "%d", kept * 100 + closed);
        execl(self, self, "exec-files", number, NULL);
        _exit(99);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static int after_exec_files(const char *number)
{
    int kept = atoi(number) / 100, closed = atoi(number) % 100;
    return !(fcntl(kept, F_GETFD) == 0 && fcntl(closed, F_GETFD) == -1 && errno == EBADF);
}

static void exec_resets_handlers_and_keeps_ignored_signals(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        signal(SIGUSR1, _exit);
        signal(SIGUSR2, SIG_IGN);
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGHUP);
        sigprocmask(SIG_SETMASK, &set, NULL);
        raise(SIGHUP);
        execl(self, self, "exec-signals", NULL);
        _exit(99);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static int after_exec_signals(void)
{
    struct sigaction action;
    sigset_t set;
    sigaction(SIGUSR1, NULL, &action);
    if (action.sa_handler != SIG_DFL)
        return 1;
    sigaction(SIGUSR2, NULL, &action);
    if (action.sa_handler != SIG_IGN)
        return 2;
    sigprocmask(0, NULL, &set);
    if (!sigismember(&set, SIGHUP))
        return 3;
    sigpending(&set);
    return sigismember(&set, SIGHUP) ? 0 : 4;
}

static void exec_gives_arguments_environment_and_auxiliary_vector(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        char *const arguments[] = {(char *)self, "exec-vectors", "", "a b", NULL};
        char *const environment[] = {"X=1", "EMPTY=", NULL};
        execve(self, arguments, environment);
        _exit(99);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static int after_exec_vectors(int argc, char **argv, char **envp)
{
    CHECK(argc == 4 && argv[2][0] == '\0' && strcmp(argv[3], "a b") == 0 && argv[4] == NULL);
    CHECK(strcmp(envp[0], "X=1") == 0 && strcmp(envp[1], "EMPTY=") == 0 && envp[2] == NULL);
    CHECK(getauxval(AT_PAGESZ) == 4096 && getauxval(AT_CLKTCK) == 100 && getauxval(AT_SECURE) == 0);
    CHECK(getauxval(AT_RANDOM) != 0 && getauxval(AT_PHDR) != 0 && getauxval(AT_PHNUM) > 0);
    CHECK(strcmp((const char *)getauxval(AT_EXECFN), self) == 0);
    CHECK(getauxval(AT_MINSIGSTKSZ) >= 1024);
    CHECK(getauxval(AT_UID) == getuid() && getauxval(AT_EGID) == getegid());
    CHECK((uintptr_t)argv % 16 == 8); // argc is 16-byte aligned
    return 0;
}

static void write_file(const char *path, const void *data, size_t bytes, mode_t mode)
{
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT, mode);
    CHECK(fd >= 0 && write(fd, data, bytes) == (ssize_t)bytes);
    close(fd);
}

static void exec_refuses_what_is_no_program(void)
{
    static const char *const nothing[] = {NULL};
    char *const *none = (char *const *)nothing;
    CHECK(execve("/nowhere", none, none) == -1 && errno == ENOENT);
    CHECK(execve("/tmp", none, none) == -1 && errno == EACCES);
    CHECK(execve("/dev/null", none, none) == -1 && errno == EACCES);
    CHECK(syscall(SYS_execve, 1ul, none, none) == -1 && errno == EFAULT);
    CHECK(syscall(SYS_execve, self, 1ul, none) == -1 && errno == EFAULT);
    write_file("/tmp/noexec", "#!/bin/sh\n", 10, 0644);
    CHECK(execve("/tmp/noexec", none, none) == -1 && errno == EACCES);
    write_file("/tmp/text", "just text", 9, 0755);
    CHECK(execve("/tmp/text", none, none) == -1 && errno == ENOEXEC);
    write_file("/tmp/empty", "", 0, 0755);
    CHECK(execve("/tmp/empty", none, none) == -1 && errno == ENOEXEC);
    write_file("/tmp/lost", "#!/nowhere\n", 11, 0755);
    CHECK(execve("/tmp/lost", none, none) == -1 && errno == ENOENT);
    write_file("/tmp/loop", "#!/tmp/loop\n", 12, 0755);
    CHECK(execve("/tmp/loop", none, none) == -1 && errno == ELOOP);
    write_file("/tmp/cut", "\177ELF\2\1\1", 7, 0755);
    CHECK(execve("/tmp/cut", none, none) == -1 && errno == ENOEXEC);
}

static void scripts_get_their_name_and_arguments(void)
{
    int status;
    char script[300];
    snprintf(script, sizeof script, "#! %s  script-run me\n", self);
    write_file("/tmp/script", script, strlen(script), 0755);
    pid_t child = fork();
    if (child == 0) {
        execl("/tmp/script", "dropped", "one", "two", NULL);
        _exit(99);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static int after_script(int argc, char **argv)
{
    CHECK(argc == 5 && strcmp(argv[1], "script-run me") == 0 &&
          strcmp(argv[2], "/tmp/script") == 0);
    CHECK(strcmp(argv[3], "one") == 0 && strcmp(argv[4], "two") == 0);
    return 0;
}

static void too_many_arguments_are_refused(void)
{
    enum { COUNT = 300, BYTES = 100000 };
    static char *arguments[COUNT + 1];
    char *text = malloc(BYTES);
    memset(text, 'x', BYTES - 1);
    text[BYTES - 1] = '\0';
    for (int i = 0; i < COUNT; i++)
        arguments[i] = text;
    CHECK(execv(self, arguments) == -1 && errno == E2BIG);
    char *huge = malloc(200000);
    memset(huge, 'y', 199999);
    huge[199999] = '\0';
    char *const one[] = {huge, NULL};
    CHECK(execv(self, one) == -1 && errno == E2BIG);
}

static void limits_hold(void)
{
    struct rlimit limit, old;
    CHECK(getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur == 8u << 20);
    CHECK(getrlimit(RLIMIT_NOFILE, &old) == 0);
    limit = (struct rlimit){8, old.rlim_max};
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    int fd, last = -1;
    while ((fd = open("/dev/null", O_RDONLY)) >= 0)
        last = fd;
    CHECK(errno == EMFILE && last == 7);
    limit = (struct rlimit){9, 8};
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == -1 && errno == EINVAL);
    CHECK(getrlimit(1000, &limit) == -1 && errno == EINVAL);
    limit = (struct rlimit){32 << 20, 32 << 20};
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
    CHECK(mmap(NULL, 64 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED &&
          errno == ENOMEM);
}

static void cpu_time_is_limited(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = {1, 2};
        CHECK(setrlimit(RLIMIT_CPU, &limit) == 0);
        if (fork() == 0) // has the limit too, and its own time
            for (;;)
                ;
        wait(&status);
        _exit(WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    }
    CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == SIGXCPU);
}

static void ids_are_given_up_for_good(void)
{
    int status;
    if (getuid() != 0)
        return;
    pid_t child = fork();
    if (child == 0) {
        gid_t groups[] = {5, 3};
        uid_t real, effective, saved;
        CHECK(setgroups(2, groups) == 0 && getgroups(0, NULL) == 2);
        CHECK(setresuid(1000, 1001, 0) == 0);
        CHECK(getresuid(&real, &effective, &saved) == 0 && real == 1000 && effective == 1001 &&
              saved == 0);
        CHECK(kill(1, 0) == -1 && errno == EPERM);
        CHECK(seteuid(0) == 0 && setuid(1000) == 0);
        CHECK(setuid(0) == -1 && errno == EPERM);
        CHECK(getuid() == 1000 && geteuid() == 1000);
        CHECK(sethostname("x", 1) == -1 && errno == EPERM);
        CHECK(setgroups(0, NULL) == -1 && errno == EPERM);
        CHECK(nice(-5) == -1 && errno == EPERM);
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void usage_is_accounted(void)
{
    struct rusage before, after;
    CHECK(getrusage(RUSAGE_SELF, &before) == 0);
    struct timespec now, end;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    end.tv_nsec += 50000000;
    if (end.tv_nsec >= 1000000000) {
        end.tv_nsec -= 1000000000;
        end.tv_sec++;
    }
    do
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    while (now.tv_sec < end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
    CHECK(getrusage(RUSAGE_SELF, &after) == 0);
    long before_us = before.ru_utime.tv_usec + before.ru_stime.tv_usec;
    long after_us = after.ru_utime.tv_usec + after.ru_stime.tv_usec;
    CHECK(after.ru_utime.tv_sec + after.ru_stime.tv_sec > 0 || after_us - before_us > 30000);
    CHECK(after.ru_maxrss > 0 && after.ru_minflt > 0);
}

static void a_pidfd_becomes_readable_at_the_end(void)
{
    int status;
    pid_t child = fork();
    if (child == 0)
        for (;;)
            pause();
    int fd = (int)syscall(SYS_pidfd_open, child, 0);
    CHECK(fd >= 0);
    CHECK(syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) == 0);
    siginfo_t info = {0};
    CHECK(waitid(3 /* P_PIDFD */, (id_t)fd, &info, WEXITED) == 0 && info.si_pid == child);
    CHECK(waitpid(child, &status, 0) == -1);
}

static void many_children_come_and_go(void)
{
    enum { ROUNDS = 200, AT_ONCE = 10 };
    for (int round = 0; round < ROUNDS / AT_ONCE; round++) {
        for (int i = 0; i < AT_ONCE; i++)
            if (fork() == 0)
                _exit(i);
        int sum = 0, status;
        for (int i = 0; i < AT_ONCE; i++) {
            CHECK(wait(&status) > 0);
            sum += WEXITSTATUS(status);
        }
        CHECK(sum == 45);
    }
}

static const struct test_case cases[] = {
    CASE(exit_status_comes_back),
    CASE(death_by_signal_comes_back),
    CASE(memory_is_copied_on_write),
    CASE(wait_without_hanging),
    CASE(waitid_can_look_without_reaping),
    CASE(stops_and_continuations_are_told),
    CASE(nobody_waits_when_sigchld_is_ignored),
    CASE(orphans_go_to_the_subreaper),
    CASE(parents_death_sends_what_was_asked),
    CASE(groups_and_sessions_follow_the_rules),
    CASE(a_group_is_waited_for_and_killed_as_one),
    CASE(vfork_shares_memory_until_exec),
    CASE(files_are_shared_by_fork_and_closed_by_exec),
    CASE(exec_resets_handlers_and_keeps_ignored_signals),
    CASE(exec_gives_arguments_environment_and_auxiliary_vector),
    CASE(exec_refuses_what_is_no_program),
    CASE(scripts_get_their_name_and_arguments),
    CASE(too_many_arguments_are_refused),
    CASE(limits_hold),
    CASE(cpu_time_is_limited),
    CASE(ids_are_given_up_for_good),
    CASE(usage_is_accounted),
    CASE(a_pidfd_becomes_readable_at_the_end),
    CASE(many_children_come_and_go),
};

int main(int argc, char **argv, char **envp)
{
    self = argv[0];
    if (argc == 3 && strcmp(argv[1], "exec-files") == 0)
        return after_exec_files(argv[2]);
    if (argc == 2 && strcmp(argv[1], "exec-signals") == 0)
        return after_exec_signals();
    if (argc > 1 && strcmp(argv[1], "exec-vectors") == 0)
        return after_exec_vectors(argc, argv, envp);
    if (argc > 1 && strcmp(argv[1], "script-run me") == 0)
        return after_script(argc, argv);
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
