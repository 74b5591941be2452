/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/*
 * Pages by index: a tree of nodes with 64 places each, as deep as the highest index asks for. A
 * tree of height 0 is the page of index 0 itself, so a file of one page needs no node. No locking;
 * memory comes from the caller.
 */
#define PAGE_TREE_BITS  6u
#define PAGE_TREE_SLOTS (1u << PAGE_TREE_BITS)

struct page;

struct page_tree_node {
    void *slots[PAGE_TREE_SLOTS];
};

struct page_tree {
    void *root;
    u32 height;
};

struct page *page_tree_get(const struct page_tree *tree, u64 index);

/* The same for @count of them from @first on, most of them by one way down. */
void page_tree_get_some(const struct page_tree *tree, u64 first, unsigned count,
                        struct page **pages_out);

/*
 * Put @page at the empty place @index. False: a node is needed; give one, zeroed, in *@spare and
 * call again. A spare that was used is NULL afterwards.
 */
bool page_tree_insert(struct page_tree *tree, u64 index, struct page *page,
                      struct page_tree_node **spare);
struct page *page_tree_remove(struct page_tree *tree, u64 index); // nodes stay

/* The first page at or after *@index, whose index is then there; NULL: none. */
struct page *page_tree_next(const struct page_tree *tree, u64 *index);

/* Free the nodes of a tree without pages. */
void page_tree_free_nodes(struct page_tree *tree, void (*free)(void *node));
