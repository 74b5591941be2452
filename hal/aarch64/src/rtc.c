/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* PL031: seconds since 1970, as they are. */
#include <helix/hal/mmu.h>
#include <helix/hal/time.h>

#include "machine.h"
#include "tree.h"

#define REG_SECONDS 0x00
#define REG_LOAD    0x08
#define REG_CONTROL 0x0c

#define CONTROL_ON 1u

static volatile u8 *registers;

static bool is_there(void)
{
    struct fdt_range range;
    if (registers != NULL)
        return true;
    if (!hal_tree_device("arm,pl031", NULL, &range))
        return false;
    registers = hal_map_device(paddr_of(range.base), PAGE_SIZE);
    if (registers != NULL && !(device_read32(registers + REG_CONTROL) & CONTROL_ON))
        device_write32(registers + REG_CONTROL, CONTROL_ON);
    return registers != NULL;
}

u64 hal_wall_clock_read(void)
{
    return is_there() ? device_read32(registers + REG_SECONDS) : 0;
}

helix_status hal_wall_clock_write(u64 seconds)
{
    if (!is_there())
        return HELIX_E_NODEV;
    if (seconds > UINT32_MAX)
        return HELIX_E_RANGE;
    device_write32(registers + REG_LOAD, (u32)seconds);
    return HELIX_OK;
}
