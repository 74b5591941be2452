/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Version 3: a redistributor for each CPU, found by the CPU's affinity, and system registers. */
#include <helix/hal/mmu.h>
#include <helix/lib/assert.h>

#include "cpu_local.h"
#include "gic_kind.h"
#include "machine.h"
#include "platform.h"

#define GICD_ROUTE(n)   (0x6000 + 8 * (n))
#define CONTROL_ON      0x13u // both views of group 1, routing by affinity
#define CONTROL_PENDING (1u << 31)

#define GICR_CONTROL     0x0000
#define GICR_TYPE        0x0008
#define GICR_WAKE        0x0014
#define GICR_OWN         0x10000 // the second frame repeats the distributor for own numbers
#define FRAME_BYTES_V3   0x20000u
#define FRAME_BYTES_V4   0x40000u
#define TYPE_VIRTUAL_LPI (1ull << 1)
#define TYPE_LAST        (1ull << 4)
#define WAKE_SLEEPS      (1u << 1)
#define WAKE_CHILDREN    (1u << 2)

#define REGIONS_MOST 8u
#define PATIENCE     1000000u

#define SYSTEM_REGISTERS_ON 1u

static fdt_node controller;

bool hal_gic_v3_map(u32 node)
{
    struct fdt_range range;
    controller = node;
    return fdt_reg(&hal_tree, node, 1, &range) == HELIX_OK;
}

static void wait_while(const volatile u8 *at, u32 bits)
{
    for (unsigned i = 0; i < PATIENCE && (device_read32(at) & bits); i++)
        hal_cpu_relax();
}

static void init(void)
{
    wait_while(hal_gic_distributor + GICD_CONTROL, CONTROL_PENDING);
    const u32 words = (device_read32(hal_gic_distributor + GICD_TYPE) & 0x1f) + 1;
    for (unsigned n = GIC_LINE_FIRST; n < 32 * words; n += 32)
        device_write32(hal_gic_distributor + GICD_GROUP(n), UINT32_MAX);
    device_write32(hal_gic_distributor + GICD_CONTROL, CONTROL_ON);
    wait_while(hal_gic_distributor + GICD_CONTROL, CONTROL_PENDING);
}

/* Affinity 3 to 0 as one word of 32 bits. */
static u32 packed(u64 affinity)
{
    return (u32)(affinity >> 32 & 0xff) << 24 | (u32)(affinity & 0xffffff);
}

/* The frame of @affinity in one region; the last one says that it is. */
static volatile u8 *frame_in(const struct fdt_range *range, u64 affinity)
{
    for (u64 at = range->base; at + FRAME_BYTES_V3 <= range->base + range->bytes;) {
        volatile u8 *frame = hal_map_device(paddr_of(at), FRAME_BYTES_V3);
        if (frame == NULL)
            return NULL;
        u64 type = device_read64(frame + GICR_TYPE);
        if ((u32)(type >> 32) == packed(affinity))
            return frame;
        if (type & TYPE_LAST)
            return NULL;
        at += type & TYPE_VIRTUAL_LPI ? FRAME_BYTES_V4 : FRAME_BYTES_V3;
    }
    return NULL;
}

static volatile u8 *find_frame(u64 affinity)
{
    struct fdt_range range;
    for (unsigned i = 1; i <= REGIONS_MOST; i++) {
        if (fdt_reg(&hal_tree, controller, i, &range) != HELIX_OK)
            break;
        volatile u8 *frame = frame_in(&range, affinity);
        if (frame != NULL)
            return frame;
    }
    return NULL;
}

static void init_cpu(struct hal_cpu *cpu)
{
    cpu->gic_frame = find_frame(cpu->hardware_id);
    if (cpu->gic_frame == NULL)
        helix_panic("no redistributor for CPU %u", cpu->id);
    volatile u8 *wake = cpu->gic_frame + GICR_WAKE;
    device_write32(wake, device_read32(wake) & ~WAKE_SLEEPS);
    wait_while(wake, WAKE_CHILDREN);
    device_write32(cpu->gic_frame + GICR_OWN + GICD_GROUP(0), UINT32_MAX);
    hal_gic_init_own(cpu->gic_frame + GICR_OWN);
    system_write("icc_sre_el1", SYSTEM_REGISTERS_ON);
    barrier_instructions();
    system_write("icc_pmr_el1", GIC_PRIORITY_ALL);
    system_write("icc_bpr1_el1", 0);
    system_write("icc_ctlr_el1", 0);
    system_write("icc_igrpen1_el1", 1);
    barrier_instructions();
}

static void leave(void)
{
    system_write("icc_igrpen1_el1", 0);
    barrier_instructions();
}

static void route(unsigned number, const struct hal_cpu *cpu)
{
    device_write64(hal_gic_distributor + GICD_ROUTE(number), cpu->hardware_id);
}

static void send(const struct hal_cpu *cpu, unsigned number)
{
    const u64 a = cpu->hardware_id;
    system_write("icc_sgi1r_el1", (a >> 32 & 0xff) << 48 | (a >> 16 & 0xff) << 32 |
                                      (a >> 8 & 0xff) << 16 | (a & 0xf0) << 40 | (u64)number << 24 |
                                      1ull << (a & 15));
    barrier_instructions();
}

static unsigned acknowledge(void)
{
    unsigned acknowledged = (unsigned)system_read("icc_iar1_el1");
    __asm__ volatile("dsb sy" : : : "memory");
    return acknowledged;
}

static void end(unsigned acknowledged)
{
    system_write("icc_eoir1_el1", acknowledged);
    barrier_instructions();
}

const struct gic_kind hal_gic_v3 = {
    .init = init,
    .init_cpu = init_cpu,
    .leave = leave,
    .route = route,
    .send = send,
    .acknowledge = acknowledge,
    .end = end,
};
