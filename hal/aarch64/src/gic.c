/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The interrupt controller, as far as its versions agree. */
#include "gic.h"

#include <helix/hal/irq.h>
#include <helix/hal/mmu.h>
#include <helix/hal/spinlock.h>
#include <helix/hal_shared/glue.h>
#include <helix/lib/log.h>

#include "clock.h"
#include "console.h"
#include "cpu_local.h"
#include "gic_kind.h"
#include "machine.h"
#include "platform.h"
#include "timer.h"
#include "trap_internal.h"

/* The architecture's timer node lists its interrupts in this order. */
#define TIMER_VIRTUAL       2
#define TIMER_VIRTUAL_USUAL 27u
#define CELL_PPI            1
#define CONFIG_EDGE         2u

volatile u8 *hal_gic_distributor;
static const struct gic_kind *kind;
static unsigned lines;
static unsigned timer_number = TIMER_VIRTUAL_USUAL;
static struct spinlock lock = SPINLOCK_INIT(LOCK_RANK_HAL);

static u32 get(unsigned reg)
{
    return device_read32(hal_gic_distributor + reg);
}

static void put(unsigned reg, u32 value)
{
    device_write32(hal_gic_distributor + reg, value);
}

void hal_gic_init_own(volatile u8 *registers)
{
    device_write32(registers + GICD_DISABLE(0), UINT32_MAX);
    device_write32(registers + GICD_CLEAR_ACTIVE(0), UINT32_MAX);
    for (unsigned n = 0; n < GIC_LINE_FIRST; n += 4)
        device_write32(registers + GICD_PRIORITY(n), GIC_PRIORITY_4);
    device_write32(registers + GICD_ENABLE(0), ((1u << HAL_IPI_KINDS) - 1) | 1u << timer_number);
}

static void find_timer(void)
{
    fdt_node node = fdt_find_compatible(&hal_tree, FDT_NONE, "arm,armv8-timer");
    struct fdt_interrupt interrupt;
    if (fdt_interrupt(&hal_tree, node, TIMER_VIRTUAL, &interrupt) == HELIX_OK &&
        interrupt.count >= 3 && interrupt.cells[0] == CELL_PPI && interrupt.cells[1] < 16)
        timer_number = GIC_OWN_FIRST + interrupt.cells[1];
}

static bool find_kind(void)
{
    static const struct {
        const char *compatible;
        const struct gic_kind *kind;
        bool (*map)(u32 node);
    } known[] = {
        {"arm,gic-v3", &hal_gic_v3, hal_gic_v3_map},
        {"arm,cortex-a15-gic", &hal_gic_v2, hal_gic_v2_map},
        {"arm,gic-400", &hal_gic_v2, hal_gic_v2_map},
    };
    for (size_t i = 0; i < array_count(known); i++) {
        fdt_node node;
        struct fdt_range range;
        if (!hal_tree_device(known[i].compatible, &node, &range))
            continue;
        hal_gic_distributor = hal_map_device(paddr_of(range.base), range.bytes);
        if (hal_gic_distributor == NULL || !known[i].map(node))
            return false;
        kind = known[i].kind;
        return true;
    }
    return false;
}

helix_status hal_gic_init(void)
{
    if (!find_kind()) {
        log_error("hal", "the device tree has no interrupt controller that this kernel knows");
        return HELIX_E_FIRMWARE;
    }
    find_timer();
    lines = min(32 * ((get(GICD_TYPE) & 0x1f) + 1) - GIC_LINE_FIRST, GIC_LINES_MOST);
    put(GICD_CONTROL, 0);
    for (unsigned n = GIC_LINE_FIRST; n < GIC_LINE_FIRST + lines; n += 4) {
        if (n % 32 == 0) {
            put(GICD_DISABLE(n), UINT32_MAX);
            put(GICD_CLEAR_ACTIVE(n), UINT32_MAX);
        }
        put(GICD_PRIORITY(n), GIC_PRIORITY_4);
    }
    kind->init();
    kind->init_cpu(hal_cpus[0]);
    return HELIX_OK;
}

void hal_gic_init_cpu(struct hal_cpu *cpu)
{
    hal_clock_init_cpu();
    kind->init_cpu(cpu);
}

void hal_gic_leave(void)
{
    if (kind != NULL)
        kind->leave();
}

unsigned hal_irq_lines(void)
{
    return lines;
}

helix_status hal_irq_unmask(unsigned line, enum hal_irq_mode mode, unsigned cpu)
{
    const unsigned number = GIC_LINE_FIRST + line;
    if (line >= lines)
        return HELIX_E_NODEV;
    if (cpu >= HELIX_MAX_CPUS || hal_cpus[cpu] == NULL)
        return HELIX_E_INVAL;
    const u32 edge = CONFIG_EDGE << (number % 16 * 2);
    struct irq_key key = spin_lock_irq(&lock);
    put(GICD_DISABLE(number), 1u << (number % 32)); // its kind may only change while it is off
    u32 config = get(GICD_CONFIG(number));
    put(GICD_CONFIG(number), mode == HAL_IRQ_EDGE ? config | edge : config & ~edge);
    kind->route(number, hal_cpus[cpu]);
    put(GICD_ENABLE(number), 1u << (number % 32));
    spin_unlock_irq(&lock, key);
    return HELIX_OK;
}

void hal_irq_mask(unsigned line)
{
    if (line < lines)
        put(GICD_DISABLE(GIC_LINE_FIRST + line), 1u << (line % 32));
}

void hal_ipi_raise(const struct hal_cpu *cpu, unsigned ipi)
{
    barrier_tables(); // what was written before, for whoever takes it
    kind->send(cpu, ipi);
}

static void device(unsigned number)
{
    unsigned line = number - GIC_LINE_FIRST;
    if (line == hal_console_line)
        hal_console_interrupt();
    else
        hal_handlers_table.irq(line);
}

/*
 * Ended before the handler of an IPI runs, because HALT never returns and a rendezvous may last;
 * after a device's, whose line is quiet only then.
 */
void hal_gic_dispatch(unsigned unused)
{
    (void)unused;
    const unsigned acknowledged = kind->acknowledge();
    const unsigned number = acknowledged & 0x3ff;
    if (number >= GIC_NONE)
        return;
    if (number >= GIC_LINE_FIRST) {
        device(number);
        kind->end(acknowledged);
        return;
    }
    if (number == timer_number)
        hal_clock_timer_quiet();
    kind->end(acknowledged);
    if (number == timer_number)
        hal_timer_interrupt();
    else if (number < HAL_IPI_KINDS)
        hal_ipi_arrived(number);
}
