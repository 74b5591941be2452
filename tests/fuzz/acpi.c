/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Any bytes are ACPI tables to be read without a wrong access. Sums are put right first, so that
 * the fuzzer gets past the checks.
 */
#include <stdlib.h>
#include <string.h>

#include <helix/hal_shared/acpi.h>

#include "fuzz.h"

static void seal(u8 *from, size_t bytes, size_t checksum)
{
    u8 sum = 0;
    if (checksum >= bytes)
        return;
    from[checksum] = 0;
    for (size_t i = 0; i < bytes; i++)
        sum = (u8)(sum + from[i]);
    from[checksum] = (u8)-sum;
}

/* Give every table that the RSDP and the root could name a right sum. */
static void seal_all(u8 *memory, size_t n)
{
    static const char *const signatures[] = {"RSDT", "XSDT", "APIC", "FACP",
                                             "DSDT", "HPET", "MCFG"};
    for (size_t at = n >= 36 ? n - 36 : 0; at > 0; at--) {
        for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++) {
            u32 bytes;
            memcpy(&bytes, &memory[at + 4], sizeof(bytes));
            if (memcmp(&memory[at], signatures[i], 4) == 0 && bytes <= n - at)
                seal(&memory[at], bytes, 9);
        }
    }
    if (n >= 36) {
        seal(memory, 20, 8);
        seal(memory, 36, 32);
    }
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t n)
{
    struct acpi_platform platform;
    u8 *memory = malloc(n + 1);
    memcpy(memory, data, n);
    if (n >= 8)
        memcpy(memory, "RSD PTR ", 8);
    seal_all(memory, n);
    const struct acpi_memory window = {.base = memory, .bytes = n};
    bool read = hal_acpi_read(&window, 0, &platform) == HELIX_OK;
    if (platform.cpu_count > HELIX_MAX_CPUS || platform.ioapic_count > ACPI_IOAPICS ||
        platform.override_count > ACPI_OVERRIDES)
        abort();
    free(memory);
    return read && platform.damaged == UINT32_MAX ? -1 : 0;
}
