/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The framework's own thread: ends trials, heals what failed, keeps standbys ready, and destroys
 * what was replaced. Everything here runs under the change lock.
 */
#include <helix/execution/quiesce.h>
#include <helix/execution/thread.h>
#include <helix/execution/wait.h>
#include <helix/hal/time.h>
#include <helix/lib/assert.h>
#include <helix/lib/atomic.h>
#include <helix/lib/log.h>
#include <helix/memory/heap.h>

#include "watch.h"

#define TRIAL_LOOK  (100 * NANOS_PER_MS)
#define HEALTH_LOOK NANOS_PER_SECOND
#define DOOMED_MOST 16u

static struct wait_queue gate_queue = WAIT_QUEUE_INIT(gate_queue); // callers of sleeping gates
static struct wait_queue tend_queue = WAIT_QUEUE_INIT(tend_queue);
static u32 kicked;

/* ---- The gate's hooks
 * ---------------------------------------------------------------------------------------------- */

static void gate_failed(struct gate_binding *binding, const struct hal_landing *landing)
{
    struct watch *watch = watch_of(binding);
    if (watch == NULL)
        return;
    watch->failed_at = hal_clock_now();
    watch->failed_pc = landing->fault_pc;
    // A stop gate's caller holds locks that waking a thread needs; it comes to gate_recover() by
    // itself.
    if (binding->kind == GATE_SLEEPING)
        watch_kick();
}

static bool gate_settled(const struct gate_binding *binding)
{
    u32 state = atomic_load_acquire(&binding->state);
    return state == GATE_OPEN || state == GATE_UNBOUND;
}

static helix_status gate_wait_open(struct gate_binding *binding)
{
    return WAIT_FOR(&gate_queue, gate_settled(binding), NANOS_NEVER, WAIT_KILLABLE,
                    "module replacement");
}

static helix_status gate_wait_idle(struct gate_binding *binding, nanos deadline)
{
    return WAIT_FOR(&gate_queue, gate_idle(binding), deadline, WAIT_UNINTERRUPTIBLE,
                    "gate callers");
}

/* Nobody sleeps on a stop gate, and it opens where no lock may be taken. */
static void gate_wake(struct gate_binding *binding)
{
    if (binding->kind == GATE_SLEEPING)
        wait_wake_all(&gate_queue);
}

static helix_status gate_recovered(struct gate_binding *binding)
{
    helix_status st = watch_recover(binding);
    atomic_store_release(&kicked, 1u);
    return st;
}

void watch_start(void)
{
    static const struct gate_hooks hooks = {
        .failed = gate_failed,
        .wait_open = gate_wait_open,
        .wake = gate_wake,
        .wait_idle = gate_wait_idle,
        .recover = gate_recovered,
    };
    gate_set_hooks(&hooks);
}

void watch_kick(void)
{
    atomic_store_release(&kicked, 1u);
    wait_wake_all(&tend_queue);
}

/* ---- Getting rid of what was replaced
 * ------------------------------------------------------------------------------- */

void instance_doom(struct instance *instance)
{
    instance->doomed = true;
}

static bool retired(struct instance *instance)
{
    struct gate_binding *binding = instance->retired_from;
    if (binding == NULL || binding->transfer == NULL || binding->transfer->retire == NULL)
        return true;
    struct hotreload_party party = instance_party(instance, binding->interface);
    struct gate_provider provider = {
        .ops = party.ops, .self = party.self, .module = party.module, .slot = party.slot};
    return binding->transfer->retire(binding, &provider) == HELIX_OK;
}

/* Many go with one grace period, which under load takes as long as a slice. */
static void sweep_instances(void)
{
    struct list gone;
    list_init(&gone);
    for (struct instance *i = instance_next(NULL); i != NULL;) {
        struct instance *next = instance_next(i);
        // What still owns something of its old place, or is being called, is tried again later.
        if (i->doomed && i->binding_count == 0 && retired(i) && instance_wind_up(i) == HELIX_OK)
            list_push_back(&gone, &i->link);
        i = next;
    }
    if (list_is_empty(&gone))
        return;
    quiesce_wait();
    list_for_each_safe(struct instance, i, &gone, link)
        instance_free(i);
}

void watch_sweep(void)
{
    sweep_instances();
    for (struct module *m = registry_next(NULL); m != NULL;) {
        struct module *next = registry_next(m);
        if (m->superseded && m->instances == 0)
            registry_remove(m);
        m = next;
    }
}

/* The framework's thread does it; a caller only where it would fall behind. */
void watch_sweep_soon(void)
{
    unsigned doomed = 0;
    for (struct instance *i = instance_next(NULL); i != NULL; i = instance_next(i))
        doomed += i->doomed;
    if (doomed >= DOOMED_MOST)
        watch_sweep();
    else if (doomed > 0)
        watch_kick();
}

/* ---- Trials, health and failures
 * ------------------------------------------------------------------------------------ */

static void give_up(struct watch *watch)
{
    char name[NAME_BYTES];
    struct instance *failed = watch_current(watch);
    binding_name(watch->binding, name, sizeof name);
    if (watch->binding->kind == GATE_STOP || failed->module->record->flags & HELIX_FLAG_ESSENTIAL)
        helix_panic("%s: essential module %s cannot be healed", name, failed->module->record->name);
    log_error("modules", "%s: %s cannot be healed, nobody is in charge", name,
              failed->module->record->name);
    if (gate_close(watch->binding, hal_clock_now() + NANOS_PER_SECOND) != HELIX_OK)
        return; // somebody is still inside: next time
    binding_leave(watch->binding, failed);
    gate_unbind(watch->binding);
    instance_doom(failed);
}

/* The module in charge has failed or is sick: the old one in a trial, itself again up to three
 * times, then another. */
static void heal(struct watch *watch, const char *why)
{
    char name[NAME_BYTES];
    struct module_result result = {0};
    struct instance *sick = watch_current(watch);
    struct module *module = sick->module;
    helix_status st = HELIX_E_NODEV;
    binding_name(watch->binding, name, sizeof name);
    log_warn("modules", "%s: %s %s", name, module->record->name, why);
    u32 restarts = watch->restarts + 1;
    if (watch->previous != NULL)
        st = watch_rollback(watch, WATCH_TAKE_SAVED, &result);
    else if (restarts <= RESTARTS_MOST)
        st = watch_restart(watch, module, WATCH_TAKE_SAVED, &result);
    if (st != HELIX_OK && watch_current(watch) != sick)
        return; // it crashed meanwhile, and a standby has taken over
    struct module *other = st == HELIX_OK ? NULL : watch_other(watch, module);
    if (other != NULL)
        st = watch_restart(watch, other, WATCH_TAKE_SAVED, &result);
    watch->restarts = restarts;
    if (st == HELIX_OK) {
        if (watch->failed_at != 0)
            watch->last_recovery = hal_clock_now() - watch->failed_at;
        log_warn("modules", "%s: %s is in charge now", name,
                 watch_current(watch)->module->record->name);
    } else {
        give_up(watch);
    }
}

static bool trial_is_over(const struct watch *watch)
{
    u64 calls = 0;
    if (hal_clock_now() < watch->trial_end)
        return false;
    if (watch->binding->kind == GATE_STOP)
        return true; // calls are not counted there
    for (unsigned cpu = 0; cpu < HELIX_MAX_CPUS; cpu++)
        calls += atomic_load_relaxed(&watch->binding->counters[cpu].calls);
    return calls >= watch->trial_calls;
}

static void look_at_health(struct watch *watch)
{
    nanos now = hal_clock_now();
    if (now < watch->next_health)
        return;
    watch->next_health = now + (watch->previous != NULL ? TRIAL_LOOK : HEALTH_LOOK);
    if (!instance_healthy(watch_current(watch)))
        heal(watch, watch->previous != NULL ? "is unhealthy in its trial" : "is unhealthy");
}

/* The same module first, another implementor second; none of a module that has used its restarts
 * up. */
static void look_at_standbys(struct watch *watch)
{
    struct standby *standby;
    struct instance *current = watch_current(watch);
    if (watch->binding->kind != GATE_STOP || watch->previous != NULL ||
        (watch->standby_count > 0 && !watch->standbys_stale))
        return;
    // Never without one: the new takes the place of what is there, and only then does the old go.
    if (watch->restarts < RESTARTS_MOST &&
        standby_make(watch, current->module, &standby) == HELIX_OK) {
        watch_set_standby(watch, standby);
        watch->standbys_stale = false;
    }
    struct module *other = watch_other(watch, current->module);
    if (other != NULL && standby_make(watch, other, &standby) == HELIX_OK &&
        !watch_add_standby(watch, standby))
        standby_drop(standby);
}

static void tend_watch(struct watch *watch)
{
    u32 state = atomic_load_acquire(&watch->binding->state);
    watch_finish_used(watch);
    if (state == GATE_UNBOUND || watch_current(watch) == NULL)
        return;
    if (state == GATE_FAILED && watch->binding->kind == GATE_SLEEPING)
        heal(watch, "crashed");
    else
        look_at_health(watch);
    if (watch->previous != NULL && trial_is_over(watch)) {
        watch_accept(watch);
        watch->standbys_stale = true;
    }
    look_at_standbys(watch);
}

/* Modules behind no gate. */
static void heal_service(struct instance *instance)
{
    struct instance *next;
    struct module *module = instance->module;
    if (instance->restarts >= RESTARTS_MOST) {
        if (module->record->flags & HELIX_FLAG_ESSENTIAL)
            helix_panic("essential module %s cannot be healed", module->record->name);
        log_error("modules", "%s crashed %u times and stays down", module->record->name,
                  instance->restarts + 1);
        instance_doom(instance);
        return;
    }
    helix_status st = instance_create(module, 0, &next);
    if (st == HELIX_OK) {
        next->restarts = instance->restarts + 1;
        instance_doom(instance);
        st = instance_start(next);
        if (st != HELIX_OK)
            atomic_store_release(&next->state, (u32)INSTANCE_CRASHED);
    } else {
        instance->restarts++;
    }
    log_warn("modules", "%s restarted: %s", module->record->name, helix_status_text(st));
}

static void tend_services(void)
{
    for (struct instance *i = instance_next(NULL); i != NULL; i = instance_next(i)) {
        bool service = i->module->record->ops == NULL && !i->doomed;
        u32 state = atomic_load_acquire(&i->state);
        if (service && state == INSTANCE_RUNNING && !instance_healthy(i))
            atomic_store_release(&i->state, (u32)INSTANCE_CRASHED);
        if (service && atomic_load_acquire(&i->state) == INSTANCE_CRASHED)
            heal_service(i);
    }
}

void watch_tend(void)
{
    for (struct watch *w = watch_first(); w != NULL; w = w->next)
        tend_watch(w);
    tend_services();
    watch_sweep();
}

static nanos next_look(void)
{
    nanos now = hal_clock_now();
    for (struct watch *w = watch_first(); w != NULL; w = w->next) {
        if (w->previous != NULL)
            return now + TRIAL_LOOK;
    }
    return now + HEALTH_LOOK;
}

static void tend_main(void *unused)
{
    (void)unused;
    for (;;) {
        modules_lock();
        atomic_store_release(&kicked, 0u);
        watch_tend();
        nanos next = next_look();
        modules_unlock();
        helix_status st = WAIT_FOR(&tend_queue, atomic_load_acquire(&kicked) != 0, next,
                                   WAIT_UNINTERRUPTIBLE, "modules");
        helix_ignore(st); // kicked or not, it is time to look
    }
}

helix_status watch_start_thread(void)
{
    struct thread *thread;
    helix_status st = thread_spawn_kernel("modules", tend_main, NULL, &thread);
    if (st == HELIX_OK)
        thread_put(thread);
    return st;
}
