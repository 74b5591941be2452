/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/lib/fdt.h>

/* The machine's device tree. Usable after hal_tree_open(); without one, every search finds nothing.
 */
extern struct fdt hal_tree;

/* Open the tree at @at, in RAM that is mapped. Boot code has read it before, so it is whole. */
void hal_tree_open(paddr at);

/* First registers of the first enabled device that is @compatible; @node_out may be NULL. */
bool hal_tree_device(const char *compatible, fdt_node *node_out, struct fdt_range *range_out);

/* Areas for all CPUs of the tree but the one that boots. Ids are compared and kept under @mask. */
void hal_tree_add_cpus(u64 boot_cpu, u64 mask);
