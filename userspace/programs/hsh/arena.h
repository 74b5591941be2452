/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <stddef.h>

/*
 * Memory for one command line: taken in pieces, given back all at once. Programs of this size end
 * when memory does, with a message.
 */
struct arena_block;

struct arena {
    struct arena_block *blocks;
};

void *arena_take(struct arena *arena, size_t bytes);
char *arena_text(struct arena *arena, const char *from, size_t length);
void arena_free(struct arena *arena);

/* A text that grows in an arena. */
struct text {
    struct arena *arena;
    char *bytes; // always ends with NUL once something was added
    size_t length;
    size_t size;
};

void text_add(struct text *text, char c);
void text_add_all(struct text *text, const char *from);

/* A list of pointers that grows in an arena; items[count] is NULL. */
struct pointers {
    struct arena *arena;
    void **items;
    size_t count;
    size_t size;
};

void pointers_add(struct pointers *list, void *item);
