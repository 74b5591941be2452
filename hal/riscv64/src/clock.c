/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Time from the time counter, which all harts share and the device tree gives the rate of. The
 * timer is its compare register: written here where the CPU has Sstc, else by the firmware.
 */
#include "clock.h"

#include <helix/hal/cpu.h>
#include <helix/hal/time.h>
#include <helix/hal/user_clock.h>

#include "csr.h"
#include "features.h"
#include "sbi.h"
#include "timer.h"

#define SHIFT USER_CLOCK_SHIFT

static u64 ticks_hz = 1;
static u64 ticks_mult; // of one nanosecond, << SHIFT
static bool instructions_counted;

static u64 scaled(u64 n, u64 mult)
{
    return (u64)((unsigned __int128)n * mult >> SHIFT);
}

nanos hal_clock_now(void)
{
    // The parameters never change.
    return user_clock_nanos(&hal_user_clock.clock, csr_read(time));
}

u64 hal_cycles(void)
{
    return csr_read(time);
}

u64 hal_cycles_per_second(void)
{
    return ticks_hz;
}

static u64 count_of_loop(u64 turns)
{
    u64 before = csr_read(instret);
    __asm__ volatile("1: addi %0, %0, -1; bnez %0, 1b" : "+r"(turns));
    return csr_read(instret) - before;
}

/*
 * Under emulation that counts, with one tick an instruction, 300 turns of two instructions more are
 * exactly 600 more, every time. An emulator that does not count shows the host's clock there.
 */
static bool counts_instructions(void)
{
    for (unsigned i = 0; i < 4; i++)
        if (count_of_loop(400) - count_of_loop(100) != 600)
            return false;
    return true;
}

u64 hal_instructions(void)
{
    return instructions_counted ? csr_read(instret) : 0;
}

void hal_clock_start(u64 start, u64 hz)
{
    hal_user_clock.clock.base_count = start;
    hal_user_clock.clock.mult = user_clock_mult(hz);
    hal_user_clock.clock.readable = true; // hal_features_enable() opens it
    ticks_hz = hz;
    ticks_mult = (hz << SHIFT) / NANOS_PER_SECOND;
    instructions_counted = counts_instructions();
}

static void set_compare(u64 at)
{
    if (hal_features.sstc)
        csr_write(0x14d, at);
    else
        hal_sbi_set_timer(at);
}

void hal_timer_start(nanos span)
{
    set_compare(span == NANOS_NEVER ? UINT64_MAX : csr_read(time) + scaled(span, ticks_mult) + 1);
}
