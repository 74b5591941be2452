/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Page tables of the fake: four levels of 512 entries on the host's heap, walked the way a machine
 * would. User spaces are only books; a test reads them with hal_space_query(). What is mapped in
 * the kernel's space appears at its address, because physical memory is a file that can be mapped
 * twice.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <helix/hal/mmu.h>
#include <helix/hal/trap.h>
#include <helix/lib/assert.h>
#include <helix/lib/compiler.h>
#include <helix/lib/list.h>
#include <helix/lib/string.h>

#define LEVELS 4u
#define FANOUT 512u

#define ENTRY_PRESENT  ((u64)1 << 11)
#define ENTRY_ACCESSED ((u64)1 << 10)
#define ENTRY_DIRTY    ((u64)1 << 9)
#define ENTRY_PROT     ((u64)0xff)
#define ENTRY_FRAME    (~(u64)PAGE_MASK)

union entry {
    u64 leaf;
    struct table *table;
};

struct table {
    union entry entries[FANOUT];
};

static int memory_file = -1;
static struct hal_space kernel_space;
static struct hal_frame_source source;

unsigned hal_host_flushes;

void hal_host_memory_create(size_t bytes)
{
    if (hal_host_memory == NULL) {
        memory_file = memfd_create("physical memory", 0);
        helix_assert(memory_file >= 0 && ftruncate(memory_file, (off_t)bytes) == 0);
        hal_host_memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory_file, 0);
        helix_assert(hal_host_memory != MAP_FAILED);
    }
}

void hal_mmu_set_source(const struct hal_frame_source *frame_source)
{
    source = *frame_source;
}

struct hal_space *hal_kernel_space(void)
{
    return &kernel_space;
}

helix_status hal_space_init(struct hal_space *space)
{
    *space = (struct hal_space){0};
    return HELIX_OK;
}

/* A table and the frame that a machine would need for it, so that tests see both run out. */
static helix_status table_create(struct table **table_out)
{
    paddr frame;
    if (source.alloc != NULL && source.alloc(&frame) != HELIX_OK)
        return HELIX_E_NOMEM;
    struct table *table = calloc(1, sizeof(*table) + sizeof(paddr));
    helix_assert(table != NULL);
    if (source.alloc != NULL)
        *(paddr *)(table + 1) = frame;
    *table_out = table;
    return HELIX_OK;
}

static void table_destroy(struct table *table, unsigned level)
{
    for (unsigned i = 0; level > 0 && i < FANOUT; i++) {
        if (table->entries[i].table != NULL)
            table_destroy(table->entries[i].table, level - 1);
    }
    if (source.free != NULL)
        source.free(*(paddr *)(table + 1));
    free(table);
}

void hal_space_destroy(struct hal_space *space)
{
    if (space->root.raw != 0)
        table_destroy((struct table *)space->root.raw, LEVELS - 1);
    space->root.raw = 0;
}

static unsigned index_of(vaddr at, unsigned level)
{
    return (unsigned)(at.raw >> (PAGE_SHIFT + 9 * level)) & (FANOUT - 1);
}

static u64 *leaf_find(const struct hal_space *space, vaddr at)
{
    struct table *table = (struct table *)space->root.raw;
    for (unsigned level = LEVELS - 1; level > 0 && table != NULL; level--)
        table = table->entries[index_of(at, level)].table;
    return table == NULL ? NULL : &table->entries[index_of(at, 0)].leaf;
}

static helix_status leaf_make(struct hal_space *space, vaddr at, u64 **leaf_out)
{
    if (space->root.raw == 0) {
        helix_status st = table_create((struct table **)&space->root.raw);
        if (st != HELIX_OK)
            return st;
    }
    struct table *table = (struct table *)space->root.raw;
    for (unsigned level = LEVELS - 1; level > 0; level--) {
        struct table **next = &table->entries[index_of(at, level)].table;
        if (*next == NULL) {
            helix_status st = table_create(next);
            if (st != HELIX_OK)
                return st;
        }
        table = *next;
    }
    *leaf_out = &table->entries[index_of(at, 0)].leaf;
    return HELIX_OK;
}

/* A page of the kernel's appears in the test's own address space. */
static void kernel_page_show(vaddr at, u64 leaf)
{
    int prot = PROT_NONE;
    if (leaf & HAL_PROT_READ)
        prot |= PROT_READ;
    if (leaf & HAL_PROT_WRITE)
        prot |= PROT_WRITE;
    void *page = (void *)at.raw;
    if (leaf & ENTRY_PRESENT)
        page = mmap(page, PAGE_SIZE, prot, MAP_SHARED | MAP_FIXED, memory_file,
                    (off_t)(leaf & ENTRY_FRAME));
    else
        helix_assert(munmap(page, PAGE_SIZE) == 0);
    helix_assert(page == (void *)at.raw);
}

static void leaf_set(struct hal_space *space, vaddr at, u64 *leaf, u64 value)
{
    *leaf = value;
    if (space == &kernel_space)
        kernel_page_show(at, value);
}

helix_status hal_space_map(struct hal_space *space, vaddr at, paddr to, size_t size, unsigned prot)
{
    if (size != PAGE_SIZE || !is_aligned(at.raw, PAGE_SIZE) || !is_aligned(to.raw, PAGE_SIZE))
        return HELIX_E_INVAL;
    u64 *leaf;
    helix_status st = leaf_make(space, at, &leaf);
    if (st == HELIX_OK)
        leaf_set(space, at, leaf, to.raw | ENTRY_PRESENT | prot);
    return st;
}

helix_status hal_space_fill(struct hal_space *space, vaddr at, const paddr *frames, unsigned count,
                            unsigned prot, u64 *mapped_out)
{
    u64 *leaf;
    *mapped_out = 0;
    helix_assert(count <= 64 && index_of(at, 0) + count <= FANOUT);
    helix_status st = leaf_make(space, at, &leaf);
    for (unsigned i = 0; st == HELIX_OK && i < count; i++) {
        if (frames[i].raw == HAL_FILL_SKIP || (leaf[i] & ENTRY_PRESENT))
            continue;
        leaf_set(space, vaddr_of(at.raw + i * PAGE_SIZE), &leaf[i],
                 frames[i].raw | ENTRY_PRESENT | prot);
        *mapped_out |= (u64)1 << i;
    }
    return st;
}

bool hal_mmu_has_leaf(size_t size)
{
    return size == PAGE_SIZE;
}

static struct hal_mapping mapping_of(u64 leaf)
{
    return (struct hal_mapping){
        .frame = paddr_of(leaf & ENTRY_FRAME),
        .size = PAGE_SIZE,
        .prot = (unsigned)(leaf & ENTRY_PROT),
        .accessed = (leaf & ENTRY_ACCESSED) != 0,
        .dirty = (leaf & ENTRY_DIRTY) != 0,
    };
}

bool hal_space_query(struct hal_space *space, vaddr at, struct hal_mapping *mapping_out)
{
    u64 *leaf = leaf_find(space, at);
    if (leaf == NULL || !(*leaf & ENTRY_PRESENT))
        return false;
    *mapping_out = mapping_of(*leaf);
    return true;
}

void hal_host_touch(struct hal_space *space, vaddr at, unsigned access)
{
    u64 *leaf = leaf_find(space, at);
    helix_assert(leaf != NULL && (*leaf & ENTRY_PRESENT));
    *leaf |= ENTRY_ACCESSED | (access & HAL_ACCESS_WRITE ? ENTRY_DIRTY : 0);
}

/* False: stop. */
static bool visit_leaf(struct hal_space *space, vaddr at, u64 *leaf, hal_walk_fn *visit,
                       void *context)
{
    struct hal_mapping mapping = mapping_of(*leaf);
    switch (visit(context, at, &mapping)) {
    case HAL_WALK_KEEP:
        return true;
    case HAL_WALK_REMOVE:
        leaf_set(space, at, leaf, 0);
        return true;
    case HAL_WALK_SET_PROT:
        leaf_set(space, at, leaf, (*leaf & ~ENTRY_PROT) | mapping.prot);
        return true;
    case HAL_WALK_CLEAR_ACCESSED:
        *leaf &= ~ENTRY_ACCESSED;
        return true;
    case HAL_WALK_CLEAN:
        *leaf &= ~ENTRY_DIRTY;
        return true;
    case HAL_WALK_STOP:
        return false;
    }
    return false;
}

void hal_space_walk(struct hal_space *space, vaddr from, vaddr to, hal_walk_fn *visit,
                    void *context)
{
    const u64 span = PAGE_SIZE * FANOUT;
    vaddr at = from;
    while (at.raw < to.raw) {
        u64 *leaf = leaf_find(space, at);
        if (leaf == NULL) {
            at.raw = align_down(at.raw, span) + span;
            continue;
        }
        if ((*leaf & ENTRY_PRESENT) && !visit_leaf(space, at, leaf, visit, context))
            return;
        at.raw += PAGE_SIZE;
    }
}

struct copy {
    struct hal_space *target, *source;
    bool write_protect;
    void (*on_leaves)(void *context, const paddr *frames, size_t n);
    void *context;
    helix_status status;
};

static enum hal_walk_action copy_leaf(void *context, vaddr at, struct hal_mapping *mapping)
{
    struct copy *copy = context;
    if (copy->write_protect)
        mapping->prot &= ~(unsigned)HAL_PROT_WRITE;
    copy->status = hal_space_map(copy->target, at, mapping->frame, PAGE_SIZE, mapping->prot);
    if (copy->status != HELIX_OK)
        return HAL_WALK_STOP;
    copy->on_leaves(copy->context, &mapping->frame, 1);
    return HAL_WALK_SET_PROT;
}

helix_status hal_space_copy(struct hal_space *target, struct hal_space *source_space, vaddr from,
                            vaddr to, bool write_protect,
                            void (*on_leaves)(void *context, const paddr *frames, size_t n),
                            void *context)
{
    struct copy copy = {target, source_space, write_protect, on_leaves, context, HELIX_OK};
    hal_space_walk(source_space, from, to, copy_leaf, &copy);
    return copy.status;
}

void hal_tlb_flush(struct hal_space *space, vaddr from, size_t pages)
{
    (void)space;
    (void)from;
    (void)pages;
    hal_host_flushes++;
}

void hal_space_activate(struct hal_space *space)
{
    (void)space;
}

void hal_sync_code(vaddr at, size_t bytes)
{
    (void)at;
    (void)bytes;
}

void hal_sync_fetches(void)
{
}
