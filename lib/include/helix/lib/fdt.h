/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/lib/compiler.h>

/*
 * Reads a flattened device tree (devicetree specification 0.4, version 17) where it lies: nothing
 * is allocated or changed, names and data are pointers into the tree. fdt_open() looks at every
 * token once; what it lets pass, the other functions walk without a wrong access and to an end.
 * They find nodes by going through the tree: keep what you found.
 *
 * A tree may be read by any number of CPUs at a time.
 */
#define FDT_DEPTH 32 // nodes inside nodes; deeper trees are refused

struct fdt {
    const u8 *data;
    size_t bytes;
    u32 nodes; // where the structure block begins, and its end
    u32 nodes_end;
    u32 strings;
    u32 strings_end;
    u32 reservations;
    u32 boot_cpu;    // hardware id of the CPU that the loader runs on
    size_t error_at; // after a failed fdt_open(): the byte of the tree that is wrong
};

/* A node is the place of its first token; the root is fdt_root(). */
typedef u32 fdt_node;
#define FDT_NONE UINT32_MAX

/*
 * The size a tree gives itself, from its first @limit bytes (at least 8): what to map before
 * fdt_open(). Errors: HELIX_E_NOENT: no device tree; HELIX_E_CORRUPT: no possible size.
 */
#define FDT_BYTES_MAX (16u << 20)
helix_status fdt_size(const void *blob, size_t limit, size_t *bytes_out);

/*
 * Check all of the tree in [@blob, @blob + @limit) and make @tree ready.
 *
 * Errors:  HELIX_E_NOENT: no magic number; HELIX_E_NOTSUP: another version; HELIX_E_CORRUPT:
 * truncated, blocks that overlap or lie outside, a damaged token; HELIX_E_LIMIT: deeper than
 * FDT_DEPTH. tree->error_at says where.
 */
helix_status fdt_open(struct fdt *tree, const void *blob, size_t limit);

/*
 * Nodes. Where none is left or found the answer is FDT_NONE; functions that take a node accept
 * FDT_NONE and find nothing in it.
 */
fdt_node fdt_root(const struct fdt *tree);
fdt_node fdt_next(const struct fdt *tree, fdt_node node); // all nodes, parents first
fdt_node fdt_child(const struct fdt *tree, fdt_node parent, fdt_node previous); // FDT_NONE: first
fdt_node fdt_parent(const struct fdt *tree, fdt_node node);
const char *fdt_name(const struct fdt *tree, fdt_node node); // with unit address: "cpu@0"

#define fdt_for_each_child(tree, child, parent)                                     \
    for (fdt_node child = fdt_child((tree), (parent), FDT_NONE); child != FDT_NONE; \
         child = fdt_child((tree), (parent), child))

/*
 * "/soc/serial@10000000", where a part without unit address fits any; or an alias, alone or with a
 * path behind it, "serial0". What follows a colon does not count.
 */
fdt_node fdt_find_path(const struct fdt *tree, const char *path);
fdt_node fdt_find_phandle(const struct fdt *tree, u32 phandle);

/* The next one after @after (FDT_NONE: from the beginning) in the order of fdt_next(). */
fdt_node fdt_find_compatible(const struct fdt *tree, fdt_node after, const char *compatible);
fdt_node fdt_find_device_type(const struct fdt *tree, fdt_node after, const char *type);

/* Properties. */
struct fdt_property {
    const char *name; // NULL: before the first
    const u8 *data;
    u32 bytes;
};
bool fdt_property_next(const struct fdt *tree, fdt_node node, struct fdt_property *property);
bool fdt_property_find(const struct fdt *tree, fdt_node node, const char *name,
                       struct fdt_property *property_out);
bool fdt_has(const struct fdt *tree, fdt_node node, const char *name);

/* Cell @index of a property, host byte order; 0 where it has fewer. */
u32 fdt_cell(const struct fdt_property *property, unsigned index);

/* String @index of a list, or NULL: there is none, or it does not end inside the property. */
const char *fdt_string_at(const struct fdt_property *property, unsigned index);

/*
 * Whole properties by name. fdt_number() takes one or two cells.
 * Errors: HELIX_E_NOENT: there is none; HELIX_E_CORRUPT: it has another form.
 */
helix_status fdt_number(const struct fdt *tree, fdt_node node, const char *name, u64 *value_out);
helix_status fdt_string(const struct fdt *tree, fdt_node node, const char *name,
                        const char **text_out);
bool fdt_lists(const struct fdt *tree, fdt_node node, const char *name, const char *text);
bool fdt_is_compatible(const struct fdt *tree, fdt_node node, const char *compatible);
bool fdt_is_enabled(const struct fdt *tree, fdt_node node); // no status, or "okay"

/* Addresses. */
struct fdt_range {
    u64 base;
    u64 bytes;
};

/*
 * Entry @index of reg. fdt_reg() gives what a CPU uses, through every ranges up to the root;
 * fdt_reg_raw() the number as it stands on the node's own bus (the id of a CPU).
 *
 * Errors:  HELIX_E_NOENT: no such entry; HELIX_E_CORRUPT: cell counts, lengths or sums that cannot
 * be; HELIX_E_NXIO: a bus above does not show that address to the CPUs.
 */
helix_status fdt_reg(const struct fdt *tree, fdt_node node, unsigned index,
                     struct fdt_range *range_out);
helix_status fdt_reg_raw(const struct fdt *tree, fdt_node node, unsigned index,
                         struct fdt_range *range_out);

/* Entry @index of a bus's own ranges; @cpu is translated up to the root. Errors: as fdt_reg(). */
struct fdt_window {
    u32 flags; // the first of three address cells (PCI: space code in bits 25:24), else 0
    u64 bus;
    u64 cpu;
    u64 bytes;
};
helix_status fdt_window(const struct fdt *tree, fdt_node bus, unsigned index,
                        struct fdt_window *window_out);

/*
 * Interrupt @index of a device, from interrupts-extended or from interrupts with the nearest
 * interrupt-parent.
 *
 * Errors:  HELIX_E_NOENT: no such interrupt; HELIX_E_CORRUPT: a phandle of nobody, cells that do
 * not fit the controller's #interrupt-cells.
 */
#define FDT_INTERRUPT_CELLS 4
struct fdt_interrupt {
    fdt_node controller;
    unsigned count;
    u32 cells[FDT_INTERRUPT_CELLS];
};
helix_status fdt_interrupt(const struct fdt *tree, fdt_node node, unsigned index,
                           struct fdt_interrupt *interrupt_out);

/* Who takes the interrupts of @node: its own or inherited interrupt-parent. */
helix_status fdt_interrupt_parent(const struct fdt *tree, fdt_node node, fdt_node *parent_out);

/*
 * The controller at the end of the chain from @node on: one that is its own parent or has none.
 * Errors: HELIX_E_LOOP: the chain has no end; as fdt_interrupt_parent().
 */
helix_status fdt_interrupt_root(const struct fdt *tree, fdt_node node, fdt_node *root_out);

/* Entry @index of the memory reservation block. */
bool fdt_reservation(const struct fdt *tree, unsigned index, struct fdt_range *range_out);

/*
 * Place @index of /reserved-memory, over all entries of all its children's reg. A child that only
 * asks for a size has none: it is a wish, not a place, and passed over. Errors: HELIX_E_NOENT: no
 * further one; as fdt_reg().
 */
struct fdt_reserved {
    fdt_node node;
    struct fdt_range range;
    bool no_map;
};
helix_status fdt_reserved(const struct fdt *tree, unsigned index,
                          struct fdt_reserved *reserved_out);

/* /chosen. */
const char *fdt_bootargs(const struct fdt *tree); // "" when there are none
helix_status fdt_initrd(const struct fdt *tree, struct fdt_range *range_out);

/*
 * The console of stdout-path (or linux,stdout-path), through aliases. *options_out: what follows
 * the colon ("115200n8"), or "". Errors: HELIX_E_NOENT: none is named, or it names nothing.
 */
helix_status fdt_stdout(const struct fdt *tree, fdt_node *node_out, const char **options_out);
