/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/*
 * What the files of the framework share. All changes of the lists and of bindings happen under the
 * change lock, one sleeping lock; the lists themselves are read under the list lock, a spinlock, so
 * that readers never wait for a swap.
 */
#include <helix/abi/module.h>
#include <helix/execution/mutex.h>
#include <helix/gate/gate.h>
#include <helix/hal/spinlock.h>
#include <helix/hotreload/hotreload.h>
#include <helix/lib/list.h>
#include <helix/modules/modules.h>

#include "authority.h"
#include "ledger.h"
#include "names.h"

struct module_image;

/* A record that the framework knows: a version of a module, with its code. */
struct module {
    struct list link;
    const struct helix_module *record;
    struct module_image *image; // NULL: linked into the kernel
    char **settings;            // of the load command, "key=value", NULL-terminated; NULL: none
    u32 generation;             // unique, rising in the order of loading
    u32 instances;
    char path[128];  // of its file; "": none
    bool superseded; // a newer file took its name; kept while instances live
};

enum instance_state {
    INSTANCE_NEW,
    INSTANCE_READY,   // init has run
    INSTANCE_RUNNING, // start has run
    INSTANCE_STOPPED,
    INSTANCE_CRASHED,
};

#define INSTANCE_BINDINGS 4

/* A state block that lives. */
struct instance {
    struct list link;
    struct module *module;
    void *self;
    bool self_in_place; // memory belongs to the memory subsystem
    struct helix_context context;
    struct ledger ledger;
    struct authorities authorities;
    u32 state;    // enum instance_state, atomic
    u32 inflight; // calls outside gates: events, requests, exports, health; atomic
    u32 stopping; // its threads shall end, atomic
    struct gate_binding *bindings[INSTANCE_BINDINGS];
    unsigned binding_count;
    u64 time;  // ns spent in calls outside stop gates, atomic
    u64 calls; // the same
    u32 restarts;
    u32 subscriptions; // 1 << enum helix_event_kind
    u8 priorities[8];
    bool onloaded;
    bool doomed; // replaced or given up: to be destroyed as soon as it lets go
    struct gate_binding *retired_from; // the binding it stood behind; NULL: none
};

/* ---- registry.c ---- */
void modules_lock(void);
void modules_unlock(void);
bool modules_locked(void);
struct module *registry_find(const char *name); // canonical or alias; newest version; NULL: none
struct module *registry_add(const struct helix_module *record, struct module_image *image);
void registry_remove(struct module *module);
struct module *registry_next(const struct module *module); // change lock held; NULL: the first
void registry_for_each(void (*visit)(struct module *module, void *context),
                       void *context); // list lock
void instance_for_each(void (*visit)(struct instance *instance, void *context), void *context);
struct instance *instance_next(const struct instance *instance); // change lock held
struct instance *instance_of_name(const char *name); // running one of that module; NULL: none
void registry_link_instance(struct instance *instance);
void registry_unlink_instance(struct instance *instance);
const struct helix_ops_header *record_ops(const struct helix_module *record, const char *interface);

/* Check a record against the contract: magic, version, hash, required functions, ops tables. */
/* Magic, version and hash alone: before anything else of the record is read. */
helix_status record_check_abi(const struct helix_module *record, char *reason, size_t capacity);
helix_status record_check(const struct helix_module *record, char *reason, size_t capacity);

/* ---- instance.c ---- */
helix_status instance_create(struct module *module, u32 slot,
                             struct instance **instance_out); // runs init
helix_status instance_start(struct instance *instance);
void instance_stop(struct instance *instance); // runs stop unless it crashed; idempotent
/* End it in two steps, with a grace period between: readers of lists and bindings hold no count.
 * BUSY: calls inside, or what it holds cannot go yet. */
helix_status instance_wind_up(struct instance *instance);
void instance_free(struct instance *instance);
bool instance_enter(struct instance *instance); // count in a call outside gates; false: not running
void instance_leave(struct instance *instance);
bool instance_healthy(struct instance *instance);
void instance_crashed(struct instance *instance, const struct hal_landing *landing);
struct hotreload_party instance_party(const struct instance *instance, const char *interface);

/*
 * Run @call_ in @instance_ with a landing point. Gives HELIX_OK or HELIX_E_MODULE_FAULT; after a
 * fault the instance counts as crashed.
 */
#define INSTANCE_CALL(instance_, call_)                               \
    __extension__({                                                   \
        struct instance *call_i_ = (instance_);                       \
        helix_status volatile call_st_ = HELIX_OK;                    \
        struct hal_landing call_l_;                                   \
        if (hal_landing_set(&call_l_)) {                              \
            instance_crashed((instance_), &call_l_);                  \
            call_st_ = HELIX_E_MODULE_FAULT;                          \
        } else {                                                      \
            nanos call_begin_ = hal_clock_now();                      \
            call_;                                                    \
            hal_landing_clear(&call_l_);                              \
            instance_account(call_i_, hal_clock_now() - call_begin_); \
        }                                                             \
        call_st_;                                                     \
    })
void instance_account(struct instance *instance, nanos time);

/* ---- context.c, tables.c ---- */
void context_init(struct instance *instance, u32 slot);
/* NULL: no such table, or @instance may not use it, which is logged. */
const void *table_find(const struct instance *instance, const char *name, u32 version);
bool table_allowed(const struct instance *instance, enum authority authority);
bool table_provides(const char *name); // is it one of the kernel's own interfaces?

/* ---- binding.c ---- */
/* The binding that @ops of @module belongs to; made when there is none. NULL: out of memory. */
struct gate_binding *binding_for(const struct helix_ops_header *ops,
                                 const struct helix_module *record);
void binding_name(const struct gate_binding *binding, char *text, size_t capacity);
void binding_enter(struct gate_binding *binding,
                   struct instance *instance); // note that it stands there
void binding_leave(struct gate_binding *binding, struct instance *instance);

/* ---- image.c ---- */
helix_status image_load(const void *file, size_t bytes, struct module_image **image_out,
                        const struct helix_module **record_out, char *reason, size_t capacity);
void image_free(struct module_image *image);
size_t image_bytes(const struct module_image *image);
void image_start(void); // symbols for backtraces, ranges for assertions

/* ---- result texts ---- */
HELIX_PRINTF(3, 4)
void result_set(struct module_result *result, helix_status status, const char *format, ...);
