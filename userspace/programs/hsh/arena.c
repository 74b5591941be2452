/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE 8192

struct arena_block {
    struct arena_block *next;
    size_t used;
    size_t size;
    max_align_t bytes[];
};

static struct arena_block *add_block(struct arena *arena, size_t bytes)
{
    size_t size = bytes > BLOCK_SIZE ? bytes : BLOCK_SIZE;
    struct arena_block *block = malloc(sizeof *block + size);
    if (block == NULL) {
        fputs("hsh: out of memory\n", stderr);
        exit(1);
    }
    block->next = arena->blocks;
    block->used = 0;
    block->size = size;
    arena->blocks = block;
    return block;
}

void *arena_take(struct arena *arena, size_t bytes)
{
    struct arena_block *block = arena->blocks;
    bytes = (bytes + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
    if (block == NULL || block->size - block->used < bytes)
        block = add_block(arena, bytes);
    void *taken = (char *)block->bytes + block->used;
    block->used += bytes;
    return memset(taken, 0, bytes);
}

char *arena_text(struct arena *arena, const char *from, size_t length)
{
    char *copy = arena_take(arena, length + 1);
    memcpy(copy, from, length);
    return copy;
}

void arena_free(struct arena *arena)
{
    while (arena->blocks != NULL) {
        struct arena_block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
}

void text_add(struct text *text, char c)
{
    if (text->length + 1 >= text->size) {
        size_t size = text->size > 0 ? text->size * 2 : 64;
        char *bytes = arena_take(text->arena, size);
        if (text->length > 0)
            memcpy(bytes, text->bytes, text->length);
        text->bytes = bytes;
        text->size = size;
    }
    text->bytes[text->length++] = c;
    text->bytes[text->length] = '\0';
}

void text_add_all(struct text *text, const char *from)
{
    for (; *from != '\0'; from++)
        text_add(text, *from);
}

void pointers_add(struct pointers *list, void *item)
{
    if (list->count + 1 >= list->size) {
        size_t size = list->size > 0 ? list->size * 2 : 8;
        void **items = arena_take(list->arena, size * sizeof *items);
        if (list->count > 0)
            memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
        list->size = size;
    }
    list->items[list->count++] = item;
    list->items[list->count] = NULL;
}
