/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>

/*
 * A small reader of ACPI's fixed tables; no AML is interpreted. Everything read is checked against
 * the window and the tables' own lengths and checksums, so that firmware (or a fuzzer) may say what
 * it likes.
 */

/* Physical memory: @bytes from address 0 on, readable at @base. */
struct acpi_memory {
    const u8 *base;
    u64 bytes;
};

enum acpi_space {
    ACPI_SPACE_MEMORY = 0,
    ACPI_SPACE_PORT = 1,
};

struct acpi_register {
    u64 address; // 0: none
    u8 space;    // enum acpi_space
    u8 bits;
};

struct acpi_ioapic {
    u64 base;
    u32 first_line;
};

#define ACPI_OVERRIDE_ACTIVE_LOW 0x2u // in its two-bit field: 3 means low
#define ACPI_OVERRIDE_LEVEL      0x8u // in its two-bit field: 3 means level

struct acpi_override {
    u8 isa;
    u32 line;
    bool active_low;
    bool level;
};

#define ACPI_IOAPICS   8
#define ACPI_OVERRIDES 16

struct acpi_platform {
    u32 cpus[HELIX_MAX_CPUS]; // APIC ids of CPUs that can be used, in the table's order
    unsigned cpu_count;
    unsigned cpus_left_out; // beyond HELIX_MAX_CPUS, or with ids xAPIC cannot name
    u64 lapic_base;         // 0: no MADT
    struct acpi_ioapic ioapics[ACPI_IOAPICS];
    unsigned ioapic_count;
    struct acpi_override overrides[ACPI_OVERRIDES];
    unsigned override_count;

    u64 hpet_base; // 0: none
    u64 pci_base;  // configuration space of segment 0; 0: none
    u8 pci_first_bus, pci_last_bus;

    bool has_fadt;
    bool hardware_reduced;
    bool no_8042;
    bool no_cmos;
    u32 pm_timer_port; // 0: none
    u32 pm1a_control, pm1b_control;
    u32 smi_command;
    u8 acpi_enable;
    struct acpi_register reset;
    u8 reset_value;
    struct acpi_register sleep_control;
    bool has_s5;
    u8 s5_a, s5_b;
    u8 century_register; // of the CMOS clock; 0: none

    unsigned damaged; // tables left out because of a wrong length or checksum
};

/*
 * Read the tables that the RSDP at @rsdp leads to. @platform_out is always filled with what could
 * be read. Errors: HELIX_E_FIRMWARE no valid RSDP or root table.
 */
helix_status hal_acpi_read(const struct acpi_memory *memory, u64 rsdp,
                           struct acpi_platform *platform_out);

/* Look for an RSDP where PC firmware puts it; 0: none. */
u64 hal_acpi_find_rsdp(const struct acpi_memory *memory);
