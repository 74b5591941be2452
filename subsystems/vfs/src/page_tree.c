/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/atomic.h>
#include <helix/lib/compiler.h>

#include "page_tree.h"

/* Indexes that a tree of this height covers, minus one. */
static u64 last_index(u32 height)
{
    u32 bits = height * PAGE_TREE_BITS;
    return bits >= 64 ? UINT64_MAX : ((u64)1 << bits) - 1;
}

static inline u32 slot_of(u64 index, u32 level)
{
    return (u32)(index >> ((level - 1) * PAGE_TREE_BITS)) & (PAGE_TREE_SLOTS - 1);
}

struct page *page_tree_get(const struct page_tree *tree, u64 index)
{
    if (index > last_index(tree->height))
        return NULL;
    void *at = tree->root;
    for (u32 level = tree->height; level > 0 && at != NULL; level--)
        at = ((struct page_tree_node *)at)->slots[slot_of(index, level)];
    return at;
}

void page_tree_get_some(const struct page_tree *tree, u64 first, unsigned count,
                        struct page **pages_out)
{
    for (unsigned done = 0; done < count;) {
        const u64 index = first + done;
        const struct page_tree_node *node = index > last_index(tree->height) ? NULL : tree->root;
        if (tree->height == 0) {
            pages_out[done++] = (void *)node;
            continue;
        }
        for (u32 level = tree->height; level > 1 && node != NULL; level--)
            node = node->slots[slot_of(index, level)];
        const u32 slot = slot_of(index, 1);
        const unsigned here = min(count - done, PAGE_TREE_SLOTS - slot);
        for (unsigned i = 0; i < here; i++)
            pages_out[done + i] = node != NULL ? node->slots[slot + i] : NULL;
        done += here;
    }
}

static bool take_spare(struct page_tree_node **spare, struct page_tree_node **node_out)
{
    *node_out = *spare;
    *spare = NULL;
    return *node_out != NULL;
}

static bool grow(struct page_tree *tree, u64 index, struct page_tree_node **spare)
{
    while (index > last_index(tree->height)) {
        if (tree->root != NULL) {
            struct page_tree_node *node;
            if (!take_spare(spare, &node))
                return false;
            node->slots[0] = tree->root;
            tree->root = node;
        }
        tree->height++;
    }
    return true;
}

bool page_tree_insert(struct page_tree *tree, u64 index, struct page *page,
                      struct page_tree_node **spare)
{
    if (!grow(tree, index, spare))
        return false;
    void **place = &tree->root;
    for (u32 level = tree->height; level > 0; level--) {
        if (*place == NULL) {
            struct page_tree_node *node;
            if (!take_spare(spare, &node))
                return false;
            *place = node;
        }
        place = &((struct page_tree_node *)*place)->slots[slot_of(index, level)];
    }
    *place = page;
    return true;
}

struct page *page_tree_remove(struct page_tree *tree, u64 index)
{
    if (index > last_index(tree->height))
        return NULL;
    void **place = &tree->root;
    for (u32 level = tree->height; level > 0 && *place != NULL; level--)
        place = &((struct page_tree_node *)*place)->slots[slot_of(index, level)];
    struct page *page = *place;
    *place = NULL;
    return page;
}

/* The first page at or after @index below @node; @base: the index of its first place. */
static struct page *next_below(void *node, u32 level, u64 base, u64 *index)
{
    if (node == NULL)
        return NULL;
    if (level == 0) {
        *index = base;
        return node;
    }
    u32 shift = (level - 1) * PAGE_TREE_BITS;
    u32 slot = *index > base ? (u32)((*index - base) >> shift) : 0;
    for (; slot < PAGE_TREE_SLOTS; slot++) {
        struct page *page = next_below(((struct page_tree_node *)node)->slots[slot], level - 1,
                                       base + ((u64)slot << shift), index);
        if (page != NULL)
            return page;
    }
    return NULL;
}

struct page *page_tree_next(const struct page_tree *tree, u64 *index)
{
    if (*index > last_index(tree->height))
        return NULL;
    return next_below(tree->root, tree->height, 0, index);
}

static void free_below(void *node, u32 level, void (*free)(void *node))
{
    if (node == NULL || level == 0)
        return;
    for (u32 slot = 0; slot < PAGE_TREE_SLOTS; slot++)
        free_below(((struct page_tree_node *)node)->slots[slot], level - 1, free);
    free(node);
}

void page_tree_free_nodes(struct page_tree *tree, void (*free)(void *node))
{
    free_below(tree->root, tree->height, free);
    *tree = (struct page_tree){0};
}
