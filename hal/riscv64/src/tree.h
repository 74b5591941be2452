/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/lib/fdt.h>

/* What the device tree says of the machine. Constant after hal_tree_read(). */
struct tree {
    struct fdt fdt;
    u64 harts[HELIX_MAX_CPUS]; // the boot CPU first
    unsigned cpu_count;
    unsigned cpus_left_out; // beyond HELIX_MAX_CPUS
    const char *isa;
    u64 timebase; // Hz of the time counter
    fdt_node console;
    u64 test; // power and exit code register; 0: none
    u64 rtc;  // 0: none
};

extern struct tree hal_tree;

/* Read the tree at @at; stops with a sentence on the console when it cannot be used. */
void hal_tree_read(paddr at, u64 boot_hart);
