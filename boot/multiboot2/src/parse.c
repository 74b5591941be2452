/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "multiboot2.h"

#include <helix/lib/compiler.h>
#include <helix/lib/string.h>

enum tag_type {
    TAG_END = 0,
    TAG_CMDLINE = 1,
    TAG_LOADER = 2,
    TAG_MODULE = 3,
    TAG_MEMORY_MAP = 6,
    TAG_FRAMEBUFFER = 8,
    TAG_ACPI_OLD = 14,
    TAG_ACPI_NEW = 15,
};

struct list_header {
    u32 bytes;
    u32 reserved;
};

struct tag {
    u32 type;
    u32 bytes;
};

struct module_tag {
    struct tag tag;
    u32 start;
    u32 end;
};

struct memory_tag {
    struct tag tag;
    u32 entry_bytes;
    u32 entry_version;
};

struct memory_entry {
    u64 base;
    u64 bytes;
    u32 type;
    u32 reserved;
};

struct HELIX_PACKED framebuffer_tag {
    struct tag tag;
    u64 base;
    u32 pitch, width, height;
    u8 bits_per_pixel;
    u8 kind; // 1: direct colour
    u16 reserved;
    u8 red_shift, red_bits, green_shift, green_bits, blue_shift, blue_bits;
};
#define FRAMEBUFFER_DIRECT 1

#define LIST_BYTES_MOST (1u << 20)
#define LOADER_BYTES    64

static char loader_name[LOADER_BYTES];

static helix_status read_module(const struct tag *tag, struct boot_info *info)
{
    const struct module_tag *module = (const void *)tag;
    if (tag->bytes < sizeof(*module) || module->end < module->start)
        return HELIX_E_CORRUPT;
    return boot_module_add(info, module->start, module->end - module->start);
}

static helix_status read_memory(const struct tag *tag, struct boot_info *info)
{
    const struct memory_tag *map = (const void *)tag;
    if (tag->bytes < sizeof(*map) || map->entry_bytes < sizeof(struct memory_entry) ||
        map->entry_bytes % sizeof(u64) != 0)
        return HELIX_E_CORRUPT;
    struct boot_memory_collector collector = {.count = 0};
    const u8 *entry = (const u8 *)(map + 1);
    for (u32 left = tag->bytes - (u32)sizeof(*map); left >= map->entry_bytes;
         left -= map->entry_bytes, entry += map->entry_bytes) {
        const struct memory_entry *range = (const void *)entry;
        helix_status status = boot_memory_add(&collector, range->base, range->bytes,
                                              boot_memory_kind_of_e820(range->type));
        if (status != HELIX_OK)
            return status;
    }
    return boot_memory_finish(&collector, info);
}

static helix_status read_framebuffer(const struct tag *tag, struct boot_info *info)
{
    const struct framebuffer_tag *from = (const void *)tag;
    if (tag->bytes < sizeof(*from) || from->kind != FRAMEBUFFER_DIRECT)
        return HELIX_OK; // text mode or a palette: nothing for us
    info->framebuffer = (struct boot_framebuffer){
        .base = paddr_of(from->base),
        .width = from->width,
        .height = from->height,
        .pitch = from->pitch,
        .bits_per_pixel = from->bits_per_pixel,
        .red_shift = from->red_shift,
        .green_shift = from->green_shift,
        .blue_shift = from->blue_shift,
    };
    return HELIX_OK;
}

static helix_status read_loader(const struct tag *tag, struct boot_info *info)
{
    size_t bytes = min(tag->bytes - sizeof(*tag), sizeof(loader_name) - 1);
    memcpy(loader_name, tag + 1, bytes);
    loader_name[bytes] = '\0';
    info->loader = loader_name;
    return HELIX_OK;
}

/* @base is where the list, and so its copy of the RSDP, lies in physical memory. */
static helix_status read_tag(const struct tag *tag, u64 at, struct boot_info *info,
                             const char **why_out)
{
    switch (tag->type) {
    case TAG_CMDLINE:
        *why_out = "Multiboot2: the command line is too long or not text";
        return boot_cmdline_set(info, (const char *)(tag + 1), tag->bytes - sizeof(*tag));
    case TAG_LOADER:
        return read_loader(tag, info);
    case TAG_MODULE:
        *why_out = "Multiboot2: a module tag is damaged";
        return read_module(tag, info);
    case TAG_MEMORY_MAP:
        *why_out = "Multiboot2: the memory map is damaged";
        return read_memory(tag, info);
    case TAG_FRAMEBUFFER:
        return read_framebuffer(tag, info);
    case TAG_ACPI_OLD:
        if (info->acpi_rsdp.raw == 0)
            info->acpi_rsdp = paddr_of(at + sizeof(*tag));
        return HELIX_OK;
    case TAG_ACPI_NEW:
        info->acpi_rsdp = paddr_of(at + sizeof(*tag));
        return HELIX_OK;
    default:
        return HELIX_OK;
    }
}

/* Walk the tags of a list that lies whole in the window. */
static helix_status read_tags(const u8 *list, u64 at, u32 bytes, struct boot_info *info,
                              const char **why_out)
{
    u32 offset = sizeof(struct list_header);
    for (;;) {
        *why_out = "Multiboot2: the list has no end";
        if (bytes - offset < sizeof(struct tag))
            return HELIX_E_CORRUPT;
        const struct tag *tag = (const void *)(list + offset);
        if (tag->type == TAG_END)
            return HELIX_OK;
        *why_out = "Multiboot2: a tag reaches beyond the list";
        if (tag->bytes < sizeof(*tag) || tag->bytes > bytes - offset)
            return HELIX_E_CORRUPT;
        helix_status status = read_tag(tag, at + offset, info, why_out);
        if (status != HELIX_OK)
            return status;
        offset += (u32)min(align_up(tag->bytes, 8), (u64)(bytes - offset));
    }
}

helix_status multiboot2_parse(const struct boot_window *window, u64 at, struct boot_info *info,
                              const char **why_out)
{
    *why_out = "Multiboot2: no information list";
    const struct list_header *header = boot_window_read(window, at, sizeof(*header));
    if (header == NULL || at % sizeof(u64) != 0)
        return HELIX_E_CORRUPT;
    *why_out = "Multiboot2: the list's size is wrong";
    if (header->bytes < sizeof(*header) || header->bytes > LIST_BYTES_MOST ||
        boot_window_read(window, at, header->bytes) == NULL)
        return HELIX_E_CORRUPT;
    helix_status status = read_tags((const u8 *)header, at, header->bytes, info, why_out);
    if (status != HELIX_OK)
        return status;
    *why_out = "Multiboot2: the loader gives no memory map";
    return info->memory_count == 0 ? HELIX_E_CORRUPT : HELIX_OK;
}
