/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "interrupt.h"

#include <helix/hal_shared/glue.h>

#include "clock.h"
#include "console.h"
#include "cpu_local.h"
#include "lapic.h"
#include "timer.h"
#include "trap_internal.h"

static void device(unsigned vector)
{
    unsigned line = vector - VECTOR_DEVICE_FIRST - (vector > VECTOR_SYSCALL);
    if (line == hal_console_line)
        hal_console_interrupt();
    else
        hal_handlers_table.irq(line);
}

/*
 * Acknowledged before an IPI's handler runs, because HALT never returns and a rendezvous may last;
 * after a device's, whose level-triggered line is quiet only then. Spurious vectors are not
 * acknowledged at all.
 */
void hal_interrupt_dispatch(unsigned vector)
{
    if (vector == VECTOR_TIMER) {
        hal_lapic_end_of_interrupt();
        hal_clock_refine();
        hal_timer_interrupt();
    } else if (vector >= VECTOR_IPI_FIRST && vector < VECTOR_IPI_FIRST + HAL_IPI_KINDS) {
        hal_lapic_end_of_interrupt();
        hal_ipi_arrived(vector - VECTOR_IPI_FIRST);
    } else if (vector >= VECTOR_DEVICE_FIRST && vector < VECTOR_DEVICE_END) {
        device(vector);
        hal_lapic_end_of_interrupt();
    }
}

void hal_ipi_raise(const struct hal_cpu *cpu, unsigned kind)
{
    hal_lapic_send((u32)cpu->hardware_id, (u8)(VECTOR_IPI_FIRST + kind));
}
