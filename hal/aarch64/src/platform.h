/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

#include "tree.h"

/* Bits of MPIDR_EL1 that name a CPU. */
#define MPIDR_AFFINITY 0xff00ffffffull

/* The line of interrupt @index of @node, an SPI of the GIC; false: it is none. */
bool hal_platform_line(fdt_node node, unsigned index, unsigned *line_out);

/* PSCI as the tree has it; power.c. */
void hal_psci_init(void);
