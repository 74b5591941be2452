/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>

/*
 * The state of the kernel as a whole. Only the orchestrator moves it; moves: BOOT -> INITIALIZING
 * -> RUNNING; RUNNING <-> SUSPENDED; RUNNING or SUSPENDED -> SHUTTING_DOWN; any but PANIC -> PANIC.
 * Others are refused with HELIX_E_STATE.
 */
enum kernel_state {
    KERNEL_BOOT,
    KERNEL_INITIALIZING,
    KERNEL_RUNNING,
    KERNEL_SUSPENDED,
    KERNEL_SHUTTING_DOWN,
    KERNEL_PANIC,
    KERNEL_STATES,
};

enum kernel_state kernel_state(void);
const char *kernel_state_name(enum kernel_state state);
bool kernel_move_allowed(enum kernel_state from, enum kernel_state to);

/*
 * Called after every move, in the order of registration (SHUTTING_DOWN: reverse), in thread
 * context; for PANIC in the panicking context, where it may take no lock and not sleep.
 */
struct lifecycle_callback {
    const char *name;
    void (*moved)(enum kernel_state from, enum kernel_state to, void *context);
    void *context;
    struct lifecycle_callback *next;
};
void lifecycle_add(struct lifecycle_callback *callback);

/* For reboot(2) and the shell. Thread context. */
helix_status kernel_suspend(void);
helix_status kernel_resume(void);

enum kernel_end {
    KERNEL_END_POWER_OFF,
    KERNEL_END_REBOOT,
    KERNEL_END_HALT,
};
[[noreturn]] void kernel_shut_down(enum kernel_end how);
