/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Futexes: those with an owner who inherits priority, robust lists, several at once, and each way
 * the calls fail. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#include "check.h"

enum { NOBODY = 2000000, SOMEBODY = 1234, MS = 1000000 };

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif
#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

static void *volatile nowhere = (void *)8;
static volatile uint32_t word, second;
static volatile int waiting, ended, first_in;
static volatile pid_t worker;

static void sleep_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * MS};
    while (nanosleep(&time, &time) == -1 && errno == EINTR)
        ;
}

static struct timespec after(clockid_t clock, long ms)
{
    struct timespec time;
    clock_gettime(clock, &time);
    time.tv_nsec += ms % 1000 * MS;
    time.tv_sec += ms / 1000 + time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

static uint32_t self(void)
{
    return (uint32_t)syscall(SYS_gettid);
}

#define FUTEX(word, operation, ...) syscall(SYS_futex, word, operation, __VA_ARGS__)
#define OWN(word)                   FUTEX(word, FUTEX_LOCK_PI_PRIVATE, 0, NULL)
#define DISOWN(word)                FUTEX(word, FUTEX_UNLOCK_PI_PRIVATE, 0)

/* State, as in /proc/PID/stat, of the thread @tid of this process, and its priority. */
static void look_at(pid_t tid, char *state, int *urgency)
{
    char path[64], text[512] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
    int fd = open(path, O_RDONLY);
    CHECK(fd >= 0 && read(fd, text, sizeof text - 1) > 0 && close(fd) == 0);
    char *at = strrchr(text, ')');
    CHECK(at && sscanf(at + 2, "%c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %d",
                       state, urgency) == 2);
}

static void wait_until_asleep(volatile pid_t *tid)
{
    char state = 'R';
    int urgency;
    // Not by yielding: an owner that was lent real time would leave nothing to the others.
    while (!*tid)
        sleep_ms(1);
    sleep_ms(5);
    for (int i = 0; i < 2000 && state != 'S'; i++, sleep_ms(1))
        look_at(*tid, &state, &urgency);
    CHECK(state == 'S');
}

static pthread_t start(void *(*run)(void *), void *argument)
{
    pthread_t thread;
    worker = 0;
    CHECK(pthread_create(&thread, NULL, run, argument) == 0);
    return thread;
}

static void *owns_and_gives_up(void *argument)
{
    worker = (pid_t)self();
    CHECK(OWN(&word) == 0 && (word & FUTEX_TID_MASK) == self());
    CHECK(DISOWN(&word) == 0);
    ended++;
    return argument;
}

/* ---- One that nobody waits for ---- */

static void a_free_one_is_owned_and_given_up(void)
{
    CHECK(OWN(&word) == 0 && word == self());
    FAILS(OWN(&word), EDEADLK);
    FAILS(FUTEX(&word, FUTEX_TRYLOCK_PI, 0), EDEADLK);
    CHECK(DISOWN(&word) == 0 && word == 0);
    CHECK(FUTEX(&word, FUTEX_TRYLOCK_PI, 0) == 0 && word == self());
    CHECK(FUTEX(&word, FUTEX_UNLOCK_PI, 0) == 0 && word == 0);
    CHECK(FUTEX(&word, FUTEX_LOCK_PI2, 0, NULL) == 0 && word == self());
    FAILS(syscall(SYS_futex, &second, FUTEX_UNLOCK_PI_PRIVATE, 0), EPERM);
    second = (uint32_t)getppid();
    FAILS(syscall(SYS_futex, &second, FUTEX_UNLOCK_PI_PRIVATE, 0), EPERM);
}

static void one_that_died_is_told(void)
{
    word = FUTEX_OWNER_DIED;
    CHECK(OWN(&word) == 0 && word == (FUTEX_OWNER_DIED | self()));
    CHECK(DISOWN(&word) == 0 && word == 0);
    word = NOBODY;
    FAILS(syscall(SYS_futex, &word, FUTEX_LOCK_PI_PRIVATE, 0, NULL), ESRCH);
    word = NOBODY;
    FAILS(syscall(SYS_futex, &word, FUTEX_TRYLOCK_PI_PRIVATE, 0), ESRCH);
}

static void arguments_are_checked(void)
{
    uint32_t *odd = (uint32_t *)((char *)&word + 1);
    struct timespec bad = {0, 1000000000};
    FAILS(syscall(SYS_futex, odd, FUTEX_LOCK_PI_PRIVATE, 0, NULL), EINVAL);
    FAILS(syscall(SYS_futex, nowhere, FUTEX_LOCK_PI_PRIVATE, 0, NULL), EFAULT);
    FAILS(syscall(SYS_futex, &word, FUTEX_LOCK_PI_PRIVATE, 0, &bad), EINVAL);
    FAILS(syscall(SYS_futex, &word, FUTEX_LOCK_PI_PRIVATE, 0, nowhere), EFAULT);
    FAILS(syscall(SYS_futex, nowhere, FUTEX_UNLOCK_PI_PRIVATE, 0), EFAULT);
    FAILS(syscall(SYS_futex, &word, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 0, NULL), ENOSYS);
    FAILS(syscall(SYS_futex, &word, FUTEX_LOCK_PI | FUTEX_CLOCK_REALTIME, 0, NULL), ENOSYS);
    FAILS(syscall(SYS_futex, &word, 99, 0, NULL), ENOSYS);
    FAILS(syscall(SYS_futex, &word, FUTEX_FD, 0), ENOSYS);
    FAILS(syscall(SYS_futex, &word, FUTEX_WAIT, 1, NULL), EAGAIN);
    FAILS(syscall(SYS_futex, &word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0), EINVAL);
    FAILS(syscall(SYS_futex, &word, FUTEX_WAKE_OP, 1, 1, &second, 0x70000000), ENOSYS);
    FAILS(syscall(SYS_futex, &word, FUTEX_WAKE_OP, 1, 1, nowhere, 0), EFAULT);
    char *none = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    FAILS(syscall(SYS_futex, none, FUTEX_WAIT_PRIVATE, 0, NULL), EFAULT);
}

/* ---- One that others wait for ---- */

static void it_is_handed_over(void)
{
    CHECK(OWN(&word) == 0);
    pthread_t thread = start(owns_and_gives_up, NULL);
    wait_until_asleep(&worker);
    CHECK(word == (self() | FUTEX_WAITERS) && !ended);
    CHECK(FUTEX(&word, FUTEX_TRYLOCK_PI_PRIVATE, 0) == -1 && errno == EDEADLK);
    CHECK(DISOWN(&word) == 0 && pthread_join(thread, NULL) == 0 && ended == 1 && word == 0);
}

static void *tries(void *argument)
{
    struct timespec wall = after(CLOCK_REALTIME, 30), up = after(CLOCK_MONOTONIC, 30);
    FAILS(syscall(SYS_futex, &word, FUTEX_TRYLOCK_PI_PRIVATE, 0), EAGAIN);
    FAILS(syscall(SYS_futex, &word, FUTEX_LOCK_PI_PRIVATE, 0, &wall), ETIMEDOUT);
    FAILS(syscall(SYS_futex, &word, FUTEX_LOCK_PI2 | FUTEX_PRIVATE_FLAG, 0, &up), ETIMEDOUT);
    wall = after(CLOCK_REALTIME, 30);
    FAILS(syscall(SYS_futex, &word, FUTEX_LOCK_PI2 | FUTEX_CLOCK_REALTIME | FUTEX_PRIVATE_FLAG, 0,
                  &wall),
          ETIMEDOUT);
    return argument;
}

static void it_is_not_waited_for_without_end(void)
{
    CHECK(OWN(&word) == 0);
    pthread_t thread = start(tries, NULL);
    CHECK(pthread_join(thread, NULL) == 0 && (word & FUTEX_TID_MASK) == self());
    CHECK(DISOWN(&word) == 0 && word == 0);
}

static void ignore(int signal)
{
    (void)signal;
    first_in++;
}

/* Waiting for an owner goes on after a handler, whatever it says of restarts. */
static void signals_do_not_end_it(void)
{
    struct sigaction action = {.sa_handler = ignore};
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0 && OWN(&word) == 0);
    pthread_t thread = start(owns_and_gives_up, NULL);
    wait_until_asleep(&worker);
    CHECK(pthread_kill(thread, SIGUSR1) == 0);
    while (!first_in)
        sched_yield();
    wait_until_asleep(&worker);
    CHECK(!ended && DISOWN(&word) == 0 && pthread_join(thread, NULL) == 0 && ended == 1);
}

static void *waits_plainly(void *argument)
{
    worker = (pid_t)self();
    while (FUTEX(&word, FUTEX_WAIT_PRIVATE, word, NULL) == -1 && errno == EINTR)
        ;
    ended++;
    return argument;
}

static void kinds_do_not_mix(void)
{
    word = (uint32_t)getppid();
    pthread_t thread = start(waits_plainly, NULL);
    wait_until_asleep(&worker);
    FAILS(syscall(SYS_futex, &word, FUTEX_LOCK_PI_PRIVATE, 0, NULL), EINVAL);
    word = self();
    FAILS(syscall(SYS_futex, &word, FUTEX_UNLOCK_PI_PRIVATE, 0), EINVAL);
    CHECK(FUTEX(&word, FUTEX_WAKE_PRIVATE, 1) == 1 && pthread_join(thread, NULL) == 0);
    word = 0;
    CHECK(OWN(&word) == 0);
    thread = start(owns_and_gives_up, NULL);
    wait_until_asleep(&worker);
    FAILS(syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1), EINVAL);
    FAILS(syscall(SYS_futex, &word, FUTEX_REQUEUE_PRIVATE, 1, 1, &second), EINVAL);
    CHECK(DISOWN(&word) == 0 && pthread_join(thread, NULL) == 0);
}

static void *owns_two(void *argument)
{
    worker = (pid_t)self();
    CHECK(OWN(&second) == 0 && OWN(&word) == 0);
    CHECK(DISOWN(&word) == 0 && DISOWN(&second) == 0);
    return argument;
}

static void circles_are_found(void)
{
    CHECK(OWN(&word) == 0);
    pthread_t thread = start(owns_two, NULL);
    wait_until_asleep(&worker);
    FAILS(syscall(SYS_futex, &second, FUTEX_LOCK_PI_PRIVATE, 0, NULL), EDEADLK);
    CHECK(DISOWN(&word) == 0 && pthread_join(thread, NULL) == 0);
}

/* ---- Priority ---- */

static void *owns_in_a_hurry(void *argument)
{
    struct sched_param param = {(int)(intptr_t)argument};
    CHECK(sched_setscheduler(0, SCHED_FIFO, &param) == 0);
    return owns_and_gives_up(argument);
}

static int own_urgency(void)
{
    char state;
    int urgency;
    look_at((pid_t)self(), &state, &urgency);
    return urgency;
}

static void an_owner_inherits(void)
{
    struct sched_param told;
    CHECK(OWN(&word) == 0 && own_urgency() == 20);
    pthread_t thread = start(owns_in_a_hurry, (void *)10);
    wait_until_asleep(&worker);
    CHECK(own_urgency() == -11 && sched_getscheduler(0) == SCHED_OTHER);
    CHECK(sched_getparam(0, &told) == 0 && told.sched_priority == 0);
    told.sched_priority = 30; // and its waiter becomes more urgent still
    CHECK(sched_setscheduler(worker, SCHED_RR, &told) == 0 && own_urgency() == -31);
    CHECK(DISOWN(&word) == 0 && own_urgency() == 20 && pthread_join(thread, NULL) == 0);
}

static volatile pid_t middle;

static void *owns_two_in_between(void *argument)
{
    middle = (pid_t)self();
    CHECK(OWN(&second) == 0);
    first_in = 1;
    CHECK(OWN(&word) == 0 && DISOWN(&word) == 0 && DISOWN(&second) == 0);
    return argument;
}

static void *owns_second_in_a_hurry(void *argument)
{
    struct sched_param param = {20};
    CHECK(sched_setscheduler(0, SCHED_FIFO, &param) == 0);
    worker = (pid_t)self();
    CHECK(OWN(&second) == 0 && DISOWN(&second) == 0);
    return argument;
}

static void priority_goes_through_chains(void)
{
    CHECK(OWN(&word) == 0);
    pthread_t between = start(owns_two_in_between, NULL);
    wait_until_asleep(&middle);
    pthread_t hurried = start(owns_second_in_a_hurry, NULL);
    wait_until_asleep(&worker);
    CHECK(own_urgency() == -21 && DISOWN(&word) == 0 && own_urgency() == 20);
    CHECK(pthread_join(between, NULL) == 0 && pthread_join(hurried, NULL) == 0);
}

static volatile int order[3], next_in_order;

static void *owns_in_order(void *argument)
{
    struct sched_param param = {(int)(intptr_t)argument};
    CHECK(sched_setscheduler(0, SCHED_FIFO, &param) == 0);
    worker = (pid_t)self();
    CHECK(OWN(&word) == 0);
    order[next_in_order++] = param.sched_priority;
    CHECK(DISOWN(&word) == 0);
    return argument;
}

static void the_most_urgent_is_next(void)
{
    static const int priorities[] = {5, 15, 10};
    pthread_t threads[3];
    CHECK(OWN(&word) == 0);
    for (int i = 0; i < 3; i++) {
        threads[i] = start(owns_in_order, (void *)(intptr_t)priorities[i]);
        wait_until_asleep(&worker);
    }
    CHECK(DISOWN(&word) == 0);
    for (int i = 0; i < 3; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(order[0] == 15 && order[1] == 10 && order[2] == 5 && word == 0);
}

/* ---- The end of an owner ---- */

static void *owns_and_ends(void *argument)
{
    CHECK(OWN(&word) == 0);
    worker = (pid_t)self();
    while (!first_in)
        sched_yield();
    sleep_ms(50);
    return argument;
}

static void an_owner_that_ends_passes_it_on(void)
{
    pthread_t thread = start(owns_and_ends, NULL);
    while (!worker)
        sched_yield();
    first_in = 1;
    CHECK(OWN(&word) == 0 && (word & FUTEX_TID_MASK) == self() && (word & FUTEX_OWNER_DIED));
    CHECK(pthread_join(thread, NULL) == 0 && DISOWN(&word) == 0);
}

static void *locks(void *mutex)
{
    CHECK(pthread_mutex_lock(mutex) == 0);
    return NULL;
}

static void robust_mutexes_inherit(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutex_t mutex;
    pthread_mutexattr_init(&attributes);
    CHECK(pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT) == 0);
    CHECK(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST) == 0);
    CHECK(pthread_mutex_init(&mutex, &attributes) == 0);
    pthread_t thread = start(locks, &mutex);
    CHECK(pthread_join(thread, NULL) == 0 && pthread_mutex_lock(&mutex) == EOWNERDEAD);
    CHECK(pthread_mutex_consistent(&mutex) == 0 && pthread_mutex_unlock(&mutex) == 0);
    CHECK(pthread_mutex_lock(&mutex) == 0 && pthread_mutex_unlock(&mutex) == 0);
}

static void owners_of_shared_memory_may_be_killed(void)
{
    volatile uint32_t *shared =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = fork();
    if (child == 0) {
        CHECK(FUTEX(shared, FUTEX_LOCK_PI, 0, NULL) == 0);
        shared[1] = 1;
        for (;;)
            pause();
    }
    while (!shared[1])
        sched_yield();
    pid_t killer = fork();
    if (killer == 0) {
        sleep_ms(50);
        _exit(kill(child, SIGKILL));
    }
    CHECK(FUTEX(shared, FUTEX_LOCK_PI, 0, NULL) == 0);
    CHECK((*shared & FUTEX_TID_MASK) == self() && (*shared & FUTEX_OWNER_DIED));
    CHECK(FUTEX(shared, FUTEX_UNLOCK_PI, 0) == 0 && *shared == 0);
    CHECK(waitpid(child, NULL, 0) == child && waitpid(killer, NULL, 0) == killer);
}

static void robust_lists_are_told(void)
{
    struct robust_list_head head = {{&head.list}, 0, NULL}, *told;
    size_t size;
    const pid_t parent = getppid();
    CHECK(syscall(SYS_set_robust_list, &head, sizeof head) == 0);
    CHECK(syscall(SYS_get_robust_list, 0, &told, &size) == 0 && told == &head &&
          size == sizeof head);
    FAILS(syscall(SYS_set_robust_list, &head, sizeof head - 1), EINVAL);
    FAILS(syscall(SYS_get_robust_list, 0, nowhere, &size), EFAULT);
    FAILS(syscall(SYS_get_robust_list, 0, &told, nowhere), EFAULT);
    FAILS(syscall(SYS_get_robust_list, NOBODY, &told, &size), ESRCH);
    CHECK(setresuid(SOMEBODY, SOMEBODY, SOMEBODY) == 0);
    FAILS(syscall(SYS_get_robust_list, parent, &told, &size), EPERM);
}

/* ---- Condition variables ---- */

static void *waits_to_own(void *argument)
{
    worker = (pid_t)self();
    __atomic_fetch_add(&waiting, 1, __ATOMIC_SEQ_CST);
    CHECK(FUTEX(&word, FUTEX_WAIT_REQUEUE_PI_PRIVATE, 0, NULL, &second, 0) == 0);
    CHECK((second & FUTEX_TID_MASK) == self());
    __atomic_fetch_add(&ended, 1, __ATOMIC_SEQ_CST);
    CHECK(DISOWN(&second) == 0);
    return argument;
}

#define REQUEUE(wake, move, expected) \
    FUTEX(&word, FUTEX_CMP_REQUEUE_PI_PRIVATE, wake, (void *)(long)(move), &second, expected)

static void waiters_are_moved_to_an_owner(void)
{
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        threads[i] = start(waits_to_own, NULL);
        wait_until_asleep(&worker);
    }
    CHECK(REQUEUE(1, 0, 0) == 1); // it is free: the first owns it
    while (ended != 1)
        sched_yield();
    CHECK(pthread_join(threads[0], NULL) == 0 && OWN(&second) == 0);
    CHECK(REQUEUE(1, INT_MAX, 0) == 2 && ended == 1);
    sleep_ms(20);
    CHECK(ended == 1 && DISOWN(&second) == 0);
    CHECK(pthread_join(threads[1], NULL) == 0 && pthread_join(threads[2], NULL) == 0);
    CHECK(ended == 3 && second == 0);
}

static void moving_is_checked(void)
{
    struct timespec past = {0, 0};
    FAILS(syscall(SYS_futex, &word, FUTEX_CMP_REQUEUE_PI_PRIVATE, 2, 1, &second, 0), EINVAL);
    FAILS(syscall(SYS_futex, &word, FUTEX_CMP_REQUEUE_PI_PRIVATE, 1, 1, &word, 0), EINVAL);
    FAILS(syscall(SYS_futex, &word, FUTEX_CMP_REQUEUE_PI_PRIVATE, 1, 1, &second, 5), EAGAIN);
    FAILS(syscall(SYS_futex, &word, FUTEX_CMP_REQUEUE_PI_PRIVATE, 1, 1, nowhere, 0), EFAULT);
    FAILS(syscall(SYS_futex, &word, FUTEX_WAIT_REQUEUE_PI_PRIVATE, 0, NULL, &word, 0), EINVAL);
    FAILS(syscall(SYS_futex, &word, FUTEX_WAIT_REQUEUE_PI_PRIVATE, 5, NULL, &second, 0), EAGAIN);
    FAILS(syscall(SYS_futex, &word, FUTEX_WAIT_REQUEUE_PI_PRIVATE, 0, &past, &second, 0),
          ETIMEDOUT);
    CHECK(REQUEUE(1, 1, 0) == 0);
    pthread_t thread = start(waits_to_own, NULL);
    wait_until_asleep(&worker);
    static uint32_t third;
    FAILS(syscall(SYS_futex, &word, FUTEX_CMP_REQUEUE_PI_PRIVATE, 1, 1, &third, 0), EINVAL);
    FAILS(syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1), EINVAL);
    second = (uint32_t)worker;
    FAILS(syscall(SYS_futex, &word, FUTEX_CMP_REQUEUE_PI_PRIVATE, 1, 1, &second, 0), EDEADLK);
    second = NOBODY;
    FAILS(syscall(SYS_futex, &word, FUTEX_CMP_REQUEUE_PI_PRIVATE, 1, 1, &second, 0), ESRCH);
    second = 0;
    CHECK(REQUEUE(1, 1, 0) == 1 && pthread_join(thread, NULL) == 0);
}

/* ---- Plain ones ---- */

static void *pokes(void *thread)
{
    sleep_ms(50);
    for (int i = 0; i < 100 && !ended; i++) {
        pthread_kill((pthread_t)thread, SIGUSR1);
        sleep_ms(20);
    }
    return NULL;
}

static void waiting_is_interrupted(void)
{
    struct sigaction action = {.sa_handler = ignore};
    struct timespec long_time = after(CLOCK_MONOTONIC, 5000);
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    pthread_t thread = start(pokes, (void *)pthread_self());
    FAILS(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL), EINTR);
    FAILS(syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, 0, &long_time, NULL, 1), EINTR);
    struct futex_waitv one = {0, (uintptr_t)&word, FUTEX_32 | FUTEX_PRIVATE_FLAG, 0};
    FAILS(syscall(SYS_futex_waitv, &one, 1, 0, NULL, 0), EINTR);
    ended = 1;
    CHECK(pthread_join(thread, NULL) == 0);
}

/* A shared wait in private memory, of which a fork makes a copy before the wake. */
static void a_fork_loses_no_wake(void)
{
    word = 1;
    pthread_t thread = start(waits_plainly, NULL);
    wait_until_asleep(&worker);
    pid_t child = fork();
    if (child == 0)
        for (;;)
            pause();
    word = 2;
    CHECK(FUTEX(&word, FUTEX_WAKE_PRIVATE, 1) == 1 && pthread_join(thread, NULL) == 0);
    CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
}

/* ---- Several at once ---- */

static void *waits_for_three(void *argument)
{
    static struct futex_waitv all[3];
    for (int i = 0; i < 3; i++)
        all[i] = (struct futex_waitv){0, (uintptr_t)((volatile uint32_t *)argument + i),
                                      FUTEX_32 | FUTEX_PRIVATE_FLAG, 0};
    worker = (pid_t)self();
    return (void *)syscall(SYS_futex_waitv, all, 3, 0, NULL, 0);
}

static void any_of_several_ends_the_wait(void)
{
    static volatile uint32_t words[3];
    void *index;
    for (int i = 0; i < 3; i++) {
        pthread_t thread = start(waits_for_three, (void *)words);
        wait_until_asleep(&worker);
        CHECK(FUTEX(&words[i], FUTEX_WAKE_PRIVATE, 1) == 1);
        CHECK(pthread_join(thread, &index) == 0 && (long)(intptr_t)index == i);
        CHECK(FUTEX(&words[(i + 1) % 3], FUTEX_WAKE_PRIVATE, 1) == 0); // it has left them all
    }
}

static void several_are_checked(void)
{
    struct futex_waitv some[2] = {{0, (uintptr_t)&word, FUTEX_32, 0},
                                  {1, (uintptr_t)&second, FUTEX_32, 0}};
    static struct futex_waitv many[129];
    struct timespec soon = after(CLOCK_MONOTONIC, 20), bad = {0, 1000000000};
    for (int i = 0; i < 129; i++)
        many[i] = some[0];
    FAILS(syscall(SYS_futex_waitv, some, 2, 0, NULL, 0), EAGAIN);
    FAILS(syscall(SYS_futex_waitv, some, 1, 0, &soon, CLOCK_MONOTONIC), ETIMEDOUT);
    soon = after(CLOCK_REALTIME, 20);
    FAILS(syscall(SYS_futex_waitv, many, 128, 0, &soon, CLOCK_REALTIME), ETIMEDOUT);
    FAILS(syscall(SYS_futex_waitv, many, 129, 0, &soon, CLOCK_REALTIME), EINVAL);
    FAILS(syscall(SYS_futex_waitv, some, 0, 0, NULL, 0), EINVAL);
    FAILS(syscall(SYS_futex_waitv, NULL, 1, 0, NULL, 0), EINVAL);
    FAILS(syscall(SYS_futex_waitv, some, 1, 1, NULL, 0), EINVAL);
    FAILS(syscall(SYS_futex_waitv, some, 1, 0, &soon, CLOCK_BOOTTIME), EINVAL);
    FAILS(syscall(SYS_futex_waitv, some, 1, 0, &bad, CLOCK_MONOTONIC), EINVAL);
    FAILS(syscall(SYS_futex_waitv, some, 1, 0, nowhere, CLOCK_MONOTONIC), EFAULT);
    FAILS(syscall(SYS_futex_waitv, nowhere, 1, 0, NULL, 0), EFAULT);
    some[0].flags = 0;
    FAILS(syscall(SYS_futex_waitv, some, 1, 0, NULL, 0), EINVAL);
    some[0].flags = FUTEX_32;
    some[0].__reserved = 1;
    FAILS(syscall(SYS_futex_waitv, some, 1, 0, NULL, 0), EINVAL);
    some[0] = (struct futex_waitv){0, (uintptr_t)nowhere, FUTEX_32, 0};
    FAILS(syscall(SYS_futex_waitv, some, 1, 0, NULL, 0), EFAULT);
}

static const struct test_case cases[] = {
    CASE(a_free_one_is_owned_and_given_up),
    CASE(one_that_died_is_told),
    CASE(arguments_are_checked),
    CASE(it_is_handed_over),
    CASE(it_is_not_waited_for_without_end),
    CASE(signals_do_not_end_it),
    CASE(kinds_do_not_mix),
    CASE(circles_are_found),
    CASE(an_owner_inherits),
    CASE(priority_goes_through_chains),
    CASE(the_most_urgent_is_next),
    CASE(an_owner_that_ends_passes_it_on),
    CASE(robust_mutexes_inherit),
    CASE(owners_of_shared_memory_may_be_killed),
    CASE(robust_lists_are_told),
    CASE(waiters_are_moved_to_an_owner),
    CASE(moving_is_checked),
    CASE(waiting_is_interrupted),
    CASE(a_fork_loses_no_wake),
    CASE(any_of_several_ends_the_wait),
    CASE(several_are_checked),
};

int main(void)
{
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
