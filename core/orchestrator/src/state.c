/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/atomic.h>
#include <helix/lib/compiler.h>

#include "state.h"

static u32 state = KERNEL_BOOT;
static struct lifecycle_callback *callbacks; // newest first

static const char *const names[KERNEL_STATES] = {
    "BOOT", "INITIALIZING", "RUNNING", "SUSPENDED", "SHUTTING_DOWN", "PANIC",
};

/* moves[from] is the set of states it may become. */
static const u8 moves[KERNEL_STATES] = {
    [KERNEL_BOOT] = 1u << KERNEL_INITIALIZING | 1u << KERNEL_PANIC,
    [KERNEL_INITIALIZING] = 1u << KERNEL_RUNNING | 1u << KERNEL_PANIC,
    [KERNEL_RUNNING] = 1u << KERNEL_SUSPENDED | 1u << KERNEL_SHUTTING_DOWN | 1u << KERNEL_PANIC,
    [KERNEL_SUSPENDED] = 1u << KERNEL_RUNNING | 1u << KERNEL_SHUTTING_DOWN | 1u << KERNEL_PANIC,
    [KERNEL_SHUTTING_DOWN] = 1u << KERNEL_PANIC,
    [KERNEL_PANIC] = 0,
};

enum kernel_state kernel_state(void)
{
    return (enum kernel_state)atomic_load_acquire(&state);
}

const char *kernel_state_name(enum kernel_state which)
{
    return which < KERNEL_STATES ? names[which] : "?";
}

bool kernel_move_allowed(enum kernel_state from, enum kernel_state to)
{
    return from < KERNEL_STATES && to < KERNEL_STATES && (moves[from] & 1u << to) != 0;
}

void lifecycle_add(struct lifecycle_callback *callback)
{
    callback->next = atomic_load_relaxed(&callbacks);
    while (!atomic_cas_release(&callbacks, &callback->next, callback))
        ;
}

/* The list is newest first; the order of registration is reached from its end. Lists are short and
 * moves are rare. */
static void call_oldest_first(enum kernel_state from, enum kernel_state to)
{
    const struct lifecycle_callback *done = NULL;
    struct lifecycle_callback *head = atomic_load_acquire(&callbacks);
    while (done != head) {
        struct lifecycle_callback *oldest = head;
        while (oldest->next != done)
            oldest = oldest->next;
        oldest->moved(from, to, oldest->context);
        done = oldest;
    }
}

static void call_newest_first(enum kernel_state from, enum kernel_state to)
{
    for (struct lifecycle_callback *c = atomic_load_acquire(&callbacks); c != NULL; c = c->next)
        c->moved(from, to, c->context);
}

helix_status kernel_move(enum kernel_state to)
{
    u32 from = atomic_load_acquire(&state);
    do {
        if (!kernel_move_allowed((enum kernel_state)from, to))
            return HELIX_E_STATE;
    } while (!atomic_cas_acq_rel(&state, &from, (u32)to));
    if (to == KERNEL_SHUTTING_DOWN)
        call_newest_first((enum kernel_state)from, to);
    else
        call_oldest_first((enum kernel_state)from, to);
    return HELIX_OK;
}

helix_status kernel_suspend(void)
{
    return kernel_move(KERNEL_SUSPENDED);
}

helix_status kernel_resume(void)
{
    if (kernel_state() != KERNEL_SUSPENDED)
        return HELIX_E_STATE;
    return kernel_move(KERNEL_RUNNING);
}
