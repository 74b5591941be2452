/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/string.h>
#include <helix/lib/test.h>
#include <helix/memory/heap.h>
#include <helix/memory/object.h>

#include "exec/vdso.h"
#include "trip.h"

#define PARTS 2u

struct found {
    struct vm_object *objects[PARTS];
    unsigned count, writable;
};

static bool note(const struct vm_area_info *area, void *context)
{
    struct found *found = context;
    found->writable += (area->flags & VM_WRITE) != 0;
    if (found->count < PARTS)
        found->objects[found->count] = area->object;
    found->count++;
    return true;
}

static struct found look(struct vm_space *space)
{
    struct found found = {0};
    vm_for_each_area(space, vaddr_of(0), note, &found);
    return found;
}

HELIX_TEST(vdso, lies_in_a_space_as_an_elf_image_behind_its_clocks)
{
    struct vm_space *space;
    vaddr code;
    char head[4] = "";
    size_t done;
    REQUIRE(t, vm_space_create(&space) == HELIX_OK);
    EXPECT(t, vdso_map(space, vaddr_of(0), &code) == HELIX_OK);
    EXPECT(t, vm_copy_from(space, code, head, sizeof head, &done) == HELIX_OK);
    EXPECT(t, memcmp(head, "\177ELF", sizeof head) == 0);
    const struct found found = look(space);
    EXPECT(t, found.count == PARTS && found.writable == 0);
    EXPECT(t, vm_protect(space, code, PAGE_SIZE, VM_READ | VM_WRITE) == HELIX_E_ACCESS);
    vm_space_put(space);
}

/* What a debugger writes changes one space. */
HELIX_TEST(vdso, is_the_same_for_others_when_one_is_written)
{
    struct vm_space *spaces[2];
    vaddr codes[2];
    const char wrong[4] = "none";
    char head[4] = "";
    size_t done;
    for (unsigned i = 0; i < 2; i++) {
        REQUIRE(t, vm_space_create(&spaces[i]) == HELIX_OK);
        EXPECT(t, vdso_map(spaces[i], vaddr_of(0), &codes[i]) == HELIX_OK);
    }
    EXPECT(t, vm_copy_to(spaces[0], codes[0], wrong, sizeof wrong, &done) == HELIX_OK);
    EXPECT(t, vm_copy_from(spaces[1], codes[1], head, sizeof head, &done) == HELIX_OK);
    EXPECT(t, memcmp(head, "\177ELF", sizeof head) == 0);
    for (unsigned i = 0; i < 2; i++)
        vm_space_put(spaces[i]);
}

HELIX_TEST(vdso, makes_the_round_trip_with_its_space)
{
    struct vm_space *space;
    struct object *again;
    vaddr code;
    REQUIRE(t, vm_space_create(&space) == HELIX_OK);
    EXPECT(t, vdso_map(space, vaddr_of(0), &code) == HELIX_OK);
    const struct found before = look(space);
    for (unsigned i = 0; i < PARTS; i++) {
        struct object *part = &before.objects[i]->object;
        EXPECT(t, trip_object(part, 1, &again) == HELIX_E_CORRUPT);
        REQUIRE(t, trip_object(part, 0, &again) == HELIX_OK && part->type->equal(part, again));
        part->type->discard(again);
    }
    vm_space_put(space);
}
