/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

struct hal_cpu;

/* Numbers of the controller: 0 to 15 between CPUs, 16 to 31 a CPU's own, then device lines. */
#define GIC_OWN_FIRST  16u
#define GIC_LINE_FIRST 32u
#define GIC_LINES_MOST 988u // numbers from 1020 on mean something else

/* Registers of the distributor, which a redistributor repeats for the first 32 numbers. */
#define GICD_CONTROL         0x000
#define GICD_TYPE            0x004
#define GICD_GROUP(n)        (0x080 + 4 * ((n) / 32))
#define GICD_ENABLE(n)       (0x100 + 4 * ((n) / 32))
#define GICD_DISABLE(n)      (0x180 + 4 * ((n) / 32))
#define GICD_CLEAR_ACTIVE(n) (0x380 + 4 * ((n) / 32))
#define GICD_PRIORITY(n)     (0x400 + 4 * ((n) / 4))
#define GICD_TARGETS(n)      (0x800 + (n))
#define GICD_CONFIG(n)       (0xc00 + 4 * ((n) / 16))

#define GIC_PRIORITY_4   0xa0a0a0a0u
#define GIC_PRIORITY_ALL 0xf0u // a CPU takes what is more urgent than this
#define GIC_NONE         1020u // from here on an acknowledgement names no interrupt

/* What version 2 and 3 do each in their own way. */
struct gic_kind {
    void (*init)(void); // the distributor, its lines masked; registers are mapped
    void (*init_cpu)(struct hal_cpu *cpu);
    void (*leave)(void);
    void (*route)(unsigned number, const struct hal_cpu *cpu);
    void (*send)(const struct hal_cpu *cpu, unsigned number);
    unsigned (*acknowledge)(void); // what end() must get back; its low ten bits are the number
    void (*end)(unsigned acknowledged);
};

extern volatile u8 *hal_gic_distributor;
extern const struct gic_kind hal_gic_v2, hal_gic_v3;

/* Map the parts of each besides the distributor. False: not described, or no memory. */
bool hal_gic_v2_map(u32 node);
bool hal_gic_v3_map(u32 node);

/* Own numbers of a CPU, in the distributor or its redistributor: those the kernel uses on, the rest
 * off. */
void hal_gic_init_own(volatile u8 *registers);
