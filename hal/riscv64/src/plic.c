/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "plic.h"

#include <helix/hal/irq.h>
#include <helix/hal/mmu.h>
#include <helix/hal/spinlock.h>

#include "board.h"
#include "cpu_local.h"
#include "interrupt.h"
#include "tree.h"

#define PRIORITY(line)        (4 * (line))
#define ENABLE(context, line) (0x2000 + 0x80 * (context) + 4 * ((line) / 32))
#define THRESHOLD(context)    (0x200000 + 0x1000 * (context))
#define CLAIM(context)        (0x200004 + 0x1000 * (context))
#define LINES_MOST            1024
#define CONTEXTS_MOST         15872
#define NO_CONTEXT            UINT32_MAX

static volatile u8 *base;
static u32 context_of_cpu[HELIX_MAX_CPUS];
static struct spinlock lock = SPINLOCK_INIT(LOCK_RANK_HAL);

static u32 get(u64 offset)
{
    return *(const volatile u32 *)(base + offset);
}

static void put(u64 offset, u32 value)
{
    *(volatile u32 *)(base + offset) = value;
}

/* Context i is where the i-th entry of interrupts-extended leads: a hart, and which of its modes.
 */
static void find_contexts(fdt_node node)
{
    unsigned cpu;
    for (u32 i = 0; i < CONTEXTS_MOST && hal_board_interrupted(node, i, &cpu); i++)
        if (cpu < HELIX_MAX_CPUS)
            context_of_cpu[cpu] = i;
}

/*
 * A line is masked by its priority, not by its enable bit: a CPU that completes a line which is not
 * enabled for it is not heard, and handlers mask.
 */
static void plic_mask(unsigned line)
{
    put(PRIORITY(line), 0);
}

static void plic_unmask(unsigned line, unsigned cpu, bool level)
{
    (void)level; // each gateway knows its own
    struct irq_key key = spin_lock_irq(&lock);
    for (unsigned other = 0; other < hal_cpu_count(); other++) {
        u32 context = context_of_cpu[other];
        if (context == NO_CONTEXT)
            continue;
        u32 bits = get(ENABLE(context, line)) & ~(1u << line % 32);
        put(ENABLE(context, line), other == cpu ? bits | 1u << line % 32 : bits);
    }
    put(PRIORITY(line), 1);
    spin_unlock_irq(&lock, key);
}

static void plic_interrupt(void)
{
    const u32 context = context_of_cpu[hal_cpu_id()];
    u32 line;
    while ((line = get(CLAIM(context))) != 0) {
        hal_interrupt_deliver(line);
        hal_barrier_io(); // what the handler did to its device, before the line may fire again
        put(CLAIM(context), line);
    }
}

static void plic_own(void)
{
    const u32 context = context_of_cpu[hal_cpu_id()];
    if (context != NO_CONTEXT)
        put(THRESHOLD(context), 0);
}

static struct interrupt_controller plic = {
    .name = "plic",
    .unmask = plic_unmask,
    .mask = plic_mask,
    .interrupt = plic_interrupt,
    .own = plic_own,
};

static void reset(void)
{
    for (unsigned line = 1; line < plic.lines; line++)
        put(PRIORITY(line), 0);
    for (unsigned cpu = 0; cpu < hal_cpu_count(); cpu++) {
        u32 context = context_of_cpu[cpu];
        if (context == NO_CONTEXT)
            continue;
        for (unsigned line = 0; line < plic.lines; line += 32)
            put(ENABLE(context, line), 0);
    }
}

const struct interrupt_controller *hal_plic_start(void)
{
    struct fdt_range registers;
    fdt_node node;
    u64 sources;
    if (!hal_tree_device("sifive,plic-1.0.0", &node, &registers) &&
        !hal_tree_device("riscv,plic0", &node, &registers))
        return NULL;
    if (fdt_number(&hal_tree, node, "riscv,ndev", &sources) != HELIX_OK || sources >= LINES_MOST)
        return NULL;
    for (unsigned cpu = 0; cpu < HELIX_MAX_CPUS; cpu++)
        context_of_cpu[cpu] = NO_CONTEXT;
    find_contexts(node);
    base = hal_map_device(paddr_of(registers.base), registers.bytes);
    if (base == NULL)
        return NULL;
    plic.lines = (unsigned)sources + 1;
    reset();
    return &plic;
}
