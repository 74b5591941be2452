/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/list.h>
#include <helix/lib/test.h>

struct item {
    int value;
    struct list node;
};

static int sum_of(struct list *head)
{
    int digits = 0;
    list_for_each(struct item, it, head, node)
        digits = digits * 10 + it->value;
    return digits;
}

HELIX_TEST(list, keeps_order)
{
    struct list head = LIST_INIT(head);
    struct item a = {.value = 1};
    struct item b = {.value = 2};
    struct item c = {.value = 3};
    EXPECT(t, list_is_empty(&head) && list_first(&head, struct item, node) == NULL);
    list_push_back(&head, &b.node);
    list_push_back(&head, &c.node);
    list_push_front(&head, &a.node);
    EXPECT(t, sum_of(&head) == 123 && list_length(&head) == 3);
    EXPECT(t, list_first(&head, struct item, node) == &a);
    EXPECT(t, list_last(&head, struct item, node) == &c);
}

HELIX_TEST(list, safe_iteration_allows_removal_and_poisons)
{
    struct list head = LIST_INIT(head);
    struct item items[4] = {{.value = 1}, {.value = 2}, {.value = 3}, {.value = 4}};
    for (unsigned i = 0; i < 4; i++)
        list_push_back(&head, &items[i].node);
    list_for_each_safe(struct item, it, &head, node) {
        if (it->value % 2 == 0)
            list_remove(&it->node);
    }
    EXPECT(t, sum_of(&head) == 13);
    EXPECT(t, items[1].node.next == LIST_POISON_NEXT && items[1].node.prev == LIST_POISON_PREV);
}

HELIX_TEST(list, splices_and_pops)
{
    struct list one = LIST_INIT(one);
    struct list two = LIST_INIT(two);
    struct item a = {.value = 1};
    struct item b = {.value = 2};
    list_push_back(&one, &a.node);
    list_splice_back(&one, &two);
    list_push_back(&two, &b.node);
    list_splice_back(&one, &two);
    EXPECT(t, sum_of(&one) == 12 && list_is_empty(&two));
    EXPECT(t, list_pop_front(&one) == &a.node && list_pop_front(&one) == &b.node);
    EXPECT(t, list_pop_front(&one) == NULL);
    list_init(&a.node);
    EXPECT(t, !list_is_linked(&a.node));
}
