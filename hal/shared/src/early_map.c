/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The kernel's own page tables, made once from the loader's memory map, and the few frames they
 * take before memory management exists.
 */
#include "page_table.h"

#include <helix/lib/assert.h>
#include <helix/lib/compiler.h>
#include <helix/lib/string.h>
#include <helix/profile.h>

#define NO_OBSTACLE UINT64_MAX

/* Tables for device registers and firmware tables that are mapped before there is a frame source.
 */
#define SPARE_FRAMES 24

/* What one entry of the top-level table covers. */
#define SLOT_BYTES level_bytes(PAGE_LEVELS)

extern const u8 __text_start[], __text_end[], __init_text_start[], __init_text_end[];
extern const u8 __rodata_start[], __rodata_end[], __init_data_start[], __kernel_end[];

static u64 frames_next, frames_end;

helix_status hal_early_frame_alloc(paddr *frame_out)
{
    if (frames_next == frames_end)
        return HELIX_E_NOMEM;
    *frame_out = paddr_of(frames_next);
    memset(phys_to_virt(*frame_out), 0, PAGE_SIZE);
    frames_next += PAGE_SIZE;
    return HELIX_OK;
}

static u64 range_end(const struct boot_memory_range *range)
{
    return range->base.raw + range->bytes;
}

static bool overlaps(u64 from, u64 to, u64 base, u64 bytes)
{
    return from < base + bytes && base < to;
}

/* What lies in usable memory and must survive: the image and the loader's files. The start of the
 * one found in [@from, @to). */
static u64 obstacle_start(const struct boot_info *info, u64 from, u64 to)
{
    if (overlaps(from, to, info->kernel_base.raw, info->kernel_bytes))
        return info->kernel_base.raw;
    for (unsigned i = 0; i < info->module_count; i++)
        if (overlaps(from, to, info->modules[i].base.raw, info->modules[i].bytes))
            return info->modules[i].base.raw;
    return NO_OBSTACLE;
}

/* The highest @bytes of [@from, @to), page-aligned, with nothing in them. */
static bool find_room(const struct boot_info *info, u64 from, u64 to, u64 bytes, u64 *base_out)
{
    while (to >= bytes && to - bytes >= from) {
        u64 obstacle = obstacle_start(info, to - bytes, to);
        if (obstacle == NO_OBSTACLE) {
            *base_out = to - bytes;
            return true;
        }
        to = align_down(obstacle, PAGE_SIZE);
    }
    return false;
}

/* Mark [@from, @from + @bytes) inside range @index as the kernel's own. */
static void cut(struct boot_info *info, unsigned index, u64 from, u64 bytes)
{
    struct boot_memory_range old = info->memory[index];
    struct boot_memory_range parts[3] = {
        {.base = old.base, .bytes = from - old.base.raw, .kind = old.kind},
        {.base = paddr_of(from), .bytes = bytes, .kind = BOOT_MEMORY_KEPT},
        {.base = paddr_of(from + bytes), .bytes = range_end(&old) - from - bytes, .kind = old.kind},
    };
    unsigned extra = (parts[0].bytes > 0) + (parts[2].bytes > 0);
    if (info->memory_count + extra > BOOT_MEMORY_RANGES)
        hal_refuse("the memory map has too many ranges");
    memmove(&info->memory[index + 1 + extra], &info->memory[index + 1],
            (info->memory_count - index - 1) * sizeof(old));
    unsigned at = index;
    for (unsigned i = 0; i < 3; i++)
        if (parts[i].bytes > 0)
            info->memory[at++] = parts[i];
    info->memory_count += extra;
}

/* Take @bytes between @least and @most out of usable memory, as high as possible. */
bool hal_early_reserve(struct boot_info *info, u64 least, u64 most, u64 bytes, u64 *base_out)
{
    for (unsigned i = info->memory_count; i-- > 0;) {
        const struct boot_memory_range *range = &info->memory[i];
        u64 from = max(range->base.raw, least);
        u64 to = min(range_end(range), most);
        if (range->kind == BOOT_MEMORY_USABLE && find_room(info, from, to, bytes, base_out)) {
            cut(info, i, *base_out, bytes);
            return true;
        }
    }
    return false;
}

static bool is_ram(const struct boot_memory_range *range)
{
    return range->kind == BOOT_MEMORY_USABLE || range->kind == BOOT_MEMORY_ACPI_RECLAIM ||
           range->kind == BOOT_MEMORY_ACPI_NVS || range->kind == BOOT_MEMORY_KEPT;
}

static u64 map_start(const struct boot_memory_range *range)
{
    return align_down(range->base.raw, RAM_MAP_ROUNDING);
}

/* Ranges that touch are mapped as one, so that large leaves fit: the end of all from @first on, and
 * in *next_out the first that is not among them. */
static u64 map_end(const struct boot_info *info, unsigned first, unsigned *next_out)
{
    u64 end = range_end(&info->memory[first]);
    unsigned next = first + 1;
    while (next < info->memory_count && is_ram(&info->memory[next]) &&
           info->memory[next].base.raw == end)
        end = range_end(&info->memory[next++]);
    *next_out = next;
    return align_up(end, RAM_MAP_ROUNDING);
}

/* With 2 MB leaves one table serves 1 GB; without, each 2 MB need one of their own. */
static u64 tables_of(u64 from, u64 to)
{
    u64 tables = (to >> 30) - (from >> 30) + 3;
    return HELIX_MEMORY_HUGE_PAGES ? tables : tables + (to - from) / SIZE_2M;
}

static u64 tables_needed(const struct boot_info *info)
{
    u64 tables = SPARE_FRAMES + info->kernel_bytes / SIZE_2M +
                 (HAL_ARCH_ARENA_END - HAL_ARCH_ARENA_BASE) / SLOT_BYTES;
    for (unsigned i = 0; i < info->memory_count; i++) {
        unsigned next;
        if (is_ram(&info->memory[i]))
            tables += tables_of(map_start(&info->memory[i]), map_end(info, i, &next));
    }
    return tables;
}

void hal_early_frames_take(struct boot_info *info, u64 least, u64 most)
{
    u64 bytes = tables_needed(info) * PAGE_SIZE;
    if (!hal_early_reserve(info, least, most, bytes, &frames_next))
        hal_refuse("not enough memory for the kernel's page tables");
    frames_end = frames_next + bytes;
}

static void map_or_refuse(uintptr_t at, u64 to, u64 bytes, unsigned prot)
{
    if (hal_kernel_map_range(at, paddr_of(to), bytes, prot) != HELIX_OK)
        hal_refuse("not enough memory for the kernel's page tables");
}

static void map_image(const u8 *from, const u8 *to, unsigned prot)
{
    map_or_refuse((uintptr_t)from, virt_to_phys(from).raw, (u64)(to - from),
                  prot | HAL_PROT_GLOBAL);
}

/* Ranges may meet inside one 2 MB page; none is mapped twice. */
static void map_ram(const struct boot_info *info)
{
    u64 done = 0;
    for (unsigned i = 0, next = 0; i < info->memory_count; i = next) {
        next = i + 1;
        if (!is_ram(&info->memory[i]))
            continue;
        u64 from = max(map_start(&info->memory[i]), done);
        u64 to = map_end(info, i, &next);
        if (from < to)
            map_or_refuse(HAL_DIRECT_BASE + from, from, to - from,
                          HAL_PROT_READ | HAL_PROT_WRITE | HAL_PROT_GLOBAL);
        done = max(done, to);
    }
}

/* All spaces share these tables, so they must exist before the first space is made. */
static void share_slot(uintptr_t at)
{
    u64 *slot = &hal_kernel_root[level_index(at, PAGE_LEVELS)];
    paddr frame;
    if (*slot != 0)
        return;
    if (hal_early_frame_alloc(&frame) != HELIX_OK)
        hal_refuse("not enough memory for the kernel's page tables");
    *slot = entry_of_table(frame.raw, at);
}

void hal_kernel_unmap(uintptr_t at, size_t bytes)
{
    for (uintptr_t page = at; page < at + bytes; page += PAGE_SIZE)
        if (hal_space_map(hal_kernel_space(), vaddr_of(page), paddr_of(0), PAGE_SIZE,
                          HAL_PROT_NONE) != HELIX_OK)
            hal_refuse("not enough memory for the kernel's page tables");
    hal_tlb_flush(NULL, vaddr_of(at), bytes / PAGE_SIZE);
}

/*
 * Text may be executed, rodata only read, the rest written. In the direct map the image's frames
 * stay writable, so that given-back init pages need no change: nothing there can be executed.
 */
void hal_kernel_map_build(const struct boot_info *info)
{
    map_image(__text_start, __text_end, HAL_PROT_READ | HAL_PROT_EXEC);
    map_image(__init_text_start, __init_text_end, HAL_PROT_READ | HAL_PROT_EXEC);
    map_image(__rodata_start, __rodata_end, HAL_PROT_READ);
    map_image(__init_data_start, __kernel_end, HAL_PROT_READ | HAL_PROT_WRITE);
    map_ram(info);
    share_slot(HAL_DIRECT_BASE);
    share_slot(HAL_IMAGE_BASE);
    share_slot(HAL_ARCH_MODULE_BASE);
    for (u64 offset = 0; offset < HAL_ARCH_ARENA_END - HAL_ARCH_ARENA_BASE; offset += SLOT_BYTES)
        share_slot(HAL_ARCH_ARENA_BASE + offset);
}
