/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "power.h"

#include <helix/hal/cpu.h>
#include <helix/hal/mmu.h>
#include <helix/hal/power.h>

#include "sbi.h"
#include "tree.h"

#define TEST_PASS  0x5555u
#define TEST_FAIL  0x3333u // with a code in the upper half
#define TEST_RESET 0x7777u

static volatile u32 *test;

/* Mapped while tables can still be made, not when the machine is going down. */
void hal_power_start(void)
{
    struct fdt_range registers;
    if (hal_tree_device("sifive,test0", NULL, &registers))
        test = hal_map_device(paddr_of(registers.base), sizeof(*test));
}

static void write_test(u32 value)
{
    if (test == NULL)
        return;
    *test = value;
    hal_barrier_io();
}

[[noreturn]] void hal_power_off(void)
{
    hal_irq_disable();
    hal_sbi_reset(SBI_RESET_OFF);
    write_test(TEST_PASS);
    hal_cpu_halt();
}

[[noreturn]] void hal_reboot(void)
{
    hal_irq_disable();
    hal_sbi_reset(SBI_RESET_COLD);
    write_test(TEST_RESET);
    hal_cpu_halt();
}

void hal_debug_exit(unsigned code)
{
    write_test(code == 0 ? TEST_PASS : code << 16 | TEST_FAIL);
}
