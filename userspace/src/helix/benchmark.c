/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Call 1003: measure what the kernel does, inside the kernel, one round at a time. */
#include "helix/helix_calls.h"

#include <helix/core/syscall.h>
#include <helix/execution/thread.h>
#include <helix/hal/time.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#define ROUNDS_DEFAULT 1000u
#define ROUNDS_MOST    1000000u

/* Figures include the reading of the clock, which the row "nothing" shows. */
static helix_status measure_rounds(const struct measure *measure, void *context, u32 rounds,
                                   struct helix_user_benchmark_row *row)
{
    helix_status status = measure->round(context); // the first one warms up
    const u64 instructions = hal_instructions();
    row->min_ns = NANOS_NEVER;
    for (u32 i = 0; i < rounds && status == HELIX_OK; i++) {
        const nanos start = hal_clock_now();
        status = measure->round(context);
        const nanos span = hal_clock_now() - start;
        row->total_ns += span;
        row->min_ns = min(row->min_ns, (u64)span);
        row->max_ns = max(row->max_ns, (u64)span);
        if (thread_interrupted())
            status = HELIX_E_INTERRUPTED;
    }
    row->rounds = rounds;
    row->instructions = hal_instructions() - instructions;
    return status;
}

static helix_status measure_row(const struct measure *measure, u32 rounds,
                                struct helix_user_benchmark_row *row)
{
    void *context = NULL;
    helix_status status = HELIX_OK;
    strlcpy(row->name, measure->name, sizeof row->name);
    if (measure->begin)
        status = measure->begin(&context);
    if (status != HELIX_OK)
        return status;
    status = measure_rounds(measure, context, rounds, row);
    if (measure->end)
        measure->end(context);
    return status;
}

static const struct measure_list *list_of(u32 group)
{
    switch (group) {
    case HELIX_BENCHMARK_SCHEDULER:
        return &measures_scheduler;
    case HELIX_BENCHMARK_MEMORY:
        return &measures_memory;
    case HELIX_BENCHMARK_IPC:
        return &measures_ipc;
    default:
        return NULL;
    }
}

static helix_status run(struct helix_user_benchmark *call)
{
    const struct measure_list *list = list_of(call->group);
    const u32 rounds = call->rounds ? call->rounds : ROUNDS_DEFAULT;
    if (!list || rounds > ROUNDS_MOST || call->reserved != 0)
        return HELIX_E_INVAL;
    memset(call->rows, 0, sizeof call->rows);
    call->count = 0;
    helix_status status = HELIX_OK;
    for (size_t i = 0; i < list->count && status == HELIX_OK; i++) {
        status = measure_row(&list->measures[i], rounds, &call->rows[i]);
        if (status == HELIX_OK)
            call->count++;
    }
    return status;
}

i64 helix_benchmark(const u64 *arguments)
{
    struct helix_user_benchmark *call = kmalloc(sizeof *call);
    if (!call)
        return -(i64)helix_status_errno(HELIX_E_NOMEM);
    i64 result;
    helix_status status = helix_struct_in(call, arguments[0], sizeof *call);
    if (status == HELIX_OK)
        status = run(call);
    // A benchmark that was interrupted starts over only when the program asks again.
    if (status == HELIX_OK)
        result = helix_struct_out(arguments[0], call, sizeof *call, HELIX_OK);
    else
        result = -(i64)helix_status_errno(status);
    kfree(call);
    return result;
}
