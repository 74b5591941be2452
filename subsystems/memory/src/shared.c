/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/memory/object.h>

#include "space_private.h"

/*
 * Anonymous shared memory. Its pages hang in a tree of three levels, 512 wide, made of frames as
 * they are needed: 2^27 pages, 512 GB. The object holds one reference on each of its pages.
 */
#define LEVELS      3u
#define LEVEL_BITS  9u
#define FANOUT      (1u << LEVEL_BITS)
#define PAGES_LIMIT (1ull << (LEVELS * LEVEL_BITS))

/* A node is one frame. */
struct node {
    void *slots[FANOUT]; // struct node, or struct page in the lowest level
};

struct shared {
    struct vm_object object;
    u64 bytes;
    struct spinlock lock; // LOCK_RANK_PAGE_CACHE: the tree
    struct node *root;
};

static struct kmem_cache shared_cache = KMEM_CACHE(shared);

static struct shared *shared_of(struct vm_object *object)
{
    return container_of(object, struct shared, object);
}

static unsigned slot_of(u64 index, unsigned level)
{
    return (unsigned)(index >> (level * LEVEL_BITS)) & (FANOUT - 1);
}

/* Where the page's pointer is; NULL: its node is missing. */
static void **slot_find(struct shared *shared, u64 index)
{
    struct node *node = shared->root;
    for (unsigned level = LEVELS - 1; level > 0 && node != NULL; level--)
        node = node->slots[slot_of(index, level)];
    return node == NULL ? NULL : &node->slots[slot_of(index, 0)];
}

static struct node *node_create(void)
{
    paddr frame;
    return frame_alloc(0, FRAME_ZEROED | FRAME_NO_RECLAIM, &frame) == HELIX_OK ? phys_to_virt(frame)
                                                                               : NULL;
}

static void **slot_make(struct shared *shared, u64 index)
{
    struct node **at = &shared->root;
    for (unsigned level = LEVELS; level-- > 0;) {
        if (*at == NULL)
            *at = node_create();
        if (*at == NULL)
            return NULL;
        at = (struct node **)&(*at)->slots[slot_of(index, level)];
    }
    return (void **)at;
}

static helix_status shared_get_page(struct vm_object *object, u64 index, bool for_write,
                                    struct page **page_out)
{
    struct shared *shared = shared_of(object);
    (void)for_write;
    if (index >= div_round_up(shared->bytes, PAGE_SIZE))
        return HELIX_E_IO;
    paddr fresh = {0};
    struct page *page = NULL;
    helix_status st = HELIX_OK;
    for (unsigned tries = 0; page == NULL && st == HELIX_OK; tries++) {
        if (tries > 0 && fresh.raw == 0)
            st = frame_alloc_as(FRAME_CACHE, 0, FRAME_ZEROED, &fresh);
        if (st != HELIX_OK)
            break;
        spin_lock(&shared->lock);
        void **slot = tries == 0 ? slot_find(shared, index) : slot_make(shared, index);
        if (slot != NULL && *slot == NULL && fresh.raw != 0) {
            *slot = page_of(fresh);
            fresh = paddr_of(0);
        }
        page = slot != NULL ? *slot : NULL;
        if (page != NULL)
            frame_get(page_frame(page));
        spin_unlock(&shared->lock);
        if (page == NULL && tries > 0 && frame_reclaim(LEVELS) == 0)
            st = HELIX_E_NOMEM;
    }
    if (fresh.raw != 0)
        frame_put(fresh);
    if (st == HELIX_OK)
        *page_out = page;
    return st;
}

static u64 shared_size(struct vm_object *object)
{
    return shared_of(object)->bytes;
}

static void node_destroy(struct node *node, unsigned level)
{
    for (unsigned i = 0; i < FANOUT; i++) {
        if (node->slots[i] == NULL)
            continue;
        if (level > 0)
            node_destroy(node->slots[i], level - 1);
        else
            frame_put(page_frame(node->slots[i]));
    }
    frame_put(virt_to_phys(node));
}

static void shared_destroy(struct vm_object *object)
{
    struct shared *shared = shared_of(object);
    commit_add(-div_round_up(shared->bytes, PAGE_SIZE));
    if (shared->root != NULL)
        node_destroy(shared->root, LEVELS - 1);
    kmem_free(&shared_cache, shared);
}

/* Mapped pages stay in their mappings, so they are zeroed where they are. */
static helix_status shared_punch(struct vm_object *object, u64 offset, u64 bytes)
{
    struct shared *shared = shared_of(object);
    for (u64 at = offset; at < offset + bytes; at += PAGE_SIZE) {
        spin_lock(&shared->lock);
        void **slot = slot_find(shared, at / PAGE_SIZE);
        if (slot != NULL && *slot != NULL)
            memset(phys_to_virt(page_frame(*slot)), 0, PAGE_SIZE);
        spin_unlock(&shared->lock);
    }
    return HELIX_OK;
}

static bool shared_identify(struct vm_object *object, u64 *device_out, u64 *inode_out, char *path,
                            size_t capacity)
{
    *device_out = 1;
    *inode_out = 0;
    (void)object;
    strlcpy(path, "/dev/zero (deleted)", capacity);
    return true;
}

static const struct vm_object_ops shared_ops = {
    .get_page = shared_get_page,
    .punch = shared_punch,
    .destroy = shared_destroy,
    .size = shared_size,
    .identify = shared_identify,
};

/* ---- As a record ---- */

struct shared_payload {
    u64 bytes;
    u64 pages; // that follow, each its index and its contents
};

/* Visit the pages under @node, lowest index first. */
static void pages_visit(const struct node *node, unsigned level, u64 first,
                        void (*visit)(void *context, u64 index, const void *data), void *context)
{
    for (unsigned i = 0; node != NULL && i < FANOUT; i++) {
        u64 index = first + ((u64)i << (level * LEVEL_BITS));
        if (node->slots[i] == NULL)
            continue;
        if (level > 0)
            pages_visit(node->slots[i], level - 1, index, visit, context);
        else
            visit(context, index, phys_to_virt(page_frame(node->slots[i])));
    }
}

static void count_page(void *context, u64 index, const void *data)
{
    (void)index;
    (void)data;
    (*(u64 *)context)++;
}

static void write_page(void *context, u64 index, const void *data)
{
    object_write(context, &index, sizeof(index));
    object_write(context, data, PAGE_SIZE);
}

static helix_status shared_describe(const struct object *object, struct object_writer *writer)
{
    struct shared *shared = shared_of(container_of(object, struct vm_object, object));
    struct shared_payload payload = {.bytes = shared->bytes};
    spin_lock(&shared->lock);
    pages_visit(shared->root, LEVELS - 1, 0, count_page, &payload.pages);
    object_write(writer, &payload, sizeof(payload));
    pages_visit(shared->root, LEVELS - 1, 0, write_page, writer);
    spin_unlock(&shared->lock);
    return HELIX_OK;
}

static helix_status read_page(struct object_reader *reader, struct vm_object *object)
{
    u64 index;
    struct page *page;
    helix_status st = object_read(reader, &index, sizeof(index));
    if (st == HELIX_OK)
        st = shared_get_page(object, index, true, &page);
    if (st != HELIX_OK)
        return st == HELIX_E_IO ? HELIX_E_CORRUPT : st;
    st = object_read(reader, phys_to_virt(page_frame(page)), PAGE_SIZE);
    frame_put(page_frame(page));
    return st;
}

static helix_status shared_recreate(struct object_reader *reader,
                                    const struct object_record *record, struct object **object_out)
{
    struct shared_payload payload;
    struct vm_object *object;
    if (record->version != vm_shared_type.version)
        return HELIX_E_NOTSUP;
    helix_status st = object_read(reader, &payload, sizeof(payload));
    if (st == HELIX_OK)
        st = vm_object_create_shared(payload.bytes, &object);
    if (st != HELIX_OK)
        return st;
    for (u64 i = 0; st == HELIX_OK && i < payload.pages; i++)
        st = read_page(reader, object);
    if (st != HELIX_OK) {
        vm_object_put(object);
        return st;
    }
    *object_out = &object->object;
    return HELIX_OK;
}

static void shared_discard(struct object *object)
{
    vm_object_put(container_of(object, struct vm_object, object));
}

struct comparison {
    struct shared *other;
    bool equal;
};

static void compare_page(void *context, u64 index, const void *data)
{
    struct comparison *comparison = context;
    void **slot = slot_find(comparison->other, index);
    const void *theirs = slot == NULL || *slot == NULL ? phys_to_virt(vm_zero_frame)
                                                       : phys_to_virt(page_frame(*slot));
    comparison->equal &= memcmp(data, theirs, PAGE_SIZE) == 0;
}

static bool covers(struct shared *one, struct shared *other)
{
    struct comparison comparison = {.other = other, .equal = true};
    pages_visit(one->root, LEVELS - 1, 0, compare_page, &comparison);
    return comparison.equal;
}

static bool shared_equal(const struct object *left, const struct object *right)
{
    struct shared *l = shared_of(container_of(left, struct vm_object, object));
    struct shared *r = shared_of(container_of(right, struct vm_object, object));
    return l == r || (l->bytes == r->bytes && covers(l, r) && covers(r, l));
}

const struct object_type vm_shared_type = {
    .kind = OBJECT_MAPPING,
    .version = 1,
    .name = "shared memory",
    .describe = shared_describe,
    .recreate = shared_recreate,
    .discard = shared_discard,
    .equal = shared_equal,
};
OBJECT_TYPE_ENTRY(vm_shared_type);

helix_status vm_object_create_shared(u64 bytes, struct vm_object **object_out)
{
    if (div_round_up(bytes, PAGE_SIZE) > PAGES_LIMIT ||
        !commit_allows(div_round_up(bytes, PAGE_SIZE)))
        return HELIX_E_NOMEM;
    struct shared *shared = kmem_alloc(&shared_cache);
    if (shared == NULL)
        return HELIX_E_NOMEM;
    vm_object_init(&shared->object, &shared_ops);
    shared->object.object.type = &vm_shared_type;
    shared->bytes = bytes;
    commit_add(div_round_up(bytes, PAGE_SIZE));
    spinlock_init(&shared->lock, LOCK_RANK_PAGE_CACHE);
    *object_out = &shared->object;
    return HELIX_OK;
}
