/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "direct.h"

#include <helix/lib/fdt.h>
#include <helix/lib/string.h>

#define SIZE_KNOWN 8 // bytes of a tree that say how long it is

struct reader {
    struct boot_info *info;
    struct fdt tree;
    struct boot_memory_collector memory;
};

static helix_status fail(helix_status status, const char *why, const char **why_out)
{
    *why_out = why;
    return status;
}

/* Whole pages: no other kind may share one with usable memory. */
static helix_status add(struct reader *reader, u64 base, u64 bytes, enum boot_memory_kind kind)
{
    u64 end;
    if (bytes == 0)
        return HELIX_OK;
    if (add_overflows(base, bytes, &end) || end > UINT64_MAX - PAGE_SIZE)
        return HELIX_E_CORRUPT;
    const u64 from = align_down(base, PAGE_SIZE);
    return boot_memory_add(&reader->memory, from, align_up(end, PAGE_SIZE) - from, kind);
}

static helix_status read_ram(struct reader *reader)
{
    const struct fdt *tree = &reader->tree;
    helix_status status = HELIX_OK;
    fdt_node node = fdt_find_device_type(tree, FDT_NONE, "memory");
    for (; node != FDT_NONE && status == HELIX_OK;
         node = fdt_find_device_type(tree, node, "memory")) {
        struct fdt_range range;
        for (unsigned i = 0; fdt_is_enabled(tree, node) && status == HELIX_OK &&
                             fdt_reg(tree, node, i, &range) == HELIX_OK;
             i++)
            status = boot_memory_add(&reader->memory, range.base, range.bytes, BOOT_MEMORY_USABLE);
    }
    return status;
}

static helix_status read_reserved(struct reader *reader)
{
    const struct fdt *tree = &reader->tree;
    struct fdt_range range;
    struct fdt_reserved reserved;
    helix_status status = HELIX_OK;
    for (unsigned i = 0; status == HELIX_OK && fdt_reservation(tree, i, &range); i++)
        status = add(reader, range.base, range.bytes, BOOT_MEMORY_RESERVED);
    for (unsigned i = 0; status == HELIX_OK; i++) {
        helix_status found = fdt_reserved(tree, i, &reserved);
        if (found == HELIX_E_NOENT)
            break;
        status = found != HELIX_OK
                     ? found
                     : add(reader, reserved.range.base, reserved.range.bytes, BOOT_MEMORY_RESERVED);
    }
    return status;
}

/* The tree stays where it is, and readable. */
static helix_status read_memory(struct reader *reader, u64 at, const char **why_out)
{
    if (read_ram(reader) != HELIX_OK)
        return fail(HELIX_E_LIMIT, "device tree: more ranges of memory than fit", why_out);
    if (reader->memory.count == 0)
        return fail(HELIX_E_CORRUPT, "device tree: it names no memory", why_out);
    helix_status status = read_reserved(reader);
    if (status == HELIX_OK)
        status = add(reader, at, reader->tree.bytes, BOOT_MEMORY_KEPT);
    if (status == HELIX_OK)
        status = boot_memory_finish(&reader->memory, reader->info);
    return status == HELIX_OK
               ? HELIX_OK
               : fail(status, "device tree: damaged or too many reservations", why_out);
}

static void read_seed(struct reader *reader)
{
    struct fdt_property seed;
    fdt_node chosen = fdt_find_path(&reader->tree, "/chosen");
    if (!fdt_property_find(&reader->tree, chosen, "rng-seed", &seed))
        return;
    reader->info->entropy_bytes = min(seed.bytes, (u32)sizeof(reader->info->entropy));
    memcpy(reader->info->entropy, seed.data, reader->info->entropy_bytes);
}

static helix_status read_chosen(struct reader *reader, const char **why_out)
{
    struct fdt_range initrd;
    const char *words = fdt_bootargs(&reader->tree);
    helix_status status = boot_cmdline_set(reader->info, words, strlen(words) + 1);
    if (status != HELIX_OK)
        return fail(status, "device tree: the command line is too long or damaged", why_out);
    status = fdt_initrd(&reader->tree, &initrd);
    if (status == HELIX_OK)
        status = boot_module_add(reader->info, initrd.base, initrd.bytes);
    if (status != HELIX_OK && status != HELIX_E_NOENT)
        return fail(status, "device tree: the initrd cannot be where it says", why_out);
    read_seed(reader);
    return HELIX_OK;
}

helix_status direct_parse(const struct boot_window *window, u64 at, struct boot_info *info,
                          const char **why_out)
{
    struct reader reader = {.info = info};
    size_t bytes;
    const void *start = boot_window_read(window, at, SIZE_KNOWN);
    if (start == NULL || fdt_size(start, SIZE_KNOWN, &bytes) != HELIX_OK)
        return fail(HELIX_E_CORRUPT, "device tree: none where the loader says", why_out);
    start = boot_window_read(window, at, bytes);
    if (start == NULL || fdt_open(&reader.tree, start, bytes) != HELIX_OK)
        return fail(HELIX_E_CORRUPT, "device tree: damaged", why_out);
    info->device_tree = paddr_of(at);
    helix_status status = read_memory(&reader, at, why_out);
    return status == HELIX_OK ? read_chosen(&reader, why_out) : status;
}
