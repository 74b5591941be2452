/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "exec/exec.h"

#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>

#define FIRST_CAPACITY 2048u
#define FRONT_ROOM     256u
#define STRING_MAX     (128 * 1024u) // one string, as on Linux
#define POINTERS       16u           // read from user memory at once

void exec_strings_free(struct exec_strings *strings)
{
    kfree(strings->memory);
    strings->memory = NULL;
}

static helix_status start(struct exec_strings *strings, size_t limit)
{
    *strings = (struct exec_strings){
        .memory = kmalloc(FIRST_CAPACITY),
        .capacity = FIRST_CAPACITY,
        .start = FRONT_ROOM,
        .end = FRONT_ROOM,
        .limit = limit,
    };
    return strings->memory ? HELIX_OK : HELIX_E_NOMEM;
}

static size_t used(const struct exec_strings *strings)
{
    const size_t pointers = (size_t)strings->argument_count + strings->environment_count + 2;
    return strings->end - strings->start + pointers * sizeof(u64);
}

/* Make the block twice as large, with the text as far from its beginning as @front says. */
static helix_status grow(struct exec_strings *strings, size_t front)
{
    const size_t length = strings->end - strings->start;
    size_t capacity = strings->capacity;
    do
        capacity *= 2;
    while (capacity < front + length);
    char *memory = kmalloc(capacity);
    if (!memory)
        return HELIX_E_NOMEM;
    memcpy(memory + front, strings->memory + strings->start, length);
    kfree(strings->memory);
    strings->memory = memory;
    strings->capacity = capacity;
    strings->start = front;
    strings->end = front + length;
    return HELIX_OK;
}

static helix_status append_user(struct exec_strings *strings, u64 at)
{
    for (;;) {
        size_t length;
        const size_t room = strings->capacity - strings->end;
        const helix_status status = user_copy_string(strings->memory + strings->end, vaddr_of(at),
                                                     min(room, (size_t)STRING_MAX), &length);
        if (status == HELIX_OK) {
            strings->end += length + 1;
            return used(strings) <= strings->limit ? HELIX_OK : HELIX_E_TOO_BIG;
        }
        if (status != HELIX_E_NAME_TOO_LONG)
            return status;
        if (room >= STRING_MAX || strings->capacity > 2 * strings->limit)
            return HELIX_E_TOO_BIG;
        const helix_status grown = grow(strings, strings->start);
        if (grown != HELIX_OK)
            return grown;
    }
}

/* All strings of one vector; a null vector is an empty one, as on Linux. */
static helix_status append_user_vector(struct exec_strings *strings, u64 vector, unsigned *count)
{
    u64 pointers[POINTERS];
    while (vector) {
        // Not across a page: the next one may not be there.
        const size_t in_page = (PAGE_SIZE - (vector & PAGE_MASK)) / sizeof(u64);
        const size_t n = in_page == 0 ? 1 : min(in_page, (size_t)POINTERS);
        helix_status status = user_copy_in(pointers, vaddr_of(vector), n * sizeof(u64));
        for (size_t i = 0; status == HELIX_OK && i < n; i++) {
            if (pointers[i] == 0)
                return HELIX_OK;
            ++*count;
            status = append_user(strings, pointers[i]);
        }
        if (status != HELIX_OK)
            return status;
        vector += n * sizeof(u64);
    }
    return HELIX_OK;
}

helix_status exec_strings_read_user(struct exec_strings *strings, u64 argv, u64 envp, size_t limit)
{
    helix_status status = start(strings, limit);
    if (status == HELIX_OK)
        status = append_user_vector(strings, argv, &strings->argument_count);
    if (status == HELIX_OK)
        status = append_user_vector(strings, envp, &strings->environment_count);
    return status;
}

static helix_status append_kernel_vector(struct exec_strings *strings, const char *const *vector,
                                         unsigned *count)
{
    for (; *vector; vector++) {
        const size_t bytes = strlen(*vector) + 1;
        while (strings->capacity - strings->end < bytes) {
            const helix_status status = grow(strings, strings->start);
            if (status != HELIX_OK)
                return status;
        }
        memcpy(strings->memory + strings->end, *vector, bytes);
        strings->end += bytes;
        ++*count;
    }
    return used(strings) <= strings->limit ? HELIX_OK : HELIX_E_TOO_BIG;
}

helix_status exec_strings_read_kernel(struct exec_strings *strings, const char *const *argv,
                                      const char *const *envp, size_t limit)
{
    helix_status status = start(strings, limit);
    if (status == HELIX_OK)
        status = append_kernel_vector(strings, argv, &strings->argument_count);
    if (status == HELIX_OK)
        status = append_kernel_vector(strings, envp, &strings->environment_count);
    return status;
}

helix_status exec_strings_push_front(struct exec_strings *strings, const char *word)
{
    const size_t bytes = strlen(word) + 1;
    if (strings->start < bytes) {
        const helix_status status = grow(strings, FRONT_ROOM + bytes);
        if (status != HELIX_OK)
            return status;
    }
    strings->start -= bytes;
    memcpy(strings->memory + strings->start, word, bytes);
    strings->argument_count++;
    return used(strings) <= strings->limit ? HELIX_OK : HELIX_E_TOO_BIG;
}

void exec_strings_drop_first(struct exec_strings *strings)
{
    if (strings->argument_count == 0)
        return;
    strings->start += strlen(strings->memory + strings->start) + 1;
    strings->argument_count--;
}
