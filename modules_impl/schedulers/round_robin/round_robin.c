/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The module around the order: settings, life, exports. */
#include "round_robin.h"

#include <helix/lib/parse.h>
#include <helix/lib/string.h>

enum {
    SLICE_MS = 10,
    SLICE_MS_MIN = 1,
    SLICE_MS_MAX = 100,
    LEVELS = 140,
};

static helix_status setting_number(const struct helix_context *context, const char *key,
                                   const char *fallback, u64 from, u64 to, u64 *value_out)
{
    u64 value;
    helix_status st = parse_u64(context->config_or(context, key, fallback), &value);
    if (st != HELIX_OK)
        return st;
    if (value < from || value > to)
        return HELIX_E_RANGE;
    *value_out = value;
    return HELIX_OK;
}

static helix_status read_settings(struct rr *rr, const struct helix_context *context)
{
    u64 slice;
    u64 levels;
    helix_status st =
        setting_number(context, "time_slice_ms", "10", SLICE_MS_MIN, SLICE_MS_MAX, &slice);
    if (st == HELIX_OK)
        st = setting_number(context, "priority_levels", "140", 1, LEVELS, &levels);
    if (st == HELIX_OK)
        st = parse_bool(context->config_or(context, "load_balancing", "true"), &rr->balances);
    if (st == HELIX_OK)
        st = parse_bool(context->config_or(context, "preemption", "true"), &rr->preempts);
    if (st != HELIX_OK)
        return st;
    rr->slice = slice * NANOS_PER_MS;
    rr->levels = (u32)levels;
    return HELIX_OK;
}

static helix_status rr_init(void *self, const struct helix_context *context)
{
    struct rr *rr = self;
    rr->slot = context->slot;
    list_init(&rr->all);
    for (unsigned i = 0; i < HELIX_MAX_CPUS; i++) {
        struct rr_cpu *cpu = &rr->cpus[i];
        list_init(&cpu->normal);
        list_init(&cpu->idle);
        realtime_init(&cpu->realtime);
        cpu->front = TURN_FIRST;
        cpu->back = TURN_FIRST;
    }
    return read_settings(rr, context);
}

static helix_status rr_start(void *self)
{
    struct rr *rr = self;
    rr->records = NULL;
    rr->record_count = 0;
    return HELIX_OK;
}

static void rr_stop(void *self)
{
    (void)self; // the state block is the kernel's, and threads are never the module's
}

static bool rr_is_healthy(const void *self)
{
    const struct rr *rr = self;
    return rr->slice >= SLICE_MS_MIN * NANOS_PER_MS && rr->slice <= SLICE_MS_MAX * NANOS_PER_MS;
}

/* time_slice_ms: what it is; with an argument, what it shall be. */
static helix_status export_slice(void *self, const struct helix_value *arguments, unsigned count,
                                 struct helix_value *result_out)
{
    struct rr *rr = self;
    if (count > 1)
        return HELIX_E_INVAL;
    if (count == 1) {
        i64 wanted = arguments[0].number;
        if (arguments[0].kind != HELIX_VALUE_I64 || wanted < SLICE_MS_MIN || wanted > SLICE_MS_MAX)
            return HELIX_E_RANGE;
        WRITE_ONCE(rr->slice, (nanos)wanted * NANOS_PER_MS);
    }
    *result_out = (struct helix_value){
        .kind = HELIX_VALUE_I64,
        .number = (i64)(rr->slice / NANOS_PER_MS),
    };
    return HELIX_OK;
}

static const struct helix_export rr_exports[] = {
    {"time_slice_ms", "how long a thread runs before the next one's turn", export_slice},
    {NULL, NULL, NULL},
};

HELIX_MODULE(round_robin, .version = HELIX_VERSION(1, 0, 0),
             .description = "Round-robin scheduler, with the real-time classes above it",
             .author = "the Helix authors", .license = "MIT",
             .flags = HELIX_FLAG_SCHEDULER | HELIX_FLAG_ESSENTIAL | HELIX_FLAG_HOT_RELOADABLE,
             .provides = HELIX_NAMES(HELIX_SCHEDULER), .ops = HELIX_OPS(&rr_ops.header),
             .exports = rr_exports, .self_size = sizeof(struct rr), .state_version = 1,
             .init = rr_init, .start = rr_start, .stop = rr_stop, .is_healthy = rr_is_healthy,
             .state_bound = rr_state_bound, .save_state = rr_save_state,
             .restore_state = rr_restore_state);
