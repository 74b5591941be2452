/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/module.h>
#include <helix/hal/cpu.h>
#include <helix/hal/spinlock.h>
#include <helix/hal/trap.h>

/*
 * Gates: how every caller reaches a replaceable part.
 *
 * A binding is one interface, or one instance of it. It names the module in charge: ops table,
 * state, private slot, generation. Replacing a module is changing a binding while nobody is between
 * the gate's two sides.
 *
 * A STOP gate is for parts reached from interrupts or needed for waiting at all. Callers keep
 * interrupts off across the call; the replacement runs while every CPU stands still at a safe
 * point, so no counting is needed.
 *
 * A SLEEPING gate is for parts that may block. Callers count themselves in and out on per-CPU
 * counters; a replacement closes the gate, waits until the sums meet, and opens it again. New
 * callers wait meanwhile.
 *
 * Both set a landing point: a fault inside the module comes back as HELIX_E_MODULE_FAULT and marks
 * the binding failed; whoever watches it (hot reload) is told through gate_watcher and decides. A
 * fault while the module holds a lock of its own is fatal.
 */
struct gate_binding;

enum gate_kind {
    GATE_STOP,
    GATE_SLEEPING,
};

enum gate_state {
    GATE_UNBOUND, // no provider: calls give HELIX_E_NODEV
    GATE_OPEN,
    GATE_CLOSED, // a replacement is under way
    GATE_FAILED, // the module crashed; recovery is under way
};

#define GATE_PAUSE_SAMPLES 1024

/* What is kept of every replacement. Pauses are measured from closing to opening, as callers feel
 * them. */
struct gate_statistics {
    u64 swaps;
    u64 failures;
    u64 faults;
    nanos last_pause;
    nanos max_pause;
    u32 samples; // filled entries of the rings below, newest overwrites oldest
    u32 next;
    u32 pause_ns[GATE_PAUSE_SAMPLES];
    u32 pause_instructions[GATE_PAUSE_SAMPLES];
};

struct gate_counter {
    u64 entered;
    u64 left;
    u64 instructions; // spent inside, where countable
    u64 calls;
} __attribute__((aligned(HELIX_CACHE_LINE)));

/* The module behind a binding, or the one that shall stand there. */
struct gate_provider {
    const struct helix_ops_header *ops;
    void *self;
    void *module; // the framework's module instance
    u32 slot;
};

/*
 * What the subsystem that owns a binding does when the provider changes; NULL: nothing but the
 * change itself.
 *
 * prepare() runs before the gate closes, may sleep, and allocates all that carry() will need for
 * @next. carry() runs with the gate closed, for stop gates inside stop_world(): it moves what the
 * kernel itself holds (threads, free frames) to @next. It allocates nothing, takes no lock, never
 * calls the old provider (it may have crashed) and leaves the old one's private slots as they are,
 * so that any failure up to gate_open() is undone by not committing. It is guarded: a fault in
 * @next's functions lands in the framework. At boot both run with one CPU and interrupts off.
 * finish() runs after the change stands or was given up; may sleep.
 */
struct gate_transfer {
    helix_status (*prepare)(struct gate_binding *binding, const struct gate_provider *next,
                            void **plan_out);
    helix_status (*carry)(struct gate_binding *binding, const struct gate_provider *next,
                          void *plan);
    void (*finish)(struct gate_binding *binding, void *plan, bool committed);

    /* Before the memory of a provider that was replaced goes; may sleep. BUSY: it still owns
     * something that will come back to it. */
    helix_status (*retire)(struct gate_binding *binding, const struct gate_provider *old);
};

struct gate_binding {
    const char *interface;
    char instance[32]; // "" for single-provider interfaces
    enum gate_kind kind;
    const struct gate_transfer *transfer;

    /* Written only by gate_commit() with the gate closed; readers are inside the gate. */
    const struct helix_ops_header *ops;
    void *self;
    void *module; // the framework's module instance
    u32 slot;
    u32 generation;

    u32 state; // enum gate_state, atomic
    struct gate_counter counters[HELIX_MAX_CPUS];
    struct gate_statistics statistics;
    struct gate_binding *next; // in the list of all bindings
};

/*
 * A static binding belongs to the subsystem that calls through it, which says once at boot, before
 * its first use, what it is: an initializer would put 12 KB into the image, nearly all of them
 * zeros. @instance "": the only one of its interface. @transfer may be NULL. The strings and
 * @transfer are used, not copied, but @instance.
 */
void gate_define(struct gate_binding *binding, const char *interface, const char *instance,
                 enum gate_kind kind, const struct gate_transfer *transfer);

void gate_register(struct gate_binding *binding);
helix_status
gate_unregister(struct gate_binding *binding); // BUSY while bound or callers are inside
struct gate_binding *gate_find(const char *interface, const char *instance); // NULL: none
/* Under the list lock: @visit does not sleep and registers nothing. */
void gate_for_each(void (*visit)(struct gate_binding *binding, void *context), void *context);

/* Who decides about failed bindings, and how sleeping callers wait. Set once by the module
 * framework and by execution. */
struct gate_hooks {
    void (*failed)(struct gate_binding *binding,
                   const struct hal_landing *landing);       // any context: mark, defer the work
    helix_status (*wait_open)(struct gate_binding *binding); // thread context, may sleep
    void (*wake)(struct gate_binding *binding); // callers waiting for open or for drain
    helix_status (*wait_idle)(struct gate_binding *binding,
                              nanos deadline); // thread context: until gate_idle(), or TIMEOUT
    helix_status (*recover)(struct gate_binding *binding); // see gate_recover()
};
void gate_set_hooks(const struct gate_hooks *hooks); // sets the non-NULL ones, leaves the others

/*
 * Put a working provider behind a failed stop binding, at once. Called by the subsystem that owns
 * it, when a stop call gave HELIX_E_MODULE_FAULT or HELIX_E_AGAIN, with its own locks released and
 * preemption off; interrupts may be off. On HELIX_OK calls work again and the caller starts over.
 * Any number of CPUs may call it for one failure; one does the work inside stop_world(), the others
 * return when it is done. Does not return without a provider: no one can go on then.
 */
helix_status gate_recover(struct gate_binding *binding);

/* ---- Calling
 * ---------------------------------------------------------------------------------------------------------
 */

/*
 * Call through a stop gate: interrupts off. @call_ is one expression that uses `ops` (const @type_
 * *) and `self`: st = GATE_STOP_CALL(&scheduler_gate, struct scheduler_ops, next =
 * ops->pick_next(self, cpu, now)); Gives HELIX_OK, HELIX_E_NODEV or HELIX_E_MODULE_FAULT; assigned
 * variables are meaningful only after HELIX_OK.
 */
#define GATE_STOP_CALL(binding_, type_, call_)                                \
    __extension__({                                                           \
        struct gate_binding *gate_b_ = (binding_);                            \
        helix_status volatile gate_st_ = HELIX_E_NODEV;                       \
        HELIX_UNINITIALIZED struct hal_landing gate_l_;                       \
        if (gate_b_->state == GATE_OPEN) {                                    \
            if (hal_landing_set(&gate_l_)) {                                  \
                gate_st_ = gate_faulted((binding_), &gate_l_);                \
            } else {                                                          \
                const type_ *ops = (const type_ *)(const void *)gate_b_->ops; \
                void *self = gate_b_->self;                                   \
                call_;                                                        \
                hal_landing_clear(&gate_l_);                                  \
                gate_st_ = HELIX_OK;                                          \
            }                                                                 \
        } else {                                                              \
            gate_st_ = gate_refusal(gate_b_);                                 \
        }                                                                     \
        gate_st_;                                                             \
    })

/* The same through a sleeping gate: thread context, may sleep. @call_ must assign its own status
 * variable. */
#define GATE_SLEEP_CALL(binding_, type_, call_)                               \
    __extension__({                                                           \
        struct gate_binding *gate_b_ = (binding_);                            \
        helix_status volatile gate_st_ = gate_enter(gate_b_);                 \
        HELIX_UNINITIALIZED struct hal_landing gate_l_;                       \
        if (gate_st_ == HELIX_OK) {                                           \
            if (hal_landing_set(&gate_l_)) {                                  \
                gate_st_ = gate_faulted((binding_), &gate_l_);                \
            } else {                                                          \
                const type_ *ops = (const type_ *)(const void *)gate_b_->ops; \
                void *self = gate_b_->self;                                   \
                call_;                                                        \
                hal_landing_clear(&gate_l_);                                  \
            }                                                                 \
            gate_leave((binding_));                                           \
        }                                                                     \
        gate_st_;                                                             \
    })

helix_status
gate_enter(struct gate_binding *binding); // sleeping gate: counts in, waits while closed
void gate_leave(struct gate_binding *binding);
helix_status gate_faulted(struct gate_binding *binding, struct hal_landing *landing);
helix_status gate_refusal(struct gate_binding *binding); // why a stop call is not possible now

/* ---- Replacing (module framework only)
 * ---------------------------------------------------------------------------------- */

/* First binding of a provider, at boot or when an instance appears. */
void gate_bind(struct gate_binding *binding, const struct helix_ops_header *ops, void *self,
               void *module, u32 slot);

/*
 * Sleeping gates: refuse new callers and wait until those inside have left, or @deadline. BUSY:
 * somebody is still inside; the gate is open again. Stop gates: the caller already holds all CPUs
 * still.
 */
helix_status gate_close(struct gate_binding *binding, nanos deadline);
void gate_commit(struct gate_binding *binding, const struct helix_ops_header *ops, void *self,
                 void *module, u32 slot);
void gate_open(struct gate_binding *binding);
void gate_unbind(struct gate_binding
                     *binding); // while closed: the instance goes away, waiting callers get NODEV
bool gate_idle(const struct gate_binding *binding); // nobody inside

void gate_record_pause(struct gate_binding *binding, nanos pause, u64 instructions);
void gate_record_failure(struct gate_binding *binding);

/* p50, p99, max over the kept samples; instructions 0 where not countable. */
struct gate_pauses {
    nanos p50, p99, max;
    u64 instructions_p99;
};
void gate_pauses(const struct gate_binding *binding, struct gate_pauses *pauses_out);
