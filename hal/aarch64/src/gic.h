/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>

struct hal_cpu;

/* Find the controller in the device tree and set up its distributor and the boot CPU's part.
 * Errors: HELIX_E_FIRMWARE there is none that is known. */
helix_status hal_gic_init(void);
void hal_gic_init_cpu(struct hal_cpu *cpu);

/* The running CPU takes no interrupt any more, and none is pending for it. */
void hal_gic_leave(void);

/* One interrupt, from the exception; @unused as hal_trap_interrupt() wants it. */
void hal_gic_dispatch(unsigned unused);
