/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "tree.h"

#include <helix/hal/mmu.h>
#include <helix/lib/log.h>

#include "smp.h"

struct fdt hal_tree;

void hal_tree_open(paddr at)
{
    struct fdt tree;
    size_t bytes;
    const void *blob = phys_to_virt(at);
    if (at.raw != 0 && fdt_size(blob, sizeof(u64), &bytes) == HELIX_OK &&
        fdt_open(&tree, blob, bytes) == HELIX_OK)
        hal_tree = tree;
}

bool hal_tree_device(const char *compatible, fdt_node *node_out, struct fdt_range *range_out)
{
    fdt_node node = FDT_NONE;
    if (hal_tree.data == NULL)
        return false;
    while ((node = fdt_find_compatible(&hal_tree, node, compatible)) != FDT_NONE) {
        if (!fdt_is_enabled(&hal_tree, node) || fdt_reg(&hal_tree, node, 0, range_out) != HELIX_OK)
            continue;
        if (node_out != NULL)
            *node_out = node;
        return true;
    }
    return false;
}

void hal_tree_add_cpus(u64 boot_cpu, u64 mask)
{
    unsigned left_out = 0;
    fdt_node node = FDT_NONE;
    if (hal_tree.data == NULL)
        return;
    while ((node = fdt_find_device_type(&hal_tree, node, "cpu")) != FDT_NONE) {
        struct fdt_range id;
        if (!fdt_is_enabled(&hal_tree, node) || fdt_reg_raw(&hal_tree, node, 0, &id) != HELIX_OK ||
            (id.base & mask) == (boot_cpu & mask))
            continue;
        if (hal_smp_add(id.base & mask) != HELIX_OK)
            left_out++;
    }
    if (left_out > 0)
        log_warn("hal", "%u CPUs left out", left_out);
}
