/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The module around the order: settings, life, exports. */
#include "round_robin.h"

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
    return sched_settings_read(&rr->settings, context, "10");
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
    return rr->settings.slice >= SCHED_SLICE_MS_MIN * NANOS_PER_MS &&
           rr->settings.slice <= SCHED_SLICE_MS_MAX * NANOS_PER_MS;
}

static helix_status export_slice(void *self, const struct helix_value *arguments, unsigned count,
                                 struct helix_value *result_out)
{
    struct rr *rr = self;
    return sched_slice_export(&rr->settings, arguments, count, result_out);
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
