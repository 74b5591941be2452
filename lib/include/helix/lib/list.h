/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/lib/compiler.h>

/*
 * An intrusive, circular, doubly linked list. A head and a node are the same struct; an empty head
 * points at itself. A removed node is poisoned, so that using it again faults instead of corrupting
 * a neighbour. No locking.
 */
struct list {
    struct list *next;
    struct list *prev;
};

#define LIST_INIT(name) {&(name), &(name)}

/* Non-canonical on every 64-bit architecture. */
#define LIST_POISON_NEXT ((struct list *)0xdead0000dead0100ull)
#define LIST_POISON_PREV ((struct list *)0xdead0000dead0200ull)

static inline void list_init(struct list *head)
{
    head->next = head;
    head->prev = head;
}

static inline bool list_is_empty(const struct list *head)
{
    return head->next == head;
}

/* For a node that was list_init()ed and is only taken out with list_remove_init(). */
static inline bool list_is_linked(const struct list *node)
{
    return node->next != node;
}

static inline void list_insert_between(struct list *node, struct list *prev, struct list *next)
{
    node->prev = prev;
    node->next = next;
    prev->next = node;
    next->prev = node;
}

static inline void list_insert_before(struct list *at, struct list *node)
{
    list_insert_between(node, at->prev, at);
}

static inline void list_insert_after(struct list *at, struct list *node)
{
    list_insert_between(node, at, at->next);
}

static inline void list_push_front(struct list *head, struct list *node)
{
    list_insert_after(head, node);
}

static inline void list_push_back(struct list *head, struct list *node)
{
    list_insert_before(head, node);
}

static inline void list_remove(struct list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    node->next = LIST_POISON_NEXT;
    node->prev = LIST_POISON_PREV;
}

/* Remove, and leave the node empty so that list_is_linked() answers for it. */
static inline void list_remove_init(struct list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}

/* Take the first node out; NULL when there is none. */
static inline struct list *list_pop_front(struct list *head)
{
    struct list *node = head->next;
    if (node == head)
        return NULL;
    list_remove(node);
    return node;
}

/* Move all of @from, which ends empty, to the end of @head. */
static inline void list_splice_back(struct list *head, struct list *from)
{
    if (list_is_empty(from))
        return;
    from->next->prev = head->prev;
    head->prev->next = from->next;
    from->prev->next = head;
    head->prev = from->prev;
    list_init(from);
}

static inline size_t list_length(const struct list *head)
{
    size_t n = 0;
    for (const struct list *node = head->next; node != head; node = node->next)
        n++;
    return n;
}

#define list_entry(node, type, member) container_of(node, type, member)

/* The first or last object, NULL when the list is empty. */
#define list_first(head, type, member) \
    (list_is_empty(head) ? (type *)NULL : list_entry((head)->next, type, member))
#define list_last(head, type, member) \
    (list_is_empty(head) ? (type *)NULL : list_entry((head)->prev, type, member))

#define list_node_of_(it, type, member) ((struct list *)((uintptr_t)(it) + offsetof(type, member)))

/* Visit every object: list_for_each (struct thread, t, &queue, node). The body may not remove any
 * but with the _safe form @it. */
#define list_for_each(type, it, head, member)               \
    for (type *it = list_entry((head)->next, type, member); \
         list_node_of_(it, type, member) != (head);         \
         it = list_entry(it->member.next, type, member))

#define list_for_each_reverse(type, it, head, member)       \
    for (type *it = list_entry((head)->prev, type, member); \
         list_node_of_(it, type, member) != (head);         \
         it = list_entry(it->member.prev, type, member))

#define list_for_each_safe(type, it, head, member)                                               \
    for (type *it = list_entry((head)->next, type, member),                                      \
              *it##_next_ = list_entry((head)->next->next, type, member);                        \
         list_node_of_(it, type, member) != (head);                                              \
         it = it##_next_, it##_next_ = list_entry(list_node_of_(it##_next_, type, member)->next, \
                                                  type, member))
