/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The module around the order: settings, life, exports. */
#include "fair.h"

static helix_status fair_init(void *self, const struct helix_context *context)
{
    struct fair *fair = self;
    fair->slot = context->slot;
    list_init(&fair->all);
    for (unsigned i = 0; i < HELIX_MAX_CPUS; i++) {
        fair_tree_init(&fair->queues[i]);
        realtime_init(&fair->queues[i].realtime);
    }
    return sched_settings_read(&fair->settings, context, "4");
}

static helix_status fair_start(void *self)
{
    struct fair *fair = self;
    fair->records = NULL;
    fair->record_count = 0;
    return HELIX_OK;
}

static void fair_stop(void *self)
{
    (void)self; // the state block is the kernel's, and threads are never the module's
}

static bool fair_is_healthy(const void *self)
{
    const struct fair *fair = self;
    return fair->settings.slice >= SCHED_SLICE_MS_MIN * NANOS_PER_MS &&
           fair->settings.slice <= SCHED_SLICE_MS_MAX * NANOS_PER_MS;
}

static helix_status export_slice(void *self, const struct helix_value *arguments, unsigned count,
                                 struct helix_value *result_out)
{
    struct fair *fair = self;
    return sched_slice_export(&fair->settings, arguments, count, result_out);
}

static const struct helix_export fair_exports[] = {
    {"time_slice_ms", "what a thread of normal weight asks for at a time", export_slice},
    {NULL, NULL, NULL},
};

HELIX_MODULE(fair, .version = HELIX_VERSION(1, 0, 0),
             .description = "Fair scheduler: earliest eligible virtual deadline first",
             .author = "the Helix authors", .license = "MIT",
             .flags = HELIX_FLAG_SCHEDULER | HELIX_FLAG_ESSENTIAL | HELIX_FLAG_HOT_RELOADABLE,
             .provides = HELIX_NAMES(HELIX_SCHEDULER), .ops = HELIX_OPS(&fair_ops.header),
             .exports = fair_exports, .self_size = sizeof(struct fair), .state_version = 1,
             .init = fair_init, .start = fair_start, .stop = fair_stop,
             .is_healthy = fair_is_healthy, .state_bound = fair_state_bound,
             .save_state = fair_save_state, .restore_state = fair_restore_state);
