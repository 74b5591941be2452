/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include "framework.h"

/* Private to this component: no name of it is visible outside. */
#pragma GCC visibility push(hidden)

/*
 * What the framework keeps for every binding it serves: who was before, and who can take over at
 * once. Who is in charge the binding itself says.
 *
 * Stop gates cannot wait for a new instance to be made when their module crashes: nothing can be
 * allocated then, and for the scheduler nobody could run to do it. So a *standby* stands ready: an
 * instance that init has run in, with its transfer prepared. During a trial it is the old module's,
 * with the state saved at the swap; afterwards the module's own, then another implementor's.
 *
 * Fields marked (stop) are read by a recovery inside stop_world(), which can come at any
 * instruction of a thread: they are changed with interrupts off, on one CPU.
 */
#define WATCH_STANDBYS 2
#define RESTARTS_MOST  3

struct saved_state {
    struct helix_state_writer writer;
    u32 version;
    char module[NAME_BYTES]; // who wrote it
};

struct standby {
    struct instance *instance;
    struct hotreload_party party;
    struct hotreload_change change;
    bool with_state;           // (stop) give it the watch's saved state
    bool took_over;            // (stop)
    struct standby *used_next; // (stop)
};

struct watch {
    struct watch *next; // the list only grows
    struct gate_binding *binding;
    struct instance *previous; // (stop) replaced, in its trial; NULL: no trial
    nanos trial_end;
    u64 trial_calls; // the count of calls at which the trial may end, where they are counted
    u64 swap_serial; // rises over all bindings; 0: never swapped
    struct saved_state saved;                 // (stop)
    struct standby *standbys[WATCH_STANDBYS]; // (stop) in the order they are tried
    unsigned standby_count;                   // (stop)
    bool standbys_stale;                      // a trial has ended: they are the old module's
    struct standby *used; // (stop) took over or failed to: to be finished in thread context
    u32 restarts;         // since the last change by hand
    nanos failed_at;      // (stop)
    uintptr_t failed_pc;  // (stop)
    const char *taken_by; // (stop) module that took over last; valid until it is tidied up
    nanos last_recovery;  // from the crash to the gate's opening
    nanos next_health;
};

struct watch *watch_of(const struct gate_binding *binding); // NULL: none; any context
struct watch *watch_first(void);

static inline struct instance *watch_current(const struct watch *watch)
{
    return watch->binding->module;
}

/* Make the watch of a binding; there may be one. NULL: out of memory. */
struct watch *watch_make(struct gate_binding *binding);

/* First provider of a binding, at boot or load: @instance has run init. Change lock held. */
helix_status watch_attach(struct gate_binding *binding, struct instance *instance,
                          struct module_result *result);

enum watch_source {
    WATCH_ASK_OLD,    // save_state of the one in charge
    WATCH_TAKE_SAVED, // what was saved at the last swap
    WATCH_NO_STATE,
};
struct watch_change {
    struct instance *next; // has run init
    enum watch_source source;
    bool trial;
};
/* Put @next behind the binding. Change lock held. On an error @next is the caller's to destroy and
 * nothing has changed. */
helix_status watch_swap(struct watch *watch, const struct watch_change *args,
                        struct module_result *result);

void watch_accept(struct watch *watch); // the trial ends well: the old module may go
/* Back to the module before; a trial must be running. */
helix_status watch_rollback(struct watch *watch, enum watch_source source,
                            struct module_result *result);
/* A fresh instance of @module in place of the one in charge, as after a crash. */
helix_status watch_restart(struct watch *watch, struct module *module, enum watch_source source,
                           struct module_result *result);

/* Another module of the registry with that interface and instance; NULL: none. */
struct module *watch_other(const struct watch *watch, const struct module *but);

/* standby.c: change lock held */
helix_status standby_make(struct watch *watch, struct module *module, struct standby **standby_out);
void standby_drop(struct standby *standby);
void watch_set_standby(struct watch *watch,
                       struct standby *standby); // the only one; the others are dropped
bool watch_add_standby(struct watch *watch, struct standby *standby);
void watch_drop_standbys(struct watch *watch);
void watch_finish_used(struct watch *watch); // tidy up after a recovery

helix_status watch_recover(struct gate_binding *binding); // gate_hooks.recover

/* tend.c */
void watch_start(void);                        // the gate's hooks, at boot
helix_status watch_start_thread(void);         // when threads run
void watch_kick(void);                         // look soon; thread context
void watch_tend(void);                         // look now; change lock held
void instance_doom(struct instance *instance); // to be destroyed when it can be

/* Destroy what is doomed and can go, also what could not before; now, or by the thread. Change lock
 * held. */
void watch_sweep(void);
void watch_sweep_soon(void);

#pragma GCC visibility pop
