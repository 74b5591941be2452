/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Any bytes are a device tree to be read without a wrong access, and every walk ends. The header is
 * put right in half of the inputs, so that the fuzzer gets past it.
 */
#include <stdlib.h>
#include <string.h>

#include <helix/lib/fdt.h>

#include "fuzz.h"

/* Magic, size and versions; blocks where the first byte of the input says. */
static void seal(u8 *bytes, size_t n)
{
    const u32 nodes = 72;
    const u32 strings = (u32)(nodes + (n - nodes) * bytes[0] / 256) & ~3u;
    const u32 fields[] = {0xd00dfeed, (u32)n, nodes, strings,          40,
                          17,         16,     0,     (u32)n - strings, strings - nodes};
    for (unsigned i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        const u32 value = __builtin_bswap32(fields[i]);
        memcpy(&bytes[4 * i], &value, 4);
    }
    memset(&bytes[40], 0, 16);
}

static unsigned visit(const struct fdt *tree, fdt_node node)
{
    struct fdt_property property = {.name = NULL};
    struct fdt_range range;
    struct fdt_window window;
    struct fdt_interrupt interrupt;
    fdt_node other;
    unsigned sum = (u8)fdt_name(tree, node)[0] + fdt_is_enabled(tree, node);
    while (fdt_property_next(tree, node, &property)) {
        for (unsigned i = 0; i < 3; i++)
            sum += fdt_string_at(&property, i) != NULL;
        sum += fdt_cell(&property, property.bytes / 4) + fdt_cell(&property, 0);
        sum += property.bytes > 0 ? property.data[property.bytes - 1] : 0;
    }
    for (unsigned i = 0; i < 3; i++) {
        sum += fdt_reg(tree, node, i, &range) == HELIX_OK;
        sum += fdt_reg_raw(tree, node, i, &range) == HELIX_OK;
        sum += fdt_window(tree, node, i, &window) == HELIX_OK;
        if (fdt_interrupt(tree, node, i, &interrupt) == HELIX_OK &&
            interrupt.count > FDT_INTERRUPT_CELLS)
            abort();
    }
    sum += fdt_interrupt_root(tree, node, &other) == HELIX_OK;
    other = fdt_parent(tree, node);
    if ((other == FDT_NONE) != (node == fdt_root(tree)))
        abort();
    return sum;
}

static unsigned read_all(const struct fdt *tree)
{
    struct fdt_range range;
    struct fdt_reserved reserved;
    const char *options;
    fdt_node node;
    unsigned sum = fdt_bootargs(tree)[0] != 0;
    unsigned nodes = 0;
    // A big tree takes the square of its size; the reader has no reason to be asked so much.
    for (node = fdt_root(tree); node != FDT_NONE && nodes < 64;
         node = fdt_next(tree, node), nodes++)
        sum += visit(tree, node);
    for (unsigned i = 0; i < 4; i++)
        sum += fdt_reserved(tree, i, &reserved) == HELIX_OK;
    for (unsigned i = 0; fdt_reservation(tree, i, &range); i++)
        sum += range.bytes != 0;
    sum += fdt_initrd(tree, &range) == HELIX_OK;
    sum += fdt_stdout(tree, &node, &options) == HELIX_OK;
    sum += fdt_find_path(tree, "/soc/serial@1") + fdt_find_path(tree, "serial0:1");
    return sum + fdt_find_compatible(tree, FDT_NONE, "ns16550a");
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t n)
{
    struct fdt tree;
    unsigned sum = 0;
    u8 *bytes = malloc(n + 1);
    memcpy(bytes, data, n);
    if (n >= 80 && bytes[1] % 2 != 0)
        seal(bytes, n);
    if (fdt_open(&tree, bytes, n) == HELIX_OK)
        sum = read_all(&tree);
    else if (tree.error_at > n + 32)
        abort();
    free(bytes);
    return sum == 1 ? -1 : 0;
}
