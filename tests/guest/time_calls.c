/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The calls about time one by one: clocks, sleeps and timers. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>

#include "counted_signals.h"
#include "interrupts.h"
#include "limits.h"

#define NOWHERE  ((void *)8)
#define NO_CLOCK 77
#define NO_PID   0x7ffff0
#define SECOND   1000000000ll

/* Clock ids made from a process, a thread, or a descriptor. */
static clockid_t cpu_clock(pid_t pid)
{
    return (clockid_t)(~(unsigned)pid << 3 | 2);
}

static clockid_t thread_clock(pid_t tid)
{
    return (clockid_t)(~(unsigned)tid << 3 | 6);
}

static clockid_t file_clock(int fd)
{
    return (clockid_t)(~(unsigned)fd << 3 | 3);
}

static volatile int stop;

static void alarm_in(long ms)
{
    install(SIGALRM, SA_RESTART);
    alarm_after(ms);
}

static long long shown(clockid_t clock)
{
    struct timespec time;
    CHECK(syscall(SYS_clock_gettime, clock, &time) == 0);
    CHECK(time.tv_nsec >= 0 && time.tv_nsec < SECOND);
    return time.tv_sec * SECOND + time.tv_nsec;
}

static struct timespec of(long long ns)
{
    return (struct timespec){ns / SECOND, ns % SECOND};
}

static void sleep_ms(long ms)
{
    struct timespec time = of(ms * 1000000ll);
    while (nanosleep(&time, &time) == -1 && errno == EINTR)
        ;
}

static void burn(long ms)
{
    long long end = shown(CLOCK_THREAD_CPUTIME_ID) + ms * 1000000ll;
    while (shown(CLOCK_THREAD_CPUTIME_ID) < end)
        ;
}

static void *burn_until_told(void *unused)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    while (!stop)
        burn(1);
    return unused;
}

/* ---- Clocks ---- */

static void every_clock_is_there(void)
{
    const clockid_t clocks[] = {
        CLOCK_REALTIME,
        CLOCK_MONOTONIC,
        CLOCK_PROCESS_CPUTIME_ID,
        CLOCK_THREAD_CPUTIME_ID,
        CLOCK_MONOTONIC_RAW,
        CLOCK_REALTIME_COARSE,
        CLOCK_MONOTONIC_COARSE,
        CLOCK_BOOTTIME,
        CLOCK_TAI,
        cpu_clock(0),
        thread_clock(0),
        cpu_clock(getpid()),
        thread_clock(getpid()),
        cpu_clock(getppid()),
    };
    struct timespec grain;
    for (unsigned i = 0; i < sizeof clocks / sizeof clocks[0]; i++) {
        long long first = shown(clocks[i]);
        CHECK(shown(clocks[i]) >= first);
        CHECK(syscall(SYS_clock_getres, clocks[i], &grain) == 0);
        CHECK(grain.tv_sec == 0 && grain.tv_nsec > 0 && grain.tv_nsec <= 100000000);
        CHECK(syscall(SYS_clock_getres, clocks[i], NULL) == 0);
    }
}

static void there_are_no_other_clocks(void)
{
    struct timespec time;
    FAILS(syscall(SYS_clock_gettime, NO_CLOCK, &time), EINVAL);
    FAILS(syscall(SYS_clock_gettime, cpu_clock(NO_PID), &time), EINVAL);
    FAILS(syscall(SYS_clock_gettime, thread_clock(getppid()), &time), EINVAL);
    FAILS(syscall(SYS_clock_gettime, file_clock(0), &time), EINVAL);
    FAILS(syscall(SYS_clock_gettime, CLOCK_REALTIME, NOWHERE), EFAULT);
    FAILS(syscall(SYS_clock_gettime, CLOCK_THREAD_CPUTIME_ID, NOWHERE), EFAULT);
    FAILS(syscall(SYS_clock_getres, NO_CLOCK, &time), EINVAL);
    FAILS(syscall(SYS_clock_getres, cpu_clock(NO_PID), &time), EINVAL);
    FAILS(syscall(SYS_clock_getres, CLOCK_MONOTONIC, NOWHERE), EFAULT);
    FAILS(syscall(SYS_gettimeofday, NOWHERE, NULL), EFAULT);
    FAILS(syscall(SYS_gettimeofday, NULL, NOWHERE), EFAULT);
#ifdef SYS_time
    time_t seconds = 1;
    CHECK(syscall(SYS_time, &seconds) == seconds);
    FAILS(syscall(SYS_time, NOWHERE), EFAULT);
#endif
}

static void cpu_clocks_tell_what_was_used(void)
{
    clockid_t clock;
    int ends[2];
    char byte;
    burn(20);
    CHECK(shown(CLOCK_PROCESS_CPUTIME_ID) >= 20000000);
    CHECK(shown(CLOCK_THREAD_CPUTIME_ID) >= 20000000);
    CHECK(pipe(ends) == 0);
    pid_t child = fork();
    if (child == 0) {
        burn(20);
        CHECK(write(ends[1], "x", 1) == 1);
        pause();
    }
    CHECK(read(ends[0], &byte, 1) == 1);
    CHECK(clock_getcpuclockid(child, &clock) == 0 && shown(clock) >= 20000000);
    CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
}

static void the_wall_clock_can_be_set(void)
{
    struct timespec wanted = of(shown(CLOCK_REALTIME) + 1000 * SECOND);
    struct timeval day;
    CHECK(clock_settime(CLOCK_REALTIME, &wanted) == 0);
    CHECK(shown(CLOCK_REALTIME) >= wanted.tv_sec * SECOND);
    CHECK(shown(CLOCK_REALTIME) < (wanted.tv_sec + 60) * SECOND);
    CHECK(syscall(SYS_gettimeofday, &day, NULL) == 0 && day.tv_sec >= wanted.tv_sec);
    day.tv_sec -= 1000;
    CHECK(syscall(SYS_settimeofday, &day, NULL) == 0);
    CHECK(shown(CLOCK_REALTIME) < wanted.tv_sec * SECOND);
}

static void setting_clocks_says_why_not(void)
{
    struct timespec now = of(shown(CLOCK_REALTIME)), odd = {1, SECOND}, past = {-1, 0},
                    start = {0, 0};
    FAILS(clock_settime(CLOCK_MONOTONIC, &now), EINVAL);
    FAILS(clock_settime(NO_CLOCK, &now), EINVAL);
    FAILS(clock_settime(CLOCK_REALTIME, &odd), EINVAL);
    FAILS(clock_settime(CLOCK_REALTIME, &past), EINVAL);
    FAILS(clock_settime(CLOCK_REALTIME, &start), EINVAL);
    FAILS(clock_settime(CLOCK_PROCESS_CPUTIME_ID, &now), EINVAL);
    FAILS(clock_settime(cpu_clock(getpid()), &now), EPERM);
    FAILS(clock_settime(cpu_clock(NO_PID), &now), EINVAL);
    FAILS(syscall(SYS_clock_settime, CLOCK_REALTIME, NOWHERE), EFAULT);
    capability_drop(CAP_SYS_TIME);
    FAILS(clock_settime(CLOCK_REALTIME, &now), EPERM);
}

static void setting_the_day_says_why_not(void)
{
    struct timeval odd = {1, 1000000}, past = {-1, 0}, start = {0, 0}, now;
    struct timezone far = {1000, 0}, zone = {0, 0}, kept = {60, 0};
    CHECK(syscall(SYS_gettimeofday, &now, &zone) == 0);
    FAILS(syscall(SYS_settimeofday, &odd, NULL), EINVAL);
    FAILS(syscall(SYS_settimeofday, &past, NULL), EINVAL);
    FAILS(syscall(SYS_settimeofday, &start, NULL), EINVAL);
    FAILS(syscall(SYS_settimeofday, NULL, &far), EINVAL);
    FAILS(syscall(SYS_settimeofday, NOWHERE, NULL), EFAULT);
    FAILS(syscall(SYS_settimeofday, NULL, NOWHERE), EFAULT);
    CHECK(syscall(SYS_settimeofday, &now, &kept) == 0);
    CHECK(syscall(SYS_gettimeofday, NULL, &zone) == 0 && zone.tz_minuteswest == 60);
    zone.tz_minuteswest = 0;
    CHECK(syscall(SYS_settimeofday, NULL, &zone) == 0);
    capability_drop(CAP_SYS_TIME);
    FAILS(syscall(SYS_settimeofday, &now, NULL), EPERM);
    FAILS(syscall(SYS_settimeofday, NULL, &zone), EPERM);
}

/* ---- Steering ---- */

static void the_clock_tells_how_it_runs(void)
{
    struct timex told = {0};
    CHECK(adjtimex(&told) >= 0 && told.tick == 10000 && told.precision > 0);
    CHECK(told.tolerance == 500 << 16);
    CHECK(told.time.tv_sec - shown(CLOCK_REALTIME) / SECOND <= 1);
    told.modes = 0;
    CHECK(clock_adjtime(CLOCK_REALTIME, &told) >= 0);
}

static void the_clock_can_be_steered(void)
{
    struct timex set = {.modes = ADJ_FREQUENCY | ADJ_MAXERROR | ADJ_ESTERROR | ADJ_STATUS,
                        .freq = 5 << 16,
                        .maxerror = 1000,
                        .esterror = 500,
                        .status = STA_NANO << 4};
    CHECK(adjtimex(&set) >= 0 && set.freq == 5 << 16 && set.esterror == 500);
    set = (struct timex){.modes = ADJ_FREQUENCY, .freq = 600 << 16};
    CHECK(adjtimex(&set) >= 0 && set.freq == 500 << 16); // as far as it goes
    set = (struct timex){.modes = ADJ_FREQUENCY | ADJ_TICK | ADJ_NANO, .tick = 9001};
    CHECK(adjtimex(&set) >= 0 && set.tick == 9001 && (set.status & STA_NANO));
    set = (struct timex){.modes = ADJ_TICK | ADJ_MICRO, .tick = 10000};
    CHECK(adjtimex(&set) >= 0 && set.tick == 10000 && !(set.status & STA_NANO));
    set = (struct timex){.modes = ADJ_TAI, .constant = 37};
    CHECK(adjtimex(&set) >= 0 && set.tai == 37);
    CHECK(shown(CLOCK_TAI) - shown(CLOCK_REALTIME) > 36 * SECOND);
    set.constant = 0;
    CHECK(adjtimex(&set) >= 0);
}

static void an_offset_is_added_at_once(void)
{
    struct timex set = {.modes = ADJ_SETOFFSET, .time = {1000, 0}};
    long long before = shown(CLOCK_REALTIME);
    CHECK(adjtimex(&set) >= 0 && shown(CLOCK_REALTIME) - before >= 1000 * SECOND);
    set.time.tv_sec = -1000;
    CHECK(adjtimex(&set) >= 0 && shown(CLOCK_REALTIME) - before < 500 * SECOND);
    struct timeval slow = {0, 500}, left;
    CHECK(adjtime(&slow, NULL) == 0 && adjtime(NULL, &left) == 0);
    CHECK(left.tv_sec == 0 && left.tv_usec >= 0 && left.tv_usec <= 500);
    slow.tv_usec = 0;
    CHECK(adjtime(&slow, NULL) == 0);
}

/* By every way to read it. */
static void a_slowed_clock_never_goes_back(void)
{
    struct timex set = {.modes = ADJ_TICK, .tick = 9000};
    CHECK(adjtimex(&set) >= 0);
    long long last = 0, back = 0;
    for (long long end = shown(CLOCK_MONOTONIC) + SECOND / 10; shown(CLOCK_MONOTONIC) < end;) {
        struct timespec now[2];
        CHECK(clock_gettime(CLOCK_REALTIME, &now[0]) == 0);
        CHECK(syscall(SYS_clock_gettime, CLOCK_REALTIME, &now[1]) == 0);
        for (int i = 0; i < 2; i++) {
            long long read = now[i].tv_sec * SECOND + now[i].tv_nsec;
            back += read < last;
            last = read;
        }
    }
    set.tick = 10000;
    CHECK(adjtimex(&set) >= 0 && back == 0);
}

static void a_fast_tick_shows(void)
{
    struct timex set = {.modes = ADJ_TICK, .tick = 11000};
    CHECK(adjtimex(&set) >= 0);
    long long wall = shown(CLOCK_REALTIME), raw = shown(CLOCK_MONOTONIC_RAW);
    sleep_ms(500);
    raw = shown(CLOCK_MONOTONIC_RAW) - raw;
    wall = shown(CLOCK_REALTIME) - wall;
    set.tick = 10000;
    CHECK(adjtimex(&set) >= 0);
    CHECK(wall > raw + raw / 50 && wall < raw + raw / 5);
}

static void steering_says_why_not(void)
{
    struct timex odd = {.modes = ADJ_TICK, .tick = 1}, fraction = {.modes = ADJ_SETOFFSET},
                 alone = {.modes = 0x8000}, plain = {0};
    fraction.time.tv_usec = 1000000;
    FAILS(adjtimex(&odd), EINVAL);
    FAILS(adjtimex(&fraction), EINVAL);
    FAILS(adjtimex(&alone), EINVAL);
    FAILS(syscall(SYS_adjtimex, NOWHERE), EFAULT);
    FAILS(clock_adjtime(CLOCK_REALTIME, &odd), EINVAL);
    FAILS(clock_adjtime(NO_CLOCK, &plain), EINVAL);
    FAILS(clock_adjtime(CLOCK_MONOTONIC, &plain), EOPNOTSUPP);
    FAILS(syscall(SYS_clock_adjtime, CLOCK_REALTIME, NOWHERE), EFAULT);
    odd.tick = 10000;
    capability_drop(CAP_SYS_TIME);
    FAILS(adjtimex(&odd), EPERM);
    FAILS(clock_adjtime(CLOCK_REALTIME, &odd), EPERM);
    CHECK(adjtimex(&plain) >= 0);
}

/* ---- Sleeping ---- */

static void sleeping_says_why_not(void)
{
    struct timespec odd = {0, SECOND}, past = {-1, 0}, brief = {0, 1}, minute = {60, 0}, left;
    CHECK(syscall(SYS_nanosleep, &brief, NULL) == 0);
    FAILS(syscall(SYS_nanosleep, &odd, NULL), EINVAL);
    FAILS(syscall(SYS_nanosleep, &past, NULL), EINVAL);
    FAILS(syscall(SYS_nanosleep, NOWHERE, NULL), EFAULT);
    alarm_in(20);
    FAILS(syscall(SYS_nanosleep, &minute, &left), EINTR);
    CHECK(left.tv_sec < 60 && left.tv_nsec > 0);
    FAILS(syscall(SYS_nanosleep, &minute, NOWHERE), EFAULT);
}

static void sleeping_on_clocks_says_why_not(void)
{
    struct timespec odd = {0, SECOND}, brief = {0, 1}, minute = {60, 0}, left;
    CHECK(syscall(SYS_clock_nanosleep, CLOCK_BOOTTIME, 0, &brief, NULL) == 0);
    FAILS(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &odd, NULL), EINVAL);
    FAILS(syscall(SYS_clock_nanosleep, NO_CLOCK, 0, &brief, NULL), EINVAL);
    FAILS(syscall(SYS_clock_nanosleep, thread_clock(0), 0, &brief, NULL), EINVAL);
    FAILS(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC_RAW, 0, &brief, NULL), ENOTSUP);
    FAILS(syscall(SYS_clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, &brief, NULL), ENOTSUP);
    FAILS(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, NOWHERE, NULL), EFAULT);
    alarm_in(20);
    FAILS(syscall(SYS_clock_nanosleep, CLOCK_REALTIME, 0, &minute, &left), EINTR);
    CHECK(left.tv_sec < 60 && left.tv_nsec > 0);
    minute = of(shown(CLOCK_MONOTONIC) + 60 * SECOND);
    FAILS(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &minute, NULL), EINTR);
}

static void a_past_moment_is_no_sleep(void)
{
    struct timespec past = {0, 1}, soon;
    CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &past, NULL) == 0);
    CHECK(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &past, NULL) == 0);
    soon = of(shown(CLOCK_REALTIME) + 30000000);
    CHECK(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &soon, NULL) == 0);
    CHECK(shown(CLOCK_REALTIME) >= soon.tv_sec * SECOND + soon.tv_nsec);
}

static void cpu_time_can_be_waited_for(void)
{
    pthread_t thread;
    struct timespec brief = of(30000000);
    CHECK(pthread_create(&thread, NULL, burn_until_told, NULL) == 0);
    long long used = shown(CLOCK_PROCESS_CPUTIME_ID);
    CHECK(syscall(SYS_clock_nanosleep, CLOCK_PROCESS_CPUTIME_ID, 0, &brief, NULL) == 0);
    CHECK(shown(CLOCK_PROCESS_CPUTIME_ID) - used >= 30000000);
    stop = 1;
    CHECK(pthread_join(thread, NULL) == 0);
    alarm_in(20);
    FAILS(syscall(SYS_clock_nanosleep, CLOCK_PROCESS_CPUTIME_ID, 0, &brief, &brief), EINTR);
    CHECK(brief.tv_nsec > 0 && brief.tv_nsec <= 30000000);
}

static void setting_the_clock_ends_a_sleep(void)
{
    struct timespec later = of(shown(CLOCK_REALTIME) + 500 * SECOND), now;
    pid_t child = fork();
    if (child == 0)
        _exit(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &later, NULL));
    int status;
    sleep_ms(50);
    now = of(shown(CLOCK_REALTIME) + 1000 * SECOND);
    CHECK(clock_settime(CLOCK_REALTIME, &now) == 0);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    now = of(shown(CLOCK_REALTIME) - 1000 * SECOND);
    CHECK(clock_settime(CLOCK_REALTIME, &now) == 0);
}

/* Stopping and continuing starts no call anew that no handler interrupted. */
static void sleeps_go_on_after_a_stop(void)
{
    static const clockid_t clocks[] = {CLOCK_MONOTONIC, CLOCK_REALTIME};
    for (int absolute = 0; absolute < 2; absolute++) {
        struct timespec time = of(300000000);
        int status;
        long long start = shown(CLOCK_MONOTONIC);
        if (absolute)
            time = of(shown(clocks[absolute]) + 300000000);
        pid_t child = fork();
        if (child == 0)
            _exit(clock_nanosleep(clocks[absolute], absolute ? TIMER_ABSTIME : 0, &time, NULL));
        sleep_ms(30);
        CHECK(kill(child, SIGSTOP) == 0 && waitpid(child, &status, WUNTRACED) == child);
        CHECK(kill(child, SIGCONT) == 0 && waitpid(child, &status, 0) == child && status == 0);
        CHECK(shown(CLOCK_MONOTONIC) - start >= 290000000);
    }
}

/* ---- Timers ---- */

static void interval_timers_say_why_not(void)
{
    struct itimerval odd = {{0, 0}, {0, 1000000}}, past = {{0, -1}, {1, 0}}, now;
    CHECK(getitimer(ITIMER_PROF, &now) == 0 && now.it_value.tv_sec == 0);
    FAILS(syscall(SYS_getitimer, NO_CLOCK, &now), EINVAL);
    FAILS(syscall(SYS_getitimer, ITIMER_REAL, NOWHERE), EFAULT);
    FAILS(syscall(SYS_setitimer, NO_CLOCK, &now, NULL), EINVAL);
    FAILS(syscall(SYS_setitimer, ITIMER_REAL, &odd, NULL), EINVAL);
    FAILS(syscall(SYS_setitimer, ITIMER_REAL, &past, NULL), EINVAL);
    FAILS(syscall(SYS_setitimer, ITIMER_REAL, NOWHERE, NULL), EFAULT);
    FAILS(syscall(SYS_setitimer, ITIMER_REAL, &now, NOWHERE), EFAULT);
    CHECK(alarm(10) == 0 && alarm(0) == 10);
}

static void stopped_timers_of_cpu_time_keep_their_period(void)
{
    static const int timers[] = {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF};
    for (int i = 0; i < 3; i++) {
        struct itimerval time = {{0, 20000}, {0, 0}}, now;
        CHECK(setitimer(timers[i], &time, NULL) == 0 && getitimer(timers[i], &now) == 0);
        CHECK(now.it_value.tv_sec == 0 && now.it_value.tv_usec == 0);
        CHECK(now.it_interval.tv_usec == (timers[i] == ITIMER_REAL ? 0 : 20000));
    }
}

static int make_timer(clockid_t clock, int notify, int signal, int thread)
{
    int id;
    struct sigevent event = {.sigev_notify = notify, .sigev_signo = signal};
    event._sigev_un._tid = thread;
    return syscall(SYS_timer_create, clock, &event, &id) == 0 ? id : -1;
}

static void making_timers_says_why_not(void)
{
    int id;
    struct sigevent event = {.sigev_notify = 99, .sigev_signo = SIGUSR1};
    FAILS(syscall(SYS_timer_create, NO_CLOCK, NULL, &id), EINVAL);
    FAILS(syscall(SYS_timer_create, cpu_clock(NO_PID), NULL, &id), EINVAL);
    FAILS(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id), EINVAL);
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = 65;
    FAILS(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id), EINVAL);
    FAILS(make_timer(CLOCK_MONOTONIC, SIGEV_THREAD_ID, SIGUSR1, getppid()), EINVAL);
    FAILS(syscall(SYS_timer_create, CLOCK_MONOTONIC_RAW, NULL, &id), ENOTSUP);
    FAILS(syscall(SYS_timer_create, CLOCK_MONOTONIC, NOWHERE, &id), EFAULT);
    FAILS(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, NOWHERE), EFAULT);
    if (syscall(SYS_timer_create, CLOCK_BOOTTIME_ALARM, NULL, &id) ==
        0) { // if there is such a device
        capability_drop(CAP_WAKE_ALARM);
        FAILS(syscall(SYS_timer_create, CLOCK_BOOTTIME_ALARM, NULL, &id), EPERM);
    }
    limit(RLIMIT_SIGPENDING, 0);
    FAILS(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id), EAGAIN);
}

static void timers_say_why_not(void)
{
    struct itimerspec now, odd = {{0, 0}, {0, SECOND}};
    int id = make_timer(CLOCK_MONOTONIC, SIGEV_NONE, 0, 0);
    CHECK(id >= 0 && syscall(SYS_timer_gettime, id, &now) == 0);
    CHECK(syscall(SYS_timer_settime, id, 0, &now, NULL) == 0);
    CHECK(syscall(SYS_timer_getoverrun, id) == 0);
    FAILS(syscall(SYS_timer_gettime, id, NOWHERE), EFAULT);
    FAILS(syscall(SYS_timer_settime, id, 0, NOWHERE, NULL), EFAULT);
    FAILS(syscall(SYS_timer_settime, id, 0, &now, NOWHERE), EFAULT);
    FAILS(syscall(SYS_timer_settime, id, 0, NULL, NULL), EINVAL);
    FAILS(syscall(SYS_timer_settime, id, 0, &odd, NULL), EINVAL);
    CHECK(syscall(SYS_timer_delete, id) == 0);
    FAILS(syscall(SYS_timer_gettime, id, &now), EINVAL);
    FAILS(syscall(SYS_timer_settime, id, 0, &now, NULL), EINVAL);
    FAILS(syscall(SYS_timer_getoverrun, id), EINVAL);
    FAILS(syscall(SYS_timer_delete, id), EINVAL);
}

static void start_timer(int id, int flags, long long value, long long period)
{
    struct itimerspec wanted = {of(period), of(value)};
    CHECK(syscall(SYS_timer_settime, id, flags, &wanted, NULL) == 0);
}

static void wait_for(int wanted)
{
    for (int tries = 0; count < wanted && tries < 2000; tries++)
        burn(1);
    CHECK(count >= wanted);
}

static void timers_run_on_cpu_clocks(void)
{
    const clockid_t clocks[] = {CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID, cpu_clock(0)};
    install(SIGUSR1, 0);
    for (int i = 0; i < 3; i++) {
        int id = make_timer(clocks[i], SIGEV_SIGNAL, SIGUSR1, 0);
        CHECK(id >= 0);
        start_timer(id, 0, 20000000, 0);
        CHECK(count == i);
        wait_for(i + 1);
        CHECK(last.si_code == SI_TIMER && last.si_timerid == id);
        CHECK(syscall(SYS_timer_delete, id) == 0);
    }
}

static void timers_run_to_a_moment(void)
{
    int id = make_timer(CLOCK_REALTIME, SIGEV_SIGNAL, SIGUSR1, 0);
    struct itimerspec left;
    install(SIGUSR1, 0);
    start_timer(id, TIMER_ABSTIME, 1, 0); // long ago
    wait_for(1);
    start_timer(id, TIMER_ABSTIME, shown(CLOCK_REALTIME) + 100 * SECOND, SECOND);
    CHECK(syscall(SYS_timer_gettime, id, &left) == 0);
    CHECK(left.it_value.tv_sec >= 90 && left.it_value.tv_sec <= 100);
    CHECK(left.it_interval.tv_sec == 1);
    start_timer(id, 0, 0, SECOND); // stops it
    CHECK(syscall(SYS_timer_gettime, id, &left) == 0 && left.it_value.tv_sec == 0);
    CHECK(left.it_value.tv_nsec == 0);
}

static void missed_expiries_are_counted(void)
{
    sigset_t set;
    siginfo_t info;
    int id = make_timer(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGRTMIN, 0);
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    start_timer(id, 0, 5000000, 5000000);
    sleep_ms(60);
    CHECK(sigwaitinfo(&set, &info) == SIGRTMIN && info.si_overrun >= 3);
    sleep_ms(20); // the next one is queued
    CHECK(syscall(SYS_timer_getoverrun, id) == info.si_overrun);
    CHECK(syscall(SYS_timer_delete, id) == 0);
}

static volatile pid_t taken_by;

static void note_thread(int signal)
{
    (void)signal;
    taken_by = gettid();
}

static volatile pid_t other_thread;

static void *wait_to_be_told(void *unused)
{
    other_thread = gettid();
    while (!stop)
        usleep(1000);
    return unused;
}

static void a_timer_tells_the_thread_it_names(void)
{
    pthread_t thread;
    signal(SIGUSR1, note_thread);
    CHECK(pthread_create(&thread, NULL, wait_to_be_told, NULL) == 0);
    while (!other_thread)
        usleep(1000);
    int id = make_timer(CLOCK_MONOTONIC, SIGEV_THREAD_ID, SIGUSR1, other_thread);
    CHECK(id >= 0);
    start_timer(id, 0, 1000000, 0);
    for (int tries = 0; !taken_by && tries < 2000; tries++)
        usleep(1000);
    CHECK(taken_by == other_thread);
    stop = 1;
    CHECK(pthread_join(thread, NULL) == 0);
}

static const struct test_case cases[] = {
    CASE(every_clock_is_there),
    CASE(there_are_no_other_clocks),
    CASE(cpu_clocks_tell_what_was_used),
    CASE(the_wall_clock_can_be_set),
    CASE(setting_clocks_says_why_not),
    CASE(setting_the_day_says_why_not),
    CASE(the_clock_tells_how_it_runs),
    CASE(the_clock_can_be_steered),
    CASE(an_offset_is_added_at_once),
    CASE(a_slowed_clock_never_goes_back),
    CASE(a_fast_tick_shows),
    CASE(steering_says_why_not),
    CASE(sleeping_says_why_not),
    CASE(sleeping_on_clocks_says_why_not),
    CASE(a_past_moment_is_no_sleep),
    CASE(cpu_time_can_be_waited_for),
    CASE(setting_the_clock_ends_a_sleep),
    CASE(sleeps_go_on_after_a_stop),
    CASE(interval_timers_say_why_not),
    CASE(stopped_timers_of_cpu_time_keep_their_period),
    CASE(making_timers_says_why_not),
    CASE(timers_say_why_not),
    CASE(timers_run_on_cpu_clocks),
    CASE(timers_run_to_a_moment),
    CASE(missed_expiries_are_counted),
    CASE(a_timer_tells_the_thread_it_names),
};

int main(void)
{
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
