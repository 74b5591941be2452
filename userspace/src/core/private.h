/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/memory/space.h>

#include "core/core.h"

/* Private to core dumps. */

/* A piece of memory that grows. Once it could not, it stays as it is and says so. */
struct core_buffer {
    u8 *memory;
    size_t bytes, capacity;
    bool failed;
};
void *core_buffer_add(struct core_buffer *buffer, size_t bytes); // zeros; NULL: no memory

/* An area of the address space, and how much of it is written. */
struct core_area {
    u64 start, end, dump_bytes;
    u64 page; // of its file
    u32 flags;
    u32 name; // in the names, plus 1; 0: it has no file
};

struct core_map {
    struct core_area *areas;
    unsigned count, capacity;
    struct core_buffer names;
    bool too_many;
};

/* map.c: the areas of @space. NOMEM. */
helix_status core_map_read(struct vm_space *space, u32 filter, struct core_map *map);
void core_map_free(struct core_map *map);

/* notes.c: all notes of the running process, which takes @info. Failed: no memory. */
void core_notes_write(struct core_buffer *notes, const struct signal_info *info,
                      const struct core_map *map);

/* name.c: the file's name by /proc/sys/kernel/core_pattern. False: none is wanted. */
bool core_name_make(char *name, size_t capacity, int signal);
