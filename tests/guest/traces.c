/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* ptrace(2): who may trace whom, the kinds of stops, and what a tracer reads and changes. */
#define _GNU_SOURCE
#include <elf.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>

#include "check.h"

#define NOWHERE  8ul
#define NO_PID   0x7ffffff0
#define NOBODY   65534
#define EVENT(n) (SIGTRAP | (n) << 8)

/* The kernel's own interface: what is read comes by address, and the result is only a result. */
static long trace(long request, pid_t pid, unsigned long address, const void *data)
{
    return syscall(SYS_ptrace, request, pid, address, data);
}

#define REFUSES(request, pid, address, data, error) \
    FAILS(syscall(SYS_ptrace, request, pid, address, data), error)

static volatile long word = 0x1122334455667788;

static int stop_of(pid_t pid)
{
    int status;
    CHECK(waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status));
    return status >> 8;
}

static int end_of(pid_t pid)
{
    int status;
    CHECK(waitpid(pid, &status, __WALL) == pid && !WIFSTOPPED(status));
    return status;
}

/* A tracee that has stopped itself and goes on with @run. */
static pid_t tracee(int (*run)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        CHECK(trace(PTRACE_TRACEME, 0, 0, NULL) == 0);
        kill(getpid(), SIGSTOP);
        _exit(run());
    }
    CHECK(pid > 0 && stop_of(pid) == SIGSTOP);
    return pid;
}

/* A process that is nobody's tracee, and ends with its parent. */
static pid_t other(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
    CHECK(pid > 0);
    return pid;
}

static void finish(pid_t pid, int status)
{
    CHECK(trace(PTRACE_CONT, pid, 0, NULL) == 0);
    CHECK(end_of(pid) == status);
}

static void kill_off(pid_t pid)
{
    CHECK(kill(pid, SIGKILL) == 0 && end_of(pid) == SIGKILL);
}

/* Alone in its words, and never run. */
__attribute__((aligned(64), used, noinline)) static long unused_code(void)
{
    return word * word + word / 3 + word % 7;
}

__attribute__((aligned(64))) static int nothing(void)
{
    return 7;
}

static void requests_are_refused_to_strangers(void)
{
    pid_t pid = other();
    REFUSES(PTRACE_CONT, pid, 0, NULL, ESRCH);
    REFUSES(PTRACE_INTERRUPT, pid, 0, NULL, ESRCH);
    REFUSES(PTRACE_ATTACH, NO_PID, 0, NULL, ESRCH);
    REFUSES(PTRACE_SEIZE, NO_PID, 0, NULL, ESRCH);
    REFUSES(PTRACE_ATTACH, getpid(), 0, NULL, EPERM);
    REFUSES(PTRACE_SEIZE, pid, 1, NULL, EIO);
    REFUSES(PTRACE_SEIZE, pid, 0, (void *)0x40000000, EIO);
    kill_off(pid);
}

static void another_users_process_is_out_of_reach(void)
{
    pid_t pid = other(), child = fork();
    if (child == 0) {
        CHECK(setresgid(NOBODY, NOBODY, NOBODY) == 0 && setresuid(NOBODY, NOBODY, NOBODY) == 0);
        REFUSES(PTRACE_ATTACH, pid, 0, NULL, EPERM);
        _exit(0);
    }
    CHECK(end_of(child) == 0);
    kill_off(pid);
}

static void one_tracer_is_enough(void)
{
    pid_t pid = tracee(nothing), child = fork();
    if (child == 0) {
        REFUSES(PTRACE_ATTACH, pid, 0, NULL, EPERM);
        REFUSES(PTRACE_CONT, pid, 0, NULL, ESRCH);
        _exit(0);
    }
    CHECK(end_of(child) == 0);
    finish(pid, 7 << 8);
    CHECK(trace(PTRACE_TRACEME, 0, 0, NULL) == 0);
    REFUSES(PTRACE_TRACEME, 0, 0, NULL, EPERM);
}

static void a_running_tracee_is_not_looked_at(void)
{
    pid_t pid = other();
    long value;
    CHECK(trace(PTRACE_SEIZE, pid, 0, NULL) == 0);
    REFUSES(PTRACE_PEEKDATA, pid, (unsigned long)&word, &value, ESRCH);
    REFUSES(PTRACE_DETACH, pid, 0, NULL, ESRCH);
    kill_off(pid);
}

static int keep_word(void)
{
    return word == 99 ? 1 : 2;
}

static void memory_is_read_and_written(void)
{
    pid_t pid = tracee(keep_word);
    long value = 0;
    CHECK(trace(PTRACE_PEEKDATA, pid, (unsigned long)&word, &value) == 0 && value == word);
    CHECK(trace(PTRACE_PEEKTEXT, pid, (unsigned long)&keep_word, &value) == 0);
    CHECK(memcmp(&value, (void *)keep_word, sizeof value) == 0);
    CHECK(trace(PTRACE_POKEDATA, pid, (unsigned long)&word, (void *)99) == 0);
    REFUSES(PTRACE_PEEKDATA, pid, NOWHERE, &value, EIO);
    REFUSES(PTRACE_POKEDATA, pid, NOWHERE, NULL, EIO);
    REFUSES(PTRACE_PEEKDATA, pid, (unsigned long)&word, (void *)NOWHERE, EFAULT);
    finish(pid, 1 << 8);
}

static void text_is_written_for_one_process(void)
{
    pid_t pid = tracee(nothing);
    long value;
    const unsigned long at = (unsigned long)unused_code;
    CHECK(trace(PTRACE_PEEKTEXT, pid, at, &value) == 0);
    const long before = value;
    CHECK(trace(PTRACE_POKETEXT, pid, at, (void *)~before) == 0);
    CHECK(trace(PTRACE_PEEKTEXT, pid, at, &value) == 0 && value == ~before);
    CHECK(*(volatile long *)at == before);
    finish(pid, 7 << 8);
}

static int raise_twice(void)
{
    raise(SIGUSR1);
    raise(SIGUSR2);
    return 3;
}

static void signals_pass_through_the_tracer(void)
{
    pid_t pid = tracee(raise_twice);
    siginfo_t info;
    CHECK(trace(PTRACE_CONT, pid, 0, NULL) == 0 && stop_of(pid) == SIGUSR1);
    CHECK(trace(PTRACE_GETSIGINFO, pid, 0, &info) == 0);
    CHECK(info.si_signo == SIGUSR1 && info.si_code == SI_TKILL && info.si_pid == pid);
    REFUSES(PTRACE_GETSIGINFO, pid, 0, (void *)NOWHERE, EFAULT);
    REFUSES(PTRACE_CONT, pid, 0, (void *)65, EIO);
    CHECK(trace(PTRACE_CONT, pid, 0, NULL) == 0 && stop_of(pid) == SIGUSR2);
    CHECK(trace(PTRACE_CONT, pid, 0, (void *)SIGUSR2) == 0);
    CHECK(end_of(pid) == SIGUSR2);
}

static volatile sig_atomic_t caught;
static volatile int caught_value;

static void catch (int signal, siginfo_t *info, void *context)
{
    (void)context;
    caught = signal;
    caught_value = info->si_value.sival_int;
}

static int catch_one(void)
{
    struct sigaction action = {.sa_sigaction = catch, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR2, &action, NULL);
    raise(SIGUSR1);
    return caught == SIGUSR2 ? caught_value : 99;
}

static void a_signal_is_replaced(void)
{
    pid_t pid = tracee(catch_one);
    CHECK(trace(PTRACE_CONT, pid, 0, NULL) == 0 && stop_of(pid) == SIGUSR1);
    siginfo_t info = {.si_signo = SIGUSR2, .si_code = SI_QUEUE};
    info.si_value.sival_int = 42;
    REFUSES(PTRACE_SETSIGINFO, pid, 0, (void *)NOWHERE, EFAULT);
    CHECK(trace(PTRACE_SETSIGINFO, pid, 0, &info) == 0);
    CHECK(trace(PTRACE_CONT, pid, 0, (void *)SIGUSR2) == 0);
    CHECK(end_of(pid) == 42 << 8);
}

static void ignored_signals_are_seen_too(void)
{
    pid_t pid = tracee(nothing);
    CHECK(kill(pid, SIGWINCH) == 0);
    CHECK(trace(PTRACE_CONT, pid, 0, NULL) == 0 && stop_of(pid) == SIGWINCH);
    CHECK(trace(PTRACE_CONT, pid, 0, (void *)SIGWINCH) == 0);
    CHECK(end_of(pid) == 7 << 8);
}

static void a_kill_ends_a_stop(void)
{
    pid_t pid = tracee(nothing);
    CHECK(trace(PTRACE_KILL, pid, 0, NULL) == 0);
    CHECK(end_of(pid) == SIGKILL);
}

static int ask_pid(void)
{
    syscall(SYS_getppid);
    return 0;
}

static void calls_stop_twice(void)
{
    pid_t pid = tracee(ask_pid);
    struct __ptrace_syscall_info info;
    REFUSES(PTRACE_SETOPTIONS, pid, 0, (void *)0x40000000, EINVAL);
    CHECK(trace(PTRACE_SETOPTIONS, pid, 0, (void *)PTRACE_O_TRACESYSGOOD) == 0);
    CHECK(trace(PTRACE_SYSCALL, pid, 0, NULL) == 0);
    // The end of kill() comes first.
    do {
        CHECK(stop_of(pid) == (SIGTRAP | 0x80));
        memset(&info, 0, sizeof info);
        CHECK(trace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) > 0);
        CHECK(trace(PTRACE_SYSCALL, pid, 0, NULL) == 0);
    } while (info.op != PTRACE_SYSCALL_INFO_ENTRY || info.entry.nr != SYS_getppid);
    CHECK(stop_of(pid) == (SIGTRAP | 0x80));
    CHECK(trace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) ==
          offsetof(struct __ptrace_syscall_info, exit.is_error) + 1);
    CHECK(info.op == PTRACE_SYSCALL_INFO_EXIT && info.exit.rval == getpid() && !info.exit.is_error);
    finish(pid, 0);
}

static int fork_one(void)
{
    int status;
    pid_t pid = fork();
    if (pid == 0)
        _exit(5);
    return waitpid(pid, &status, 0) == pid ? status >> 8 : 99;
}

static void a_fork_is_an_event(void)
{
    pid_t pid = tracee(fork_one);
    unsigned long child = 0;
    CHECK(trace(PTRACE_SETOPTIONS, pid, 0, (void *)PTRACE_O_TRACEFORK) == 0);
    CHECK(trace(PTRACE_CONT, pid, 0, NULL) == 0 && stop_of(pid) == EVENT(PTRACE_EVENT_FORK));
    CHECK(trace(PTRACE_GETEVENTMSG, pid, 0, &child) == 0 && child > 0);
    REFUSES(PTRACE_GETEVENTMSG, pid, 0, (void *)NOWHERE, EFAULT);
    CHECK(stop_of((pid_t)child) == SIGSTOP);
    CHECK(trace(PTRACE_CONT, (pid_t)child, 0, NULL) == 0);
    CHECK(end_of((pid_t)child) == 5 << 8);
    CHECK(trace(PTRACE_CONT, pid, 0, NULL) == 0 && stop_of(pid) == SIGCHLD);
    CHECK(trace(PTRACE_CONT, pid, 0, (void *)SIGCHLD) == 0 && end_of(pid) == 5 << 8);
}

static int exec_one(void)
{
    execl("/proc/self/exe", "traces", "3", NULL);
    return 99;
}

static void a_program_starts_with_a_trap(void)
{
    pid_t pid = tracee(exec_one);
    CHECK(trace(PTRACE_CONT, pid, 0, NULL) == 0 && stop_of(pid) == SIGTRAP);
    finish(pid, 3 << 8);
}

static void a_program_start_is_an_event(void)
{
    pid_t pid = tracee(exec_one);
    unsigned long old;
    CHECK(trace(PTRACE_SETOPTIONS, pid, 0, (void *)(PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT)) == 0);
    CHECK(trace(PTRACE_CONT, pid, 0, NULL) == 0 && stop_of(pid) == EVENT(PTRACE_EVENT_EXEC));
    CHECK(trace(PTRACE_GETEVENTMSG, pid, 0, &old) == 0 && old == (unsigned long)pid);
    CHECK(trace(PTRACE_CONT, pid, 0, NULL) == 0 && stop_of(pid) == EVENT(PTRACE_EVENT_EXIT));
    CHECK(trace(PTRACE_GETEVENTMSG, pid, 0, &old) == 0 && old == 3 << 8);
    finish(pid, 3 << 8);
}

static void attaching_stops(void)
{
    pid_t pid = other();
    siginfo_t info;
    CHECK(trace(PTRACE_ATTACH, pid, 0, NULL) == 0 && stop_of(pid) == SIGSTOP);
    CHECK(trace(PTRACE_GETSIGINFO, pid, 0, &info) == 0 && info.si_signo == SIGSTOP);
    REFUSES(PTRACE_LISTEN, pid, 0, NULL, EIO);
    REFUSES(PTRACE_INTERRUPT, pid, 0, NULL, EIO);
    REFUSES(PTRACE_DETACH, pid, 0, (void *)65, EIO);
    CHECK(trace(PTRACE_DETACH, pid, 0, NULL) == 0);
    REFUSES(PTRACE_CONT, pid, 0, NULL, ESRCH);
    kill_off(pid);
}

static void seizing_does_not_stop_but_interrupts(void)
{
    pid_t pid = other();
    int status;
    CHECK(trace(PTRACE_SEIZE, pid, 0, NULL) == 0);
    usleep(20000);
    CHECK(waitpid(pid, &status, WNOHANG | __WALL) == 0);
    CHECK(trace(PTRACE_INTERRUPT, pid, 0, NULL) == 0);
    CHECK(stop_of(pid) == EVENT(PTRACE_EVENT_STOP));
    CHECK(trace(PTRACE_DETACH, pid, 0, (void *)SIGTERM) == 0);
    kill_off(pid); // such a stop takes no signal along
}

static void a_group_stop_is_listened_to(void)
{
    pid_t pid = other();
    CHECK(trace(PTRACE_SEIZE, pid, 0, NULL) == 0 && kill(pid, SIGSTOP) == 0);
    CHECK(stop_of(pid) == SIGSTOP && trace(PTRACE_CONT, pid, 0, (void *)SIGSTOP) == 0);
    CHECK(stop_of(pid) == (SIGSTOP | PTRACE_EVENT_STOP << 8));
    CHECK(trace(PTRACE_LISTEN, pid, 0, NULL) == 0);
    REFUSES(PTRACE_CONT, pid, 0, NULL, ESRCH);
    CHECK(kill(pid, SIGCONT) == 0);
    CHECK(stop_of(pid) == EVENT(PTRACE_EVENT_STOP));
    CHECK(trace(PTRACE_CONT, pid, 0, NULL) == 0 && stop_of(pid) == SIGCONT);
    kill_off(pid);
}

static void an_old_tracer_sees_a_group_stop(void)
{
    pid_t pid = tracee(nothing);
    siginfo_t info;
    CHECK(trace(PTRACE_CONT, pid, 0, (void *)SIGSTOP) == 0 && stop_of(pid) == SIGSTOP);
    REFUSES(PTRACE_GETSIGINFO, pid, 0, &info, EINVAL);
    finish(pid, 7 << 8);
}

static void waitid_tells_traps(void)
{
    pid_t pid = tracee(raise_twice);
    siginfo_t info = {0};
    CHECK(trace(PTRACE_CONT, pid, 0, NULL) == 0);
    CHECK(waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOWAIT) == 0 && info.si_code == CLD_TRAPPED);
    CHECK(info.si_status == SIGUSR1 && info.si_pid == pid);
    CHECK(stop_of(pid) == SIGUSR1);
    kill_off(pid);
}

static void masks_are_read_and_written(void)
{
    pid_t pid = tracee(raise_twice);
    uint64_t mask = 1;
    CHECK(trace(PTRACE_GETSIGMASK, pid, 8, &mask) == 0);
    REFUSES(PTRACE_GETSIGMASK, pid, 4, &mask, EINVAL);
    REFUSES(PTRACE_SETSIGMASK, pid, 4, &mask, EINVAL);
    REFUSES(PTRACE_SETSIGMASK, pid, 8, (void *)NOWHERE, EFAULT);
    mask = 1ul << (SIGUSR1 - 1) | 1ul << (SIGUSR2 - 1);
    CHECK(trace(PTRACE_SETSIGMASK, pid, 8, &mask) == 0);
    CHECK(trace(PTRACE_CONT, pid, 0, NULL) == 0);
    CHECK(end_of(pid) == 3 << 8);
}

static void pending_signals_are_shown(void)
{
    pid_t pid = tracee(nothing);
    siginfo_t info[4];
    struct __ptrace_peeksiginfo_args from = {.flags = PTRACE_PEEKSIGINFO_SHARED, .nr = 4};
    CHECK(kill(pid, SIGUSR1) == 0 && kill(pid, SIGUSR2) == 0);
    CHECK(trace(PTRACE_PEEKSIGINFO, pid, (unsigned long)&from, info) == 2);
    CHECK(info[0].si_signo == SIGUSR1 && info[1].si_signo == SIGUSR2);
    from.flags = 2;
    REFUSES(PTRACE_PEEKSIGINFO, pid, (unsigned long)&from, info, EINVAL);
    kill_off(pid);
}

static void registers_come_in_sets(void)
{
    pid_t pid = tracee(nothing);
    unsigned long all[64] = {0};
    struct iovec vector = {all, sizeof all};
    CHECK(trace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &vector) == 0);
    CHECK(vector.iov_len >= 27 * 8 && vector.iov_len <= 34 * 8);
    CHECK(trace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &vector) == 0);
    vector.iov_len = 5;
    REFUSES(PTRACE_GETREGSET, pid, NT_PRSTATUS, &vector, EINVAL);
    vector.iov_len = 8;
    REFUSES(PTRACE_GETREGSET, pid, 0x7777, &vector, EINVAL);
    REFUSES(PTRACE_GETREGSET, pid, NT_PRSTATUS, (void *)NOWHERE, EFAULT);
    REFUSES(0x7777, pid, 0, NULL, EIO);
    finish(pid, 7 << 8);
}

static void a_tracers_end_lets_go_or_kills(void)
{
    int pipes[2];
    char byte;
    CHECK(pipe(pipes) == 0);
    pid_t kept = other(), lost = other(), tracer = fork();
    if (tracer == 0) {
        CHECK(trace(PTRACE_SEIZE, kept, 0, NULL) == 0);
        CHECK(trace(PTRACE_SEIZE, lost, 0, (void *)PTRACE_O_EXITKILL) == 0);
        CHECK(write(pipes[1], "x", 1) == 1);
        pause();
    }
    CHECK(read(pipes[0], &byte, 1) == 1 && kill(tracer, SIGKILL) == 0);
    CHECK(end_of(tracer) == SIGKILL && end_of(lost) == SIGKILL);
    CHECK(kill(kept, 0) == 0);
    kill_off(kept);
}

static void a_parent_waits_behind_the_tracer(void)
{
    int pipes[2];
    char byte;
    CHECK(pipe(pipes) == 0);
    pid_t child = other(), tracer = fork();
    if (tracer == 0) {
        CHECK(trace(PTRACE_SEIZE, child, 0, NULL) == 0 && write(pipes[1], "x", 1) == 1);
        CHECK(end_of(child) == SIGKILL);
        _exit(0);
    }
    CHECK(read(pipes[0], &byte, 1) == 1 && kill(child, SIGKILL) == 0);
    CHECK(end_of(child) == SIGKILL && end_of(tracer) == 0);
}

static void *thread(void *argument)
{
    return argument;
}

static int start_thread(void)
{
    pthread_t made;
    pthread_create(&made, NULL, thread, NULL);
    pthread_join(made, NULL);
    return 4;
}

static void threads_are_followed(void)
{
    pid_t pid = tracee(start_thread);
    unsigned long made;
    CHECK(trace(PTRACE_SETOPTIONS, pid, 0, (void *)PTRACE_O_TRACECLONE) == 0);
    CHECK(trace(PTRACE_CONT, pid, 0, NULL) == 0 && stop_of(pid) == EVENT(PTRACE_EVENT_CLONE));
    CHECK(trace(PTRACE_GETEVENTMSG, pid, 0, &made) == 0);
    CHECK(stop_of((pid_t)made) == SIGSTOP && trace(PTRACE_CONT, (pid_t)made, 0, NULL) == 0);
    CHECK(end_of((pid_t)made) == 0);
    finish(pid, 4 << 8);
}

static void status_names_the_tracer(void)
{
    pid_t pid = tracee(nothing);
    char path[64], text[2048], wanted[64];
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    snprintf(wanted, sizeof wanted, "TracerPid:\t%d\n", getpid());
    FILE *file = fopen(path, "r");
    CHECK(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    CHECK(strstr(text, wanted) && strstr(text, "State:\tt (tracing stop)"));
    fclose(file);
    finish(pid, 7 << 8);
}

/* Where the machine can do that. */
static void one_instruction_at_a_time(void)
{
    pid_t pid = tracee(nothing);
    siginfo_t info;
    bool steps = trace(PTRACE_SINGLESTEP, pid, 0, NULL) == 0;
    CHECK(steps || errno == EIO);
    for (int i = 0; i < 5 && steps; i++) {
        CHECK(stop_of(pid) == SIGTRAP);
        CHECK(trace(PTRACE_GETSIGINFO, pid, 0, &info) == 0 && info.si_signo == SIGTRAP);
        CHECK(i == 4 || trace(PTRACE_SINGLESTEP, pid, 0, NULL) == 0);
    }
    finish(pid, 7 << 8);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        CASE(requests_are_refused_to_strangers),
        CASE(another_users_process_is_out_of_reach),
        CASE(one_tracer_is_enough),
        CASE(a_running_tracee_is_not_looked_at),
        CASE(memory_is_read_and_written),
        CASE(text_is_written_for_one_process),
        CASE(signals_pass_through_the_tracer),
        CASE(a_signal_is_replaced),
        CASE(ignored_signals_are_seen_too),
        CASE(a_kill_ends_a_stop),
        CASE(calls_stop_twice),
        CASE(a_fork_is_an_event),
        CASE(a_program_starts_with_a_trap),
        CASE(a_program_start_is_an_event),
        CASE(attaching_stops),
        CASE(seizing_does_not_stop_but_interrupts),
        CASE(a_group_stop_is_listened_to),
        CASE(an_old_tracer_sees_a_group_stop),
        CASE(waitid_tells_traps),
        CASE(masks_are_read_and_written),
        CASE(pending_signals_are_shown),
        CASE(registers_come_in_sets),
        CASE(threads_are_followed),
        CASE(a_tracers_end_lets_go_or_kills),
        CASE(a_parent_waits_behind_the_tracer),
        CASE(status_names_the_tracer),
        CASE(one_instruction_at_a_time),
    };
    if (argc > 1)
        return atoi(argv[1]);
    return run_cases(cases, sizeof cases / sizeof *cases);
}
