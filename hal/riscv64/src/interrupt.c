/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "interrupt.h"

#include <helix/hal/irq.h>
#include <helix/hal_shared/glue.h>
#include <helix/lib/atomic.h>
#include <helix/lib/log.h>

#include "aia.h"
#include "console.h"
#include "cpu_local.h"
#include "csr.h"
#include "plic.h"
#include "sbi.h"
#include "timer.h"
#include "trap_internal.h"

static const struct interrupt_controller *controller;

void hal_interrupt_start(void)
{
    controller = hal_plic_start();
    if (controller == NULL)
        controller = hal_aia_start();
    if (controller == NULL)
        log_warn("hal", "no interrupt controller that is known here: devices are silent");
    hal_interrupt_own();
}

void hal_interrupt_own(void)
{
    if (controller != NULL)
        controller->own();
}

helix_status hal_irq_of_isa(unsigned isa, unsigned *line_out, enum hal_irq_mode *mode_out)
{
    (void)isa;
    (void)line_out;
    (void)mode_out;
    return HELIX_E_NODEV;
}

unsigned hal_irq_lines(void)
{
    return controller != NULL ? controller->lines : 0;
}

helix_status hal_irq_unmask(unsigned line, enum hal_irq_mode mode, unsigned cpu)
{
    if (line == 0 || line >= hal_irq_lines() || cpu >= hal_cpu_count())
        return HELIX_E_INVAL;
    controller->unmask(line, cpu, mode == HAL_IRQ_LEVEL);
    return HELIX_OK;
}

void hal_irq_mask(unsigned line)
{
    if (line != 0 && line < hal_irq_lines())
        controller->mask(line);
}

void hal_interrupt_deliver(unsigned line)
{
    if (line == hal_console_line)
        hal_console_interrupt();
    else
        hal_handlers_table.irq(line);
}

/* The kind first, then the interrupt: it must be there when the other one looks. */
void hal_ipi_raise(const struct hal_cpu *cpu, unsigned kind)
{
    if (atomic_fetch_or_acq_rel(&hal_cpus[cpu->id]->ipi_pending, 1u << kind) != 0)
        return; // on its way already
    hal_barrier_io();
    hal_sbi_send_ipi(CPU_MASK_OF(cpu->id));
}

/* Acknowledged first: what is sent from here on interrupts anew. */
static void software(void)
{
    csr_clear(sip, 1ul << IRQ_SOFTWARE);
    u32 kinds = atomic_exchange_acq_rel(&cpu_local()->ipi_pending, 0u);
    for (; kinds != 0; kinds &= kinds - 1)
        hal_ipi_arrived((unsigned)__builtin_ctz(kinds));
}

void hal_interrupt_dispatch(unsigned number)
{
    if (number == IRQ_TIMER) {
        hal_timer_start(NANOS_NEVER); // it fires until its time is no longer past
        hal_timer_interrupt();
    }
    if (number == IRQ_SOFTWARE)
        software();
    if (number == IRQ_EXTERNAL && controller != NULL)
        controller->interrupt();
}
