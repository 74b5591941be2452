/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Monotonic time from the time-stamp counter.
 *
 * The counter's rate comes from CPUID where it tells, else from one millisecond against a
 * reference: HPET, ACPI timer or PIT. The busy wait is short because under counting emulation every
 * instruction is time. Half a second and eight seconds later the same reference, read again, gives
 * the rate to a few parts per million.
 *
 * A new rate takes over where the old one stands, so that the clock is continuous. Readers never
 * wait for an interrupted writer, which has interrupts off.
 */
#include "clock.h"

#include <helix/hal/cpu.h>
#include <helix/hal/mmu.h>
#include <helix/hal/time.h>
#include <helix/hal/user_clock.h>
#include <helix/lib/atomic.h>
#include <helix/lib/log.h>

#include "features.h"
#include "lapic.h"
#include "machine.h"
#include "reference.h"
#include "timer.h"

#define CALIBRATION_NANOS NANOS_PER_MS
#define COUNTED_NANOS     (100 * NANOS_PER_US) // when instructions are counted no reading is disturbed
#define DEFAULT_LAPIC_HZ  1000000000ull
#define READ_TRIES        3

#define LEAF_TSC        0x15
#define LEAF_HYPERVISOR 0x40000000
#define LEAF_TIMING     0x40000010

static u64 tsc_hz;
static u64 lapic_hz = DEFAULT_LAPIC_HZ;
static bool instructions_counted;

/* The first reading of the reference, for refining later. */
static struct {
    u64 tsc;
    u64 ticks;
    unsigned stage; // index of the next span
} origin;
static const nanos refine_spans[] = {500 * NANOS_PER_MS, 8 * NANOS_PER_SECOND};

/* Neither before what stands before it nor after what follows. */
static u64 tsc_read_ordered(void)
{
    u32 low, high;
    __asm__ volatile("lfence; rdtsc; lfence" : "=a"(low), "=d"(high) : : "memory");
    return (u64)high << 32 | low;
}

nanos hal_clock_now(void)
{
    return user_clock_read(&hal_user_clock.clock, tsc_read_ordered);
}

/*
 * The counter is read when every reader can see that the parameters change: whoever used the old
 * ones has read a smaller count.
 */
static void set_rate(u64 hz)
{
    struct user_clock *clock = &hal_user_clock.clock;
    struct irq_key key = hal_irq_save();
    atomic_store_relaxed(&clock->sequence, clock->sequence + 1);
    atomic_fence_seq();
    const u64 now = tsc_read_ordered();
    if (clock->mult == 0)
        clock->mult = user_clock_mult(hz);
    WRITE_ONCE(clock->base_nanos, user_clock_nanos(clock, now));
    WRITE_ONCE(clock->base_count, now);
    WRITE_ONCE(clock->mult, user_clock_mult(hz));
    atomic_store_release(&clock->sequence, clock->sequence + 1);
    tsc_hz = hz;
    hal_irq_restore(key);
}

void hal_clock_set_start(u64 tsc)
{
    hal_user_clock.clock.base_count = tsc;
    hal_user_clock.clock.readable = true; // CR4.TSD stays clear
}

/* One moment on three clocks. */
struct moment {
    u64 tsc;
    u64 ticks;
    u32 lapic;
};

/* The reading that took the least time is the one nothing came between. */
static struct moment read_moment(void)
{
    struct moment best = {0};
    u64 best_span = UINT64_MAX;
    for (unsigned i = 0; i < READ_TRIES; i++) {
        u64 before = tsc_read();
        u64 ticks = hal_reference_read();
        u64 after = tsc_read();
        u32 lapic = hal_lapic_timer_count();
        if (after - before < best_span) {
            best_span = after - before;
            best = (struct moment){
                .tsc = before + (after - before) / 2, .ticks = ticks, .lapic = lapic};
        }
    }
    return best;
}

static void measure(void)
{
    nanos wait = instructions_counted ? COUNTED_NANOS : CALIBRATION_NANOS;
    u64 span = scale(wait, hal_reference_hz(), NANOS_PER_SECOND);
    hal_lapic_timer_start(UINT32_MAX);
    struct moment start = read_moment();
    while (hal_reference_since(start.ticks, hal_reference_read()) < span)
        hal_cpu_relax();
    struct moment end = read_moment();
    hal_lapic_timer_start(0);
    u64 ticks = hal_reference_since(start.ticks, end.ticks);
    tsc_hz = scale(end.tsc - start.tsc, hal_reference_hz(), ticks);
    lapic_hz = scale(start.lapic - end.lapic, hal_reference_hz(), ticks);
    origin.tsc = start.tsc;
    origin.ticks = start.ticks;
}

/* Emulators and most crystals run at whole megahertz; a reading this close to one means it. */
static u64 rounded(u64 hz)
{
    u64 unit = instructions_counted ? 1000000000 : 1000000;
    u64 whole = (hz + unit / 2) / unit * unit;
    u64 distance = hz > whole ? hz - whole : whole - hz;
    // So short a look at a slow reference is coarse; a counter of instructions has a whole rate.
    return distance < hz / (instructions_counted ? 50 : 4000) ? whole : hz;
}

static u64 tsc_hz_of_cpuid(void)
{
    if (hal_features.basic_leaf_most >= LEAF_TSC) {
        struct cpuid r = cpuid(LEAF_TSC, 0);
        if (r.a != 0 && r.b != 0 && r.c != 0)
            return scale(r.c, r.b, r.a);
    }
    if (!hal_features.hypervisor || cpuid(LEAF_HYPERVISOR, 0).a < LEAF_TIMING)
        return 0;
    struct cpuid r = cpuid(LEAF_TIMING, 0); // in kHz
    if (r.b != 0)
        lapic_hz = r.b * 1000ull;
    return r.a * 1000ull;
}

static u64 tsc_of_loop(u64 turns)
{
    u64 before = tsc_read();
    __asm__ volatile("1: decq %0; jnz 1b" : "+r"(turns));
    return tsc_read() - before;
}

/*
 * Under counting emulation with one tick an instruction, 300 turns of two instructions more take
 * exactly 600 ticks more, every time. Nothing else is that regular.
 */
static bool ticks_are_instructions(void)
{
    for (unsigned i = 0; i < 4; i++)
        if (tsc_of_loop(400) - tsc_of_loop(100) != 600)
            return false;
    return true;
}

void hal_clock_calibrate(void)
{
    instructions_counted = ticks_are_instructions();
    u64 hz = tsc_hz_of_cpuid();
    if (hz == 0 && hal_reference_find()) {
        measure();
        hz = rounded(tsc_hz);
        lapic_hz = rounded(lapic_hz);
    }
    if (hz == 0) {
        hz = DEFAULT_LAPIC_HZ;
        log_warn("hal", "no clock to calibrate against: assuming a counter of 1 GHz");
    }
    set_rate(hz);
}

void hal_clock_refine(void)
{
    if (likely(origin.tsc == 0 || origin.stage == array_count(refine_spans) || hal_cpu_id() != 0))
        return;
    nanos passed = scale(tsc_read() - origin.tsc, NANOS_PER_SECOND, tsc_hz);
    if (passed < refine_spans[origin.stage])
        return;
    struct moment now = read_moment();
    u64 reference_nanos =
        scale(hal_reference_since(origin.ticks, now.ticks), NANOS_PER_SECOND, hal_reference_hz());
    passed = scale(now.tsc - origin.tsc, NANOS_PER_SECOND, tsc_hz);
    // A counter that wrapped in between, or a machine that slept, says nothing.
    if (passed < 2 * refine_spans[origin.stage] && reference_nanos > passed - passed / 100 &&
        reference_nanos < passed + passed / 100)
        set_rate(rounded(scale(now.tsc - origin.tsc, NANOS_PER_SECOND, reference_nanos)));
    origin.stage++;
}

u64 hal_cycles(void)
{
    return tsc_read();
}

u64 hal_cycles_per_second(void)
{
    return tsc_hz;
}

u64 hal_instructions(void)
{
    return instructions_counted ? tsc_read() : 0;
}

void hal_timer_start(nanos span)
{
    u64 count = span == NANOS_NEVER ? 0 : max(scale(span, lapic_hz, NANOS_PER_SECOND), 1ul);
    hal_lapic_timer_start((u32)min(count, (u64)UINT32_MAX));
}
