/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Instances that wait to take over, and the take-over itself. */
#include <helix/execution/stop.h>
#include <helix/hal/time.h>
#include <helix/lib/assert.h>
#include <helix/lib/atomic.h>
#include <helix/lib/log.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#include "watch.h"

/* A crash must be answered however slowly the host runs its CPUs. */
#define RECOVERY_PATIENCE (10 * NANOS_PER_SECOND)

helix_status standby_make(struct watch *watch, struct module *module, struct standby **standby_out)
{
    struct standby *standby = kzalloc(sizeof *standby);
    if (standby == NULL)
        return HELIX_E_NOMEM;
    u32 slot = watch->binding->slot ^ 1u;
    helix_status st = instance_create(module, slot, &standby->instance);
    if (st != HELIX_OK)
        goto free_standby;
    standby->party = instance_party(standby->instance, watch->binding->interface);
    standby->change = (struct hotreload_change){
        .binding = watch->binding,
        .next = &standby->party,
        .state = &watch->saved.writer,
    };
    st = hotreload_prepare(&standby->change);
    if (st != HELIX_OK)
        goto destroy_instance;
    *standby_out = standby;
    return HELIX_OK;

destroy_instance:
    instance_doom(standby->instance);
free_standby:
    kfree(standby);
    return st;
}

void standby_drop(struct standby *standby)
{
    hotreload_finish(&standby->change, false);
    instance_doom(standby->instance);
    kfree(standby);
}

void watch_drop_standbys(struct watch *watch)
{
    struct standby *dropped[WATCH_STANDBYS];
    struct irq_key key = hal_irq_save();
    unsigned count = watch->standby_count;
    memcpy(dropped, watch->standbys, sizeof dropped);
    watch->standby_count = 0;
    hal_irq_restore(key);
    for (unsigned i = 0; i < count; i++)
        standby_drop(dropped[i]);
}

bool watch_add_standby(struct watch *watch, struct standby *standby)
{
    struct irq_key key = hal_irq_save();
    bool room = watch->standby_count < WATCH_STANDBYS;
    if (room)
        watch->standbys[watch->standby_count++] = standby;
    hal_irq_restore(key);
    return room;
}

void watch_set_standby(struct watch *watch, struct standby *standby)
{
    struct standby *dropped[WATCH_STANDBYS];
    struct irq_key key = hal_irq_save();
    unsigned count = watch->standby_count;
    memcpy(dropped, watch->standbys, sizeof dropped);
    watch->standbys[0] = standby;
    watch->standby_count = standby != NULL;
    hal_irq_restore(key);
    for (unsigned i = 0; i < count; i++) {
        if (dropped[i] != standby)
            standby_drop(dropped[i]);
    }
}

/* ---- Taking over, inside stop_world()
 * ----------------------------------------------------------------------------- */

static bool take_over(struct watch *watch, struct standby *standby)
{
    struct gate_binding *binding = watch->binding;
    bool with_state = standby->with_state && watch->saved.writer.bytes > 0;
    struct helix_state_writer none = {0};
    standby->change.state = with_state ? &watch->saved.writer : &none;
    standby->change.state_module = with_state ? watch->saved.module : NULL;
    standby->change.state_version = watch->saved.version;
    if (hotreload_take_over(&standby->change) != HELIX_OK)
        return false;
    standby->instance->state = INSTANCE_RUNNING;
    binding_enter(binding, standby->instance);
    return true;
}

static void retire_crashed(struct watch *watch, struct instance *crashed)
{
    binding_leave(watch->binding, crashed);
    crashed->state = INSTANCE_CRASHED;
    crashed->doomed = true;
    // Whoever took over in a trial came from the old side: the old instance itself has nothing left
    // to do.
    if (watch->previous != NULL)
        watch->previous->doomed = true;
    watch->previous = NULL;
    watch->restarts++;
    watch->last_recovery = hal_clock_now() - watch->failed_at;
}

static void recover_stopped(void *context)
{
    struct watch *watch = context;
    struct instance *crashed = watch_current(watch);
    if (watch->binding->state != GATE_FAILED)
        return; // another CPU was first
    while (watch->standby_count > 0) {
        struct standby *standby = watch->standbys[0];
        watch->standby_count--;
        for (unsigned i = 0; i < watch->standby_count; i++)
            watch->standbys[i] = watch->standbys[i + 1];
        standby->used_next = watch->used;
        watch->used = standby;
        if (take_over(watch, standby)) {
            watch->taken_by = standby->party.record->name;
            standby->took_over = true;
            retire_crashed(watch, crashed);
            return;
        }
    }
}

/* The last words before a panic. */
static void report_failure(const struct watch *watch)
{
    log_error("modules", "%s: crashed at %#zx, gate state %u", watch->binding->interface,
              (size_t)watch->failed_pc, watch->binding->state);
    if (watch->used == NULL)
        log_error("modules", "no standby was there");
    for (const struct standby *s = watch->used; s != NULL; s = s->used_next)
        log_error("modules", "standby %s: %s in %s", s->party.record->name,
                  s->change.faulted ? "crashed" : "failed", hotreload_step_name(s->change.reached));
}

/* gate_hooks.recover */
helix_status watch_recover(struct gate_binding *binding)
{
    u32 culprit;
    struct watch *watch = watch_of(binding);
    if (watch == NULL)
        return HELIX_E_NODEV;
    helix_status st =
        stop_world(recover_stopped, watch, hal_clock_now() + RECOVERY_PATIENCE, &culprit);
    if (st != HELIX_OK)
        return st;
    if (atomic_load_acquire(&binding->state) == GATE_OPEN)
        return HELIX_OK;
    report_failure(watch);
    return HELIX_E_NODEV;
}

static struct standby *take_used(struct watch *watch)
{
    struct irq_key key = hal_irq_save();
    struct standby *used = watch->used;
    watch->used = NULL;
    hal_irq_restore(key);
    return used;
}

void watch_finish_used(struct watch *watch)
{
    char name[NAME_BYTES];
    struct standby *standby = take_used(watch);
    if (standby == NULL)
        return;
    binding_name(watch->binding, name, sizeof name);
    log_warn("modules", "%s: module crashed at %#zx, %s took over after %llu ns", name,
             (size_t)watch->failed_pc, watch->taken_by, (unsigned long long)watch->last_recovery);
    while (standby != NULL) {
        struct standby *next = standby->used_next;
        // Before the next swap: from then on the instance that took over may be gone.
        hotreload_finish(&standby->change, standby->took_over);
        if (!standby->took_over)
            instance_doom(standby->instance);
        kfree(standby);
        standby = next;
    }
}
