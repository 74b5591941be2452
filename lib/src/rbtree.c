/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/rbtree.h>

#define RED ((uintptr_t)1)

static bool is_red(const struct rb_node *node)
{
    return node != NULL && (node->parent_color & RED);
}

static void paint_red(struct rb_node *node)
{
    node->parent_color |= RED;
}

static void paint_black(struct rb_node *node)
{
    node->parent_color &= ~RED;
}

static void set_parent(struct rb_node *node, struct rb_node *parent)
{
    if (node != NULL)
        node->parent_color = (uintptr_t)parent | (node->parent_color & RED);
}

static void update(struct rb_tree *tree, struct rb_node *node)
{
    if (tree->update != NULL)
        tree->update(node);
}

static struct rb_node *outermost(struct rb_node *node, unsigned side)
{
    if (node == NULL)
        return NULL;
    while (node->child[side] != NULL)
        node = node->child[side];
    return node;
}

struct rb_node *rb_first(const struct rb_tree *tree)
{
    return outermost(tree->root, RB_LEFT);
}

struct rb_node *rb_last(const struct rb_tree *tree)
{
    return outermost(tree->root, RB_RIGHT);
}

static struct rb_node *step(const struct rb_node *node, unsigned side)
{
    if (node->child[side] != NULL)
        return outermost(node->child[side], !side);
    struct rb_node *parent = rb_parent(node);
    while (parent != NULL && parent->child[side] == node) {
        node = parent;
        parent = rb_parent(node);
    }
    return parent;
}

struct rb_node *rb_next(const struct rb_node *node)
{
    return step(node, RB_RIGHT);
}

struct rb_node *rb_prev(const struct rb_node *node)
{
    return step(node, RB_LEFT);
}

/* Make @parent (or the root) point at @by where it pointed at @node. */
static void replace_child(struct rb_tree *tree, struct rb_node *parent, struct rb_node *node,
                          struct rb_node *by)
{
    if (parent == NULL)
        tree->root = by;
    else
        parent->child[parent->child[RB_RIGHT] == node] = by;
}

/* Move @node down to @side; its child on the other side takes its place. */
static void rotate(struct rb_tree *tree, struct rb_node *node, unsigned side)
{
    struct rb_node *riser = node->child[!side];
    node->child[!side] = riser->child[side];
    set_parent(riser->child[side], node);
    replace_child(tree, rb_parent(node), node, riser);
    set_parent(riser, rb_parent(node));
    riser->child[side] = node;
    set_parent(node, riser);
    update(tree, node);
    update(tree, riser);
}

void rb_update_path(struct rb_tree *tree, struct rb_node *node)
{
    if (tree->update == NULL)
        return;
    for (; node != NULL; node = rb_parent(node))
        tree->update(node);
}

/* @node is red; climb until its parent is black. */
static void insert_rebalance(struct rb_tree *tree, struct rb_node *node)
{
    struct rb_node *parent = rb_parent(node);
    while (is_red(parent)) {
        struct rb_node *grand = rb_parent(parent);
        unsigned side = grand->child[RB_RIGHT] == parent;
        struct rb_node *uncle = grand->child[!side];
        if (is_red(uncle)) {
            paint_black(parent);
            paint_black(uncle);
            paint_red(grand);
            node = grand;
            parent = rb_parent(node);
            continue;
        }
        if (parent->child[!side] == node) {
            rotate(tree, parent, side);
            parent = node;
        }
        paint_black(parent);
        paint_red(grand);
        rotate(tree, grand, !side);
        break;
    }
    paint_black(tree->root);
}

void rb_insert_at(struct rb_tree *tree, struct rb_node *node, struct rb_node *parent, unsigned side)
{
    node->parent_color = (uintptr_t)parent | RED;
    node->child[RB_LEFT] = NULL;
    node->child[RB_RIGHT] = NULL;
    if (parent == NULL)
        tree->root = node;
    else
        parent->child[side] = node;
    rb_update_path(tree, node);
    insert_rebalance(tree, node);
}

/* The subtree @node (maybe NULL) below @parent lacks one black node. */
static void erase_rebalance(struct rb_tree *tree, struct rb_node *node, struct rb_node *parent)
{
    while (parent != NULL && !is_red(node)) {
        unsigned side = parent->child[RB_RIGHT] == node;
        struct rb_node *sibling = parent->child[!side];
        if (is_red(sibling)) {
            paint_black(sibling);
            paint_red(parent);
            rotate(tree, parent, side);
            sibling = parent->child[!side];
        }
        if (!is_red(sibling->child[RB_LEFT]) && !is_red(sibling->child[RB_RIGHT])) {
            paint_red(sibling);
            node = parent;
            parent = rb_parent(node);
            continue;
        }
        if (!is_red(sibling->child[!side])) {
            paint_black(sibling->child[side]);
            paint_red(sibling);
            rotate(tree, sibling, !side);
            sibling = parent->child[!side];
        }
        sibling->parent_color = (sibling->parent_color & ~RED) | (parent->parent_color & RED);
        paint_black(parent);
        paint_black(sibling->child[!side]);
        rotate(tree, parent, side);
        return;
    }
    if (node != NULL)
        paint_black(node);
}

/* Put the successor of @node, which has two children, in its place. */
static struct rb_node *replace_by_successor(struct rb_tree *tree, struct rb_node *node,
                                            struct rb_node **child_out, bool *red_out)
{
    struct rb_node *successor = outermost(node->child[RB_RIGHT], RB_LEFT);
    struct rb_node *child = successor->child[RB_RIGHT];
    struct rb_node *parent = rb_parent(successor);
    *child_out = child;
    *red_out = is_red(successor);
    if (parent == node) {
        parent = successor;
    } else {
        parent->child[RB_LEFT] = child;
        set_parent(child, parent);
        successor->child[RB_RIGHT] = node->child[RB_RIGHT];
        set_parent(successor->child[RB_RIGHT], successor);
    }
    successor->child[RB_LEFT] = node->child[RB_LEFT];
    set_parent(successor->child[RB_LEFT], successor);
    replace_child(tree, rb_parent(node), node, successor);
    successor->parent_color = node->parent_color;
    return parent;
}

void rb_erase(struct rb_tree *tree, struct rb_node *node)
{
    struct rb_node *child;
    struct rb_node *parent;
    bool removed_red;
    if (node->child[RB_LEFT] != NULL && node->child[RB_RIGHT] != NULL) {
        parent = replace_by_successor(tree, node, &child, &removed_red);
    } else {
        child = node->child[node->child[RB_LEFT] == NULL];
        parent = rb_parent(node);
        removed_red = is_red(node);
        replace_child(tree, parent, node, child);
        set_parent(child, parent);
    }
    rb_update_path(tree, parent);
    if (!removed_red)
        erase_rebalance(tree, child, parent);
}
