/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Without IMSICs the APLIC offers each hart a register to claim lines from. With them it sends a
 * message for each line, whose identity is the line's number, into the file of the hart that the
 * line is routed to; a file's registers are its own hart's CSRs, so every identity is enabled in
 * every file and masking is the APLIC's.
 */
#include "aia.h"

#include <helix/hal/cpu.h>
#include <helix/hal/mmu.h>
#include <helix/hal/spinlock.h>

#include "board.h"
#include "tree.h"

#define DOMAIN_CONFIG       0x0000
#define DOMAIN_ENABLE       (1u << 8)
#define DOMAIN_MESSAGES     (1u << 2)
#define SOURCE_CONFIG(line) (4 * (line))
#define SOURCE_INACTIVE     0u
#define SOURCE_EDGE_RISING  4u
#define SOURCE_LEVEL_HIGH   6u
#define SET_PENDING_NUMBER  0x1cdc
#define SET_ENABLE_NUMBER   0x1edc
#define CLEAR_ENABLE(line)  (0x1f00 + 4 * ((line) / 32))
#define CLEAR_ENABLE_NUMBER 0x1fdc
#define TARGET(line)        (0x3000 + 4 * (line))
#define TARGET_HART(index)  ((index) << 18)
#define DIRECT_PRIORITY     1u
#define DELIVERY(index)     (0x4000 + 32 * (index))
#define THRESHOLD(index)    (0x4008 + 32 * (index))
#define CLAIM(index)        (0x401c + 32 * (index))

/* A file's registers, through siselect and sireg. */
#define FILE_DELIVERY   0x70
#define FILE_THRESHOLD  0x72
#define FILE_ENABLE(id) (0xc0 + (id) / 64 * 2)
#define TOP_IDENTITY    16 // where it stands in stopei

#define LINES_MOST 1024
#define HARTS_MOST 4096
#define NO_INDEX   UINT32_MAX

static volatile u8 *base;
static bool messages;
static u32 index_of_cpu[HELIX_MAX_CPUS];
static u8 level_lines[LINES_MOST];
static struct spinlock lock = SPINLOCK_INIT(LOCK_RANK_HAL);

static u32 get(u64 offset)
{
    return *(const volatile u32 *)(base + offset);
}

static void put(u64 offset, u32 value)
{
    *(volatile u32 *)(base + offset) = value;
}

/* A hart is named by its place in interrupts-extended of the controller that interrupts it. False:
 * that one is not this mode's. */
static bool find_indexes(fdt_node node)
{
    bool found = false;
    unsigned cpu;
    for (unsigned i = 0; i < HELIX_MAX_CPUS; i++)
        index_of_cpu[i] = NO_INDEX;
    for (u32 i = 0; i < HARTS_MOST && hal_board_interrupted(node, i, &cpu); i++) {
        if (cpu == HELIX_MAX_CPUS)
            continue;
        index_of_cpu[cpu] = i;
        found = true;
    }
    return found;
}

static void file_write(u64 reg, u64 value)
{
    __asm__ volatile("csrw 0x150, %0; csrw 0x151, %1" : : "r"(reg), "r"(value) : "memory");
}

static unsigned file_claim(void)
{
    u64 top;
    __asm__ volatile("csrrw %0, 0x15c, x0" : "=r"(top) : : "memory");
    return (unsigned)(top >> TOP_IDENTITY);
}

static void aplic_mask(unsigned line)
{
    put(CLEAR_ENABLE_NUMBER, line);
}

static void aplic_unmask(unsigned line, unsigned cpu, bool level)
{
    if (index_of_cpu[cpu] == NO_INDEX)
        return;
    struct irq_key key = spin_lock_irq(&lock);
    level_lines[line] = level;
    put(SOURCE_CONFIG(line), level ? SOURCE_LEVEL_HIGH : SOURCE_EDGE_RISING);
    put(TARGET(line), TARGET_HART(index_of_cpu[cpu]) | (messages ? line : DIRECT_PRIORITY));
    put(SET_ENABLE_NUMBER, line);
    spin_unlock_irq(&lock, key);
}

/* A level that stays high sends one message only: asked again after the handler, the APLIC looks
 * anew. */
static void messages_interrupt(void)
{
    unsigned line;
    while ((line = file_claim()) != 0) {
        hal_interrupt_deliver(line);
        hal_barrier_io();
        if (line < LINES_MOST && level_lines[line])
            put(SET_PENDING_NUMBER, line);
    }
}

static void direct_interrupt(void)
{
    const u32 index = index_of_cpu[hal_cpu_id()];
    unsigned line;
    while ((line = get(CLAIM(index)) >> TOP_IDENTITY) != 0) {
        hal_interrupt_deliver(line);
        hal_barrier_io();
    }
}

static struct interrupt_controller aia = {.unmask = aplic_unmask, .mask = aplic_mask};

static void messages_own(void)
{
    file_write(FILE_DELIVERY, 1);
    file_write(FILE_THRESHOLD, 0);
    for (unsigned id = 0; id < aia.lines; id += 64)
        file_write(FILE_ENABLE(id), UINT64_MAX);
}

static void direct_own(void)
{
    const u32 index = index_of_cpu[hal_cpu_id()];
    if (index == NO_INDEX)
        return;
    put(THRESHOLD(index), 0);
    put(DELIVERY(index), 1);
}

/* The domain of this mode: the one that hands nothing down to another. */
static fdt_node find_domain(void)
{
    fdt_node node = fdt_find_compatible(&hal_tree, FDT_NONE, "riscv,aplic");
    while (node != FDT_NONE &&
           (fdt_has(&hal_tree, node, "riscv,children") || !fdt_is_enabled(&hal_tree, node)))
        node = fdt_find_compatible(&hal_tree, node, "riscv,aplic");
    return node;
}

static bool find_harts(fdt_node domain)
{
    u64 parent;
    messages = fdt_number(&hal_tree, domain, "msi-parent", &parent) == HELIX_OK;
    return find_indexes(messages ? fdt_find_phandle(&hal_tree, (u32)parent) : domain);
}

const struct interrupt_controller *hal_aia_start(void)
{
    struct fdt_range registers;
    u64 sources;
    fdt_node domain = find_domain();
    if (fdt_reg(&hal_tree, domain, 0, &registers) != HELIX_OK || !find_harts(domain) ||
        fdt_number(&hal_tree, domain, "riscv,num-sources", &sources) != HELIX_OK ||
        sources >= LINES_MOST)
        return NULL;
    base = hal_map_device(paddr_of(registers.base), registers.bytes);
    if (base == NULL)
        return NULL;
    aia.lines = (unsigned)sources + 1;
    aia.name = messages ? "aplic, imsic" : "aplic";
    aia.interrupt = messages ? messages_interrupt : direct_interrupt;
    aia.own = messages ? messages_own : direct_own;
    for (unsigned line = 1; line < aia.lines; line++)
        put(SOURCE_CONFIG(line), SOURCE_INACTIVE);
    for (unsigned line = 0; line < aia.lines; line += 32)
        put(CLEAR_ENABLE(line), UINT32_MAX);
    put(DOMAIN_CONFIG, DOMAIN_ENABLE | (messages ? DOMAIN_MESSAGES : 0));
    return &aia;
}
