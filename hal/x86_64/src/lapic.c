/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "lapic.h"

#include <helix/hal/cpu.h>
#include <helix/hal/mmu.h>
#include <helix/lib/assert.h>

#include "layout.h"
#include "machine.h"
#include "platform.h"

enum reg {
    REG_ID = 0x20,
    REG_TASK_PRIORITY = 0x80,
    REG_EOI = 0xb0,
    REG_SPURIOUS = 0xf0,
    REG_COMMAND_LOW = 0x300,
    REG_COMMAND_HIGH = 0x310,
    REG_LVT_TIMER = 0x320,
    REG_LVT_LINT0 = 0x350,
    REG_LVT_LINT1 = 0x360,
    REG_LVT_ERROR = 0x370,
    REG_TIMER_INITIAL = 0x380,
    REG_TIMER_CURRENT = 0x390,
    REG_TIMER_DIVIDE = 0x3e0,
};

#define APIC_BASE_ENABLE (1ull << 11)
#define SPURIOUS_ENABLE  0x100u
#define LVT_MASKED       0x10000u
#define LVT_NMI          0x400u
#define COMMAND_INIT     0x4500u // asserted
#define COMMAND_STARTUP  0x4600u
#define COMMAND_FIXED    0x4000u
#define COMMAND_PENDING  0x1000u
#define DIVIDE_BY_1      0xbu
#define COMMAND_ID_SHIFT 24

static volatile u8 *registers;

static u32 get(enum reg reg)
{
    return *(volatile u32 *)(registers + reg);
}

static void put(enum reg reg, u32 value)
{
    *(volatile u32 *)(registers + reg) = value;
}

void hal_lapic_init(void)
{
    registers = hal_map_device(paddr_of(hal_platform.lapic_base), PAGE_SIZE);
    if (registers == NULL)
        helix_panic("no memory to map the local APIC");
    hal_lapic_init_cpu();
}

void hal_lapic_init_cpu(void)
{
    msr_write(MSR_APIC_BASE, msr_read(MSR_APIC_BASE) | APIC_BASE_ENABLE);
    put(REG_TASK_PRIORITY, 0);
    put(REG_LVT_LINT0, LVT_MASKED);
    put(REG_LVT_LINT1, LVT_NMI);
    put(REG_LVT_ERROR, LVT_MASKED);
    put(REG_TIMER_DIVIDE, DIVIDE_BY_1);
    put(REG_TIMER_INITIAL, 0);
    put(REG_LVT_TIMER, VECTOR_TIMER);
    put(REG_SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
}

u32 hal_lapic_id(void)
{
    return get(REG_ID) >> COMMAND_ID_SHIFT;
}

void hal_lapic_end_of_interrupt(void)
{
    put(REG_EOI, 0);
}

/* Two registers make one command, so nothing may come between on this CPU. */
static void command(u32 apic_id, u32 low)
{
    struct irq_key key = hal_irq_save();
    while (get(REG_COMMAND_LOW) & COMMAND_PENDING)
        hal_cpu_relax();
    put(REG_COMMAND_HIGH, apic_id << COMMAND_ID_SHIFT);
    put(REG_COMMAND_LOW, low);
    hal_irq_restore(key);
}

void hal_lapic_send(u32 apic_id, u8 vector)
{
    command(apic_id, COMMAND_FIXED | vector);
}

void hal_lapic_send_init(u32 apic_id)
{
    command(apic_id, COMMAND_INIT);
}

void hal_lapic_send_startup(u32 apic_id, u8 page)
{
    command(apic_id, COMMAND_STARTUP | page);
}

void hal_lapic_timer_start(u32 count)
{
    put(REG_TIMER_INITIAL, count);
}

u32 hal_lapic_timer_count(void)
{
    return get(REG_TIMER_CURRENT);
}
