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
    if (shared->root != NULL)
        node_destroy(shared->root, LEVELS - 1);
    kmem_free(&shared_cache, shared);
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
    .destroy = shared_destroy,
    .size = shared_size,
    .identify = shared_identify,
};

helix_status vm_object_create_shared(u64 bytes, struct vm_object **object_out)
{
    if (div_round_up(bytes, PAGE_SIZE) > PAGES_LIMIT)
        return HELIX_E_NOMEM;
    struct shared *shared = kmem_alloc(&shared_cache);
    if (shared == NULL)
        return HELIX_E_NOMEM;
    vm_object_init(&shared->object, &shared_ops);
    shared->bytes = bytes;
    spinlock_init(&shared->lock, LOCK_RANK_PAGE_CACHE);
    *object_out = &shared->object;
    return HELIX_OK;
}
