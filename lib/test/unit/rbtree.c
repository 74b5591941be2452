/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/random.h>
#include <helix/lib/rbtree.h>
#include <helix/lib/test.h>

struct item {
    struct rb_node node;
    u64 key;
    u64 least; // of the subtree, kept by the update callback
    bool inside;
};

#define ITEMS 300

static struct item *item_of(const struct rb_node *node)
{
    return container_of(node, struct item, node);
}

static bool item_less(const struct rb_node *a, const struct rb_node *b)
{
    return item_of(a)->key < item_of(b)->key;
}

static int item_compare(const void *key, const struct rb_node *node)
{
    u64 want = *(const u64 *)key;
    u64 have = item_of(node)->key;
    return want < have ? -1 : want > have;
}

static void item_update(struct rb_node *node)
{
    struct item *it = item_of(node);
    it->least = it->key;
    for (unsigned side = 0; side < 2; side++) {
        if (node->child[side] != NULL)
            it->least = min(it->least, item_of(node->child[side])->least);
    }
}

/* The black height, or -1 where a rule is broken. */
static int check(const struct rb_node *node, const struct rb_node *parent)
{
    if (node == NULL)
        return 0;
    bool red = node->parent_color & 1;
    if (rb_parent(node) != parent || (red && parent != NULL && (parent->parent_color & 1)))
        return -1;
    u64 least = item_of(node)->key;
    for (unsigned side = 0; side < 2; side++) {
        if (node->child[side] != NULL)
            least = min(least, item_of(node->child[side])->least);
    }
    int left = check(node->child[RB_LEFT], node);
    int right = check(node->child[RB_RIGHT], node);
    if (left < 0 || left != right || least != item_of(node)->least)
        return -1;
    return left + !red;
}

static bool is_sorted(const struct rb_tree *tree, size_t want)
{
    size_t n = 0;
    u64 last = 0;
    rb_for_each(it, tree) {
        if (item_of(it)->key < last)
            return false;
        last = item_of(it)->key;
        n++;
    }
    size_t back = 0;
    for (struct rb_node *it = rb_last(tree); it != NULL; it = rb_prev(it))
        back++;
    return n == want && back == want;
}

HELIX_TEST(rbtree, keeps_order_balance_and_augmentation)
{
    static struct item items[ITEMS];
    struct rb_tree tree;
    struct prng prng;
    size_t inside = 0;
    rb_init(&tree, item_update);
    prng_seed(&prng, 1);
    for (unsigned step = 0; step < 5000; step++) {
        struct item *it = &items[prng_below(&prng, ITEMS)];
        if (it->inside) {
            rb_erase(&tree, &it->node);
            inside--;
        } else {
            it->key = prng_below(&prng, 200);
            rb_insert(&tree, &it->node, item_less);
            inside++;
        }
        it->inside = !it->inside;
        REQUIRE(t, check(tree.root, NULL) >= 0);
        if (step % 50 == 0)
            REQUIRE(t, is_sorted(&tree, inside));
    }
}

HELIX_TEST(rbtree, finds_bounds)
{
    struct item items[10];
    struct rb_tree tree = RB_TREE_INIT;
    u64 key = 5;
    EXPECT(t, rb_first(&tree) == NULL && rb_find(&tree, &key, item_compare) == NULL);
    for (unsigned i = 0; i < 10; i++) {
        items[i].key = i * 10;
        rb_insert(&tree, &items[i].node, item_less);
    }
    EXPECT(t, rb_lower_bound(&tree, &key, item_compare) == &items[1].node);
    key = 20;
    EXPECT(t, rb_lower_bound(&tree, &key, item_compare) == &items[2].node);
    EXPECT(t, rb_find(&tree, &key, item_compare) == &items[2].node);
    key = 91;
    EXPECT(t, rb_lower_bound(&tree, &key, item_compare) == NULL);
}

HELIX_TEST(rbtree, keeps_equal_keys_in_arrival_order)
{
    struct item items[3] = {{.key = 7}, {.key = 7}, {.key = 7}};
    struct rb_tree tree = RB_TREE_INIT;
    for (unsigned i = 0; i < 3; i++)
        rb_insert(&tree, &items[i].node, item_less);
    EXPECT(t, rb_first(&tree) == &items[0].node && rb_last(&tree) == &items[2].node);
    EXPECT(t, rb_next(&items[0].node) == &items[1].node);
}
