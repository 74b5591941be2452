/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * What the hot paths cost, in instructions where they are countable (one CPU, counting emulation).
 * The bounds are generous: they catch a path that got slow by an order, the log has the figures.
 */
#include <helix/hal/time.h>
#include <helix/hal/trap.h>
#include <helix/lib/log.h>
#include <helix/lib/test.h>
#include <helix/memory/heap.h>

#include "space_private.h"

#define ROUNDS 64u

static u64 count(void)
{
    return hal_instructions();
}

static void report(struct helix_test_run *t, const char *what, u64 start, u64 rounds, u64 most)
{
    u64 each = (hal_instructions() - start) / rounds;
    if (start == 0)
        return; // not countable here
    log_info("memory", "cost: %s %llu instructions", what, (unsigned long long)each);
    EXPECT(t, each <= most);
}

HELIX_TEST(memory_costs, of_the_allocators)
{
    void *objects[ROUNDS];
    paddr frames[ROUNDS];
    kfree(kmalloc(100));
    u64 start = count();
    for (unsigned i = 0; i < ROUNDS; i++)
        kfree(kmalloc(100));
    report(t, "kmalloc and kfree, magazine", start, ROUNDS, 120);
    start = count();
    for (unsigned i = 0; i < ROUNDS; i++)
        objects[i] = kmalloc(100);
    for (unsigned i = 0; i < ROUNDS; i++)
        kfree(objects[i]);
    report(t, "kmalloc and kfree, 64 at once", start, ROUNDS, 400);
    start = count();
    for (unsigned i = 0; i < ROUNDS; i++)
        REQUIRE(t, frame_alloc(0, 0, &frames[i]) == HELIX_OK);
    for (unsigned i = 0; i < ROUNDS; i++)
        frame_put(frames[i]);
    report(t, "frame_alloc and frame_put, 64 at once", start, ROUNDS, 400);
    start = count();
    for (unsigned i = 0; i < ROUNDS; i++) {
        REQUIRE(t, frame_alloc(3, 0, &frames[0]) == HELIX_OK);
        frame_free(frames[0], 3);
    }
    report(t, "frame_alloc and frame_free of 8 frames", start, ROUNDS, 1500);
    void *stack;
    REQUIRE(t, kvm_alloc(4 * PAGE_SIZE, KVM_STACK, &stack) == HELIX_OK);
    kvm_free(stack);
    start = count();
    for (unsigned i = 0; i < ROUNDS; i++) {
        REQUIRE(t, kvm_alloc(4 * PAGE_SIZE, KVM_STACK, &stack) == HELIX_OK);
        kvm_free(stack);
    }
    report(t, "kvm_alloc and kvm_free of a stack", start, ROUNDS, 1000);
}

static uintptr_t map_pages(struct vm_space *space, u64 pages, unsigned flags)
{
    const struct vm_map_args args = {.bytes = pages * PAGE_SIZE, .flags = flags};
    vaddr at = {0};
    return vm_map(space, &args, &at) == HELIX_OK ? at.raw : 0;
}

static void write_all(struct vm_space *space, uintptr_t at, unsigned access)
{
    for (unsigned i = 0; i < ROUNDS; i++)
        helix_ignore(vm_fault(space, vaddr_of(at + i * PAGE_SIZE), HAL_ACCESS_USER | access));
}

HELIX_TEST(memory_costs, of_page_faults_and_fork)
{
    struct vm_space *space, *child;
    REQUIRE(t, vm_space_create(&space) == HELIX_OK);
    uintptr_t at = map_pages(space, ROUNDS, VM_READ | VM_WRITE);
    REQUIRE(t, at != 0);
    u64 start = count();
    write_all(space, at, HAL_ACCESS_WRITE);
    report(t, "anonymous fault, write", start, ROUNDS, 1500);
    start = count();
    REQUIRE(t, vm_space_fork(space, &child) == HELIX_OK);
    report(t, "fork of 64 pages", start, 1, 20000);
    start = count();
    write_all(child, at, HAL_ACCESS_WRITE | HAL_ACCESS_PRESENT);
    report(t, "copy-on-write fault", start, ROUNDS, 1500);
    start = count();
    vm_space_put(child);
    report(t, "end of a space of 64 pages", start, 1, 30000);
    start = count();
    write_all(space, at, HAL_ACCESS_WRITE | HAL_ACCESS_PRESENT);
    report(t, "fault of the last owner", start, ROUNDS, 500);
    start = count();
    for (unsigned i = 0; i < ROUNDS; i++)
        REQUIRE(t,
                vm_unmap(space, vaddr_of(map_pages(space, 4, VM_READ)), 4 * PAGE_SIZE) == HELIX_OK);
    report(t, "vm_map and vm_unmap", start, ROUNDS, 3000);
    vm_space_put(space);
}
