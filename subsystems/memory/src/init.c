/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/init/init.h>
#include <helix/lib/log.h>
#include <helix/memory/inject.h>
#include <helix/profile.h>

#include "frame_private.h"
#include "heap_private.h"
#include "kvm_private.h"
#include "space_private.h"

enum {
    FRAMES_PER_MB = (1 << 20) / PAGE_SIZE,
    FIRMWARE_FRAMES = 2 * FRAMES_PER_MB,
    MIN_FRAMES = HELIX_MEMORY_MIN_RAM_MB * FRAMES_PER_MB,
    MAX_FRAMES = HELIX_MEMORY_MAX_RAM_MB * FRAMES_PER_MB,
};

static helix_status table_alloc(paddr *frame_out)
{
    return frame_alloc_as(FRAME_TABLE, 0, FRAME_ZEROED, frame_out);
}

static void table_free(paddr frame)
{
    frame_free(frame, 0);
}

/* What is above the profile's limit is taken and never given back. */
static void leave_surplus(u64 frames)
{
    paddr frame;
    for (unsigned order = FRAME_ORDER_MAX + 1; order-- > 0;) {
        while (frames >= 1ull << order && frame_alloc(order, 0, &frame) == HELIX_OK)
            frames -= 1ull << order;
    }
}

/* Firmware keeps a little of the memory a machine has: up to 2 MB less than asked for is enough. */
static helix_status check_amount(void)
{
    struct memory_counts counts;
    memory_counts(&counts);
    if (counts.total + FIRMWARE_FRAMES < MIN_FRAMES) {
        log_error("memory", "%llu MB are less than the %u MB that the profile asks for",
                  (unsigned long long)counts.total >> 8, HELIX_MEMORY_MIN_RAM_MB);
        return HELIX_E_NOMEM;
    }
    if (counts.total > MAX_FRAMES)
        leave_surplus(counts.total - MAX_FRAMES);
    return HELIX_OK;
}

static helix_status frames_start(void)
{
    static const struct hal_frame_source source = {.alloc = table_alloc, .free = table_free};
    helix_status st = frame_init(init_boot_info());
    if (st != HELIX_OK)
        return st;
    hal_mmu_set_source(&source);
    return check_amount();
}

static helix_status heap_start(void)
{
    u64 every;
    if (init_option("helix.faults") != NULL)
        inject_count_sites();
    if (init_option_number("helix.faults", &every))
        inject_fail_every(every);
    helix_status st = heap_init();
    if (st != HELIX_OK)
        return st;
    kvm_init();
    space_init();
    struct memory_counts counts;
    memory_counts(&counts);
    log_info("memory", "%llu MB, %llu MB free, frames from %s, heap from %s",
             (unsigned long long)counts.total >> 8, (unsigned long long)counts.free >> 8,
             HELIX_ALLOCATOR_PHYSICAL, HELIX_ALLOCATOR_HEAP);
    return HELIX_OK;
}

INIT_STEP(memory, frames, .run = frames_start);
INIT_STEP(memory, heap, .run = heap_start, .after = HELIX_INIT_NAMES("memory.frames"));
