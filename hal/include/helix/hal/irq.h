/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>

/* Device interrupt lines, numbered as the platform's controller does (GSI, SPI, PLIC source). */
enum hal_irq_mode {
    HAL_IRQ_EDGE,
    HAL_IRQ_LEVEL,
};

/* The line of a classic ISA interrupt after firmware overrides, or of a named on-board device;
 * HELIX_E_NODEV: none here. */
helix_status hal_irq_of_isa(unsigned isa, unsigned *line_out, enum hal_irq_mode *mode_out);

/* Route @line to @cpu and unmask it / mask it. The handler is hal_handlers.irq(). */
helix_status hal_irq_unmask(unsigned line, enum hal_irq_mode mode, unsigned cpu);
void hal_irq_mask(unsigned line);
unsigned hal_irq_lines(void); // lines are 0 to this - 1
