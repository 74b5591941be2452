/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/lib/fdt.h>

/* From here on the console is the 16550 that is @node of @tree; before, and without one, the
 * firmware's. */
void hal_serial_find(const struct fdt *tree, fdt_node node);

/* Into the kernel's own map, before that is loaded. */
void hal_serial_map(void);
