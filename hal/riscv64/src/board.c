/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "board.h"

#include <helix/abi/boot_info.h>
#include <helix/hal/cpu.h>
#include <helix/lib/string.h>

#include "cpu_local.h"
#include "layout.h"
#include "tree.h"

struct board hal_board;

static const char *isa_of(u64 hart)
{
    const char *isa = NULL;
    fdt_node node = FDT_NONE;
    while ((node = fdt_find_device_type(&hal_tree, node, "cpu")) != FDT_NONE) {
        struct fdt_range id;
        if (fdt_reg_raw(&hal_tree, node, 0, &id) == HELIX_OK && id.base == hart &&
            fdt_string(&hal_tree, node, "riscv,isa", &isa) == HELIX_OK)
            return isa;
    }
    return NULL;
}

void hal_board_read(paddr at, u64 boot_hart)
{
    struct board *board = &hal_board;
    const char *options;
    hal_tree_open(at);
    if (hal_tree.data == NULL)
        hal_refuse("there is no device tree, or a damaged one");
    board->isa = isa_of(boot_hart);
    if (board->isa == NULL)
        hal_refuse("the device tree does not describe the CPU that runs");
    fdt_node cpus = fdt_find_path(&hal_tree, "/cpus");
    if (fdt_number(&hal_tree, cpus, "timebase-frequency", &board->timebase) != HELIX_OK ||
        board->timebase == 0 || board->timebase > UINT32_MAX)
        hal_refuse("the device tree does not say how fast the time counter runs");
    if (fdt_stdout(&hal_tree, &board->console, &options) != HELIX_OK)
        board->console = fdt_find_compatible(&hal_tree, FDT_NONE, "ns16550a");
}

bool hal_board_interrupted(fdt_node controller, unsigned index, unsigned *cpu_out)
{
    struct fdt_interrupt entry;
    struct fdt_range hart;
    if (fdt_interrupt(&hal_tree, controller, index, &entry) != HELIX_OK)
        return false;
    *cpu_out = HELIX_MAX_CPUS;
    if (entry.count != 1 || entry.cells[0] != IRQ_EXTERNAL ||
        fdt_reg_raw(&hal_tree, fdt_parent(&hal_tree, entry.controller), 0, &hart) != HELIX_OK)
        return true;
    for (unsigned cpu = 0; cpu < hal_cpu_count(); cpu++)
        if (hal_cpus[cpu]->hardware_id == hart.base)
            *cpu_out = cpu;
    return true;
}
