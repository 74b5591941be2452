/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>
#include <helix/hal/trap.h>

/*
 * The end, in order. helix_panic() (lib/assert.h) and unhandled faults come here: the other CPUs
 * are stopped, the message goes out with place, CPU state, thread and symbolised backtrace, then
 * the handler decides.
 *
 * An assertion that fails in the text of a loaded module, inside a guarded call, is that module's
 * crash and not a panic.
 */
enum panic_action {
    PANIC_HALT,
    PANIC_REBOOT,
    PANIC_DEBUG_BREAK, // a breakpoint for an attached debugger, then halt
    PANIC_CONTINUE, // return from a fault or end the panicking thread; dangerous, for experiments
};

#define PANIC_FRAMES 32

struct panic_context {
    const char *message;
    const char *file; // NULL: a fault
    int line;
    const struct hal_frame *frame; // NULL: not a trap
    const struct hal_fault *fault; // NULL: not a fault
    unsigned cpu;
    u64 thread; // 0: before threads
    uintptr_t backtrace[PANIC_FRAMES];
    unsigned depth;
};

/*
 * Handlers are asked newest first; the first that wants to decide does. Default: by `panic=` as
 * Linux counts (0 or absent: HALT; N > 0: REBOOT after N seconds; negative: REBOOT at once), or
 * `helix.panic=halt|reboot|debug|continue`; the profile's [debug] panic_behavior sets the latter.
 */
struct panic_handler {
    bool (*decide)(const struct panic_context *context, enum panic_action *action_out);
    struct panic_handler *next;
};
void panic_add_handler(struct panic_handler *handler);

/* hal_handlers.fatal. Returns only after PANIC_CONTINUE. */
void panic_on_fault(struct hal_frame *frame, const struct hal_fault *fault);

/* Give the stack protector a random value; only from a function that never returns. */
void panic_seed_stack_guard(void);

/* Log the call chain of the running thread from here. */
void panic_log_backtrace(void);

/* How to end the running thread after PANIC_CONTINUE, and its id for the report; set by the layer
 * that knows threads. */
struct panic_hooks {
    void (*entered)(void); // before the report: the kernel's state becomes PANIC
    u64 (*thread_id)(void);
    void (*thread_end)(void);
    bool (*in_module)(uintptr_t address);
};
void panic_set_hooks(const struct panic_hooks *hooks); // sets the non-NULL ones
