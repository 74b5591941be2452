/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The Goldfish clock: nanoseconds since 1970, as two words. */
#include "goldfish_rtc.h"

#include <helix/hal/mmu.h>
#include <helix/hal/spinlock.h>
#include <helix/hal/time.h>

#include "tree.h"

#define TIME_LOW  0x00 // reading it holds the high word
#define TIME_HIGH 0x04
#define REGISTERS 0x24

static volatile u8 *base;
static struct spinlock lock = SPINLOCK_INIT(LOCK_RANK_HAL);

void hal_goldfish_rtc_start(void)
{
    struct fdt_range registers;
    if (hal_tree_device("google,goldfish-rtc", NULL, &registers))
        base = hal_map_device(paddr_of(registers.base), REGISTERS);
}

static volatile u32 *word(unsigned offset)
{
    return (volatile u32 *)(base + offset);
}

u64 hal_wall_clock_read(void)
{
    if (base == NULL)
        return 0;
    struct irq_key key = spin_lock_irq(&lock);
    u64 low = *word(TIME_LOW);
    u64 now = (u64)*word(TIME_HIGH) << 32 | low;
    spin_unlock_irq(&lock, key);
    return now / NANOS_PER_SECOND;
}

helix_status hal_wall_clock_write(u64 seconds)
{
    u64 then;
    if (base == NULL)
        return HELIX_E_NODEV;
    if (mul_overflows(seconds, NANOS_PER_SECOND, &then))
        return HELIX_E_RANGE;
    struct irq_key key = spin_lock_irq(&lock);
    *word(TIME_HIGH) = (u32)(then >> 32);
    *word(TIME_LOW) = (u32)then;
    spin_unlock_irq(&lock, key);
    return HELIX_OK;
}
