/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Addresses and interrupts. The numbers of reg count on the node's own bus; each bus between it and
 * the root shows windows (ranges) of itself to the one above. How many cells a number has is
 * said by the node that the number's bus is.
 */
#include <helix/lib/fdt.h>
#include <helix/lib/string.h>

#include "fdt_cells.h"

#define ADDRESS_CELLS_MAX 3u // three: flags, then 64 bits
#define SIZE_CELLS_MAX    2u
#define SPACE_CODE        0x03000000u // of the flags: which space of the bus
#define CHAIN_MAX         (2u * FDT_DEPTH)

struct cells {
    unsigned address;
    unsigned size;
};

/* A place on some bus. */
struct place {
    u32 flags;
    u64 base;
    u64 bytes;
};

static helix_status cell_count(const struct fdt *tree, fdt_node node, const char *name, u64 usual,
                               u64 most, unsigned *count_out)
{
    u64 count = usual;
    helix_status st = fdt_number(tree, node, name, &count);
    if ((st != HELIX_OK && st != HELIX_E_NOENT) || count > most)
        return HELIX_E_CORRUPT;
    *count_out = (unsigned)count;
    return HELIX_OK;
}

static helix_status cells_of(const struct fdt *tree, fdt_node bus, struct cells *cells_out)
{
    helix_status st =
        cell_count(tree, bus, "#address-cells", 2, ADDRESS_CELLS_MAX, &cells_out->address);
    return st != HELIX_OK
               ? st
               : cell_count(tree, bus, "#size-cells", 1, SIZE_CELLS_MAX, &cells_out->size);
}

/* The lower two of @count cells from cell @at on. */
static u64 cells_value(const struct fdt_property *property, unsigned at, unsigned count)
{
    u64 value = 0;
    for (unsigned i = count > 2 ? count - 2 : 0; i < count; i++)
        value = value << 32 | fdt_cell(property, at + i);
    return value;
}

static u32 cells_flags(const struct fdt_property *property, unsigned at, unsigned count)
{
    return count > 2 ? fdt_cell(property, at) : 0;
}

/* Entry @index of a list whose entries have @stride cells: its first cell. */
static helix_status entry_at(const struct fdt_property *property, unsigned index, unsigned stride,
                             unsigned *at_out)
{
    if (stride == 0 || property->bytes % (stride * 4) != 0)
        return HELIX_E_CORRUPT;
    if (index >= property->bytes / (stride * 4))
        return HELIX_E_NOENT;
    *at_out = index * stride;
    return HELIX_OK;
}

static bool wraps(u64 base, u64 bytes)
{
    return bytes > 0 && base + (bytes - 1) < base;
}

static helix_status read_place(const struct fdt *tree, fdt_node node, unsigned index,
                               struct place *place_out)
{
    struct fdt_property reg;
    struct cells cells;
    unsigned at;
    if (!fdt_property_find(tree, node, "reg", &reg))
        return HELIX_E_NOENT;
    helix_status st = cells_of(tree, fdt_parent(tree, node), &cells);
    if (st == HELIX_OK)
        st = entry_at(&reg, index, cells.address + cells.size, &at);
    if (st != HELIX_OK)
        return st;
    place_out->flags = cells_flags(&reg, at, cells.address);
    place_out->base = cells_value(&reg, at, cells.address);
    place_out->bytes = cells_value(&reg, at + cells.address, cells.size);
    return wraps(place_out->base, place_out->bytes) ? HELIX_E_CORRUPT : HELIX_OK;
}

/* One entry of @bus's ranges, with the place it has on the bus above. */
struct shown {
    struct place here;
    u32 above_flags;
    u64 above;
};

static helix_status read_shown(const struct fdt *tree, fdt_node bus,
                               const struct fdt_property *ranges, unsigned index,
                               struct shown *shown_out)
{
    struct cells here;
    struct cells above;
    unsigned at;
    helix_status st = cells_of(tree, bus, &here);
    if (st == HELIX_OK)
        st = cells_of(tree, fdt_parent(tree, bus), &above);
    if (st == HELIX_OK)
        st = entry_at(ranges, index, here.address + above.address + here.size, &at);
    if (st != HELIX_OK)
        return st;
    unsigned above_at = at + here.address;
    *shown_out = (struct shown){
        .here = {cells_flags(ranges, at, here.address), cells_value(ranges, at, here.address),
                 cells_value(ranges, above_at + above.address, here.size)},
        .above_flags = cells_flags(ranges, above_at, above.address),
        .above = cells_value(ranges, above_at, above.address),
    };
    return wraps(shown_out->here.base, shown_out->here.bytes) ||
                   wraps(shown_out->above, shown_out->here.bytes)
               ? HELIX_E_CORRUPT
               : HELIX_OK;
}

static bool contains(const struct place *window, const struct place *place)
{
    return ((window->flags ^ place->flags) & SPACE_CODE) == 0 && place->base >= window->base &&
           place->base - window->base <= window->bytes &&
           place->bytes <= window->bytes - (place->base - window->base);
}

/* From @bus to the bus above it. */
static helix_status climb(const struct fdt *tree, fdt_node bus, struct place *place)
{
    struct fdt_property ranges;
    struct shown shown;
    if (!fdt_property_find(tree, bus, "ranges", &ranges))
        return HELIX_E_NXIO;
    if (ranges.bytes == 0)
        return HELIX_OK; // the same numbers
    for (unsigned i = 0;; i++) {
        helix_status st = read_shown(tree, bus, &ranges, i, &shown);
        if (st != HELIX_OK)
            return st == HELIX_E_NOENT ? HELIX_E_NXIO : st;
        if (contains(&shown.here, place)) {
            place->base = place->base - shown.here.base + shown.above;
            place->flags = shown.above_flags;
            return HELIX_OK;
        }
    }
}

static helix_status climb_to_root(const struct fdt *tree, fdt_node bus, struct place *place)
{
    fdt_node root = fdt_root(tree);
    for (; bus != root && bus != FDT_NONE; bus = fdt_parent(tree, bus)) {
        helix_status st = climb(tree, bus, place);
        if (st != HELIX_OK)
            return st;
    }
    return HELIX_OK;
}

helix_status fdt_reg_raw(const struct fdt *tree, fdt_node node, unsigned index,
                         struct fdt_range *range_out)
{
    struct place place;
    helix_status st = read_place(tree, node, index, &place);
    if (st == HELIX_OK)
        *range_out = (struct fdt_range){place.base, place.bytes};
    return st;
}

helix_status fdt_reg(const struct fdt *tree, fdt_node node, unsigned index,
                     struct fdt_range *range_out)
{
    struct place place;
    helix_status st = read_place(tree, node, index, &place);
    if (st == HELIX_OK)
        st = climb_to_root(tree, fdt_parent(tree, node), &place);
    if (st == HELIX_OK)
        *range_out = (struct fdt_range){place.base, place.bytes};
    return st;
}

helix_status fdt_window(const struct fdt *tree, fdt_node bus, unsigned index,
                        struct fdt_window *window_out)
{
    struct fdt_property ranges;
    struct shown shown;
    if (!fdt_property_find(tree, bus, "ranges", &ranges))
        return HELIX_E_NOENT;
    helix_status st = read_shown(tree, bus, &ranges, index, &shown);
    if (st != HELIX_OK)
        return st;
    struct place place = {shown.above_flags, shown.above, shown.here.bytes};
    st = climb_to_root(tree, fdt_parent(tree, bus), &place);
    if (st == HELIX_OK)
        *window_out =
            (struct fdt_window){shown.here.flags, shown.here.base, place.base, shown.here.bytes};
    return st;
}

/* One step up the interrupt tree, to a node that need not be a controller. */
static helix_status interrupt_step(const struct fdt *tree, fdt_node node, fdt_node *above_out)
{
    u64 phandle;
    helix_status st = fdt_number(tree, node, "interrupt-parent", &phandle);
    if (st == HELIX_E_CORRUPT)
        return st;
    *above_out = st == HELIX_OK ? fdt_find_phandle(tree, (u32)phandle) : fdt_parent(tree, node);
    if (*above_out == FDT_NONE)
        return st == HELIX_OK ? HELIX_E_CORRUPT : HELIX_E_NOENT;
    return HELIX_OK;
}

helix_status fdt_interrupt_parent(const struct fdt *tree, fdt_node node, fdt_node *parent_out)
{
    for (unsigned steps = 0; steps < CHAIN_MAX; steps++) {
        helix_status st = interrupt_step(tree, node, &node);
        if (st != HELIX_OK)
            return st;
        if (fdt_has(tree, node, "#interrupt-cells")) {
            *parent_out = node;
            return HELIX_OK;
        }
    }
    return HELIX_E_LOOP;
}

static helix_status interrupt_cells(const struct fdt *tree, fdt_node controller,
                                    unsigned *count_out)
{
    u64 count;
    if (fdt_number(tree, controller, "#interrupt-cells", &count) != HELIX_OK || count == 0 ||
        count > FDT_INTERRUPT_CELLS)
        return HELIX_E_CORRUPT;
    *count_out = (unsigned)count;
    return HELIX_OK;
}

static void take_cells(const struct fdt_property *property, unsigned at,
                       struct fdt_interrupt *interrupt)
{
    for (unsigned i = 0; i < interrupt->count; i++)
        interrupt->cells[i] = fdt_cell(property, at + i);
}

/* Entries of a list in which each names its controller, and so its own length. */
static helix_status extended(const struct fdt *tree, const struct fdt_property *list,
                             unsigned index, struct fdt_interrupt *out)
{
    unsigned cells = list->bytes / 4;
    if (list->bytes % 4 != 0)
        return HELIX_E_CORRUPT;
    for (unsigned at = 0; at < cells; at += 1 + out->count, index--) {
        out->controller = fdt_find_phandle(tree, fdt_cell(list, at));
        helix_status st = interrupt_cells(tree, out->controller, &out->count);
        if (st != HELIX_OK || out->count > cells - at - 1)
            return HELIX_E_CORRUPT;
        if (index == 0) {
            take_cells(list, at + 1, out);
            return HELIX_OK;
        }
    }
    return HELIX_E_NOENT;
}

helix_status fdt_interrupt(const struct fdt *tree, fdt_node node, unsigned index,
                           struct fdt_interrupt *interrupt_out)
{
    struct fdt_property list;
    struct fdt_interrupt found = {.controller = FDT_NONE};
    unsigned at;
    helix_status st;
    if (fdt_property_find(tree, node, "interrupts-extended", &list)) {
        st = extended(tree, &list, index, &found);
    } else if (fdt_property_find(tree, node, "interrupts", &list)) {
        st = fdt_interrupt_parent(tree, node, &found.controller);
        if (st == HELIX_OK)
            st = interrupt_cells(tree, found.controller, &found.count);
        if (st == HELIX_OK)
            st = entry_at(&list, index, found.count, &at);
        if (st == HELIX_OK)
            take_cells(&list, at, &found);
    } else {
        return HELIX_E_NOENT;
    }
    if (st == HELIX_OK)
        *interrupt_out = found;
    return st;
}

/* The controller behind @node; a controller's own inputs may say it entry by entry. */
static helix_status next_controller(const struct fdt *tree, fdt_node node, fdt_node *next_out)
{
    struct fdt_interrupt first;
    if (!fdt_has(tree, node, "interrupts-extended"))
        return fdt_interrupt_parent(tree, node, next_out);
    helix_status st = fdt_interrupt(tree, node, 0, &first);
    if (st == HELIX_OK)
        *next_out = first.controller;
    return st;
}

helix_status fdt_interrupt_root(const struct fdt *tree, fdt_node node, fdt_node *root_out)
{
    fdt_node next;
    for (unsigned steps = 0; steps < CHAIN_MAX; steps++) {
        helix_status st = next_controller(tree, node, &next);
        bool last = st == HELIX_E_NOENT || (st == HELIX_OK && next == node);
        if (last && fdt_has(tree, node, "#interrupt-cells")) {
            *root_out = node;
            return HELIX_OK;
        }
        if (st != HELIX_OK)
            return st;
        node = next;
    }
    return HELIX_E_LOOP;
}

helix_status fdt_reserved(const struct fdt *tree, unsigned index, struct fdt_reserved *reserved_out)
{
    fdt_node all = fdt_find_path(tree, "/reserved-memory");
    fdt_for_each_child(tree, child, all)
    {
        struct fdt_reserved found = {child, {0, 0}, fdt_has(tree, child, "no-map")};
        if (!fdt_is_enabled(tree, child))
            continue;
        for (unsigned i = 0;; i++) {
            helix_status st = fdt_reg(tree, child, i, &found.range);
            if (st == HELIX_E_NOENT)
                break;
            if (st != HELIX_OK)
                return st;
            if (index-- == 0) {
                *reserved_out = found;
                return HELIX_OK;
            }
        }
    }
    return HELIX_E_NOENT;
}
