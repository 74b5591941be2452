/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "schedulers.h"

#include <helix/execution/entry.h>
#include <helix/execution/quiesce.h>
#include <helix/lib/string.h>
#include <helix/memory/frame.h>

bool test_scheduler_copy(struct test_scheduler *scheduler, const char *name)
{
    const struct module *model = registry_find("round_robin");
    if (model == NULL)
        return false;
    const struct helix_ops_header *ops = record_ops(model->record, HELIX_SCHEDULER);
    scheduler->record = *model->record;
    memcpy(&scheduler->ops, ops, sizeof scheduler->ops);
    scheduler->tables[0] = &scheduler->ops.header;
    scheduler->tables[1] = NULL;
    scheduler->record.name = name;
    scheduler->record.ops = scheduler->tables;
    return true;
}

bool test_scheduler_register(struct test_scheduler *scheduler)
{
    scheduler->module = registry_add(&scheduler->record, NULL);
    return scheduler->module != NULL;
}

void test_scheduler_remove(struct test_scheduler *scheduler)
{
    modules_lock();
    struct watch *watch = scheduler_watch();
    if (watch->previous != NULL)
        watch_accept(watch);
    for (unsigned i = 0; i < watch->standby_count; i++) {
        if (watch->standbys[i]->instance->module == scheduler->module) {
            watch_drop_standbys(watch);
            break;
        }
    }
    scheduler->module->superseded = true; // the sweep frees it with its last instance
    watch_tend();
    watch_sweep();
    modules_unlock();
}

struct watch *scheduler_watch(void)
{
    return watch_of(gate_find(HELIX_SCHEDULER, ""));
}

const char *scheduler_in_charge(void)
{
    return watch_current(scheduler_watch())->module->record->name;
}

void settle(void)
{
    modules_lock();
    for (struct watch *w = watch_first(); w != NULL; w = w->next) {
        if (w->previous != NULL) {
            watch_accept(w);
            w->standbys_stale = true;
        }
    }
    watch_tend();
    watch_tend(); // what the first look doomed
    modules_unlock();
    quiesce_wait();
    execution_trim();
}

u64 settled_free_frames(void)
{
    struct memory_counts counts;
    settle();
    memory_counts(&counts);
    return counts.free;
}
