/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/module.h>
#include <helix/abi/scheduler.h>
#include <helix/lib/compiler.h>
#include <helix/lib/sort.h>
#include <helix/lib/string.h>

/* Reading and writing the state that schedulers hand to each other (abi/scheduler.h), for scheduler
 * modules. */

/* Room for @entities and for those that may still be created before the state is written. */
static inline size_t sched_state_bytes(u32 entities)
{
    return sizeof(struct sched_state_header) +
           (entities + entities / 4 + 32) * sizeof(struct sched_state_entity);
}

/* Where record @n goes; the caller has checked that it fits. */
static inline struct sched_state_entity *sched_state_record(const struct helix_state_writer *writer,
                                                            u32 n)
{
    return (struct sched_state_entity *)(void *)((u8 *)writer->data +
                                                 sizeof(struct sched_state_header)) +
           n;
}

static inline bool sched_state_fits(const struct helix_state_writer *writer, u32 entities)
{
    return sizeof(struct sched_state_header) + entities * sizeof(struct sched_state_entity) <=
           writer->capacity;
}

static inline int sched_state_compare(const void *a, const void *b, void *context)
{
    const struct sched_state_entity *left = a;
    const struct sched_state_entity *right = b;
    (void)context;
    return left->id < right->id ? -1 : left->id > right->id;
}

/* All @entities records are written: put them in order and the header before them. */
static inline void sched_state_finish(struct helix_state_writer *writer, u32 entities)
{
    bool sorted = true;
    for (u32 i = 1; i < entities && sorted; i++)
        sorted = sched_state_record(writer, i - 1)->id < sched_state_record(writer, i)->id;
    if (!sorted)
        lib_sort(sched_state_record(writer, 0), entities, sizeof(struct sched_state_entity),
                 sched_state_compare, NULL);
    const struct sched_state_header header = {
        .magic = SCHED_STATE_MAGIC,
        .version = SCHED_STATE_VERSION,
        .entities = entities,
        .entity_bytes = sizeof(struct sched_state_entity),
    };
    memcpy(writer->data, &header, sizeof(header));
    writer->bytes = sizeof(header) + entities * sizeof(struct sched_state_entity);
}

/*
 * Check @state, which may come from any scheduler, and give its records.
 * Errors: HELIX_E_CORRUPT not such a state, cut short, or not sorted. Empty: HELIX_OK with no
 * records.
 */
static inline helix_status sched_state_open(const struct helix_state *state,
                                            const struct sched_state_entity **records_out,
                                            u32 *count_out)
{
    struct sched_state_header header;
    *records_out = NULL;
    *count_out = 0;
    if (state == NULL || state->bytes == 0)
        return HELIX_OK;
    if (state->bytes < sizeof(header) || (uintptr_t)state->data % sizeof(u64) != 0)
        return HELIX_E_CORRUPT;
    memcpy(&header, state->data, sizeof(header));
    if (header.magic != SCHED_STATE_MAGIC || header.version != SCHED_STATE_VERSION ||
        header.entity_bytes != sizeof(struct sched_state_entity) ||
        header.entities > (state->bytes - sizeof(header)) / header.entity_bytes)
        return HELIX_E_CORRUPT;
    const struct sched_state_entity *records =
        (const void *)((const u8 *)state->data + sizeof(header));
    for (u32 i = 1; i < header.entities; i++) {
        if (records[i - 1].id >= records[i].id)
            return HELIX_E_CORRUPT;
    }
    *records_out = records;
    *count_out = header.entities;
    return HELIX_OK;
}

/* The record of entity @id, or NULL. */
static inline const struct sched_state_entity *
sched_state_find(const struct sched_state_entity *records, u32 count, u64 id)
{
    u32 low = 0;
    u32 high = count;
    while (low < high) {
        u32 middle = low + (high - low) / 2;
        if (records[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && records[low].id == id ? &records[low] : NULL;
}
