/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/mmu.h>

/* Serve the requests of other CPUs: from the interrupt, and by whoever waits for others itself.
 * Interrupts off. */
void hal_tlb_serve(void);

/* Make every CPU give @space up; it is about to go. */
void hal_tlb_leave_space(struct hal_space *space);
