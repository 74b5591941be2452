/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Version 2: one interface per CPU at one address, up to eight CPUs. */
#include <helix/hal/mmu.h>

#include "cpu_local.h"
#include "gic_kind.h"
#include "machine.h"
#include "platform.h"

#define GICD_SEND 0xf00

#define GICC_CONTROL     0x00
#define GICC_PRIORITY    0x04
#define GICC_BINARY      0x08
#define GICC_ACKNOWLEDGE 0x0c
#define GICC_END         0x10

#define CONTROL_ON  1u
#define TARGET_MOST 8u

static volatile u8 *interface;
static u8 targets[HELIX_MAX_CPUS]; // the interface of each CPU, as one bit

bool hal_gic_v2_map(u32 node)
{
    struct fdt_range range;
    if (fdt_reg(&hal_tree, node, 1, &range) != HELIX_OK)
        return false;
    interface = hal_map_device(paddr_of(range.base), range.bytes);
    return interface != NULL;
}

static void init(void)
{
    device_write32(hal_gic_distributor + GICD_CONTROL, CONTROL_ON);
}

/* The targets of a CPU's own numbers read as itself. */
static u8 own_target(unsigned id)
{
    u32 found = 0;
    for (unsigned n = 0; n < GIC_LINE_FIRST; n += 4)
        found |= device_read32(hal_gic_distributor + GICD_TARGETS(n));
    found |= found >> 16;
    found |= found >> 8;
    return (u8)found != 0 ? (u8)found : (u8)(1u << (id % TARGET_MOST));
}

static void init_cpu(struct hal_cpu *cpu)
{
    targets[cpu->id] = own_target(cpu->id);
    hal_gic_init_own(hal_gic_distributor);
    device_write32(interface + GICC_PRIORITY, GIC_PRIORITY_ALL);
    device_write32(interface + GICC_BINARY, 0);
    device_write32(interface + GICC_CONTROL, CONTROL_ON);
}

static void leave(void)
{
    device_write32(interface + GICC_CONTROL, 0);
}

static void route(unsigned number, const struct hal_cpu *cpu)
{
    volatile u8 *at = hal_gic_distributor + GICD_TARGETS(number & ~3u);
    const unsigned shift = number % 4 * 8;
    u32 value = device_read32(at) & ~(0xffu << shift);
    device_write32(at, value | (u32)targets[cpu->id] << shift);
}

static void send(const struct hal_cpu *cpu, unsigned number)
{
    device_write32(hal_gic_distributor + GICD_SEND, (u32)targets[cpu->id] << 16 | number);
}

static unsigned acknowledge(void)
{
    return device_read32(interface + GICC_ACKNOWLEDGE);
}

static void end(unsigned acknowledged)
{
    device_write32(interface + GICC_END, acknowledged);
}

const struct gic_kind hal_gic_v2 = {
    .init = init,
    .init_cpu = init_cpu,
    .leave = leave,
    .route = route,
    .send = send,
    .acknowledge = acknowledge,
    .end = end,
};
