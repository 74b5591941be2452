/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "ioapic.h"

#include <helix/hal/irq.h>
#include <helix/hal/mmu.h>
#include <helix/hal/spinlock.h>
#include <helix/lib/log.h>

#include "cpu_local.h"
#include "interrupt.h"
#include "machine.h"
#include "platform.h"

#define REG_SELECT     0x00
#define REG_WINDOW     0x10
#define INDEX_VERSION  1
#define INDEX_ENTRY(n) (0x10 + 2 * (n))

#define ENTRY_MASKED     (1u << 16)
#define ENTRY_LEVEL      (1u << 15)
#define ENTRY_ACTIVE_LOW (1u << 13)
#define ENTRY_ID_SHIFT   24

#define PIC1_COMMAND 0x20
#define PIC1_DATA    0x21
#define PIC2_COMMAND 0xa0
#define PIC2_DATA    0xa1

#define ISA_LINES 16

struct ioapic {
    volatile u8 *registers;
    unsigned first, count; // lines
};

static struct ioapic ioapics[ACPI_IOAPICS];
static unsigned ioapic_count;
static unsigned line_end;
static struct spinlock lock = SPINLOCK_INIT(LOCK_RANK_HAL);

/* The window makes two accesses one; the lock is held, or nobody else runs yet. */
static u32 get(const struct ioapic *ioapic, u32 index)
{
    *(volatile u32 *)(ioapic->registers + REG_SELECT) = index;
    return *(volatile u32 *)(ioapic->registers + REG_WINDOW);
}

static void put(const struct ioapic *ioapic, u32 index, u32 value)
{
    *(volatile u32 *)(ioapic->registers + REG_SELECT) = index;
    *(volatile u32 *)(ioapic->registers + REG_WINDOW) = value;
}

/* Vectors 0x20 to 0x2f, where a spurious interrupt of the PIC is recognized and dropped; then all
 * lines masked. */
static void silence_pic(void)
{
    port_write8(PIC1_COMMAND, 0x11);
    port_write8(PIC2_COMMAND, 0x11);
    port_write8(PIC1_DATA, 0x20);
    port_write8(PIC2_DATA, 0x28);
    port_write8(PIC1_DATA, 4);
    port_write8(PIC2_DATA, 2);
    port_write8(PIC1_DATA, 1);
    port_write8(PIC2_DATA, 1);
    port_write8(PIC1_DATA, 0xff);
    port_write8(PIC2_DATA, 0xff);
}

static void add(const struct acpi_ioapic *found)
{
    struct ioapic *ioapic = &ioapics[ioapic_count];
    ioapic->registers = hal_map_device(paddr_of(found->base), PAGE_SIZE);
    if (ioapic->registers == NULL)
        return;
    ioapic->first = found->first_line;
    ioapic->count = (get(ioapic, INDEX_VERSION) >> 16 & 0xff) + 1;
    if (ioapic->first + ioapic->count > INTERRUPT_LINES) {
        log_warn("hal", "I/O APIC with lines from %u left out", ioapic->first);
        return;
    }
    for (unsigned i = 0; i < ioapic->count; i++)
        put(ioapic, INDEX_ENTRY(i), ENTRY_MASKED);
    line_end = max(line_end, ioapic->first + ioapic->count);
    ioapic_count++;
}

void hal_ioapic_init(void)
{
    silence_pic();
    for (unsigned i = 0; i < hal_platform.ioapic_count; i++)
        add(&hal_platform.ioapics[i]);
}

unsigned hal_irq_lines(void)
{
    return line_end;
}

static const struct ioapic *owner(unsigned line)
{
    for (unsigned i = 0; i < ioapic_count; i++)
        if (line >= ioapics[i].first && line - ioapics[i].first < ioapics[i].count)
            return &ioapics[i];
    return NULL;
}

static const struct acpi_override *override_of_isa(unsigned isa)
{
    for (unsigned i = 0; i < hal_platform.override_count; i++)
        if (hal_platform.overrides[i].isa == isa)
            return &hal_platform.overrides[i];
    return NULL;
}

helix_status hal_irq_of_isa(unsigned isa, unsigned *line_out, enum hal_irq_mode *mode_out)
{
    const struct acpi_override *override = override_of_isa(isa);
    unsigned line = override != NULL ? override->line : isa;
    if (isa >= ISA_LINES || owner(line) == NULL)
        return HELIX_E_NODEV;
    *line_out = line;
    *mode_out = override != NULL && override->level ? HAL_IRQ_LEVEL : HAL_IRQ_EDGE;
    return HELIX_OK;
}

/* Level-triggered lines on a PC are active low (PCI); ISA lines are high unless an override says
 * otherwise. */
static bool is_active_low(unsigned line, enum hal_irq_mode mode)
{
    for (unsigned i = 0; i < hal_platform.override_count; i++)
        if (hal_platform.overrides[i].line == line)
            return hal_platform.overrides[i].active_low;
    return mode == HAL_IRQ_LEVEL && line >= ISA_LINES && !hal_platform.hardware_reduced;
}

helix_status hal_irq_unmask(unsigned line, enum hal_irq_mode mode, unsigned cpu)
{
    const struct ioapic *ioapic = owner(line);
    if (ioapic == NULL)
        return HELIX_E_NODEV;
    if (cpu >= HELIX_MAX_CPUS || hal_cpus[cpu] == NULL)
        return HELIX_E_INVAL;
    u32 low = interrupt_vector_of_line(line) | (mode == HAL_IRQ_LEVEL ? ENTRY_LEVEL : 0) |
              (is_active_low(line, mode) ? ENTRY_ACTIVE_LOW : 0);
    struct irq_key key = spin_lock_irq(&lock);
    put(ioapic, INDEX_ENTRY(line - ioapic->first) + 1,
        (u32)hal_cpus[cpu]->hardware_id << ENTRY_ID_SHIFT);
    put(ioapic, INDEX_ENTRY(line - ioapic->first), low);
    spin_unlock_irq(&lock, key);
    return HELIX_OK;
}

void hal_irq_mask(unsigned line)
{
    const struct ioapic *ioapic = owner(line);
    if (ioapic == NULL)
        return;
    u32 index = INDEX_ENTRY(line - ioapic->first);
    struct irq_key key = spin_lock_irq(&lock);
    put(ioapic, index, get(ioapic, index) | ENTRY_MASKED);
    spin_unlock_irq(&lock, key);
}
