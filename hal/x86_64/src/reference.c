/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "reference.h"

#include <helix/hal/mmu.h>

#include "machine.h"
#include "platform.h"

#define HPET_CAPABILITIES 0x00
#define HPET_CONFIG       0x10
#define HPET_COUNTER      0xf0
#define HPET_ENABLE       1u
#define HPET_FS_MOST      100000000u // a period longer than this is not a HPET's
#define FS_PER_SECOND     1000000000000000ull
#define HPET_BYTES        1024

#define PM_TIMER_HZ   3579545
#define PM_TIMER_MASK 0xffffffu

#define PIT_HZ             1193182
#define PIT_CHANNEL_2      0x42
#define PIT_COMMAND        0x43
#define PIT_CHANNEL_2_RATE 0xb4 // channel 2, low then high byte, rate generator
#define PIT_LATCH_2        0x80
#define PIT_GATE_PORT      0x61
#define PIT_GATE           0x01
#define PIT_SPEAKER        0x02
#define PIT_MASK           0xffffu

static struct {
    u64 (*read)(void);
    u64 hz;
    u64 mask;
} reference;

static volatile u8 *hpet;

static u64 hpet_read(void)
{
    return *(volatile u32 *)(hpet + HPET_COUNTER);
}

static bool hpet_find(void)
{
    if (hal_platform.hpet_base == 0)
        return false;
    hpet = hal_map_device(paddr_of(hal_platform.hpet_base), HPET_BYTES);
    if (hpet == NULL)
        return false;
    u32 period = *(volatile u32 *)(hpet + HPET_CAPABILITIES + 4);
    if (period == 0 || period > HPET_FS_MOST)
        return false;
    *(volatile u32 *)(hpet + HPET_CONFIG) |= HPET_ENABLE;
    reference.read = hpet_read;
    reference.hz = FS_PER_SECOND / period;
    reference.mask = UINT32_MAX;
    return true;
}

static u64 pm_timer_read(void)
{
    return port_read32((u16)hal_platform.pm_timer_port) & PM_TIMER_MASK;
}

/* A timer that stands still is none. */
static bool pm_timer_find(void)
{
    if (hal_platform.pm_timer_port == 0)
        return false;
    u64 start = pm_timer_read();
    for (unsigned i = 0; i < 1000; i++) {
        if (pm_timer_read() == start)
            continue;
        reference.read = pm_timer_read;
        reference.hz = PM_TIMER_HZ;
        reference.mask = PM_TIMER_MASK;
        return true;
    }
    return false;
}

/* Counts down; turned round here. */
static u64 pit_read(void)
{
    port_write8(PIT_COMMAND, PIT_LATCH_2);
    u64 low = port_read8(PIT_CHANNEL_2);
    return ~(low | (u64)port_read8(PIT_CHANNEL_2) << 8) & PIT_MASK;
}

static bool pit_find(void)
{
    port_write8(PIT_GATE_PORT, (u8)((port_read8(PIT_GATE_PORT) & ~PIT_SPEAKER) | PIT_GATE));
    port_write8(PIT_COMMAND, PIT_CHANNEL_2_RATE);
    port_write8(PIT_CHANNEL_2, 0xff);
    port_write8(PIT_CHANNEL_2, 0xff);
    u64 start = pit_read();
    for (unsigned i = 0; i < 1000; i++) {
        if (pit_read() == start)
            continue;
        reference.read = pit_read;
        reference.hz = PIT_HZ;
        reference.mask = PIT_MASK;
        return true;
    }
    return false;
}

bool hal_reference_find(void)
{
    return hpet_find() || pm_timer_find() || pit_find();
}

u64 hal_reference_hz(void)
{
    return reference.hz;
}

u64 hal_reference_read(void)
{
    return reference.read();
}

u64 hal_reference_since(u64 start, u64 now)
{
    return (now - start) & reference.mask;
}
