/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Threads and futexes as programs see them. */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#include "check.h"

enum { THREADS = 8, ROUNDS = 20000 };

static const char *self;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static volatile unsigned counter, arrived;

static void sleep_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static long futex(volatile uint32_t *word, int operation, uint32_t value,
                  const void *timeout_or_value, volatile uint32_t *second, uint32_t third)
{
    return syscall(SYS_futex, word, operation, value, timeout_or_value, second, third);
}

static void *count_up(void *unused)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&mutex);
        counter++;
        pthread_mutex_unlock(&mutex);
    }
    return unused;
}

static void a_mutex_excludes(void)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, count_up, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(counter == THREADS * ROUNDS);
}

static void *meet(void *argument)
{
    pthread_mutex_lock(&mutex);
    arrived++;
    pthread_cond_broadcast(&condition);
    while (arrived < THREADS)
        pthread_cond_wait(&condition, &mutex);
    pthread_mutex_unlock(&mutex);
    return argument;
}

static void a_condition_wakes_all(void)
{
    pthread_t threads[THREADS];
    void *result;
    for (long i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, meet, (void *)i) == 0);
    for (long i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], &result) == 0 && result == (void *)i);
}

static __thread int own = 5;

static void *use_own(void *unused)
{
    own += (int)(intptr_t)unused;
    sleep_ms(5);
    return (void *)(intptr_t)own;
}

static void thread_local_storage_is_local(void)
{
    pthread_t threads[THREADS];
    void *result;
    for (long i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, use_own, (void *)i) == 0);
    for (long i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], &result) == 0 && (long)(intptr_t)result == 5 + i);
    CHECK(own == 5);
}

static void a_futex_waits_only_for_the_value_it_was_told(void)
{
    static volatile uint32_t word = 1;
    struct timespec time = {0, 20000000};
    CHECK(futex(&word, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0) == -1 && errno == EAGAIN);
    CHECK(futex(&word, FUTEX_WAIT_PRIVATE, 1, &time, NULL, 0) == -1 && errno == ETIMEDOUT);
    CHECK(futex((uint32_t *)((char *)&word + 1), FUTEX_WAIT_PRIVATE, 1, &time, NULL, 0) == -1 &&
          errno == EINVAL);
    CHECK(futex((uint32_t *)8, FUTEX_WAIT_PRIVATE, 1, &time, NULL, 0) == -1 && errno == EFAULT);
    CHECK(futex(&word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0) == 0);
    CHECK(futex(&word, 99, 1, NULL, NULL, 0) == -1 && errno == ENOSYS);
    CHECK(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 1, NULL, NULL, 0) == -1 && errno == EINVAL);
}

static volatile uint32_t first_word, second_word;
static volatile unsigned waiting, woken;

static void *wait_first(void *unused)
{
    __atomic_fetch_add(&waiting, 1, __ATOMIC_SEQ_CST);
    while (futex(&first_word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0) == -1 && errno == EINTR)
        ;
    __atomic_fetch_add(&woken, 1, __ATOMIC_SEQ_CST);
    return unused;
}

static void waiters_move_to_another_futex(void)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, wait_first, NULL) == 0);
    while (waiting < THREADS)
        sched_yield();
    sleep_ms(100);
    CHECK(futex(&first_word, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)(long)INT_MAX, &second_word,
                7) == -1 &&
          errno == EAGAIN);
    CHECK(futex(&first_word, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)(long)INT_MAX, &second_word,
                0) == THREADS);
    sleep_ms(50);
    CHECK(woken == 1);
    CHECK(futex(&first_word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0) == 0);
    CHECK(futex(&second_word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0) == THREADS - 1);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

static void wake_op_changes_and_wakes(void)
{
    first_word = 5;
    second_word = 10;
    // second += 1; wake second's waiters if it was 10.
    uint32_t operation = FUTEX_OP(FUTEX_OP_ADD, 1, FUTEX_OP_CMP_EQ, 10);
    CHECK(futex(&first_word, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, &second_word, operation) == 0);
    CHECK(second_word == 11);
}

static void futexes_work_between_processes(void)
{
    volatile uint32_t *word =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(word != MAP_FAILED);
    pid_t child = fork();
    if (child == 0) {
        while (*word == 0)
            futex(word, FUTEX_WAIT, 0, NULL, NULL, 0);
        _exit((int)*word);
    }
    sleep_ms(50);
    *word = 3;
    futex(word, FUTEX_WAKE, 1, NULL, NULL, 0);
    int status;
    CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 3);
}

static void *lock_and_die(void *robust)
{
    pthread_mutex_lock(robust);
    return NULL;
}

static void a_dead_owner_is_told(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutex_t robust;
    pthread_t thread;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&robust, &attributes);
    CHECK(pthread_create(&thread, NULL, lock_and_die, &robust) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(pthread_mutex_lock(&robust) == EOWNERDEAD);
    CHECK(pthread_mutex_consistent(&robust) == 0 && pthread_mutex_unlock(&robust) == 0);
}

static volatile pid_t handled_by;

static void note_thread(int signal)
{
    (void)signal;
    handled_by = (pid_t)syscall(SYS_gettid);
}

static void *take_signals(void *unused)
{
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    arrived = (unsigned)syscall(SYS_gettid);
    while (!handled_by)
        sleep_ms(5);
    return unused;
}

static void a_signal_goes_to_who_does_not_block_it(void)
{
    pthread_t thread;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGUSR1, note_thread);
    CHECK(pthread_create(&thread, NULL, take_signals, NULL) == 0);
    while (!arrived)
        sched_yield();
    CHECK(kill(getpid(), SIGUSR1) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(handled_by == (pid_t)arrived && handled_by != getpid());
}

static void *sleep_for_ever(void *unused)
{
    arrived++;
    for (;;)
        pause();
    return unused;
}

static void exit_ends_all_threads(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        pthread_t thread;
        for (int i = 0; i < THREADS; i++)
            pthread_create(&thread, NULL, i % 2 ? sleep_for_ever : count_up, NULL);
        sleep_ms(20);
        exit(33);
    }
    CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 33);
}

static void *exec_self(void *unused)
{
    execl(self, self, "exec-thread", NULL);
    return unused;
}

static void exec_from_a_thread_ends_the_others(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        pthread_t thread;
        for (int i = 0; i < THREADS; i++)
            pthread_create(&thread, NULL, sleep_for_ever, NULL);
        sleep_ms(20);
        pthread_create(&thread, NULL, exec_self, NULL);
        for (;;)
            pause();
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void *leave_later(void *unused)
{
    sleep_ms(50);
    exit(44);
    return unused;
}

static void the_first_thread_may_end_before_the_others(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        pthread_t thread;
        pthread_create(&thread, NULL, leave_later, NULL);
        syscall(SYS_exit, 0);
    }
    sleep_ms(20);
    CHECK(waitpid(child, &status, WNOHANG) == 0);
    CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 44);
}

static void clone_flags_are_checked(void)
{
    static const unsigned long bad[] = {CLONE_THREAD, CLONE_SIGHAND, CLONE_THREAD | CLONE_SIGHAND,
                                        CLONE_NEWNS | CLONE_FS};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(syscall(SYS_clone, bad[i] | SIGCHLD, 0, 0, 0, 0) == -1 && errno == EINVAL);
    CHECK(syscall(SYS_clone3, NULL, 64) == -1 && errno == EFAULT);
    CHECK(syscall(SYS_clone3, NULL, 8) == -1 && errno == EINVAL);
}

static void membarrier_and_affinity_answer(void)
{
    cpu_set_t set;
    CHECK(syscall(SYS_membarrier, 0, 0, 0) > 0);
    CHECK(sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) >= 1);
    CPU_ZERO(&set);
    CPU_SET(0, &set);
    CHECK(sched_setaffinity(0, sizeof set, &set) == 0);
    CHECK(sched_getcpu() == 0);
    CPU_ZERO(&set);
    CHECK(sched_setaffinity(0, sizeof set, &set) == -1 && errno == EINVAL);
    CHECK(sched_get_priority_max(SCHED_FIFO) == 99 && sched_get_priority_min(SCHED_OTHER) == 0);
}

static void *come_and_go(void *unused)
{
    return unused;
}

static void many_threads_come_and_go(void)
{
    for (int i = 0; i < 300; i++) {
        pthread_t threads[4];
        for (int j = 0; j < 4; j++)
            CHECK(pthread_create(&threads[j], NULL, come_and_go, NULL) == 0);
        for (int j = 0; j < 4; j++)
            CHECK(pthread_join(threads[j], NULL) == 0);
    }
}

static const struct test_case cases[] = {
    CASE(a_mutex_excludes),
    CASE(a_condition_wakes_all),
    CASE(thread_local_storage_is_local),
    CASE(a_futex_waits_only_for_the_value_it_was_told),
    CASE(waiters_move_to_another_futex),
    CASE(wake_op_changes_and_wakes),
    CASE(futexes_work_between_processes),
    CASE(a_dead_owner_is_told),
    CASE(a_signal_goes_to_who_does_not_block_it),
    CASE(exit_ends_all_threads),
    CASE(exec_from_a_thread_ends_the_others),
    CASE(the_first_thread_may_end_before_the_others),
    CASE(clone_flags_are_checked),
    CASE(membarrier_and_affinity_answer),
    CASE(many_threads_come_and_go),
};

int main(int argc, char **argv)
{
    self = argv[0];
    if (argc == 2 && strcmp(argv[1], "exec-thread") == 0)
        return syscall(SYS_gettid) == getpid() ? 0 : 1;
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
