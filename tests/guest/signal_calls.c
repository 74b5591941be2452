/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The signal calls one by one: their errors, limits and the order of what is queued. */
#define _GNU_SOURCE
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>

#include "counted_signals.h"
#include "interrupts.h"
#include "limits.h"

#define NOWHERE   ((void *)8)
#define NO_PID    0x7ffffff0
#define SET_BYTES 8
#define NOBODY    65534

static sigset_t block(int signal)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    return set;
}

static void alarm_in(long ms)
{
    install(SIGALRM, 0);
    alarm_after(ms);
}

static void wait_for(int wanted)
{
    for (int tries = 0; count < wanted && tries < 2000; tries++)
        usleep(1000);
    CHECK(count == wanted);
}

static pid_t sleeping_child(void)
{
    pid_t child = fork();
    if (child == 0)
        for (;;)
            pause();
    CHECK(child > 0);
    return child;
}

static int end(pid_t child)
{
    int status;
    kill(child, SIGKILL);
    return waitpid(child, &status, 0) == child ? status : -1;
}

static void kill_says_why_not(void)
{
    pid_t child = sleeping_child();
    CHECK(kill(child, 0) == 0 && kill(0, 0) == 0 && kill(-1, 0) == 0);
    FAILS(kill(child, -1), EINVAL);
    FAILS(kill(child, 65), EINVAL);
    FAILS(kill(NO_PID, 0), ESRCH);
    FAILS(kill(-NO_PID, 0), ESRCH);
    FAILS(kill(INT_MIN, 0), ESRCH);
    CHECK(setresuid(NOBODY, NOBODY, NOBODY) == 0);
    FAILS(kill(child, 0), EPERM);
    FAILS(kill(1, SIGTERM), EPERM);
}

static void a_zombie_can_be_signalled(void)
{
    siginfo_t info;
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    CHECK(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) == 0);
    CHECK(kill(child, SIGTERM) == 0 && waitpid(child, NULL, 0) == child);
    FAILS(kill(child, 0), ESRCH);
}

static void groups_are_signalled_as_a_whole(void)
{
    int status;
    pid_t one = sleeping_child(), two = sleeping_child();
    CHECK(setpgid(one, one) == 0 && setpgid(two, one) == 0);
    CHECK(kill(-one, SIGTERM) == 0);
    CHECK(waitpid(one, &status, 0) == one && WTERMSIG(status) == SIGTERM);
    CHECK(waitpid(two, &status, 0) == two && WTERMSIG(status) == SIGTERM);
}

static void tkill_says_why_not(void)
{
    pid_t self = getpid();
    install(SIGUSR1, 0);
    CHECK(syscall(SYS_tkill, self, SIGUSR1) == 0 && count == 1 && last.si_code == SI_TKILL);
    CHECK(tgkill(self, self, SIGUSR1) == 0 && count == 2);
    FAILS(syscall(SYS_tkill, 0, SIGUSR1), EINVAL);
    FAILS(syscall(SYS_tkill, self, 65), EINVAL);
    FAILS(syscall(SYS_tkill, NO_PID, 0), ESRCH);
    FAILS(tgkill(0, self, 0), EINVAL);
    FAILS(tgkill(self, self, 65), EINVAL);
    FAILS(tgkill(self, NO_PID, 0), ESRCH);
    FAILS(tgkill(getppid(), self, 0), ESRCH);
    CHECK(setresuid(NOBODY, NOBODY, NOBODY) == 0);
    FAILS(syscall(SYS_tkill, getppid(), 0), EPERM);
    FAILS(tgkill(getppid(), getppid(), 0), EPERM);
}

static void queues_have_a_limit(void)
{
    union sigval value = {.sival_int = 1};
    pid_t self = getpid();
    sigset_t set = block(SIGRTMIN);
    siginfo_t info = {.si_signo = SIGRTMIN, .si_code = SI_QUEUE};
    CHECK(sigqueue(self, SIGRTMIN, value) == 0);
    limit(RLIMIT_SIGPENDING, 1);
    FAILS(sigqueue(self, SIGRTMIN, value), EAGAIN);
    FAILS(syscall(SYS_rt_tgsigqueueinfo, self, self, SIGRTMIN, &info), EAGAIN);
    FAILS(syscall(SYS_tkill, self, SIGRTMIN), EAGAIN);
    FAILS(tgkill(self, self, SIGRTMIN), EAGAIN);
    CHECK(kill(self, SIGRTMIN) == 0); // comes without what it carries
    CHECK(sigwaitinfo(&set, &info) == SIGRTMIN && info.si_value.sival_int == 1);
    CHECK(sigqueue(self, SIGRTMIN, value) == 0); // there is room again
}

static void sigqueue_says_why_not(void)
{
    union sigval value = {0};
    siginfo_t info = {.si_code = SI_QUEUE};
    pid_t self = getpid(), child = sleeping_child();
    CHECK(sigqueue(child, 0, value) == 0);
    FAILS(sigqueue(child, 65, value), EINVAL);
    FAILS(sigqueue(NO_PID, 0, value), ESRCH);
    FAILS(syscall(SYS_rt_tgsigqueueinfo, child, child, 65, &info), EINVAL);
    FAILS(syscall(SYS_rt_tgsigqueueinfo, 0, child, 0, &info), EINVAL);
    FAILS(syscall(SYS_rt_tgsigqueueinfo, self, child, 0, &info), ESRCH);
    FAILS(syscall(SYS_rt_sigqueueinfo, child, 0, NOWHERE), EFAULT);
    info.si_code = SI_USER; // only to itself may it pretend that
    FAILS(syscall(SYS_rt_sigqueueinfo, child, SIGUSR1, &info), EPERM);
    FAILS(syscall(SYS_rt_tgsigqueueinfo, child, child, SIGUSR1, &info), EPERM);
    info.si_code = SI_TKILL;
    FAILS(syscall(SYS_rt_sigqueueinfo, child, SIGUSR1, &info), EPERM);
    install(SIGUSR1, 0);
    CHECK(syscall(SYS_rt_sigqueueinfo, self, SIGUSR1, &info) == 0 && count == 1);
    CHECK(syscall(SYS_rt_tgsigqueueinfo, self, self, SIGUSR1, &info) == 0 && count == 2);
    CHECK(setresuid(NOBODY, NOBODY, NOBODY) == 0);
    FAILS(sigqueue(child, 0, value), EPERM);
}

static void actions_say_why_not(void)
{
    struct sigaction action = {.sa_handler = SIG_IGN}, old;
    FAILS(sigaction(SIGKILL, &action, NULL), EINVAL);
    FAILS(sigaction(SIGSTOP, &action, NULL), EINVAL);
    FAILS(sigaction(0, &action, NULL), EINVAL);
    FAILS(sigaction(65, &action, NULL), EINVAL);
    FAILS(syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 4), EINVAL);
    FAILS(syscall(SYS_rt_sigaction, SIGUSR1, NOWHERE, NULL, SET_BYTES), EFAULT);
    FAILS(syscall(SYS_rt_sigaction, SIGUSR1, NULL, NOWHERE, SET_BYTES), EFAULT);
    CHECK(sigaction(SIGKILL, NULL, &old) == 0 && old.sa_handler == SIG_DFL);
}

#ifndef SA_UNSUPPORTED
#define SA_UNSUPPORTED 0x400
#endif

static void unknown_flags_are_not_kept(void)
{
    struct sigaction action = {.sa_handler = SIG_IGN, .sa_flags = SA_NODEFER | SA_UNSUPPORTED}, old;
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0 && sigaction(SIGUSR1, NULL, &old) == 0);
    CHECK((old.sa_flags & SA_NODEFER) && !(old.sa_flags & SA_UNSUPPORTED));
}

static void ignoring_forgets_what_is_pending(void)
{
    sigset_t pending;
    block(SIGUSR1);
    block(SIGCHLD);
    raise(SIGUSR1);
    raise(SIGCHLD);
    CHECK(sigpending(&pending) == 0 && sigismember(&pending, SIGUSR1));
    signal(SIGUSR1, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    CHECK(sigpending(&pending) == 0 && sigisemptyset(&pending));
}

static void children_may_be_forgotten(void)
{
    struct sigaction action = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT};
    CHECK(sigaction(SIGCHLD, &action, NULL) == 0);
    pid_t child = fork();
    if (child == 0)
        _exit(3);
    FAILS(waitpid(child, NULL, 0), ECHILD);
}

static void stopped_children_may_be_kept_quiet(void)
{
    int status;
    install(SIGCHLD, SA_NOCLDSTOP);
    pid_t child = sleeping_child();
    CHECK(kill(child, SIGSTOP) == 0 && waitpid(child, &status, WUNTRACED) == child);
    usleep(50000); // what is told of the stop comes after the stop
    CHECK(count == 0);
    install(SIGCHLD, 0);
    CHECK(kill(child, SIGCONT) == 0 && waitpid(child, &status, WCONTINUED) == child);
    wait_for(1);
    CHECK(last.si_code == CLD_CONTINUED && last.si_status == SIGCONT);
    CHECK(kill(child, SIGSTOP) == 0 && waitpid(child, &status, WUNTRACED) == child);
    wait_for(2);
    CHECK(last.si_code == CLD_STOPPED && last.si_status == SIGSTOP);
    CHECK(WTERMSIG(end(child)) == SIGKILL);
    wait_for(3);
    CHECK(last.si_code == CLD_KILLED && last.si_status == SIGKILL);
}

static void masks_say_why_not(void)
{
    uint64_t set = 0, old;
    FAILS(syscall(SYS_rt_sigprocmask, 77, &set, NULL, SET_BYTES), EINVAL);
    FAILS(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 4), EINVAL);
    FAILS(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NOWHERE, NULL, SET_BYTES), EFAULT);
    FAILS(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, NOWHERE, SET_BYTES), EFAULT);
    set = ~0ull;
    CHECK(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &set, NULL, SET_BYTES) == 0);
    CHECK(syscall(SYS_rt_sigprocmask, 77, NULL, &old, SET_BYTES) == 0);
    CHECK(old == ~(1ull << (SIGKILL - 1) | 1ull << (SIGSTOP - 1)));
    FAILS(syscall(SYS_rt_sigpending, NOWHERE, SET_BYTES), EFAULT);
    FAILS(syscall(SYS_rt_sigpending, &old, 16), EINVAL);
}

static void waiting_with_another_mask_is_interrupted(void)
{
    uint64_t none = 0;
    install(SIGUSR1, SA_RESTART);
    block(SIGUSR1);
    raise(SIGUSR1);
    FAILS(syscall(SYS_rt_sigsuspend, &none, 4), EINVAL);
    FAILS(syscall(SYS_rt_sigsuspend, NOWHERE, SET_BYTES), EFAULT);
    CHECK(count == 0);
    FAILS(syscall(SYS_rt_sigsuspend, &none, SET_BYTES), EINTR);
    CHECK(count == 1);
}

static void a_pause_is_interrupted(void)
{
    alarm_in(20);
    FAILS(pause(), EINTR);
    CHECK(count >= 1 && last.si_signo == SIGALRM && last.si_code == SI_KERNEL);
}

static void waiting_for_signals_says_why_not(void)
{
    siginfo_t info;
    sigset_t set = block(SIGUSR1);
    struct timespec none = {0, 0}, bad = {0, 1000000000}, long_ago = {-1, 0}, minute = {60, 0};
    FAILS(sigtimedwait(&set, &info, &none), EAGAIN);
    FAILS(sigtimedwait(&set, &info, &bad), EINVAL);
    FAILS(sigtimedwait(&set, &info, &long_ago), EINVAL);
    FAILS(syscall(SYS_rt_sigtimedwait, &set, NULL, &none, 4), EINVAL);
    FAILS(syscall(SYS_rt_sigtimedwait, NOWHERE, NULL, &none, SET_BYTES), EFAULT);
    FAILS(syscall(SYS_rt_sigtimedwait, &set, NULL, NOWHERE, SET_BYTES), EFAULT);
    alarm_in(20);
    FAILS(sigtimedwait(&set, &info, &minute), EINTR);
    alarm_after(0);
    CHECK(count >= 1);
    raise(SIGUSR1);
    CHECK(sigtimedwait(&set, NULL, &none) == SIGUSR1);
}

static void the_lowest_number_comes_first(void)
{
    static const int sent[] = {7, 3, 5, 3}, expected[] = {3, 3, 5, 7};
    siginfo_t info;
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < 8; i++)
        sigaddset(&set, SIGRTMIN + i);
    sigaddset(&set, SIGUSR2);
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    for (int i = 0; i < 4; i++) {
        union sigval value = {.sival_int = i};
        CHECK(sigqueue(getpid(), SIGRTMIN + sent[i], value) == 0);
    }
    raise(SIGUSR2);
    CHECK(sigwaitinfo(&set, &info) == SIGUSR2);
    for (int i = 0; i < 4; i++)
        CHECK(sigwaitinfo(&set, &info) == SIGRTMIN + expected[i]);
    CHECK(info.si_value.sival_int == 0 && info.si_pid == getpid());
}

static char stack[65536];
static volatile int inside_flags;

static void look_at_stack(int signal)
{
    stack_t now, wanted = {.ss_flags = SS_DISABLE};
    (void)signal;
    if (sigaltstack(NULL, &now) == 0)
        inside_flags = now.ss_flags;
    count = sigaltstack(&wanted, NULL) == -1 ? errno : 0;
}

static void use_stack(int flags)
{
    stack_t wanted = {.ss_sp = stack, .ss_size = sizeof stack, .ss_flags = flags};
    struct sigaction action = {.sa_handler = look_at_stack, .sa_flags = SA_ONSTACK};
    CHECK(sigaltstack(&wanted, NULL) == 0 && sigaction(SIGUSR1, &action, NULL) == 0);
    CHECK(raise(SIGUSR1) == 0);
}

static void the_stack_in_use_stays(void)
{
    stack_t small = {.ss_sp = stack, .ss_size = 100}, odd = {.ss_flags = 77}, now;
    FAILS(sigaltstack(&small, NULL), ENOMEM);
    FAILS(sigaltstack(&odd, NULL), EINVAL);
    FAILS(sigaltstack(NOWHERE, NULL), EFAULT);
    FAILS(sigaltstack(NULL, NOWHERE), EFAULT);
    use_stack(0);
    CHECK(inside_flags == SS_ONSTACK && count == EPERM);
    CHECK(sigaltstack(NULL, &now) == 0 && now.ss_flags == 0 && now.ss_size == sizeof stack);
}

/* Changing the stack inside of the handler is what tools/calls counts. */
static void change_stack(int signal)
{
    stack_t wanted = {.ss_flags = SS_DISABLE};
    (void)signal;
    FAILS(sigaltstack(&wanted, NULL), EPERM);
    count++;
}

static void the_stack_in_use_cannot_be_changed(void)
{
    stack_t wanted = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_handler = change_stack, .sa_flags = SA_ONSTACK};
    CHECK(sigaltstack(&wanted, NULL) == 0 && sigaction(SIGUSR1, &action, NULL) == 0);
    CHECK(raise(SIGUSR1) == 0 && count == 1);
}

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1u << 31)
#endif

static void a_stack_may_disarm_itself(void)
{
    stack_t now;
    use_stack((int)SS_AUTODISARM);
    CHECK(inside_flags == SS_DISABLE && count == 0);
    CHECK(sigaltstack(NULL, &now) == 0 && now.ss_sp == stack);
    CHECK((unsigned)now.ss_flags == SS_AUTODISARM);
}

static void returning_from_no_handler_kills(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        syscall(SYS_rt_sigreturn);
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
}

static void there_is_nothing_to_restart(void)
{
    FAILS(syscall(SYS_restart_syscall), EINTR);
    CHECK(syscall(SYS_restart_syscall) == -1);
}

static void broken_pipes_are_told(void)
{
    int ends[2];
    install(SIGPIPE, 0);
    CHECK(pipe(ends) == 0 && close(ends[0]) == 0);
    FAILS(write(ends[1], "x", 1), EPIPE);
    CHECK(count == 1 && last.si_code == SI_USER && last.si_pid == getpid());
}

static void *take_signals(void *argument)
{
    sigset_t set;
    sigfillset(&set);
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    while (!*(volatile int *)argument)
        usleep(1000);
    return NULL;
}

static void a_thread_that_does_not_block_it_takes_it(void)
{
    pthread_t thread;
    volatile int stop = 0;
    install(SIGUSR1, 0);
    CHECK(pthread_create(&thread, NULL, take_signals, (void *)&stop) == 0);
    CHECK(kill(getpid(), SIGUSR1) == 0 && count == 1);
    stop = 1;
    CHECK(pthread_join(thread, NULL) == 0);
}

static const struct test_case cases[] = {
    CASE(kill_says_why_not),
    CASE(a_zombie_can_be_signalled),
    CASE(groups_are_signalled_as_a_whole),
    CASE(tkill_says_why_not),
    CASE(queues_have_a_limit),
    CASE(sigqueue_says_why_not),
    CASE(actions_say_why_not),
    CASE(unknown_flags_are_not_kept),
    CASE(ignoring_forgets_what_is_pending),
    CASE(children_may_be_forgotten),
    CASE(stopped_children_may_be_kept_quiet),
    CASE(masks_say_why_not),
    CASE(waiting_with_another_mask_is_interrupted),
    CASE(a_pause_is_interrupted),
    CASE(waiting_for_signals_says_why_not),
    CASE(the_lowest_number_comes_first),
    CASE(the_stack_in_use_stays),
    CASE(the_stack_in_use_cannot_be_changed),
    CASE(a_stack_may_disarm_itself),
    CASE(returning_from_no_handler_kills),
    CASE(there_is_nothing_to_restart),
    CASE(broken_pipes_are_told),
    CASE(a_thread_that_does_not_block_it_takes_it),
};

int main(void)
{
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
