/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/lib/fdt.h>

/* What the device tree says of the machine, of what is needed before anything else. Constant after
 * hal_board_read(). */
struct board {
    const char *isa; // of the boot CPU: "rv64imafdc_zicsr_sstc"
    u64 timebase;    // Hz of the time counter
    fdt_node console;
};

extern struct board hal_board;

/* Read the tree at @at; stops with a sentence on the console when it cannot be used. */
void hal_board_read(paddr at, u64 boot_hart);

/* The CPU whose mode of this kernel is interrupted by entry @index of interrupts-extended of
 * @controller. False: no such entry; *cpu_out is HELIX_MAX_CPUS where it is another mode's, or no
 * CPU of ours. */
bool hal_board_interrupted(fdt_node controller, unsigned index, unsigned *cpu_out);
