/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "pvh.h"

#include <helix/lib/compiler.h>

/* None of it need be aligned: QEMU puts the module list where it happens to end. Version 0 ends
 * before memory_map. */
struct HELIX_PACKED start_info {
    u32 magic;
    u32 version;
    u32 flags;
    u32 module_count;
    u64 modules;
    u64 cmdline;
    u64 rsdp;
    u64 memory_map;
    u32 memory_count;
    u32 reserved;
};
#define START_INFO_V0_BYTES offsetof(struct start_info, memory_map)

struct HELIX_PACKED module_entry {
    u64 base;
    u64 bytes;
    u64 cmdline;
    u64 reserved;
};

struct HELIX_PACKED memory_entry {
    u64 base;
    u64 bytes;
    u32 type;
    u32 reserved;
};

static helix_status read_memory(const struct boot_window *window, const struct start_info *start,
                                struct boot_info *info, const char **why_out)
{
    *why_out = "PVH: the memory map lies outside memory or is empty";
    const struct memory_entry *entries = boot_window_read(
        window, start->memory_map, (u64)start->memory_count * sizeof(struct memory_entry));
    if (entries == NULL || start->memory_count == 0)
        return HELIX_E_CORRUPT;
    *why_out = "PVH: the memory map has too many entries";
    struct boot_memory_collector collector = {.count = 0};
    for (u32 i = 0; i < start->memory_count; i++) {
        helix_status status = boot_memory_add(&collector, entries[i].base, entries[i].bytes,
                                              boot_memory_kind_of_e820(entries[i].type));
        if (status != HELIX_OK)
            return status;
    }
    return boot_memory_finish(&collector, info);
}

static helix_status read_modules(const struct boot_window *window, const struct start_info *start,
                                 struct boot_info *info, const char **why_out)
{
    if (start->module_count == 0)
        return HELIX_OK;
    *why_out = "PVH: the module list is damaged";
    const struct module_entry *entries = boot_window_read(
        window, start->modules, (u64)start->module_count * sizeof(struct module_entry));
    if (entries == NULL)
        return HELIX_E_CORRUPT;
    for (u32 i = 0; i < start->module_count; i++) {
        helix_status status = boot_module_add(info, entries[i].base, entries[i].bytes);
        if (status != HELIX_OK)
            return status;
    }
    return HELIX_OK;
}

static helix_status read_cmdline(const struct boot_window *window, const struct start_info *start,
                                 struct boot_info *info, const char **why_out)
{
    *why_out = "PVH: the command line is too long or not text";
    if (start->cmdline == 0)
        return HELIX_OK;
    if (start->cmdline >= window->bytes)
        return HELIX_E_CORRUPT;
    u64 reach = min((u64)BOOT_CMDLINE_BYTES, window->bytes - start->cmdline);
    return boot_cmdline_set(info, boot_window_read(window, start->cmdline, reach), reach);
}

helix_status pvh_parse(const struct boot_window *window, u64 at, struct boot_info *info,
                       const char **why_out)
{
    *why_out = "PVH: no start information";
    const struct start_info *start = boot_window_read(window, at, START_INFO_V0_BYTES);
    if (start == NULL || start->magic != PVH_START_MAGIC)
        return HELIX_E_CORRUPT;
    *why_out = "PVH: the loader gives no memory map (start information version 0)";
    if (start->version == 0 || boot_window_read(window, at, sizeof(struct start_info)) == NULL)
        return HELIX_E_CORRUPT;
    info->acpi_rsdp = paddr_of(start->rsdp);
    helix_status status = read_memory(window, start, info, why_out);
    if (status == HELIX_OK)
        status = read_modules(window, start, info, why_out);
    if (status == HELIX_OK)
        status = read_cmdline(window, start, info, why_out);
    return status;
}
