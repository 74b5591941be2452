/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "platform.h"

#include <helix/hal/irq.h>

/* Cells of a GIC interrupt: kind, number, flags. */
#define CELL_SPI 0

bool hal_platform_line(fdt_node node, unsigned index, unsigned *line_out)
{
    struct fdt_interrupt interrupt;
    if (fdt_interrupt(&hal_tree, node, index, &interrupt) != HELIX_OK || interrupt.count < 3 ||
        interrupt.cells[0] != CELL_SPI)
        return false;
    *line_out = interrupt.cells[1];
    return true;
}

/* There is no ISA bus. */
helix_status hal_irq_of_isa(unsigned isa, unsigned *line_out, enum hal_irq_mode *mode_out)
{
    (void)isa;
    (void)line_out;
    (void)mode_out;
    return HELIX_E_NODEV;
}
