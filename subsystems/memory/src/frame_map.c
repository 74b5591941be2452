/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/abi/boot_info.h>
#include <helix/lib/log.h>
#include <helix/lib/string.h>

#include "frame_private.h"

/*
 * The descriptors. One array for the span from the first to the last frame of RAM, cleared in
 * chunks of 512 as their frames are first handed out, so that a large memory costs boot nothing. A
 * chunk that is not ready holds free frames only, or no RAM.
 *
 * Boot: the usable ranges, less what is in use already, are kept as a short list of runs. The array
 * and a few blocks that are never given back are cut from their tops (bump allocation, downwards);
 * what is left goes to the allocator module.
 */
#define CHUNK_FRAMES 512u
#define RUNS         (BOOT_MEMORY_RANGES + BOOT_MODULES + 8)

/*
 * The lowest megabyte is left alone where RAM begins at 0: firmware keeps tables there, and
 * secondary CPUs may have to start there.
 */
#define LOW_FRAMES (0x100000u >> PAGE_SHIFT)

#define RESERVE_MOST 512u // frames

enum chunk_state {
    CHUNK_ABSENT, // no RAM
    CHUNK_LAZY,   // all free, descriptors not cleared
    CHUNK_READY,
};

struct frame_map frame_map = {.lock = SPINLOCK_INIT(LOCK_RANK_FRAME)};
uintptr_t frame_map_bias;

static u8 *chunk_states; // of the chunks from frame_map.first on
static struct frame_run boot_runs[RUNS];
static unsigned boot_run_count;

static void runs_add(u64 first, u64 end)
{
    if (first >= end)
        return;
    helix_assert(boot_run_count < RUNS);
    boot_runs[boot_run_count++] = (struct frame_run){first, end};
}

/* Cut [@first, @end) out of the free runs. */
static void runs_cut(u64 first, u64 end)
{
    unsigned count = boot_run_count;
    for (unsigned i = 0; i < count; i++) {
        struct frame_run *run = &boot_runs[i];
        if (end <= run->first || first >= run->end)
            continue;
        u64 tail = run->end;
        run->end = max(run->first, first);
        runs_add(end, tail);
    }
}

/* Zone ends are places where runs end too. */
static void runs_split_at(u64 frame)
{
    unsigned count = boot_run_count;
    for (unsigned i = 0; i < count; i++) {
        struct frame_run *run = &boot_runs[i];
        if (frame <= run->first || frame >= run->end)
            continue;
        u64 tail = run->end;
        run->end = frame;
        runs_add(frame, tail);
    }
}

static u64 frame_below(paddr at)
{
    return at.raw >> PAGE_SHIFT;
}

static u64 frame_above(paddr at)
{
    return (at.raw + PAGE_MASK) >> PAGE_SHIFT;
}

static struct frame_run module_run(const struct boot_module *module)
{
    return (struct frame_run){frame_below(module->base),
                              frame_above(paddr_of(module->base.raw + module->bytes))};
}

static struct frame_run image_run(const struct boot_info *info)
{
    return (struct frame_run){frame_below(info->kernel_base),
                              frame_above(paddr_of(info->kernel_base.raw + info->kernel_bytes))};
}

static void runs_collect(const struct boot_info *info)
{
    boot_run_count = 0;
    frame_map.first = UINT64_MAX;
    frame_map.end = 0;
    frame_map.total = 0;
    for (unsigned i = 0; i < info->memory_count; i++) {
        const struct boot_memory_range *range = &info->memory[i];
        u64 first = frame_above(range->base);
        u64 end = frame_below(paddr_of(range->base.raw + range->bytes));
        if (range->kind != BOOT_MEMORY_USABLE || first >= end)
            continue;
        runs_add(first, end);
        frame_map.first = min(frame_map.first, align_down(first, CHUNK_FRAMES));
        frame_map.end = max(frame_map.end, align_up(end, CHUNK_FRAMES));
        frame_map.total += end - first;
    }
    runs_cut(0, LOW_FRAMES);
    struct frame_run image = image_run(info);
    runs_cut(image.first, image.end);
    for (unsigned i = 0; i < info->module_count; i++) {
        struct frame_run module = module_run(&info->modules[i]);
        runs_cut(module.first, module.end);
    }
}

/* The top of the largest free run. */
static struct frame_run *runs_largest(void)
{
    struct frame_run *best = NULL;
    for (unsigned i = 0; i < boot_run_count; i++) {
        struct frame_run *run = &boot_runs[i];
        if (run->end > run->first &&
            (best == NULL || run->end - run->first > best->end - best->first))
            best = run;
    }
    return best;
}

static void *take_frames(u64 frames)
{
    struct frame_run *run = runs_largest();
    if (run == NULL || run->end - run->first < frames)
        return NULL;
    run->end -= frames;
    return phys_to_virt(paddr_of(run->end << PAGE_SHIFT));
}

static void mark(u64 first, u64 end, enum frame_kind kind)
{
    frame_map_prepare(first, end - first);
    for (u64 frame = first; frame < end; frame++) {
        struct page *page = page_of(paddr_of(frame << PAGE_SHIFT));
        page->kind = (u8)kind;
        page->references = 1;
    }
    frame_caches[0].kinds[kind] += (i64)(end - first);
}

void *frame_map_take(size_t bytes)
{
    u64 frames = align_up(bytes, PAGE_SIZE) / PAGE_SIZE;
    void *memory = take_frames(frames);
    if (memory == NULL)
        return NULL;
    memset(memory, 0, frames * PAGE_SIZE);
    u64 first = frame_below(virt_to_phys(memory));
    mark(first, first + frames, FRAME_RESERVED);
    return memory;
}

static u64 chunk_of(u64 frame)
{
    return (frame - frame_map.first) / CHUNK_FRAMES;
}

static u64 chunk_count(void)
{
    return (frame_map.end - frame_map.first) / CHUNK_FRAMES;
}

void frame_map_prepare(u64 first, u64 frames)
{
    for (u64 chunk = chunk_of(first); chunk <= chunk_of(first + frames - 1); chunk++) {
        if (likely(chunk_states[chunk] == CHUNK_READY))
            continue;
        struct page *pages =
            page_of(paddr_of((frame_map.first + chunk * CHUNK_FRAMES) << PAGE_SHIFT));
        memset(pages, 0, CHUNK_FRAMES * sizeof(struct page));
        chunk_states[chunk] = CHUNK_READY;
    }
}

bool frame_is_ram(paddr at)
{
    u64 frame = frame_below(at);
    if (frame < frame_map.first || frame >= frame_map.end)
        return false;
    return chunk_states[chunk_of(frame)] != CHUNK_ABSENT;
}

/* Chunks that hold any usable RAM have descriptors. */
static void chunks_note(const struct boot_info *info)
{
    for (unsigned i = 0; i < info->memory_count; i++) {
        const struct boot_memory_range *range = &info->memory[i];
        u64 first = frame_above(range->base);
        u64 end = frame_below(paddr_of(range->base.raw + range->bytes));
        if (range->kind != BOOT_MEMORY_USABLE || first >= end)
            continue;
        memset(chunk_states + chunk_of(first), CHUNK_LAZY, chunk_of(end - 1) - chunk_of(first) + 1);
    }
}

/* Everything in [@first, @end) that is usable RAM is @kind. */
static void mark_usable(const struct boot_info *info, u64 first, u64 end, enum frame_kind kind)
{
    for (unsigned i = 0; i < info->memory_count; i++) {
        const struct boot_memory_range *range = &info->memory[i];
        if (range->kind != BOOT_MEMORY_USABLE)
            continue;
        u64 low = max(first, frame_above(range->base));
        u64 high = min(end, frame_below(paddr_of(range->base.raw + range->bytes)));
        if (low < high)
            mark(low, high, kind);
    }
}

/* In a ready chunk, what is not RAM must not look free. */
static void mark_holes(const struct boot_info *info)
{
    u64 at = frame_map.first;
    for (unsigned i = 0; i <= info->memory_count; i++) {
        const struct boot_memory_range *range = &info->memory[i];
        bool last = i == info->memory_count;
        u64 first = last ? frame_map.end : frame_above(range->base);
        if (!last && range->kind != BOOT_MEMORY_USABLE)
            continue;
        u64 stop = min(first, align_up(at, CHUNK_FRAMES));
        if (at < stop)
            mark(at, stop, FRAME_RESERVED);
        u64 start = max(stop, align_down(first, CHUNK_FRAMES));
        if (start < first)
            mark(start, first, FRAME_RESERVED);
        if (!last)
            at = max(at, frame_below(paddr_of(range->base.raw + range->bytes)));
    }
}

/* Take the array into use; what would describe chunks without RAM is free. */
static void mark_array(u64 first)
{
    const u64 each =
        CHUNK_FRAMES * sizeof(struct page) / PAGE_SIZE; // frames of the array for a chunk
    for (u64 chunk = 0; chunk < chunk_count(); chunk++) {
        u64 at = first + chunk * each;
        if (chunk_states[chunk] != CHUNK_ABSENT)
            mark(at, at + each, FRAME_RESERVED);
    }
    u64 chunk = 0;
    while (chunk < chunk_count()) {
        u64 end = chunk;
        while (end < chunk_count() && chunk_states[end] == CHUNK_ABSENT)
            end++;
        runs_add(first + chunk * each, first + end * each);
        chunk = max(end, chunk + 1);
    }
}

helix_status frame_map_init(const struct boot_info *info, const struct frame_run **runs_out,
                            unsigned *count_out)
{
    runs_collect(info);
    if (frame_map.total == 0)
        return HELIX_E_NOMEM;
    u64 array = (frame_map.end - frame_map.first) * sizeof(struct page) / PAGE_SIZE;
    void *pages = take_frames(array);
    u64 states = align_up(chunk_count(), PAGE_SIZE) / PAGE_SIZE;
    chunk_states = take_frames(states);
    if (pages == NULL || chunk_states == NULL)
        return HELIX_E_NOMEM;
    frame_map_bias = (uintptr_t)pages - frame_map.first * sizeof(struct page);
    memset(chunk_states, CHUNK_ABSENT, chunk_count());
    chunks_note(info);

    mark_holes(info);
    i64 holes = frame_caches[0].kinds[FRAME_RESERVED];
    mark_usable(info, 0, LOW_FRAMES, FRAME_RESERVED);
    mark_usable(info, image_run(info).first, image_run(info).end, FRAME_RESERVED);
    for (unsigned i = 0; i < info->module_count; i++) {
        struct frame_run module = module_run(&info->modules[i]);
        mark_usable(info, module.first, module.end, FRAME_ARCHIVE);
    }
    mark_array(frame_below(virt_to_phys(pages)));
    u64 first = frame_below(virt_to_phys(chunk_states));
    mark(first, first + states, FRAME_RESERVED);
    frame_caches[0].kinds[FRAME_RESERVED] -= holes; // they are no RAM

    frame_map.reserve = min(frame_map.total / 64, (u64)RESERVE_MOST);
    runs_split_at(FRAME_ZONE_DMA_END >> PAGE_SHIFT);
    runs_split_at(FRAME_ZONE_DMA32_END >> PAGE_SHIFT);
    *runs_out = boot_runs;
    *count_out = boot_run_count;
    return HELIX_OK;
}

/* How many frames from @frame on are free, ending at @end. @frame heads a run or is free. */
static u64 free_length(u64 frame, u64 end, u64 mark)
{
    u64 at = frame;
    while (at < end) {
        if (chunk_states[chunk_of(at)] == CHUNK_LAZY) {
            at = align_down(at, CHUNK_FRAMES) + CHUNK_FRAMES;
            continue;
        }
        const struct page *page = page_of(paddr_of(at << PAGE_SHIFT));
        if (page->kind != FRAME_FREE || page->spare == mark)
            break;
        at++;
    }
    return min(at, end) - frame;
}

void frame_map_for_each_free(u64 mark, void (*visit)(void *context, u64 first, u64 frames),
                             void *context)
{
    static const u64 ends[] = {FRAME_ZONE_DMA_END >> PAGE_SHIFT, FRAME_ZONE_DMA32_END >> PAGE_SHIFT,
                               UINT64_MAX};
    u64 at = frame_map.first;
    for (unsigned zone = 0; zone < array_count(ends); zone++) {
        u64 end = min(ends[zone], frame_map.end);
        while (at < end) {
            if (chunk_states[chunk_of(at)] == CHUNK_ABSENT) {
                at = align_down(at, CHUNK_FRAMES) + CHUNK_FRAMES;
                continue;
            }
            u64 free = free_length(at, end, mark);
            if (free > 0)
                visit(context, at, free);
            at += free > 0 ? free : 1ull << page_of(paddr_of(at << PAGE_SHIFT))->order;
        }
    }
}
