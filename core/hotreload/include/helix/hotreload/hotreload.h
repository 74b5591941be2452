/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/module.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>
#include <helix/gate/gate.h>

/*
 * Change the provider behind a binding: prepare -> quiesce -> save -> restore -> carry -> start ->
 * commit -> open.
 *
 * The caller has created @next (self block, init) and gives a buffer for the state. Everything
 * before the commit is undone by leaving the old provider where it is: save_state reads a const
 * self, the old one's private slots are not touched, and a crash in the new one's functions lands
 * here. What adopt() took over in place is the exception; it is called last, when nothing can fail
 * any more.
 *
 * Nothing here allocates. Knows bindings and records only; who the modules are and when a change is
 * right is the framework's.
 */
struct hotreload_party {
    const struct helix_module *record;
    const struct helix_ops_header *ops;
    void *self;
    void *module; // for gate_binding.module
    u32 slot;
};

enum hotreload_step {
    HOTRELOAD_PREPARE,
    HOTRELOAD_QUIESCE,
    HOTRELOAD_SAVE,
    HOTRELOAD_RESTORE,
    HOTRELOAD_CARRY,
    HOTRELOAD_START,
    HOTRELOAD_DONE,
};
const char *hotreload_step_name(enum hotreload_step step);

struct hotreload_change {
    struct gate_binding *binding;
    const struct hotreload_party *old; // NULL: take @state as it is instead of asking the old one
                                       // (first binding, or it crashed)
    const struct hotreload_party *next;
    void *expected; // module that must still stand there when the gate is closed: else AGAIN, a
                    // recovery came first
    struct helix_state_writer
        *state;        // what save_state writes to; with @old NULL its first @bytes are the state
    u32 state_version; // of @state where @old is NULL
    const char *state_module; // who wrote it; NULL: nobody, no state
    nanos patience;           // for callers or CPUs to come to a safe point
    void *plan;               // of transfer->prepare(), when the caller prepared it
    bool prepared;

    /* What happened. */
    enum hotreload_step reached; // the step that failed, or DONE
    nanos pause;                 // closing to opening
    u64 instructions;
    u32 blocker;  // CPU that did not come to a safe point, where QUIESCE failed
    bool faulted; // the new one (SAVE: the old one) crashed
};

/* Replace, in thread context. On an error the old provider is in charge as if nothing had happened.
 * Statistics of the binding are kept. */
helix_status hotreload_apply(struct hotreload_change *change);

/*
 * Put @next behind a stop gate that has failed, from inside stop_world(). Nothing is asked of the
 * old provider; the change is prepared. On an error the gate stays failed. hotreload_finish() is
 * called later, in thread context.
 */
helix_status hotreload_take_over(struct hotreload_change *change);

/* Prepare alone, for a change that is applied later; and the end of a prepared one. Thread context.
 */
helix_status hotreload_prepare(struct hotreload_change *change);
void hotreload_finish(struct hotreload_change *change, bool committed);
