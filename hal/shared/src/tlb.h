/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/mmu.h>

/* One flush that a CPU asks others for; see tlb.c. */
struct tlb_request {
    struct hal_space *space; // NULL: kernel addresses
    uintptr_t from;
    size_t pages;
    bool leave; // give the space up instead
    cpu_mask pending;
};

/* Serve the requests of other CPUs: from the interrupt, and by whoever waits for others itself.
 * Interrupts off. */
void hal_tlb_serve(void);

/* Make every CPU give @space up; it is about to go. */
void hal_tlb_leave_space(struct hal_space *space);

/*
 * The architecture's. @space NULL: kernel addresses. drop_everywhere() is for those that reach
 * other CPUs' translations by themselves; it says false when they must be asked. space_load() makes
 * the tables of @space, NULL: the kernel's alone, the running CPU's.
 */
void hal_tlb_drop_local(const struct hal_space *space, uintptr_t from, size_t pages);
bool hal_tlb_drop_everywhere(struct hal_space *space, uintptr_t from, size_t pages);
void hal_space_load(struct hal_space *space);
