/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/boot/boot.h>
#include <helix/lib/compiler.h>

/* How little a kind can be used: the higher wins where ranges overlap. */
static unsigned kind_weight(enum boot_memory_kind kind)
{
    switch (kind) {
    case BOOT_MEMORY_USABLE:
        return 0;
    case BOOT_MEMORY_ACPI_RECLAIM:
        return 1;
    case BOOT_MEMORY_ACPI_NVS:
        return 2;
    case BOOT_MEMORY_KEPT:
        return 3;
    case BOOT_MEMORY_RESERVED:
        return 4;
    default:
        return 5;
    }
}

enum boot_memory_kind boot_memory_kind_of_e820(u32 type)
{
    switch (type) {
    case 1:
        return BOOT_MEMORY_USABLE;
    case 3:
        return BOOT_MEMORY_ACPI_RECLAIM;
    case 4:
        return BOOT_MEMORY_ACPI_NVS;
    case 5:
        return BOOT_MEMORY_BAD;
    default:
        return BOOT_MEMORY_RESERVED;
    }
}

helix_status boot_memory_add(struct boot_memory_collector *collector, u64 base, u64 bytes,
                             enum boot_memory_kind kind)
{
    u64 end;
    if (bytes == 0 || add_overflows(base, bytes, &end) || base >= BOOT_PHYSICAL_LIMIT)
        return HELIX_OK;
    end = min(end, BOOT_PHYSICAL_LIMIT);
    if (collector->count == BOOT_MEMORY_RANGES)
        return HELIX_E_LIMIT;
    collector->ranges[collector->count++] =
        (struct boot_memory_range){.base = paddr_of(base), .bytes = end - base, .kind = kind};
    return HELIX_OK;
}

static u64 range_end(const struct boot_memory_range *range)
{
    return range->base.raw + range->bytes;
}

/* The lowest start or end of any range above @after; UINT64_MAX: there is none. */
static u64 next_edge(const struct boot_memory_collector *collector, u64 after)
{
    u64 edge = UINT64_MAX;
    for (unsigned i = 0; i < collector->count; i++) {
        const struct boot_memory_range *range = &collector->ranges[i];
        if (range->base.raw > after)
            edge = min(edge, range->base.raw);
        if (range_end(range) > after)
            edge = min(edge, range_end(range));
    }
    return edge;
}

static const struct boot_memory_range *heaviest_at(const struct boot_memory_collector *collector,
                                                   u64 at)
{
    const struct boot_memory_range *best = NULL;
    for (unsigned i = 0; i < collector->count; i++) {
        const struct boot_memory_range *range = &collector->ranges[i];
        if (at < range->base.raw || at >= range_end(range))
            continue;
        if (best == NULL || kind_weight(range->kind) > kind_weight(best->kind))
            best = range;
    }
    return best;
}

/* Append [@from, @to) to the map of @info, joined with the last range where that is possible. */
static helix_status append(struct boot_info *info, u64 from, u64 to, enum boot_memory_kind kind)
{
    if (info->memory_count > 0) {
        struct boot_memory_range *last = &info->memory[info->memory_count - 1];
        if (last->kind == kind && range_end(last) == from) {
            last->bytes += to - from;
            return HELIX_OK;
        }
    }
    if (info->memory_count == BOOT_MEMORY_RANGES)
        return HELIX_E_LIMIT;
    info->memory[info->memory_count++] =
        (struct boot_memory_range){.base = paddr_of(from), .bytes = to - from, .kind = kind};
    return HELIX_OK;
}

/* Cut usable ranges to whole pages; drop those of which nothing is left. */
static void trim_usable(struct boot_info *info)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < info->memory_count; i++) {
        struct boot_memory_range range = info->memory[i];
        if (range.kind == BOOT_MEMORY_USABLE) {
            u64 from = align_up(range.base.raw, PAGE_SIZE);
            u64 to = align_down(range_end(&range), PAGE_SIZE);
            if (from >= to)
                continue;
            range.base = paddr_of(from);
            range.bytes = to - from;
        }
        info->memory[kept++] = range;
    }
    info->memory_count = kept;
}

helix_status boot_memory_finish(const struct boot_memory_collector *collector,
                                struct boot_info *info)
{
    info->memory_count = 0;
    u64 from = 0;
    for (;;) {
        u64 to = next_edge(collector, from);
        if (to == UINT64_MAX)
            break;
        const struct boot_memory_range *range = heaviest_at(collector, from);
        if (range != NULL) {
            helix_status status = append(info, from, to, range->kind);
            if (status != HELIX_OK)
                return status;
        }
        from = to;
    }
    trim_usable(info);
    return HELIX_OK;
}
