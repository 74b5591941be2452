/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal_shared/host_serial.h>

#include <helix/hal/console.h>
#include <helix/lib/string.h>
#include <helix/lib/test.h>

#include "devices.h"

/*
 * A machine with an ECAM bridge: configuration space at 1 GB, I/O ports at 2 GB. Memory stands in
 * for the registers, so a port that is set up is one whose scratch register keeps a value and whose
 * line status says idle.
 */
#define CONFIG_AT 0x40000000u
#define IO_AT     0x80000000u

static u32 slots[32][1024];
static u8 io[0x2000];
static u8 tree_bytes[512];
static u32 at;

static void *map(u64 place, size_t bytes)
{
    if (place >= IO_AT)
        return place - IO_AT + bytes <= sizeof io ? &io[place - IO_AT] : NULL;
    return slots[(place - CONFIG_AT) / 0x8000];
}

static void cell(u32 value)
{
    for (unsigned i = 0; i < 4; i++)
        tree_bytes[at++] = (u8)(value >> (24 - 8 * i));
}

static void property(u32 name, u32 bytes)
{
    cell(3);
    cell(bytes);
    cell(name);
}

/* One node; the names of its properties stand at the end. */
static void make_tree(struct fdt *tree)
{
    static const char strings[] = "compatible\0reg\0ranges\0#address-cells\0#size-cells";
    static const u32 ranges[] = {0x01000000, 0, 0, IO_AT, 0, sizeof io};
    at = 0;
    devices_map = map;
    const u32 header[] = {0xd00dfeed, sizeof tree_bytes, 56, 400, 40, 17, 16,
                          0,          sizeof strings,    344};
    for (unsigned i = 0; i < array_count(header); i++)
        cell(header[i]);
    for (unsigned i = 0; i < 4; i++)
        cell(0);
    cell(1), cell(0);
    property(22, 4), cell(1); // #address-cells
    property(37, 4), cell(1);
    cell(1), memcpy(&tree_bytes[at], "pci", 4), at += 4;
    property(0, 22), memcpy(&tree_bytes[at], "pci-host-ecam-generic", 22), at += 24;
    property(11, 8), cell(CONFIG_AT), cell(0x100000);
    property(22, 4), cell(3);
    property(37, 4), cell(2);
    property(15, 24);
    for (unsigned i = 0; i < array_count(ranges); i++)
        cell(ranges[i]);
    cell(2), cell(2), cell(9);
    memcpy(&tree_bytes[400], strings, sizeof strings);
    helix_ignore(fdt_open(tree, tree_bytes, sizeof tree_bytes));
}

static void put_card(unsigned slot, u32 bar)
{
    memset(slots, 0xff, sizeof slots);
    memset(io, 0x60, sizeof io);
    slots[slot][0] = 0x00041b36;
    slots[slot][1] = 0;
    slots[slot][4] = bar;
}

HELIX_TEST(host_serial, finds_no_channel_without_a_card)
{
    struct fdt tree;
    make_tree(&tree);
    memset(slots, 0xff, sizeof slots);
    hal_host_serial_start(&tree);
    EXPECT(t, !hal_host_channel_present(HAL_HOST_LOG));
}

HELIX_TEST(host_serial, leaves_a_card_alone_that_the_bridge_does_not_show)
{
    struct fdt tree;
    make_tree(&tree);
    put_card(1, 0x1ff1); // its last ports are behind the window
    hal_host_serial_start(&tree);
    EXPECT(t, !hal_host_channel_present(HAL_HOST_LOG) && slots[1][1] == 0);
    put_card(1, 0xfebf0000); // memory, not ports
    hal_host_serial_start(&tree);
    EXPECT(t, !hal_host_channel_present(HAL_HOST_LOG) && slots[1][1] == 0);
}

HELIX_TEST(host_serial, gives_a_place_to_a_card_that_has_none)
{
    struct fdt tree;
    make_tree(&tree);
    put_card(31, 1);
    hal_host_serial_start(&tree);
    EXPECT(t, hal_host_channel_present(HAL_HOST_LOG) && slots[31][4] == 0x1001);
    hal_host_channel_write(HAL_HOST_LOG, "l", 1);
    EXPECT(t, io[0x1000] == 'l');
}

HELIX_TEST(host_serial, keeps_the_place_that_firmware_gave)
{
    struct fdt tree;
    make_tree(&tree);
    put_card(3, 0x1201);
    hal_host_serial_start(&tree);
    EXPECT(t, hal_host_channel_present(HAL_HOST_LOG) && hal_host_channel_present(HAL_HOST_OUTPUT) &&
                  hal_host_channel_present(HAL_HOST_STATUS));
    EXPECT(t, slots[3][1] == 1 && slots[3][4] == 0x1201);
    hal_host_channel_write(HAL_HOST_OUTPUT, "x", 1);
    EXPECT(t, io[0x1208] == 'x' && io[0x1200] != 'x');
    hal_host_channel_write(HAL_HOST_STATUS, "7", 1);
    EXPECT(t, io[0x1210] == '7');
}
