/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "interrupt.h"

#include "console.h"
#include "lapic.h"
#include "timer.h"
#include "tlb.h"
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
        hal_timer_interrupt();
    } else if (vector == VECTOR_TLB) {
        hal_lapic_end_of_interrupt();
        hal_tlb_serve();
    } else if (vector >= VECTOR_IPI_FIRST && vector <= VECTOR_IPI_FIRST + HAL_IPI_HALT) {
        hal_lapic_end_of_interrupt();
        hal_handlers_table.ipi((enum hal_ipi)(vector - VECTOR_IPI_FIRST));
    } else if (vector >= VECTOR_DEVICE_FIRST && vector < VECTOR_DEVICE_END) {
        device(vector);
        hal_lapic_end_of_interrupt();
    }
}
