/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * POSIX timers: timer_create(2) and its kin. Ids are small numbers, unique in the process; a timer
 * whose signal is still pending counts overruns instead of queueing another.
 */
#include "time/posix_timer.h"

#include <helix/abi/linux.h>
#include <helix/capability/linux.h>
#include <helix/core/syscall.h>
#include <helix/lib/atomic.h>
#include <helix/lib/compiler.h>
#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>

#include "calls.h"
#include "linux_task.h"
#include "signal/signals.h"
#include "task/tasks.h"
#include "time/clock.h"
#include "time/process_timers.h"

struct posix_timer {
    struct clock_timer timer; // first
    struct list link;
    i32 id;
    int signal; // 0: SIGEV_NONE
    u64 value;
    struct task *target;  // SIGEV_THREAD_ID; a reference
    struct cpu_clock cpu; // of a CPU clock, with its reference
    i32 clock;            // that it was made for; relative times never run on the wall clock
    u32 untold;           // overruns for which there was no room in the queue
    u32 queued_overrun;   // of the signal that was queued last
    u32 taken_overrun;    // of the one before it, which the program has taken
};

struct linux_itimerspec {
    struct linux_timespec interval, value;
};

#define OVERRUN_MOST 0x7fffffffu

static struct kmem_cache posix_timer_cache = KMEM_CACHE(posix_timer);

static u32 saturated(u64 overrun)
{
    return overrun < OVERRUN_MOST ? (u32)overrun : OVERRUN_MOST;
}

static bool is_pending(const struct posix_timer *timer)
{
    const signal_set set = timer->target ? READ_ONCE(timer->target->signal.pending.set)
                                         : READ_ONCE(timer->timer.process->pending.set);
    return set & SIGNAL_BIT(timer->signal);
}

/* A signal that the program has not taken yet counts on; only one of a timer is ever queued. */
static bool posix_expired(struct clock_timer *clock_timer, u64 overrun)
{
    struct posix_timer *timer = container_of(clock_timer, struct posix_timer, timer);
    if (timer->signal == 0)
        return false;
    if (signal_add_overrun(clock_timer->process, timer->target, timer->signal, timer->id,
                           overrun + 1)) {
        WRITE_ONCE(timer->queued_overrun, saturated((u64)timer->queued_overrun + overrun + 1));
        return false;
    }
    const bool others = is_pending(timer); // another timer's, perhaps, that nobody takes either
    WRITE_ONCE(timer->taken_overrun, timer->queued_overrun);
    WRITE_ONCE(timer->queued_overrun, saturated(timer->untold + overrun));
    timer->untold = 0;
    const struct signal_info info = {
        .number = timer->signal,
        .code = SI_TIMER,
        .timer_id = timer->id,
        .overrun = (i32)timer->queued_overrun,
        .value = timer->value,
    };
    const helix_status status =
        timer->target ? signal_send_task(timer->target, timer->signal, &info)
                      : signal_send_process(clock_timer->process, timer->signal, &info);
    if (status != HELIX_OK) {
        timer->untold = saturated((u64)timer->queued_overrun + 1); // told with the next one
        WRITE_ONCE(timer->queued_overrun, timer->taken_overrun);
    }
    return status == HELIX_OK && !others && is_pending(timer); // or it is ignored
}

/* Of the signal that the program has taken last. The timer may run meanwhile. */
static u32 overrun_of(const struct posix_timer *timer)
{
    u32 queued, taken;
    bool pending;
    do {
        queued = READ_ONCE(timer->queued_overrun);
        taken = READ_ONCE(timer->taken_overrun);
        pending =
            signal_add_overrun(timer->timer.process, timer->target, timer->signal, timer->id, 0);
    } while (queued != READ_ONCE(timer->queued_overrun) ||
             taken != READ_ONCE(timer->taken_overrun));
    return pending ? taken : queued;
}

static struct posix_timer *find_timer(struct process_timers *timers, i32 id)
{
    list_for_each(struct posix_timer, timer, &timers->posix, link)
        if (timer->id == id)
            return timer;
    return NULL;
}

static void free_timer(struct posix_timer *timer)
{
    if (timer->target)
        task_put(timer->target);
    clock_cpu_put(&timer->cpu);
    atomic_fetch_sub_relaxed(&timer->timer.process->queued_signals, 1u);
    kmem_free(&posix_timer_cache, timer);
}

static void delete_timer(struct posix_timer *timer)
{
    clock_timer_set(&timer->timer, 0, 0);
    list_remove(&timer->link);
    free_timer(timer);
}

void posix_timers_delete_all(struct process_timers *timers)
{
    mutex_lock(&timers->lock);
    list_for_each_safe(struct posix_timer, timer, &timers->posix, link)
        delete_timer(timer);
    mutex_unlock(&timers->lock);
}

/* The lowest free id: the list is kept in rising order. Gives the node to insert before. */
static void free_id(struct process_timers *timers, i32 *id_out, struct list **before_out)
{
    i32 id = 0;
    *before_out = &timers->posix;
    list_for_each(struct posix_timer, timer, &timers->posix, link) {
        if (timer->id != id) {
            *before_out = &timer->link;
            break;
        }
        id++;
    }
    *id_out = id;
}

static helix_status apply_event(struct posix_timer *timer, const struct linux_sigevent *event)
{
    if (event->notify == SIGEV_NONE)
        return HELIX_OK;
    if (event->notify != SIGEV_SIGNAL && event->notify != SIGEV_THREAD &&
        event->notify != SIGEV_THREAD_ID)
        return HELIX_E_INVAL;
    if (event->signal < 1 || event->signal > SIGNAL_COUNT)
        return HELIX_E_INVAL;
    timer->signal = event->signal;
    timer->value = event->value;
    if (event->notify != SIGEV_THREAD_ID)
        return HELIX_OK;
    timer->target = task_find((u32)event->thread);
    return timer->target && timer->target->process == process_current() ? HELIX_OK : HELIX_E_INVAL;
}

static helix_status add_timer(struct posix_timer *timer, bool default_value, u64 user_id)
{
    struct process_timers *timers;
    helix_status status = process_timers_of_current(&timers);
    if (status != HELIX_OK)
        return status;
    struct list *before;
    mutex_lock(&timers->lock);
    free_id(timers, &timer->id, &before);
    status = user_copy_out(vaddr_of(user_id), &timer->id, sizeof timer->id);
    if (status == HELIX_OK) {
        if (default_value)
            timer->value = (u64)timer->id;
        list_insert_before(before, &timer->link);
    }
    mutex_unlock(&timers->lock);
    return status;
}

static i64 check_timer_clock(i32 clock)
{
    nanos now;
    if (!clock_read(clock, &now))
        return -LINUX_EINVAL;
    if (!clock_has_timers(clock))
        return -LINUX_EOPNOTSUPP;
    return clock_wakes_machine(clock) && !task_capable(CAP_WAKE_ALARM) ? -LINUX_EPERM : 0;
}

/* Each timer has room in the queue of signals, so that its signal is never lost. */
static struct posix_timer *allocate_timer(i32 clock)
{
    struct process *process = process_current();
    const u32 queued = atomic_fetch_add_relaxed(&process->queued_signals, 1u);
    struct posix_timer *timer =
        queued < process_limit(LINUX_RLIMIT_SIGPENDING) ? kmem_alloc(&posix_timer_cache) : NULL;
    if (!timer) {
        atomic_fetch_sub_relaxed(&process->queued_signals, 1u);
        return NULL;
    }
    timer->clock = clock;
    clock_timer_init(&timer->timer, process, clock, posix_expired);
    return timer;
}

i64 sys_timer_create(const u64 *arguments)
{
    const i32 clock = (i32)arguments[0];
    struct linux_sigevent event = {.signal = SIGALRM, .notify = SIGEV_SIGNAL};
    const i64 error = check_timer_clock(clock);
    if (error)
        return error;
    if (arguments[1] && user_copy_in(&event, vaddr_of(arguments[1]), sizeof event) != HELIX_OK)
        return -LINUX_EFAULT;
    struct posix_timer *timer = allocate_timer(clock);
    if (!timer)
        return -LINUX_EAGAIN;
    helix_status status = apply_event(timer, &event);
    if (status == HELIX_OK && clock_is_cpu_time(clock)) {
        status = clock_cpu_find(clock, &timer->cpu);
        timer->timer.cpu = timer->cpu;
    }
    if (status == HELIX_OK)
        status = add_timer(timer, arguments[1] == 0, arguments[2]);
    if (status != HELIX_OK)
        free_timer(timer);
    return syscall_result(status);
}

/* Find a timer of the running process and leave its lock held. */
static helix_status lock_timer(i32 id, struct process_timers **timers_out,
                               struct posix_timer **timer_out) HELIX_NO_THREAD_SAFETY
{
    struct process_timers *timers = process_current()->timers;
    if (!timers)
        return HELIX_E_INVAL;
    mutex_lock(&timers->lock);
    *timer_out = find_timer(timers, id);
    *timers_out = timers;
    if (*timer_out)
        return HELIX_OK;
    mutex_unlock(&timers->lock);
    return HELIX_E_INVAL;
}

static void unlock_timer(struct process_timers *timers) HELIX_NO_THREAD_SAFETY
{
    mutex_unlock(&timers->lock);
}

static struct linux_itimerspec read_timer(struct posix_timer *timer)
{
    nanos left, period;
    clock_timer_get(&timer->timer, &left, &period);
    return (struct linux_itimerspec){clock_timespec_of(period), clock_timespec_of(left)};
}

i64 sys_timer_gettime(const u64 *arguments)
{
    struct process_timers *timers;
    struct posix_timer *timer;
    helix_status status = lock_timer((i32)arguments[0], &timers, &timer);
    if (status != HELIX_OK)
        return syscall_result(status);
    const struct linux_itimerspec out = read_timer(timer);
    unlock_timer(timers);
    return syscall_result(user_copy_out(vaddr_of(arguments[1]), &out, sizeof out));
}

static void start_timer(struct posix_timer *timer, nanos value, nanos period, bool absolute)
{
    clock_timer_set(&timer->timer, 0, 0);
    timer->timer.clock =
        !absolute && clock_follows_wall(timer->clock) ? CLOCK_MONOTONIC : timer->clock;
    const nanos expires =
        value == 0 || absolute ? value : clock_add(clock_timer_now(&timer->timer), value);
    timer->untold = timer->queued_overrun = timer->taken_overrun = 0;
    clock_timer_set(&timer->timer, expires, value ? period : 0);
}

i64 sys_timer_settime(const u64 *arguments)
{
    struct linux_itimerspec wanted;
    if (!arguments[2])
        return -LINUX_EINVAL;
    helix_status status = user_copy_in(&wanted, vaddr_of(arguments[2]), sizeof wanted);
    if (status == HELIX_OK &&
        !(clock_time_is_valid(&wanted.value) && clock_time_is_valid(&wanted.interval)))
        status = HELIX_E_INVAL;
    struct process_timers *timers;
    struct posix_timer *timer;
    if (status == HELIX_OK)
        status = lock_timer((i32)arguments[0], &timers, &timer);
    if (status != HELIX_OK)
        return syscall_result(status);
    const struct linux_itimerspec old = read_timer(timer);
    start_timer(timer, clock_nanos_of(&wanted.value), clock_nanos_of(&wanted.interval),
                arguments[1] & TIMER_ABSTIME);
    unlock_timer(timers);
    if (status == HELIX_OK && arguments[3])
        status = user_copy_out(vaddr_of(arguments[3]), &old, sizeof old);
    return syscall_result(status);
}

i64 sys_timer_getoverrun(const u64 *arguments)
{
    struct process_timers *timers;
    struct posix_timer *timer;
    const helix_status status = lock_timer((i32)arguments[0], &timers, &timer);
    if (status != HELIX_OK)
        return syscall_result(status);
    const u32 overrun = timer->signal ? overrun_of(timer) : 0;
    unlock_timer(timers);
    return overrun;
}

i64 sys_timer_delete(const u64 *arguments)
{
    struct process_timers *timers;
    struct posix_timer *timer;
    const helix_status status = lock_timer((i32)arguments[0], &timers, &timer);
    if (status != HELIX_OK)
        return syscall_result(status);
    delete_timer(timer);
    unlock_timer(timers);
    return 0;
}
