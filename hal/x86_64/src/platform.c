/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "platform.h"

#include <helix/hal/mmu.h>
#include <helix/lib/log.h>

#define FOUR_GB (1ull << 32)

#define DEFAULT_LAPIC_BASE  0xfee00000ull
#define DEFAULT_IOAPIC_BASE 0xfec00000ull

struct acpi_platform hal_platform;

/* Machines without usable tables: one CPU and the addresses that every PC has. */
static void assume_plain_pc(void)
{
    if (hal_platform.lapic_base == 0)
        hal_platform.lapic_base = DEFAULT_LAPIC_BASE;
    if (hal_platform.ioapic_count == 0 && !hal_platform.has_fadt)
        hal_platform.ioapics[hal_platform.ioapic_count++] =
            (struct acpi_ioapic){.base = DEFAULT_IOAPIC_BASE};
}

void hal_platform_find(paddr rsdp)
{
    static const struct acpi_memory memory = {.base = (const u8 *)HAL_DIRECT_BASE,
                                              .bytes = FOUR_GB};
    u64 address = rsdp.raw != 0 ? rsdp.raw : hal_acpi_find_rsdp(&memory);
    if (address == 0 || hal_acpi_read(&memory, address, &hal_platform) != HELIX_OK)
        hal_platform.damaged++;
    assume_plain_pc();
}
