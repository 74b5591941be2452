/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal_shared/acpi.h>

#include <helix/lib/compiler.h>
#include <helix/lib/string.h>

#define BIOS_AREA_START 0xe0000ull
#define BIOS_AREA_END   0x100000ull
#define EBDA_POINTER    0x40eull
#define EBDA_BYTES      1024

#define XAPIC_ID_MOST 254u

struct HELIX_PACKED rsdp {
    char signature[8];
    u8 checksum;
    char oem[6];
    u8 revision;
    u32 rsdt;
    u32 bytes;
    u64 xsdt;
    u8 extended_checksum;
    u8 reserved[3];
};
#define RSDP_V1_BYTES 20

struct HELIX_PACKED header {
    char signature[4];
    u32 bytes;
    u8 revision;
    u8 checksum;
    char oem[6];
    char oem_table[8];
    u32 oem_revision;
    u32 creator;
    u32 creator_revision;
};

/* The fields of the FADT that are used, at their offsets; an older table is shorter. */
enum fadt_offset {
    FADT_DSDT = 40,
    FADT_SMI_COMMAND = 48,
    FADT_ACPI_ENABLE = 52,
    FADT_PM1A_CONTROL = 64,
    FADT_PM1B_CONTROL = 68,
    FADT_PM_TIMER = 76,
    FADT_PM_TIMER_LENGTH = 91,
    FADT_CENTURY = 108,
    FADT_BOOT_FLAGS = 109,
    FADT_FLAGS = 112,
    FADT_RESET = 116,
    FADT_RESET_VALUE = 128,
    FADT_X_DSDT = 140,
    FADT_SLEEP_CONTROL = 244,
};
#define FADT_BOOT_8042       (1u << 1)
#define FADT_BOOT_NO_CMOS    (1u << 5)
#define FADT_FLAG_RESET      (1u << 10)
#define FADT_FLAG_HW_REDUCED (1u << 20)
#define FADT_REVISION_8042   3
#define REGISTER_BYTES       12

enum madt_entry {
    MADT_LAPIC = 0,
    MADT_IOAPIC = 1,
    MADT_OVERRIDE = 2,
    MADT_LAPIC_ADDRESS = 5,
};
#define MADT_FIRST_ENTRY      44
#define MADT_LAPIC_ENABLED    (1u << 0)
#define MADT_LAPIC_CAN_ENABLE (1u << 1)

#define HPET_ADDRESS 44
#define HPET_BYTES   56
#define MCFG_FIRST   44
#define MCFG_ENTRY   16

static const void *at(const struct acpi_memory *memory, u64 address, u64 bytes)
{
    u64 end;
    if (add_overflows(address, bytes, &end) || end > memory->bytes)
        return NULL;
    return memory->base + address;
}

static u8 read8(const struct header *table, u32 offset)
{
    return offset < table->bytes ? ((const u8 *)table)[offset] : 0;
}

static u32 read32(const struct header *table, u32 offset)
{
    u32 value = 0;
    if (table->bytes >= sizeof(value) && offset <= table->bytes - sizeof(value))
        memcpy(&value, (const u8 *)table + offset, sizeof(value));
    return value;
}

static u64 read64(const struct header *table, u32 offset)
{
    return read32(table, offset) | (u64)read32(table, offset + 4) << 32;
}

static bool sums_to_zero(const void *from, u64 bytes)
{
    u8 sum = 0;
    for (const u8 *p = from; bytes > 0; bytes--)
        sum = (u8)(sum + *p++);
    return sum == 0;
}

/* The table at @address, whole and with the right sum, or NULL. */
static const struct header *table_at(const struct acpi_memory *memory, u64 address)
{
    const struct header *table = at(memory, address, sizeof(*table));
    if (table == NULL)
        return NULL;
    struct header copy;
    memcpy(&copy, table, sizeof(copy));
    if (copy.bytes < sizeof(copy) || at(memory, address, copy.bytes) == NULL)
        return NULL;
    return sums_to_zero(table, copy.bytes) ? table : NULL;
}

static bool is_table(const struct header *table, const char *signature)
{
    return memcmp(table->signature, signature, sizeof(table->signature)) == 0;
}

static struct acpi_register read_register(const struct header *table, u32 offset)
{
    if (table->bytes < REGISTER_BYTES || offset > table->bytes - REGISTER_BYTES)
        return (struct acpi_register){0};
    return (struct acpi_register){
        .space = read8(table, offset),
        .bits = read8(table, offset + 1),
        .address = read64(table, offset + 4),
    };
}

/* Length of an AML package's length field, by the two high bits of its first byte. */
static u32 aml_length_bytes(u8 lead)
{
    return 1 + (lead >> 6);
}

/* A byte constant as ASL compilers write it: 0, 1, ones, or prefixed. Moves *@offset past it. */
static u8 aml_byte(const struct header *table, u32 *offset)
{
    u8 op = read8(table, (*offset)++);
    return op == 0x0a ? read8(table, (*offset)++) : op;
}

/* \_S5 is Name(_S5_, Package(){a, b, ...}): found by its bytes, as no AML runs here. */
static bool read_s5(const struct header *dsdt, struct acpi_platform *platform)
{
    const u8 *bytes = (const u8 *)dsdt;
    for (u32 i = sizeof(*dsdt) + 1; i + 8 <= dsdt->bytes; i++) {
        if (bytes[i] != '_' || bytes[i + 1] != 'S' || bytes[i + 2] != '5' || bytes[i + 3] != '_')
            continue;
        bool named = bytes[i - 1] == 0x08 || (bytes[i - 1] == '\\' && bytes[i - 2] == 0x08);
        if (!named || bytes[i + 4] != 0x12)
            continue;
        u32 offset = i + 5 + aml_length_bytes(bytes[i + 5]);
        if (read8(dsdt, offset++) < 2)
            continue;
        platform->s5_a = aml_byte(dsdt, &offset) & 7;
        platform->s5_b = aml_byte(dsdt, &offset) & 7;
        return true;
    }
    return false;
}

static void read_fadt(const struct acpi_memory *memory, const struct header *fadt,
                      struct acpi_platform *platform)
{
    u32 flags = read32(fadt, FADT_FLAGS);
    u32 boot_flags = read8(fadt, FADT_BOOT_FLAGS);
    platform->has_fadt = true;
    platform->hardware_reduced = (flags & FADT_FLAG_HW_REDUCED) != 0;
    platform->no_8042 = fadt->revision >= FADT_REVISION_8042 && !(boot_flags & FADT_BOOT_8042);
    platform->no_cmos = (boot_flags & FADT_BOOT_NO_CMOS) != 0;
    if (!platform->hardware_reduced) {
        platform->smi_command = read32(fadt, FADT_SMI_COMMAND);
        platform->acpi_enable = read8(fadt, FADT_ACPI_ENABLE);
        platform->pm1a_control = read32(fadt, FADT_PM1A_CONTROL);
        platform->pm1b_control = read32(fadt, FADT_PM1B_CONTROL);
        if (read8(fadt, FADT_PM_TIMER_LENGTH) == 4)
            platform->pm_timer_port = read32(fadt, FADT_PM_TIMER);
    }
    if (flags & FADT_FLAG_RESET) {
        platform->reset = read_register(fadt, FADT_RESET);
        platform->reset_value = read8(fadt, FADT_RESET_VALUE);
    }
    platform->sleep_control = read_register(fadt, FADT_SLEEP_CONTROL);
    platform->century_register = read8(fadt, FADT_CENTURY);

    u64 address = read64(fadt, FADT_X_DSDT);
    if (address == 0)
        address = read32(fadt, FADT_DSDT);
    const struct header *dsdt = table_at(memory, address);
    if (dsdt == NULL || !is_table(dsdt, "DSDT"))
        platform->damaged++;
    else
        platform->has_s5 = read_s5(dsdt, platform);
}

static void add_cpu(const struct header *madt, u32 offset, struct acpi_platform *platform)
{
    u32 id = read8(madt, offset + 3);
    u32 flags = read32(madt, offset + 4);
    if (!(flags & (MADT_LAPIC_ENABLED | MADT_LAPIC_CAN_ENABLE)) || !(flags & MADT_LAPIC_ENABLED))
        return;
    if (platform->cpu_count == HELIX_MAX_CPUS || id > XAPIC_ID_MOST)
        platform->cpus_left_out++;
    else
        platform->cpus[platform->cpu_count++] = id;
}

static void add_ioapic(const struct header *madt, u32 offset, struct acpi_platform *platform)
{
    if (platform->ioapic_count < ACPI_IOAPICS)
        platform->ioapics[platform->ioapic_count++] = (struct acpi_ioapic){
            .base = read32(madt, offset + 4),
            .first_line = read32(madt, offset + 8),
        };
}

static void add_override(const struct header *madt, u32 offset, struct acpi_platform *platform)
{
    u32 flags = read8(madt, offset + 8);
    if (platform->override_count < ACPI_OVERRIDES)
        platform->overrides[platform->override_count++] = (struct acpi_override){
            .isa = read8(madt, offset + 3),
            .line = read32(madt, offset + 4),
            .active_low = (flags & ACPI_OVERRIDE_ACTIVE_LOW) != 0,
            .level = (flags & ACPI_OVERRIDE_LEVEL) != 0,
        };
}

/* Every entry says its own length; one too short or too long ends the list. */
static void read_madt(const struct header *madt, struct acpi_platform *platform)
{
    static const u8 least[] = {
        [MADT_LAPIC] = 8, [MADT_IOAPIC] = 12, [MADT_OVERRIDE] = 10, [MADT_LAPIC_ADDRESS] = 12};
    platform->lapic_base = read32(madt, sizeof(*madt));
    for (u32 offset = MADT_FIRST_ENTRY; offset + 2 <= madt->bytes;) {
        u8 type = read8(madt, offset);
        u8 bytes = read8(madt, offset + 1);
        if (bytes < 2 || bytes > madt->bytes - offset ||
            (type < array_count(least) && bytes < least[type])) {
            platform->damaged++;
            return;
        }
        if (type == MADT_LAPIC)
            add_cpu(madt, offset, platform);
        else if (type == MADT_IOAPIC)
            add_ioapic(madt, offset, platform);
        else if (type == MADT_OVERRIDE)
            add_override(madt, offset, platform);
        else if (type == MADT_LAPIC_ADDRESS)
            platform->lapic_base = read64(madt, offset + 4);
        offset += bytes;
    }
}

static void read_mcfg(const struct header *mcfg, struct acpi_platform *platform)
{
    for (u32 offset = MCFG_FIRST; offset + MCFG_ENTRY <= mcfg->bytes; offset += MCFG_ENTRY) {
        if ((read32(mcfg, offset + 8) & 0xffff) != 0)
            continue; // another segment
        platform->pci_base = read64(mcfg, offset);
        platform->pci_first_bus = read8(mcfg, offset + 10);
        platform->pci_last_bus = read8(mcfg, offset + 11);
        return;
    }
}

static void read_table(const struct acpi_memory *memory, u64 address,
                       struct acpi_platform *platform)
{
    const struct header *table = table_at(memory, address);
    if (table == NULL)
        platform->damaged++;
    else if (is_table(table, "FACP"))
        read_fadt(memory, table, platform);
    else if (is_table(table, "APIC"))
        read_madt(table, platform);
    else if (is_table(table, "MCFG"))
        read_mcfg(table, platform);
    else if (is_table(table, "HPET") && table->bytes >= HPET_BYTES &&
             read8(table, HPET_ADDRESS - 4) == ACPI_SPACE_MEMORY)
        platform->hpet_base = read64(table, HPET_ADDRESS);
}

static bool is_rsdp(const struct acpi_memory *memory, u64 address, struct rsdp *rsdp_out)
{
    const void *found = at(memory, address, RSDP_V1_BYTES);
    *rsdp_out = (struct rsdp){0};
    if (found == NULL || memcmp(found, "RSD PTR ", 8) != 0 || !sums_to_zero(found, RSDP_V1_BYTES))
        return false;
    memcpy(rsdp_out, found, RSDP_V1_BYTES);
    if (rsdp_out->revision < 2)
        return true;
    const void *whole = at(memory, address, sizeof(*rsdp_out));
    if (whole == NULL || !sums_to_zero(whole, sizeof(*rsdp_out)))
        return false;
    memcpy(rsdp_out, whole, sizeof(*rsdp_out));
    return true;
}

u64 hal_acpi_find_rsdp(const struct acpi_memory *memory)
{
    struct rsdp rsdp;
    for (u64 address = BIOS_AREA_START; address < BIOS_AREA_END; address += 16)
        if (is_rsdp(memory, address, &rsdp))
            return address;
    u16 segment;
    const void *pointer = at(memory, EBDA_POINTER, sizeof(segment));
    if (pointer == NULL)
        return 0;
    memcpy(&segment, pointer, sizeof(segment));
    u64 ebda = (u64)segment << 4;
    for (u64 address = ebda; ebda != 0 && address < ebda + EBDA_BYTES; address += 16)
        if (is_rsdp(memory, address, &rsdp))
            return address;
    return 0;
}

helix_status hal_acpi_read(const struct acpi_memory *memory, u64 rsdp_address,
                           struct acpi_platform *platform_out)
{
    struct rsdp rsdp;
    *platform_out = (struct acpi_platform){0};
    if (!is_rsdp(memory, rsdp_address, &rsdp))
        return HELIX_E_FIRMWARE;
    bool wide = rsdp.revision >= 2 && rsdp.xsdt != 0;
    const struct header *root = table_at(memory, wide ? rsdp.xsdt : rsdp.rsdt);
    if (root == NULL && wide) {
        wide = false;
        root = table_at(memory, rsdp.rsdt);
    }
    if (root == NULL || !is_table(root, wide ? "XSDT" : "RSDT"))
        return HELIX_E_FIRMWARE;
    u32 step = wide ? 8 : 4;
    for (u32 offset = sizeof(*root); offset + step <= root->bytes; offset += step)
        read_table(memory, wide ? read64(root, offset) : read32(root, offset), platform_out);
    return HELIX_OK;
}
