/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * adjtimex(2), clock_adjtime(2): what is told about the wall clock, and how it is steered.
 *
 * While a frequency, a tick or an offset is set, a timer tells the wall clock at every
 * USER_CLOCK_SLEW_STEP what to gain within the next one; without them it does not run. What a
 * frequency or tick is worth is counted by the time that has passed, so a late timer loses nothing.
 * An offset of the phase-locked loop goes by a part of itself each second that its time constant
 * says; one of adjtime(3) by 500 us a second.
 */
#include <helix/abi/linux.h>
#include <helix/capability/linux.h>
#include <helix/core/syscall.h>
#include <helix/execution/timer.h>
#include <helix/hal/spinlock.h>
#include <helix/hal/time.h>
#include <helix/hal/user_clock.h>
#include <helix/memory/user_copy.h>
#include <helix/userspace/task.h>

#include "calls.h"
#include "linux_task.h"
#include "time/clock.h"

/* struct timex of adjtimex(2). */
struct linux_timex {
    u32 modes;
    u32 pad0;
    i64 offset, frequency, max_error, estimated_error;
    i32 status, pad1;
    i64 constant, precision, tolerance;
    struct linux_timeval time;
    i64 tick, pps_frequency, jitter;
    i32 shift, pad2;
    i64 stability, jitter_count, calibration_count, error_count, stability_count;
    i32 tai;
    i32 spare[11];
};
_Static_assert(sizeof(struct linux_timex) == 208, "struct timex of adjtimex(2)");

enum adjustment {
    ADJ_OFFSET = 0x0001,
    ADJ_FREQUENCY = 0x0002,
    ADJ_MAX_ERROR = 0x0004,
    ADJ_ESTIMATED_ERROR = 0x0008,
    ADJ_STATUS = 0x0010,
    ADJ_TIME_CONSTANT = 0x0020,
    ADJ_TAI = 0x0080,
    ADJ_SET_OFFSET = 0x0100,
    ADJ_MICRO = 0x1000,
    ADJ_NANO = 0x2000,
    ADJ_TICK = 0x4000,
    ADJ_ADJTIME = 0x8000, // with ADJ_OFFSET: the old adjtime(); with ADJ_NANO: only asks for it
};

enum clock_status {
    STA_PLL = 0x0001,
    STA_UNSYNC = 0x0040,
    STA_READ_ONLY = 0xff00,
    STA_NANO = 0x2000,
};

#define TIME_OK         0
#define TIME_ERROR      5
#define USUAL_TICK      10000
#define TICK_RANGE      1000
#define MAX_ERROR       16000000
#define MAX_FREQUENCY   (500ll << 16) // parts per million, 16 bits of fraction
#define FREQUENCY_RANGE (INT64_MAX / (1000ll << 16))
#define MAX_PHASE       (500 * (i64)NANOS_PER_MS)
#define MAX_CONSTANT    10
#define MAX_TAI         100000
#define SINGLE_RATE     500ll                                            // us a second
#define STEPS           ((i64)(NANOS_PER_SECOND / USER_CLOCK_SLEW_STEP)) // in a second

static void slew(struct timer *unused);

static struct {
    struct spinlock lock;
    bool started;
    struct timer timer;
    i64 frequency, max_error, estimated_error, constant, tick;
    i64 offset; // ns still to go by the loop
    i64 single; // ns still to go by adjtime()
    i64 owed;   // ns * NANOS_PER_SECOND, by frequency and tick
    nanos stepped;
    i32 status;
    i32 tai;
} clock = {
    .lock = SPINLOCK_INIT(LOCK_RANK_OBJECT),
    .max_error = MAX_ERROR,
    .estimated_error = MAX_ERROR,
    .constant = 2,
    .tick = USUAL_TICK,
    .status = STA_UNSYNC,
};

u64 clock_tai_offset(void)
{
    return (u64)READ_ONCE(clock.tai);
}

static i64 limited(i64 value, i64 most)
{
    return value > most ? most : value < -most ? -most : value;
}

/* A part of *@left, at least one, off it. */
static i64 take(i64 *left, i64 part)
{
    const i64 taken = part == 0 ? *left : part;
    *left -= taken;
    return taken;
}

static bool is_steered(void)
{
    return clock.frequency != 0 || clock.tick != USUAL_TICK || clock.offset != 0 ||
           clock.single != 0;
}

/* What a second is too short or too long, in ns. */
static i64 pace(void)
{
    return (clock.frequency * 1000 >> 16) + (clock.tick - USUAL_TICK) * (i64)USER_HZ * 1000;
}

/* What is due now of everything, in ns; what is too much for one step stays owed. */
static i64 due(nanos now)
{
    clock.owed += pace() * (i64)min(now - clock.stepped, (nanos)NANOS_PER_SECOND);
    clock.stepped = now;
    i64 by = take(&clock.offset, clock.offset / (STEPS << (2 + clock.constant)));
    by += take(&clock.single, limited(clock.single, SINGLE_RATE * 1000 / STEPS));
    by += clock.owed / (i64)NANOS_PER_SECOND;
    clock.owed %= (i64)NANOS_PER_SECOND;
    const i64 now_by = limited(by, USER_CLOCK_SLEW_MOST);
    clock.owed += (by - now_by) * (i64)NANOS_PER_SECOND;
    return now_by;
}

/* Interrupt context. One more step than was steered: it pays what is owed. */
static void slew(struct timer *unused)
{
    (void)unused;
    spin_lock(&clock.lock);
    const i64 by = due(hal_clock_now());
    if (by != 0 || is_steered())
        timer_arm(&clock.timer, clock.stepped + USER_CLOCK_SLEW_STEP, 0);
    wall_clock_slew(by);
    spin_unlock(&clock.lock);
}

static void start_slewing(void)
{
    if (!clock.started)
        timer_init(&clock.timer, slew);
    clock.started = true;
    if (!is_steered() || timer_pending(&clock.timer))
        return;
    clock.stepped = hal_clock_now();
    timer_arm(&clock.timer, clock.stepped + USER_CLOCK_SLEW_STEP, 0);
}

/* ---- What may be asked ---- */

static bool is_reading(u32 modes)
{
    return modes == 0 || (modes & (ADJ_ADJTIME | ADJ_NANO)) == (ADJ_ADJTIME | ADJ_NANO);
}

static i64 check(const struct linux_timex *timex)
{
    const u32 modes = timex->modes;
    if ((modes & ADJ_ADJTIME) && !(modes & ADJ_OFFSET))
        return -LINUX_EINVAL;
    if (!is_reading(modes) && !task_capable(CAP_SYS_TIME))
        return -LINUX_EPERM;
    if (!(modes & ADJ_ADJTIME) && (modes & ADJ_TICK) &&
        (timex->tick < USUAL_TICK - TICK_RANGE || timex->tick > USUAL_TICK + TICK_RANGE))
        return -LINUX_EINVAL;
    const i64 fraction = modes & ADJ_NANO ? (i64)NANOS_PER_SECOND : 1000000;
    if ((modes & ADJ_SET_OFFSET) &&
        (timex->time.microseconds < 0 || timex->time.microseconds >= fraction))
        return -LINUX_EINVAL;
    if ((modes & ADJ_FREQUENCY) &&
        (timex->frequency > FREQUENCY_RANGE || timex->frequency < -FREQUENCY_RANGE))
        return -LINUX_EINVAL;
    return 0;
}

static void set_offset(i64 offset)
{
    if (!(clock.status & STA_PLL))
        return;
    if (!(clock.status & STA_NANO))
        offset = limited(offset, MAX_PHASE / 1000) * 1000;
    clock.offset = limited(offset, MAX_PHASE);
}

static void set_status(const struct linux_timex *timex)
{
    if (timex->modes & ADJ_STATUS)
        clock.status = (clock.status & STA_READ_ONLY) | (timex->status & ~(i32)STA_READ_ONLY);
    if (timex->modes & ADJ_NANO)
        clock.status |= STA_NANO;
    if (timex->modes & ADJ_MICRO)
        clock.status &= ~(i32)STA_NANO;
}

static void apply(const struct linux_timex *timex)
{
    const u32 modes = timex->modes;
    set_status(timex);
    if (modes & ADJ_FREQUENCY)
        clock.frequency = limited(timex->frequency, MAX_FREQUENCY);
    if (modes & ADJ_MAX_ERROR)
        clock.max_error = timex->max_error;
    if (modes & ADJ_ESTIMATED_ERROR)
        clock.estimated_error = timex->estimated_error;
    if (modes & ADJ_TIME_CONSTANT) {
        const i64 constant = timex->constant + (clock.status & STA_NANO ? 0 : 4);
        clock.constant = constant < 0 ? 0 : min(constant, (i64)MAX_CONSTANT);
    }
    if ((modes & ADJ_TAI) && timex->constant >= 0 && timex->constant <= MAX_TAI)
        WRITE_ONCE(clock.tai, (i32)timex->constant);
    if (modes & ADJ_OFFSET)
        set_offset(timex->offset);
    if (modes & ADJ_TICK)
        clock.tick = timex->tick;
}

/* The old adjtime(): the rest of the last adjustment is told, a new one begins. */
static void apply_single(struct linux_timex *timex)
{
    const i64 left = clock.single / 1000;
    if (!(timex->modes & ADJ_NANO))
        clock.single = limited(timex->offset, INT64_MAX / 1000) * 1000;
    timex->offset = left;
}

static void tell(struct linux_timex *timex)
{
    const bool nano = clock.status & STA_NANO;
    const nanos now = (nanos)wall_clock_now();
    timex->frequency = clock.frequency;
    timex->max_error = clock.max_error;
    timex->estimated_error = clock.estimated_error;
    timex->status = clock.status;
    timex->constant = clock.constant;
    timex->precision = 1;
    timex->tolerance = MAX_FREQUENCY;
    timex->tick = clock.tick;
    timex->tai = clock.tai;
    timex->time = clock_timeval_of(now);
    if (nano)
        timex->time.microseconds = (i64)(now % NANOS_PER_SECOND);
    timex->pps_frequency = timex->jitter = timex->stability = 0;
    timex->jitter_count = timex->calibration_count = 0;
    timex->error_count = timex->stability_count = 0;
    timex->shift = 0;
}

static i64 exchange(struct linux_timex *timex)
{
    const struct irq_key key = spin_lock_irq(&clock.lock);
    if (timex->modes & ADJ_ADJTIME) {
        apply_single(timex);
    } else {
        apply(timex);
        timex->offset = clock.status & STA_NANO ? clock.offset : clock.offset / 1000;
    }
    tell(timex);
    start_slewing();
    const i64 state = clock.status & STA_UNSYNC ? TIME_ERROR : TIME_OK;
    spin_unlock_irq(&clock.lock, key);
    return state;
}

static helix_status step(const struct linux_timex *timex)
{
    const i64 fraction = timex->time.microseconds * (timex->modes & ADJ_NANO ? 1 : 1000);
    i64 by, wall;
    if (__builtin_mul_overflow(timex->time.seconds, (i64)NANOS_PER_SECOND, &by) ||
        __builtin_add_overflow(by, fraction, &by) ||
        __builtin_add_overflow(wall_clock_now(), by, &wall))
        return HELIX_E_INVAL;
    return clock_set_wall(wall);
}

static i64 adjust(u64 user_timex)
{
    struct linux_timex timex;
    helix_status status = user_copy_in(&timex, vaddr_of(user_timex), sizeof timex);
    if (status != HELIX_OK)
        return syscall_result(status);
    const i64 error = check(&timex);
    if (error)
        return error;
    if (timex.modes & ADJ_SET_OFFSET)
        status = step(&timex);
    if (status != HELIX_OK)
        return syscall_result(status);
    const i64 state = exchange(&timex);
    status = user_copy_out(vaddr_of(user_timex), &timex, sizeof timex);
    return status == HELIX_OK ? state : syscall_result(status);
}

i64 sys_adjtimex(const u64 *arguments)
{
    return adjust(arguments[0]);
}

i64 sys_clock_adjtime(const u64 *arguments)
{
    nanos now;
    if ((i32)arguments[0] == CLOCK_REALTIME)
        return adjust(arguments[1]);
    return clock_read((i32)arguments[0], &now) ? -LINUX_EOPNOTSUPP : -LINUX_EINVAL;
}
