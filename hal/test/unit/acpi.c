/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal_shared/acpi.h>

#include <helix/lib/compiler.h>
#include <helix/lib/string.h>
#include <helix/lib/test.h>

/* A small machine's memory, with tables built into it. */
#define MEMORY_BYTES 0x2000u
#define RSDP_AT      0x100u
#define XSDT_AT      0x200u
#define MADT_AT      0x400u
#define FADT_AT      0x800u
#define DSDT_AT      0xc00u
#define HPET_AT      0x1000u
#define MCFG_AT      0x1100u

static u8 memory[MEMORY_BYTES];
static const struct acpi_memory window = {.base = memory, .bytes = MEMORY_BYTES};
static struct acpi_platform platform;

static void put32(u32 at, u32 value)
{
    memcpy(&memory[at], &value, sizeof(value));
}

static void put64(u32 at, u64 value)
{
    memcpy(&memory[at], &value, sizeof(value));
}

/* Make the @bytes from @at on add up to zero. */
static void seal(u32 at, u32 bytes, u32 checksum)
{
    u8 sum = 0;
    memory[at + checksum] = 0;
    for (u32 i = 0; i < bytes; i++)
        sum = (u8)(sum + memory[at + i]);
    memory[at + checksum] = (u8)-sum;
}

static void begin_table(u32 at, const char *signature, u32 bytes)
{
    memcpy(&memory[at], signature, 4);
    put32(at + 4, bytes);
}

static void seal_table(u32 at)
{
    u32 bytes;
    memcpy(&bytes, &memory[at + 4], sizeof(bytes));
    seal(at, bytes, 9);
}

static void seal_rsdp(void)
{
    seal(RSDP_AT, 20, 8);
    seal(RSDP_AT, 36, 32);
}

static void build_root(void)
{
    static const u32 tables[] = {MADT_AT, FADT_AT, HPET_AT, MCFG_AT};
    memcpy(&memory[RSDP_AT], "RSD PTR ", 8);
    memory[RSDP_AT + 15] = 2;
    put32(RSDP_AT + 20, 36);
    put64(RSDP_AT + 24, XSDT_AT);
    seal_rsdp();
    begin_table(XSDT_AT, "XSDT", 36 + 8 * (u32)array_count(tables));
    for (u32 i = 0; i < array_count(tables); i++)
        put64(XSDT_AT + 36 + 8 * i, tables[i]);
    seal_table(XSDT_AT);
}

static void build_madt(void)
{
    static const u8 entries[] = {
        0, 8,  0, 0, 1, 0, 0,    0,                   // CPU with APIC id 0
        0, 8,  1, 4, 1, 0, 0,    0,                   // CPU with APIC id 4
        0, 8,  2, 6, 0, 0, 0,    0,                   // one that cannot be used
        1, 12, 0, 0, 0, 0, 0xc0, 0xfe, 0,    0, 0, 0, // I/O APIC at 0xfec00000
        2, 10, 0, 0, 2, 0, 0,    0,    0,    0,       // ISA 0 is line 2
        2, 10, 0, 9, 9, 0, 0,    0,    0x0d, 0,       // ISA 9 is level, high
    };
    begin_table(MADT_AT, "APIC", 44 + sizeof(entries));
    put32(MADT_AT + 36, 0xfee00000);
    memcpy(&memory[MADT_AT + 44], entries, sizeof(entries));
    seal_table(MADT_AT);
}

static void build_fadt(void)
{
    static const u8 s5[] = {0x08, '_', 'S', '5', '_', 0x12, 0x06, 0x04, 0x0a, 0x05, 0x01, 0, 0};
    begin_table(DSDT_AT, "DSDT", 36 + 8 + sizeof(s5));
    memcpy(&memory[DSDT_AT + 36 + 8], s5, sizeof(s5));
    seal_table(DSDT_AT);
    begin_table(FADT_AT, "FACP", 244);
    put32(FADT_AT + 40, DSDT_AT);
    put32(FADT_AT + 64, 0x604);
    put32(FADT_AT + 76, 0x608);
    memory[FADT_AT + 91] = 4;
    put32(FADT_AT + 112, 1u << 10);
    memory[FADT_AT + 116] = ACPI_SPACE_PORT;
    put64(FADT_AT + 120, 0xcf9);
    memory[FADT_AT + 128] = 0x0f;
    seal_table(FADT_AT);
}

static void build(void)
{
    memset(memory, 0, sizeof(memory));
    build_root();
    build_madt();
    build_fadt();
    begin_table(HPET_AT, "HPET", 56);
    put64(HPET_AT + 44, 0xfed00000);
    seal_table(HPET_AT);
    begin_table(MCFG_AT, "MCFG", 60);
    put64(MCFG_AT + 44, 0xb0000000);
    seal_table(MCFG_AT);
}

HELIX_TEST(acpi, reads_what_the_tables_say)
{
    build();
    REQUIRE(t, hal_acpi_read(&window, RSDP_AT, &platform) == HELIX_OK);
    EXPECT(t, platform.damaged == 0);
    EXPECT(t, platform.cpu_count == 2 && platform.cpus[0] == 0 && platform.cpus[1] == 4);
    EXPECT(t, platform.lapic_base == 0xfee00000);
    EXPECT(t, platform.ioapic_count == 1 && platform.ioapics[0].base == 0xfec00000);
    EXPECT(t, platform.override_count == 2 && platform.overrides[0].line == 2);
    EXPECT(t, platform.overrides[1].level && !platform.overrides[1].active_low);
    EXPECT(t, platform.hpet_base == 0xfed00000 && platform.pci_base == 0xb0000000);
    EXPECT(t, platform.pm1a_control == 0x604 && platform.pm_timer_port == 0x608);
    EXPECT(t, platform.reset.address == 0xcf9 && platform.reset_value == 0x0f);
    EXPECT(t, platform.has_s5 && platform.s5_a == 5 && platform.s5_b == 1);
}

HELIX_TEST(acpi, leaves_out_a_table_with_a_wrong_sum)
{
    build();
    memory[MADT_AT + 50] ^= 1;
    REQUIRE(t, hal_acpi_read(&window, RSDP_AT, &platform) == HELIX_OK);
    EXPECT(t, platform.damaged == 1 && platform.cpu_count == 0);
    EXPECT(t, platform.has_fadt && platform.hpet_base != 0);
}

HELIX_TEST(acpi, leaves_out_a_table_that_reaches_beyond_memory)
{
    build();
    put32(HPET_AT + 4, 0xffffffff);
    put64(XSDT_AT + 36 + 8 * 3, UINT64_MAX - 8);
    seal_table(XSDT_AT);
    REQUIRE(t, hal_acpi_read(&window, RSDP_AT, &platform) == HELIX_OK);
    EXPECT(t, platform.damaged == 2 && platform.hpet_base == 0 && platform.pci_base == 0);
}

HELIX_TEST(acpi, stops_at_an_entry_with_a_wrong_length)
{
    static const u8 lengths[] = {0, 1, 7, 255};
    for (size_t i = 0; i < array_count(lengths); i++) {
        build();
        memory[MADT_AT + 44 + 8 + 1] = lengths[i];
        seal_table(MADT_AT);
        REQUIRE(t, hal_acpi_read(&window, RSDP_AT, &platform) == HELIX_OK);
        EXPECT(t, platform.cpu_count == 1 && platform.damaged == 1);
    }
}

HELIX_TEST(acpi, refuses_a_damaged_root)
{
    build();
    EXPECT(t, hal_acpi_read(&window, RSDP_AT + 16, &platform) == HELIX_E_FIRMWARE);
    EXPECT(t, hal_acpi_read(&window, MEMORY_BYTES - 4, &platform) == HELIX_E_FIRMWARE);
    EXPECT(t, hal_acpi_read(&window, UINT64_MAX, &platform) == HELIX_E_FIRMWARE);
    memory[XSDT_AT + 12] ^= 0x40;
    EXPECT(t, hal_acpi_read(&window, RSDP_AT, &platform) == HELIX_E_FIRMWARE);
}

/* With the sums put right, as firmware that is wrong itself would have them. */
HELIX_TEST(acpi, survives_any_changed_byte)
{
    static const u32 tables[] = {XSDT_AT, MADT_AT, FADT_AT, DSDT_AT, HPET_AT, MCFG_AT};
    for (size_t i = 0; i < array_count(tables); i++) {
        for (u32 offset = 8; offset < 250; offset++) {
            build();
            memory[tables[i] + offset] ^= 0xff;
            seal_table(tables[i]);
            EXPECT(t, hal_acpi_read(&window, RSDP_AT, &platform) == HELIX_OK);
        }
    }
}

HELIX_TEST(acpi, finds_the_rsdp_in_the_bios_area)
{
    static u8 low[0x100000];
    const struct acpi_memory low_window = {.base = low, .bytes = sizeof(low)};
    EXPECT(t, hal_acpi_find_rsdp(&low_window) == 0);
    build();
    memcpy(&low[0xf59e0], &memory[RSDP_AT], 36);
    EXPECT(t, hal_acpi_find_rsdp(&low_window) == 0xf59e0);
}
