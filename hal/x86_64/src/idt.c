/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "cpu_local.h"
#include "layout.h"

#define GATE_INTERRUPT 0x8e00u
#define GATE_USER      0x6000u

#define EXCEPTION_NMI        2
#define EXCEPTION_BREAKPOINT 3
#define EXCEPTION_OVERFLOW   4
#define EXCEPTION_DOUBLE     8
#define EXCEPTION_MACHINE    18

struct gate {
    u16 offset_low;
    u16 segment;
    u16 flags; // bits 0 to 2: IST
    u16 offset_middle;
    u32 offset_high;
    u32 reserved;
};

static HELIX_ALIGNED(PAGE_SIZE) struct gate gates[256];

extern const u8 hal_trap_stubs[256][16]; // trap_entry.S

static void gate_set(unsigned vector, unsigned flags)
{
    u64 offset = (u64)hal_trap_stubs[vector];
    gates[vector] = (struct gate){
        .offset_low = (u16)offset,
        .segment = SEGMENT_KERNEL_CODE,
        .flags = (u16)(GATE_INTERRUPT | flags),
        .offset_middle = (u16)(offset >> 16),
        .offset_high = (u32)(offset >> 32),
    };
}

/* Every gate turns interrupts off; the C side turns them on again where the interrupted code had
 * them on. */
void hal_idt_fill(void)
{
    for (unsigned vector = 0; vector < 256; vector++)
        gate_set(vector, 0);
    gate_set(EXCEPTION_BREAKPOINT, GATE_USER);
    gate_set(EXCEPTION_OVERFLOW, GATE_USER);
    gate_set(VECTOR_SYSCALL, GATE_USER);
    gate_set(EXCEPTION_NMI, IST_NMI);
    gate_set(EXCEPTION_DOUBLE, IST_DOUBLE);
    gate_set(EXCEPTION_MACHINE, IST_MACHINE);
}

void hal_idt_load(void)
{
    struct HELIX_PACKED {
        u16 limit;
        u64 base;
    } pointer = {.limit = sizeof(gates) - 1, .base = (u64)gates};
    __asm__ volatile("lidt %0" : : "m"(pointer));
}
