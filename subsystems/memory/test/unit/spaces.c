/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/trap.h>
#include <helix/lib/random.h>
#include <helix/lib/string.h>
#include <helix/lib/test.h>
#include <helix/memory/inject.h>

#include "machine.h"

/* ---- A program: it touches memory the way a processor would, and the kernel serves its faults
 * ---- */

static helix_status touch(struct vm_space *space, uintptr_t at, unsigned access, u8 **byte_out)
{
    for (unsigned tries = 0; tries < 10; tries++) {
        struct hal_mapping mapping;
        unsigned need = access & HAL_ACCESS_WRITE  ? HAL_PROT_WRITE
                        : access & HAL_ACCESS_EXEC ? HAL_PROT_EXEC
                                                   : HAL_PROT_READ;
        bool present = hal_space_query(&space->hal, vaddr_of(align_down(at, PAGE_SIZE)), &mapping);
        if (present && (mapping.prot & need)) {
            machine_touch(space, at, access);
            *byte_out = (u8 *)phys_to_virt(mapping.frame) + (at & PAGE_MASK);
            return HELIX_OK;
        }
        helix_status st =
            vm_fault(space, vaddr_of(at), present ? access | HAL_ACCESS_PRESENT : access);
        if (st != HELIX_OK)
            return st;
    }
    return HELIX_E_DEADLOCK;
}

static helix_status store(struct vm_space *space, uintptr_t at, u8 value)
{
    u8 *byte;
    helix_status st = touch(space, at, HAL_ACCESS_WRITE, &byte);
    if (st == HELIX_OK)
        *byte = value;
    return st;
}

/* The byte at @at, or the negative status. */
static int load(struct vm_space *space, uintptr_t at)
{
    u8 *byte;
    helix_status st = touch(space, at, HAL_ACCESS_READ, &byte);
    return st == HELIX_OK ? *byte : (int)st;
}

static uintptr_t map(struct vm_space *space, uintptr_t at, u64 pages, unsigned flags, unsigned how)
{
    const struct vm_map_args args = {
        .at = vaddr_of(at), .bytes = pages * PAGE_SIZE, .flags = flags, .how = how};
    vaddr got = {0};
    return vm_map(space, &args, &got) == HELIX_OK ? got.raw : 0;
}

/* ---- A file: page n is full of the byte n + 1 ---- */

struct file {
    struct vm_object object;
    u64 bytes;
    struct page *pages[64];
    unsigned gets, dirtied;
    bool destroyed;
};

static helix_status file_get_page(struct vm_object *object, u64 index, bool for_write,
                                  struct page **page_out)
{
    struct file *file = (struct file *)object;
    paddr frame;
    (void)for_write;
    file->gets++;
    if (index * PAGE_SIZE >= file->bytes)
        return HELIX_E_IO;
    if (file->pages[index] == NULL) {
        if (frame_alloc_as(FRAME_CACHE, 0, 0, &frame) != HELIX_OK)
            return HELIX_E_NOMEM;
        memset(phys_to_virt(frame), (int)index + 1, PAGE_SIZE);
        file->pages[index] = page_of(frame);
    }
    frame_get(page_frame(file->pages[index]));
    *page_out = file->pages[index];
    return HELIX_OK;
}

static void file_get_resident(struct vm_object *object, u64 first, unsigned count,
                              struct page **pages_out)
{
    struct file *file = (struct file *)object;
    for (unsigned i = 0; i < count; i++) {
        pages_out[i] = file->pages[first + i];
        if (pages_out[i] != NULL)
            frame_get(page_frame(pages_out[i]));
    }
}

static void file_dirtied(struct vm_object *object, struct page *page)
{
    (void)page;
    ((struct file *)object)->dirtied++;
}

static void file_drop(struct file *file, u64 from)
{
    for (u64 i = from; i < 64; i++) {
        if (file->pages[i] != NULL)
            frame_put(page_frame(file->pages[i]));
        file->pages[i] = NULL;
    }
}

static void file_destroy(struct vm_object *object)
{
    file_drop((struct file *)object, 0);
    ((struct file *)object)->destroyed = true;
}

static u64 file_size(struct vm_object *object)
{
    return ((struct file *)object)->bytes;
}

static const struct vm_object_ops file_ops = {
    .get_page = file_get_page,
    .get_resident = file_get_resident,
    .page_dirtied = file_dirtied,
    .destroy = file_destroy,
    .size = file_size,
};

static void file_open(struct file *file, u64 bytes)
{
    *file = (struct file){.bytes = bytes};
    vm_object_init(&file->object, &file_ops);
}

static uintptr_t map_file(struct vm_space *space, struct file *file, u64 pages, unsigned flags,
                          u64 file_bytes)
{
    const struct vm_map_args args = {.bytes = pages * PAGE_SIZE,
                                     .flags = flags,
                                     .object = &file->object,
                                     .file_bytes = file_bytes};
    vaddr got = {0};
    return vm_map(space, &args, &got) == HELIX_OK ? got.raw : 0;
}

/* ---- Tests ---- */

HELIX_TEST(spaces, page_in_anonymous_memory_on_demand)
{
    machine_start();
    u64 before = machine_settled();
    struct vm_space *space;
    struct vm_usage usage;
    REQUIRE(t, vm_space_create(&space) == HELIX_OK);
    uintptr_t at = map(space, 0, 10, VM_READ | VM_WRITE, 0);
    REQUIRE(t, at != 0);
    EXPECT(t, load(space, at) == 0);
    vm_space_usage(space, &usage);
    EXPECT(t, usage.resident_pages == 0 && usage.mapped_pages == 10); // only the page of zeros
    EXPECT(t, store(space, at + 5, 7) == HELIX_OK && load(space, at + 5) == 7 &&
                  load(space, at + 6) == 0);
    EXPECT(t, store(space, at + 9 * PAGE_SIZE, 8) == HELIX_OK);
    vm_space_usage(space, &usage);
    EXPECT(t,
           usage.resident_pages == 2 && usage.peak_resident_pages == 2 && usage.data_pages == 10);
    EXPECT(t, load(space, at + 10 * PAGE_SIZE) == HELIX_E_FAULT);
    vm_space_put(space);
    EXPECT(t, machine_settled() == before);
}

HELIX_TEST(spaces, refuse_what_the_rights_do_not_allow)
{
    machine_start();
    struct vm_space *space;
    u8 *byte;
    REQUIRE(t, vm_space_create(&space) == HELIX_OK);
    uintptr_t at = map(space, 0, 2, VM_READ, 0);
    EXPECT(t, store(space, at, 1) == HELIX_E_ACCESS);
    EXPECT(t, touch(space, at, HAL_ACCESS_EXEC, &byte) == HELIX_E_ACCESS);
    EXPECT(t, vm_protect(space, vaddr_of(at), PAGE_SIZE, VM_READ | VM_WRITE) == HELIX_OK);
    EXPECT(t, store(space, at, 1) == HELIX_OK && store(space, at + PAGE_SIZE, 1) == HELIX_E_ACCESS);
    EXPECT(t, vm_protect(space, vaddr_of(at), 2 * PAGE_SIZE, 0) == HELIX_OK);
    EXPECT(t, load(space, at) == HELIX_E_ACCESS);
    EXPECT(t, vm_protect(space, vaddr_of(at), 2 * PAGE_SIZE, VM_READ) == HELIX_OK);
    EXPECT(t, load(space, at) == 1);
    EXPECT(t, vm_protect(space, vaddr_of(at), 3 * PAGE_SIZE, VM_READ) == HELIX_E_NOMEM);
    vm_space_put(space);
}

HELIX_TEST(spaces, copy_on_write_after_a_fork)
{
    machine_start();
    u64 before = machine_settled();
    struct vm_space *parent, *child;
    REQUIRE(t, vm_space_create(&parent) == HELIX_OK);
    uintptr_t at = map(parent, 0, 4, VM_READ | VM_WRITE, 0);
    for (unsigned i = 0; i < 3; i++)
        REQUIRE(t, store(parent, at + i * PAGE_SIZE, (u8)(i + 1)) == HELIX_OK);
    REQUIRE(t, vm_space_fork(parent, &child) == HELIX_OK);
    EXPECT(t, load(child, at) == 1 && load(child, at + 2 * PAGE_SIZE) == 3);
    EXPECT(t, store(child, at, 100) == HELIX_OK && load(parent, at) == 1 && load(child, at) == 100);
    EXPECT(t, store(parent, at + PAGE_SIZE, 50) == HELIX_OK && load(child, at + PAGE_SIZE) == 2);
    vm_space_put(child);
    struct hal_mapping last;
    hal_space_query(&parent->hal, vaddr_of(at + 2 * PAGE_SIZE), &last);
    paddr frame = last.frame;
    EXPECT(t, store(parent, at + 2 * PAGE_SIZE, 9) == HELIX_OK);
    hal_space_query(&parent->hal, vaddr_of(at + 2 * PAGE_SIZE), &last);
    EXPECT(t, last.frame.raw == frame.raw); // the last owner writes in place
    vm_space_put(parent);
    EXPECT(t, machine_settled() == before);
}

HELIX_TEST(spaces, share_shared_memory_across_a_fork)
{
    machine_start();
    u64 before = machine_settled();
    struct vm_space *parent, *child;
    REQUIRE(t, vm_space_create(&parent) == HELIX_OK);
    uintptr_t at = map(parent, 0, 600, VM_READ | VM_WRITE | VM_SHARED, 0);
    REQUIRE(t, store(parent, at + 599 * PAGE_SIZE, 5) == HELIX_OK);
    REQUIRE(t, vm_space_fork(parent, &child) == HELIX_OK);
    EXPECT(t, load(child, at + 599 * PAGE_SIZE) == 5);
    EXPECT(t, store(child, at + 7, 6) == HELIX_OK && load(parent, at + 7) == 6);
    vm_space_put(parent);
    EXPECT(t, load(child, at + 7) == 6);
    vm_space_put(child);
    EXPECT(t, machine_settled() == before);
}

HELIX_TEST(spaces, map_a_file_with_its_neighbours)
{
    machine_start();
    u64 before = machine_settled();
    struct vm_space *space;
    static struct file file;
    file_open(&file, 20 * PAGE_SIZE + 100);
    REQUIRE(t, vm_space_create(&space) == HELIX_OK);
    uintptr_t at = map_file(space, &file, 30, VM_READ | VM_EXEC, 0);
    for (unsigned i = 0; i < 21; i++)
        EXPECT(t, load(space, at + i * PAGE_SIZE) == (int)i + 1);
    EXPECT(t, load(space, at + 21 * PAGE_SIZE) == HELIX_E_IO);
    EXPECT(t, vm_unmap(space, vaddr_of(at), 30 * PAGE_SIZE) == HELIX_OK);
    file.gets = 0;
    at = map_file(space, &file, 21, VM_READ | VM_WRITE, 0);
    for (unsigned i = 0; i < 21; i++)
        EXPECT(t, load(space, at + i * PAGE_SIZE) == (int)i + 1);
    EXPECT(t, file.gets == 0); // all were in memory
    EXPECT(t, store(space, at + PAGE_SIZE, 77) == HELIX_OK && load(space, at + PAGE_SIZE + 1) == 2);
    EXPECT(t, *(u8 *)phys_to_virt(page_frame(file.pages[1])) == 2 && file.dirtied == 0);
    vm_space_put(space);
    vm_object_put(&file.object);
    EXPECT(t, file.destroyed && machine_settled() == before);
}

HELIX_TEST(spaces, clear_the_tail_of_a_segments_last_page)
{
    machine_start();
    struct vm_space *space;
    static struct file file;
    file_open(&file, 5 * PAGE_SIZE);
    REQUIRE(t, vm_space_create(&space) == HELIX_OK);
    uintptr_t at = map_file(space, &file, 4, VM_READ | VM_WRITE, PAGE_SIZE + 10);
    EXPECT(t, load(space, at + 10) == 1);
    EXPECT(t, load(space, at + PAGE_SIZE + 9) == 2 && load(space, at + PAGE_SIZE + 10) == 0);
    EXPECT(t,
           load(space, at + 2 * PAGE_SIZE) == 0 && store(space, at + 3 * PAGE_SIZE, 4) == HELIX_OK);
    vm_space_put(space);
    vm_object_put(&file.object);
}

HELIX_TEST(spaces, tell_the_file_of_the_first_write)
{
    machine_start();
    struct vm_space *space;
    static struct file file;
    file_open(&file, 5 * PAGE_SIZE);
    REQUIRE(t, vm_space_create(&space) == HELIX_OK);
    uintptr_t at = map_file(space, &file, 5, VM_READ | VM_WRITE | VM_SHARED, 0);
    EXPECT(t, load(space, at) == 1 && file.dirtied == 0);
    EXPECT(t, store(space, at, 9) == HELIX_OK && file.dirtied == 1);
    EXPECT(t, store(space, at + 1, 9) == HELIX_OK && file.dirtied == 1);
    EXPECT(t, store(space, at + 3 * PAGE_SIZE, 9) == HELIX_OK && file.dirtied == 2);
    EXPECT(t, *(u8 *)phys_to_virt(page_frame(file.pages[3])) == 9);
    vm_space_put(space);
    vm_object_put(&file.object);
}

HELIX_TEST(spaces, lose_truncated_pages)
{
    machine_start();
    struct vm_space *space;
    static struct file file;
    file_open(&file, 5 * PAGE_SIZE);
    REQUIRE(t, vm_space_create(&space) == HELIX_OK);
    uintptr_t at = map_file(space, &file, 5, VM_READ | VM_WRITE | VM_SHARED, 0);
    for (unsigned i = 0; i < 5; i++)
        EXPECT(t, load(space, at + i * PAGE_SIZE) == (int)i + 1);
    file.bytes = 2 * PAGE_SIZE - 5;
    file_drop(&file, 2);
    vm_object_truncated(&file.object, file.bytes);
    EXPECT(t, load(space, at + PAGE_SIZE) == 2 && load(space, at + 2 * PAGE_SIZE) == HELIX_E_IO);
    vm_space_put(space);
    vm_object_put(&file.object);
}

HELIX_TEST(spaces, replace_and_split_areas)
{
    machine_start();
    u64 before = machine_settled();
    struct vm_space *space;
    REQUIRE(t, vm_space_create(&space) == HELIX_OK);
    uintptr_t at = map(space, 0, 10, VM_READ | VM_WRITE, 0);
    for (unsigned i = 0; i < 10; i++)
        REQUIRE(t, store(space, at + i * PAGE_SIZE, (u8)i) == HELIX_OK);
    EXPECT(t, vm_unmap(space, vaddr_of(at + 3 * PAGE_SIZE), 2 * PAGE_SIZE) == HELIX_OK);
    EXPECT(t, load(space, at + 3 * PAGE_SIZE) == HELIX_E_FAULT &&
                  load(space, at + 5 * PAGE_SIZE) == 5);
    EXPECT(t, space->area_count == 2);
    EXPECT(t, map(space, at + 2 * PAGE_SIZE, 2, VM_READ | VM_WRITE, VM_MAP_FIXED_NOREPLACE) == 0);
    EXPECT(t, map(space, at + 2 * PAGE_SIZE, 3, VM_READ | VM_WRITE, VM_MAP_FIXED) ==
                  at + 2 * PAGE_SIZE);
    EXPECT(t, space->area_count == 1); // joined again
    EXPECT(t, load(space, at + 2 * PAGE_SIZE) == 0 && load(space, at + PAGE_SIZE) == 1);
    EXPECT(t, map(space, 0x1000, 1, VM_READ, VM_MAP_FIXED) == 0);
    EXPECT(t, map(space, HAL_USER_END, 1, VM_READ, VM_MAP_FIXED) == 0);
    vm_space_put(space);
    EXPECT(t, machine_settled() == before);
}

HELIX_TEST(spaces, move_the_break)
{
    machine_start();
    u64 before = machine_settled();
    struct vm_space *space;
    REQUIRE(t, vm_space_create(&space) == HELIX_OK);
    vm_set_brk_base(space, vaddr_of(0x600000));
    EXPECT(t, vm_brk(space, vaddr_of(0)).raw == 0x600000);
    EXPECT(t, vm_brk(space, vaddr_of(0x600010)).raw == 0x600010);
    EXPECT(t, store(space, 0x600005, 3) == HELIX_OK);
    EXPECT(t, vm_brk(space, vaddr_of(0x700000)).raw == 0x700000);
    EXPECT(t, space->area_count == 1 && load(space, 0x600005) == 3 &&
                  store(space, 0x6fffff, 1) == HELIX_OK);
    EXPECT(t, vm_brk(space, vaddr_of(0x600020)).raw == 0x600020 &&
                  load(space, 0x6fffff) == HELIX_E_FAULT);
    EXPECT(t, vm_brk(space, vaddr_of(0x5fffff)).raw == 0x600020);
    vm_space_put(space);
    EXPECT(t, machine_settled() == before);
}

HELIX_TEST(spaces, move_mappings_with_their_pages)
{
    machine_start();
    u64 before = machine_settled();
    struct vm_space *space;
    vaddr moved;
    REQUIRE(t, vm_space_create(&space) == HELIX_OK);
    uintptr_t at = map(space, 0x10000000, 100, VM_READ | VM_WRITE, VM_MAP_FIXED);
    uintptr_t wall = map(space, 0x10000000 + 100 * PAGE_SIZE, 1, VM_READ, VM_MAP_FIXED);
    for (unsigned i = 0; i < 100; i++)
        REQUIRE(t, store(space, at + i * PAGE_SIZE, (u8)i) == HELIX_OK);
    EXPECT(t, vm_remap(space, vaddr_of(at), 100 * PAGE_SIZE, 200 * PAGE_SIZE, 0, vaddr_of(0),
                       &moved) == HELIX_E_NOMEM);
    REQUIRE(t, vm_remap(space, vaddr_of(at), 100 * PAGE_SIZE, 200 * PAGE_SIZE, VM_REMAP_MAY_MOVE,
                        vaddr_of(0), &moved) == HELIX_OK);
    EXPECT(t, moved.raw != at && load(space, at) == HELIX_E_FAULT);
    for (unsigned i = 0; i < 100; i++)
        EXPECT(t, load(space, moved.raw + i * PAGE_SIZE) == (int)i);
    EXPECT(t, store(space, moved.raw + 199 * PAGE_SIZE, 1) == HELIX_OK);
    EXPECT(t, vm_remap(space, moved, 200 * PAGE_SIZE, 50 * PAGE_SIZE, 0, vaddr_of(0), &moved) ==
                  HELIX_OK);
    EXPECT(t, load(space, moved.raw + 50 * PAGE_SIZE) == HELIX_E_FAULT);
    EXPECT(t, vm_remap(space, moved, 50 * PAGE_SIZE, 60 * PAGE_SIZE, 0, vaddr_of(0), &moved) ==
                  HELIX_OK);
    EXPECT(t, load(space, wall) == 0);
    vm_space_put(space);
    EXPECT(t, machine_settled() == before);
}

HELIX_TEST(spaces, grow_stacks_down_to_their_limit)
{
    machine_start();
    struct vm_space *space;
    struct vm_limits limits = {UINT64_MAX, UINT64_MAX, 64 * PAGE_SIZE, UINT64_MAX};
    REQUIRE(t, vm_space_create(&space) == HELIX_OK);
    vm_set_limits(space, &limits);
    uintptr_t at =
        map(space, 0x20000000, 4, VM_READ | VM_WRITE | VM_GROWS_DOWN | VM_STACK, VM_MAP_FIXED);
    EXPECT(t,
           store(space, at - 1, 1) == HELIX_OK && store(space, at - 60 * PAGE_SIZE, 1) == HELIX_OK);
    EXPECT(t, store(space, at - 61 * PAGE_SIZE, 1) == HELIX_E_FAULT);
    vm_space_put(space);
}

HELIX_TEST(spaces, keep_within_limits)
{
    machine_start();
    struct vm_space *space;
    struct vm_limits limits = {20 * PAGE_SIZE, 10 * PAGE_SIZE, UINT64_MAX, 2 * PAGE_SIZE};
    REQUIRE(t, vm_space_create(&space) == HELIX_OK);
    vm_set_limits(space, &limits);
    EXPECT(t, map(space, 0, 21, VM_READ, 0) == 0 && map(space, 0, 11, VM_READ | VM_WRITE, 0) == 0);
    EXPECT(t, map(space, 0, 3, VM_READ | VM_LOCKED, 0) == 0);
    uintptr_t at = map(space, 0, 10, VM_READ | VM_WRITE, 0);
    EXPECT(t, at != 0 && vm_lock_range(space, vaddr_of(at), 3 * PAGE_SIZE, true) == HELIX_E_NOMEM);
    EXPECT(t, vm_lock_range(space, vaddr_of(at), 2 * PAGE_SIZE, true) == HELIX_OK);
    EXPECT(t, space->locked_pages == 2 && space->anon_pages == 2);
    EXPECT(t, vm_advise(space, vaddr_of(at), PAGE_SIZE, 4) == HELIX_E_INVAL);
    EXPECT(t, vm_lock_range(space, vaddr_of(at), 2 * PAGE_SIZE, false) == HELIX_OK &&
                  space->area_count == 1);
    EXPECT(t, map(space, 0, 10, VM_READ, 0) != 0 && map(space, 0, 1, VM_READ, 0) == 0);
    vm_space_put(space);
}

HELIX_TEST(spaces, follow_advice)
{
    machine_start();
    struct vm_space *space, *child;
    u8 vector[4];
    REQUIRE(t, vm_space_create(&space) == HELIX_OK);
    uintptr_t at = map(space, 0, 4, VM_READ | VM_WRITE, 0);
    for (unsigned i = 0; i < 4; i++)
        REQUIRE(t, store(space, at + i * PAGE_SIZE, 5) == HELIX_OK);
    EXPECT(t, vm_advise(space, vaddr_of(at), PAGE_SIZE, 4) == HELIX_OK);
    EXPECT(t, vm_incore(space, vaddr_of(at), 4 * PAGE_SIZE, vector) == HELIX_OK);
    EXPECT(t, vector[0] == 0 && vector[1] == 1 && vector[3] == 1);
    EXPECT(t, load(space, at) == 0);
    EXPECT(t, vm_advise(space, vaddr_of(at + PAGE_SIZE), PAGE_SIZE, 18) == HELIX_OK);
    EXPECT(t, vm_advise(space, vaddr_of(at + 2 * PAGE_SIZE), PAGE_SIZE, 10) == HELIX_OK);
    EXPECT(t, vm_advise(space, vaddr_of(at), PAGE_SIZE, 99) == HELIX_E_INVAL);
    REQUIRE(t, vm_space_fork(space, &child) == HELIX_OK);
    EXPECT(t, load(child, at + PAGE_SIZE) == 0 && load(child, at + 2 * PAGE_SIZE) == HELIX_E_FAULT);
    EXPECT(t, load(child, at + 3 * PAGE_SIZE) == 5 && load(space, at + PAGE_SIZE) == 5);
    vm_space_put(child);
    vm_space_put(space);
}

HELIX_TEST(spaces, let_a_debugger_write_where_the_program_may_not)
{
    machine_start();
    u64 before = machine_settled();
    struct vm_space *space;
    static struct file file;
    u8 buffer[16];
    size_t done;
    paddr frame;
    file_open(&file, 5 * PAGE_SIZE);
    REQUIRE(t, vm_space_create(&space) == HELIX_OK);
    uintptr_t at = map_file(space, &file, 5, VM_READ | VM_EXEC, 0);
    EXPECT(t, load(space, at) == 1);
    EXPECT(t, vm_copy_to(space, vaddr_of(at + PAGE_SIZE - 2), "break", 5, &done) == HELIX_OK &&
                  done == 5);
    EXPECT(t, vm_copy_from(space, vaddr_of(at + PAGE_SIZE - 4), buffer, 8, &done) == HELIX_OK &&
                  done == 8);
    EXPECT(t, memcmp(buffer, "\1\1break\2", 8) == 0);
    EXPECT(t, store(space, at, 1) == HELIX_E_ACCESS &&
                  *(u8 *)phys_to_virt(page_frame(file.pages[1])) == 2);
    EXPECT(t, vm_copy_from(space, vaddr_of(at + 5 * PAGE_SIZE - 3), buffer, 8, &done) == HELIX_OK &&
                  done == 3);
    REQUIRE(t,
            vm_pin(space, vaddr_of(at + 3 * PAGE_SIZE + 5), HAL_ACCESS_READ, &frame) == HELIX_OK);
    EXPECT(t, *(u8 *)phys_to_virt(frame) == 4);
    EXPECT(t, vm_pin(space, vaddr_of(at), HAL_ACCESS_WRITE, &frame) == HELIX_E_ACCESS);
    frame_put(frame);
    vm_space_put(space);
    vm_object_put(&file.object);
    EXPECT(t, machine_settled() == before);
}

/* Random calls on small ranges, against an array that says what each page holds. */
HELIX_TEST(spaces, agree_with_a_model_under_random_use)
{
    enum {
        PAGES = 48,
        BASE = 0x30000000,
    };
    struct model {
        bool mapped, writable;
        int value;
    } models[2][PAGES] = {0};
    machine_start();
    u64 before = machine_settled();
    struct vm_space *spaces[2] = {0};
    struct prng prng;
    prng_seed(&prng, 11);
    REQUIRE(t, vm_space_create(&spaces[0]) == HELIX_OK);
    for (unsigned step = 0; step < 20000; step++) {
        unsigned which = spaces[1] != NULL ? (unsigned)prng_below(&prng, 2) : 0;
        struct vm_space *space = spaces[which];
        struct model *model = models[which];
        u64 first = prng_below(&prng, PAGES);
        u64 count = 1 + prng_below(&prng, min(PAGES - first, (u64)8));
        uintptr_t at = BASE + first * PAGE_SIZE;
        switch (prng_below(&prng, 12)) {
        case 0:
            REQUIRE(t, map(space, at, count, VM_READ | VM_WRITE, VM_MAP_FIXED) == at);
            for (u64 i = first; i < first + count; i++)
                model[i] = (struct model){true, true, 0};
            break;
        case 1:
            REQUIRE(t, vm_unmap(space, vaddr_of(at), count * PAGE_SIZE) == HELIX_OK);
            for (u64 i = first; i < first + count; i++)
                model[i].mapped = false;
            break;
        case 2: {
            bool writable = prng_below(&prng, 2) == 0, all = true;
            for (u64 i = first; i < first + count; i++)
                all &= model[i].mapped;
            helix_status st = vm_protect(space, vaddr_of(at), count * PAGE_SIZE,
                                         writable ? VM_READ | VM_WRITE : VM_READ);
            REQUIRE(t, st == (all ? HELIX_OK : HELIX_E_NOMEM));
            for (u64 i = first; all && i < first + count; i++)
                model[i].writable = writable;
            break;
        }
        case 3:
            if (spaces[1] == NULL && prng_below(&prng, 4) == 0) {
                REQUIRE(t, vm_space_fork(spaces[0], &spaces[1]) == HELIX_OK);
                memcpy(models[1], models[0], sizeof(models[0]));
            } else if (spaces[1] != NULL && prng_below(&prng, 4) == 0) {
                vm_space_put(spaces[1]);
                spaces[1] = NULL;
            }
            break;
        default:
            for (u64 i = first; i < first + count; i++) {
                uintptr_t page = BASE + i * PAGE_SIZE;
                if (!model[i].mapped) {
                    REQUIRE(t, load(space, page) == HELIX_E_FAULT);
                    continue;
                }
                REQUIRE(t, load(space, page) == model[i].value);
                u8 value = (u8)prng_next(&prng);
                helix_status st = store(space, page, value);
                REQUIRE(t, st == (model[i].writable ? HELIX_OK : HELIX_E_ACCESS));
                if (st == HELIX_OK)
                    model[i].value = value;
            }
        }
    }
    if (spaces[1] != NULL)
        vm_space_put(spaces[1]);
    vm_space_put(spaces[0]);
    EXPECT(t, machine_settled() == before);
}

/* Everything a small program does, with its n-th allocation failing, for every n. */
HELIX_TEST(spaces, survive_every_failing_allocation)
{
    machine_start();
    static struct file file;
    u64 before = machine_settled();
    u64 fired;
    u64 n = 0;
    do {
        struct vm_space *space = NULL, *child = NULL;
        fired = inject_fired();
        inject_fail_nth(++n);
        file_open(&file, 3 * PAGE_SIZE);
        if (vm_space_create(&space) == HELIX_OK) {
            vaddr moved;
            uintptr_t at = map(space, 0x40000000, 8, VM_READ | VM_WRITE, VM_MAP_FIXED);
            uintptr_t shared = map(space, 0, 8, VM_READ | VM_WRITE | VM_SHARED, 0);
            uintptr_t mapped = map_file(space, &file, 3, VM_READ | VM_WRITE, 0);
            (void)store(space, at, 1);
            (void)store(space, shared, 1);
            (void)load(space, mapped);
            (void)store(space, mapped + PAGE_SIZE, 1);
            helix_ignore(vm_protect(space, vaddr_of(at + PAGE_SIZE), PAGE_SIZE, VM_READ));
            if (vm_space_fork(space, &child) == HELIX_OK) {
                (void)store(child, at, 2);
                (void)store(child, shared, 2);
            }
            helix_ignore(vm_remap(space, vaddr_of(at), PAGE_SIZE, 4 * PAGE_SIZE, VM_REMAP_MAY_MOVE,
                                  vaddr_of(0), &moved));
            helix_ignore(vm_unmap(space, vaddr_of(at + 3 * PAGE_SIZE), PAGE_SIZE));
        }
        inject_fail_nth(0);
        if (child != NULL)
            vm_space_put(child);
        if (space != NULL)
            vm_space_put(space);
        vm_object_put(&file.object);
        REQUIRE(t, machine_settled() == before);
    } while (inject_fired() > fired);
    EXPECT(t, n > 20);
}
