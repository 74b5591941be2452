/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Signals, their frames, restarts, and timers as programs see them. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>

#include "check.h"
#include "machine.h"

static volatile sig_atomic_t count, last_signal, nesting, deepest;
static volatile siginfo_t last_info; // glibc calls kill() a leaf function
static volatile char *volatile nowhere = (volatile char *)8;

static void handle(int signal)
{
    count++;
    last_signal = signal;
}

static void handle_info(int signal, siginfo_t *info, void *context)
{
    (void)context;
    count++;
    last_signal = signal;
    last_info = *info;
}

static void install(int signal, void (*handler)(int, siginfo_t *, void *), int flags)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
    CHECK(sigaction(signal, &action, NULL) == 0);
}

static void block(int signal)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
}

static void unblock_all(void)
{
    sigset_t set;
    sigemptyset(&set);
    CHECK(sigprocmask(SIG_SETMASK, &set, NULL) == 0);
}

static void sleep_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&time, &time) == -1 && errno == EINTR)
        ;
}

/* A child that sends @signal to this process after @ms. */
static pid_t send_later(int signal, long ms)
{
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        sleep_ms(ms);
        kill(parent, signal);
        _exit(0);
    }
    return child;
}

static void a_handler_gets_sender_and_value(void)
{
    install(SIGUSR1, handle_info, 0);
    CHECK(kill(getpid(), SIGUSR1) == 0 && count == 1);
    CHECK(last_info.si_signo == SIGUSR1 && last_info.si_code == SI_USER &&
          last_info.si_pid == getpid());
    union sigval value = {.sival_ptr = (void *)0x123856789abcull};
    CHECK(sigqueue(getpid(), SIGUSR1, value) == 0 && count == 2);
    CHECK(last_info.si_code == SI_QUEUE && last_info.si_value.sival_ptr == value.sival_ptr);
    CHECK(raise(SIGUSR1) == 0 && last_info.si_code == SI_TKILL);
}

static void standard_signals_merge_and_real_time_ones_queue(void)
{
    int rt = SIGRTMIN + 1;
    install(SIGUSR1, handle_info, 0);
    install(rt, handle_info, 0);
    block(SIGUSR1);
    block(rt);
    for (int i = 0; i < 5; i++) {
        union sigval value = {.sival_int = i};
        CHECK(kill(getpid(), SIGUSR1) == 0);
        CHECK(sigqueue(getpid(), rt, value) == 0);
    }
    sigset_t pending;
    CHECK(sigpending(&pending) == 0 && sigismember(&pending, SIGUSR1) && sigismember(&pending, rt));
    CHECK(count == 0);
    unblock_all();
    CHECK(count == 6);
    CHECK(sigpending(&pending) == 0 && !sigismember(&pending, rt));
}

static void values_arrive_in_order(void)
{
    int rt = SIGRTMIN + 2;
    sigset_t set;
    siginfo_t info;
    block(rt);
    sigemptyset(&set);
    sigaddset(&set, rt);
    for (int i = 0; i < 20; i++) {
        union sigval value = {.sival_int = i};
        CHECK(sigqueue(getpid(), rt, value) == 0);
    }
    for (int i = 0; i < 20; i++)
        CHECK(sigwaitinfo(&set, &info) == rt && info.si_value.sival_int == i);
    struct timespec none = {0, 0};
    CHECK(sigtimedwait(&set, &info, &none) == -1 && errno == EAGAIN);
}

static void note_mask(int signal, siginfo_t *info, void *context)
{
    sigset_t set;
    (void)info;
    (void)context;
    sigprocmask(SIG_BLOCK, NULL, &set);
    last_signal = signal;
    count = sigismember(&set, signal) | sigismember(&set, SIGTERM) << 1;
}

static void the_mask_holds_during_the_handler_only(void)
{
    struct sigaction action = {.sa_sigaction = note_mask, .sa_flags = SA_SIGINFO};
    sigset_t set;
    sigaddset(&action.sa_mask, SIGTERM);
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    raise(SIGUSR1);
    CHECK(count == 3);
    sigprocmask(SIG_BLOCK, NULL, &set);
    CHECK(!sigismember(&set, SIGUSR1) && !sigismember(&set, SIGTERM));
    action.sa_flags |= SA_NODEFER;
    sigemptyset(&action.sa_mask);
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    raise(SIGUSR1);
    CHECK(count == 0);
}

static void a_handler_can_be_for_once(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        install(SIGUSR1, handle_info, SA_RESETHAND);
        raise(SIGUSR1);
        if (count != 1)
            _exit(1);
        raise(SIGUSR1);
        _exit(2);
    }
    CHECK(waitpid(child, &status, 0) == child && WTERMSIG(status) == SIGUSR1);
}

static void nest(int signal)
{
    nesting++;
    if (nesting > deepest)
        deepest = nesting;
    if (signal == SIGUSR1)
        raise(SIGUSR2);
    nesting--;
}

static void handlers_nest(void)
{
    signal(SIGUSR1, nest);
    signal(SIGUSR2, nest);
    raise(SIGUSR1);
    CHECK(deepest == 2 && nesting == 0);
}

static void reads_restart_when_asked(void)
{
    int pipes[2];
    char byte = 0;
    CHECK(pipe(pipes) == 0);
    install(SIGUSR1, handle_info, SA_RESTART);
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        sleep_ms(30);
        kill(parent, SIGUSR1);
        sleep_ms(30);
        _exit(write(pipes[1], "y", 1) != 1);
    }
    CHECK(read(pipes[0], &byte, 1) == 1 && byte == 'y' && count == 1);
    CHECK(waitpid(child, NULL, 0) == child);
}

static void reads_are_interrupted_otherwise(void)
{
    int pipes[2];
    char byte;
    CHECK(pipe(pipes) == 0);
    install(SIGUSR1, handle_info, 0);
    pid_t child = send_later(SIGUSR1, 30);
    CHECK(read(pipes[0], &byte, 1) == -1 && errno == EINTR && count == 1);
    CHECK(waitpid(child, NULL, 0) == child);
}

static void sleeps_tell_the_rest_and_poll_never_restarts(void)
{
    struct timespec time = {5, 0}, rest = {0, 0};
    install(SIGUSR1, handle_info, SA_RESTART);
    pid_t child = send_later(SIGUSR1, 50);
    CHECK(nanosleep(&time, &rest) == -1 && errno == EINTR);
    CHECK(rest.tv_sec == 4 || (rest.tv_sec < 4 && rest.tv_sec >= 2));
    CHECK(waitpid(child, NULL, 0) == child);
    child = send_later(SIGUSR1, 50);
    CHECK(poll(NULL, 0, 5000) == -1 && errno == EINTR);
    CHECK(waitpid(child, NULL, 0) == child);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void stopping_does_not_lengthen_a_sleep(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        struct timespec time = {0, 400000000};
        double start = now();
        CHECK(nanosleep(&time, NULL) == 0);
        _exit(now() - start < 2.0 ? 0 : 1);
    }
    sleep_ms(50);
    CHECK(kill(child, SIGSTOP) == 0 && waitpid(child, &status, WUNTRACED) == child);
    sleep_ms(100);
    CHECK(kill(child, SIGCONT) == 0);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void sigsuspend_waits_with_another_mask(void)
{
    sigset_t none, before, after;
    install(SIGUSR1, handle_info, 0);
    block(SIGUSR1);
    sigprocmask(SIG_BLOCK, NULL, &before);
    raise(SIGUSR1);
    CHECK(count == 0);
    sigemptyset(&none);
    CHECK(sigsuspend(&none) == -1 && errno == EINTR && count == 1);
    sigprocmask(SIG_BLOCK, NULL, &after);
    CHECK(memcmp(&before, &after, 8) == 0);
}

static void on_stack(int signal)
{
    volatile char here = (char)signal;
    last_info.si_addr = (void *)&here;
}

static void the_alternate_stack_is_used(void)
{
    static char stack[65536];
    stack_t wanted = {.ss_sp = stack, .ss_size = sizeof stack}, old;
    CHECK(sigaltstack(&wanted, NULL) == 0);
    struct sigaction action = {.sa_handler = on_stack, .sa_flags = SA_ONSTACK};
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    raise(SIGUSR1);
    CHECK((char *)last_info.si_addr > stack && (char *)last_info.si_addr < stack + sizeof stack);
    CHECK(sigaltstack(NULL, &old) == 0 && old.ss_sp == stack && old.ss_flags == 0);
    wanted.ss_size = 100;
    CHECK(sigaltstack(&wanted, NULL) == -1 && errno == ENOMEM);
    wanted.ss_flags = 77;
    CHECK(sigaltstack(&wanted, NULL) == -1 && errno == EINVAL);
}

static sigjmp_buf back;

static void jump(int signal, siginfo_t *info, void *context)
{
    (void)context;
    last_signal = signal;
    last_info = *info;
    siglongjmp(back, 1);
}

static void faults_are_told_with_their_address(void)
{
    char *readable = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    install(SIGSEGV, jump, 0);
    install(SIGBUS, jump, 0);
    install(SIGFPE, jump, 0);
    install(SIGILL, jump, 0);
    if (sigsetjmp(back, 1) == 0)
        *(nowhere + 0x1230) = 1;
    CHECK(last_signal == SIGSEGV && last_info.si_code == SEGV_MAPERR &&
          last_info.si_addr == (void *)0x1238);
    if (sigsetjmp(back, 1) == 0)
        *(volatile char *)(readable + 5) = 1;
    CHECK(last_info.si_code == SEGV_ACCERR && last_info.si_addr == readable + 5);
    munmap(readable + 4096, 4096);
    if (sigsetjmp(back, 1) == 0)
        last_signal = *(volatile char *)(readable + 4096);
    CHECK(last_info.si_code == SEGV_MAPERR && last_info.si_addr == readable + 4096);
    volatile int zero = 0;
    if (sigsetjmp(back, 1) == 0)
        last_signal = 100 / zero;
    CHECK(!MACHINE_DIVISION_TRAPS || (last_signal == SIGFPE && last_info.si_code == FPE_INTDIV));
    if (sigsetjmp(back, 1) == 0)
        machine_undefined();
    CHECK(last_signal == SIGILL);
    int fd = open("/tmp/short", O_RDWR | O_CREAT | O_TRUNC, 0600);
    char *file = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
    CHECK(fd >= 0 && write(fd, "x", 1) == 1 && file != MAP_FAILED && file[0] == 'x');
    if (sigsetjmp(back, 1) == 0)
        last_signal = *(volatile char *)(file + 4096);
    CHECK(last_signal == SIGBUS && last_info.si_code == BUS_ADRERR &&
          last_info.si_addr == file + 4096);
}

static void skip_instruction(int signal, siginfo_t *info, void *context)
{
    ucontext_t *user = context;
    (void)signal;
    (void)info;
    count++;
    machine_answer(user, 0x5a5a);
}

static void a_handler_may_change_the_registers(void)
{
    install(SIGILL, skip_instruction, 0);
    uint64_t value = machine_undefined();
    CHECK(count == 1 && value == 0x5a5a);
}

static void spoil_floating_point(int signal)
{
    volatile double x = 3.0;
    for (int i = 0; i < 100; i++)
        x = x * 1.7 / (x + signal);
    count++;
}

static void floating_point_state_survives_handlers(void)
{
    struct sigaction action = {.sa_handler = spoil_floating_point};
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    struct itimerval timer = {{0, 2000}, {0, 2000}};
    CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
    double sum = 0, again = 0;
    double end = now() + 5;
    while (count < 20 && now() < end) {
        sum = again = 0;
        for (int i = 1; i < 20000; i++)
            sum += 1.0 / i;
        for (int i = 1; i < 20000; i++)
            again += 1.0 / i;
        CHECK(sum == again);
    }
    CHECK(count >= 20);
}

static void a_blocked_or_ignored_fault_kills(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        signal(SIGSEGV, SIG_IGN);
        *nowhere = 1;
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && WTERMSIG(status) == SIGSEGV);
    child = fork();
    if (child == 0) {
        block(SIGSEGV);
        *nowhere = 1;
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && WTERMSIG(status) == SIGSEGV);
}

static void a_handler_without_a_stack_kills(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        install(SIGSEGV, handle_info, 0);
        machine_lose_stack();
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
}

static void bad_signal_returns_kill(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        machine_return_from_nowhere();
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && WTERMSIG(status) == SIGSEGV);
}

static void interval_timers_fire(void)
{
    struct itimerval timer = {{0, 0}, {0, 50000}}, minute = {{0, 0}, {60, 0}}, left;
    sigset_t none;
    sigemptyset(&none);
    install(SIGALRM, handle_info, 0);
    install(SIGVTALRM, handle_info, 0);
    CHECK(setitimer(ITIMER_REAL, &minute, NULL) == 0);
    CHECK(getitimer(ITIMER_REAL, &left) == 0 && left.it_value.tv_usec > 0);
    block(SIGALRM); // it may come before the wait
    CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
    sigsuspend(&none);
    CHECK(count == 1 && last_signal == SIGALRM);
    CHECK(setitimer(ITIMER_VIRTUAL, &timer, NULL) == 0);
    double end = now() + 10;
    while (count == 1 && now() < end)
        for (volatile int i = 0; i < 100000; i++)
            ;
    CHECK(last_signal == SIGVTALRM);
    CHECK(alarm(100) == 0 && alarm(0) > 90);
}

static void posix_timers_fire_and_count_overruns(void)
{
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL,
                             .sigev_signo = SIGRTMIN + 4,
                             .sigev_value = {.sival_int = 77}};
    struct itimerspec spec = {{0, 10000000}, {0, 10000000}}, left;
    siginfo_t info;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 4);
    block(SIGRTMIN + 4);
    CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    CHECK(timer_settime(timer, 0, &spec, NULL) == 0);
    CHECK(timer_gettime(timer, &left) == 0 && left.it_interval.tv_nsec == 10000000);
    sleep_ms(100);
    CHECK(sigwaitinfo(&set, &info) == SIGRTMIN + 4 && info.si_code == SI_TIMER);
    CHECK(info.si_value.sival_int == 77 && info.si_overrun >= 3);
    CHECK(timer_delete(timer) == 0);
    CHECK(timer_gettime(timer, &left) == -1 && errno == EINVAL);
}

static void kill_finds_only_who_is_there(void)
{
    CHECK(kill(0x7ffffff0, 0) == -1 && errno == ESRCH);
    CHECK(kill(getpid(), 65) == -1 && errno == EINVAL);
    CHECK(kill(getpid(), 0) == 0);
    CHECK(syscall(SYS_tgkill, getpid(), 0x7ffffff0, 0) == -1 && errno == ESRCH);
    CHECK(syscall(SYS_tgkill, -1, getpid(), 0) == -1 && errno == EINVAL);
    struct sigaction action = {.sa_handler = handle};
    CHECK(sigaction(SIGKILL, &action, NULL) == -1 && errno == EINVAL);
    CHECK(sigaction(SIGSTOP, &action, NULL) == -1 && errno == EINVAL);
}

static void a_child_tells_how_it_ended(void)
{
    install(SIGCHLD, handle_info, 0);
    block(SIGCHLD);
    sigset_t set;
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    pid_t child = fork();
    if (child == 0)
        _exit(17);
    CHECK(sigwaitinfo(&set, &info) == SIGCHLD);
    CHECK(info.si_pid == child && info.si_code == CLD_EXITED && info.si_status == 17);
    CHECK(waitpid(child, NULL, 0) == child);
}

static const struct test_case cases[] = {
    CASE(a_handler_gets_sender_and_value),
    CASE(standard_signals_merge_and_real_time_ones_queue),
    CASE(values_arrive_in_order),
    CASE(the_mask_holds_during_the_handler_only),
    CASE(a_handler_can_be_for_once),
    CASE(handlers_nest),
    CASE(reads_restart_when_asked),
    CASE(reads_are_interrupted_otherwise),
    CASE(sleeps_tell_the_rest_and_poll_never_restarts),
    CASE(stopping_does_not_lengthen_a_sleep),
    CASE(sigsuspend_waits_with_another_mask),
    CASE(the_alternate_stack_is_used),
    CASE(faults_are_told_with_their_address),
    CASE(a_handler_may_change_the_registers),
    CASE(floating_point_state_survives_handlers),
    CASE(a_blocked_or_ignored_fault_kills),
    CASE(a_handler_without_a_stack_kills),
    CASE(bad_signal_returns_kill),
    CASE(interval_timers_fire),
    CASE(posix_timers_fire_and_count_overruns),
    CASE(kill_finds_only_who_is_there),
    CASE(a_child_tells_how_it_ended),
};

int main(void)
{
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
