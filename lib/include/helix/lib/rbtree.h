/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/lib/compiler.h>

/*
 * An intrusive red-black tree. Nodes live inside the caller's objects; nothing is allocated. No
 * locking.
 *
 * @update, when not NULL, recomputes what a node keeps about its subtree from its two children; it
 * is called bottom-up for every node whose subtree changed. A caller that changes such a node's own
 * value calls rb_update_path().
 */
struct rb_node {
    uintptr_t parent_color; // the parent's address, and 1 in the lowest bit for red
    struct rb_node *child[2];
};

typedef void (*rb_update)(struct rb_node *node);

struct rb_tree {
    struct rb_node *root;
    rb_update update;
};

#define RB_LEFT  0
#define RB_RIGHT 1

#define RB_TREE_INIT {NULL, NULL}

static inline void rb_init(struct rb_tree *tree, rb_update update)
{
    tree->root = NULL;
    tree->update = update;
}

static inline bool rb_is_empty(const struct rb_tree *tree)
{
    return tree->root == NULL;
}

static inline struct rb_node *rb_parent(const struct rb_node *node)
{
    return (struct rb_node *)(node->parent_color & ~(uintptr_t)1);
}

/* The first and last in order; NULL when empty. */
struct rb_node *rb_first(const struct rb_tree *tree);
struct rb_node *rb_last(const struct rb_tree *tree);

/* The neighbours in order; NULL at the end. */
struct rb_node *rb_next(const struct rb_node *node);
struct rb_node *rb_prev(const struct rb_node *node);

/* Hang @node into the empty place parent->child[side] (the root when @parent is NULL) and
 * rebalance. */
void rb_insert_at(struct rb_tree *tree, struct rb_node *node, struct rb_node *parent,
                  unsigned side);

/* Take @node out. Its memory is the caller's again. */
void rb_erase(struct rb_tree *tree, struct rb_node *node);

/* Call the tree's update for @node and everything above it. */
void rb_update_path(struct rb_tree *tree, struct rb_node *node);

typedef bool (*rb_less)(const struct rb_node *a, const struct rb_node *b);

/* Negative, zero or positive as @key comes before, at or after @node. */
typedef int (*rb_compare)(const void *key, const struct rb_node *node);

/* Insert in order; after those that are equal. Inline, so that the comparison is too. */
static inline void rb_insert(struct rb_tree *tree, struct rb_node *node, rb_less less)
{
    struct rb_node *parent = NULL;
    struct rb_node *at = tree->root;
    unsigned side = RB_LEFT;
    while (at != NULL) {
        parent = at;
        side = less(node, at) ? RB_LEFT : RB_RIGHT;
        at = at->child[side];
    }
    rb_insert_at(tree, node, parent, side);
}

/* The first node that does not come before @key; NULL when all do. */
static inline struct rb_node *rb_lower_bound(const struct rb_tree *tree, const void *key,
                                             rb_compare compare)
{
    struct rb_node *found = NULL;
    struct rb_node *at = tree->root;
    while (at != NULL) {
        if (compare(key, at) <= 0) {
            found = at;
            at = at->child[RB_LEFT];
        } else {
            at = at->child[RB_RIGHT];
        }
    }
    return found;
}

/* The first node equal to @key; NULL when there is none. */
static inline struct rb_node *rb_find(const struct rb_tree *tree, const void *key,
                                      rb_compare compare)
{
    struct rb_node *node = rb_lower_bound(tree, key, compare);
    return node != NULL && compare(key, node) == 0 ? node : NULL;
}

/* Visit all in order; the body may not erase @it. */
#define rb_for_each(it, tree) \
    for (struct rb_node *it = rb_first(tree); it != NULL; it = rb_next(it))
