/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/power.h>

#include <helix/hal/cpu.h>
#include <helix/hal/mmu.h>
#include <helix/lib/compiler.h>

#include "machine.h"
#include "platform.h"
#include "power_internal.h"

#define SLEEP_ENABLE          (1u << 13) // PM1 control
#define SLEEP_TYPE_SHIFT      10
#define SLEEP_ENABLE_BYTE     (1u << 5) // sleep control register of hardware-reduced machines
#define SLEEP_TYPE_SHIFT_BYTE 2
#define PM1_ACPI_MODE         (1u << 0)

#define KEYBOARD_COMMAND 0x64
#define KEYBOARD_RESET   0xfe
#define KEYBOARD_FULL    0x02

#define DEBUG_EXIT_PORT 0xf4

#define PATIENCE 100000

static volatile u8 *sleep_register, *reset_register;

/* Registers in memory must be mapped while tables can still be made, not when the machine is going
 * down. */
static volatile u8 *map_register(const struct acpi_register *reg)
{
    if (reg->address == 0 || reg->space != ACPI_SPACE_MEMORY)
        return NULL;
    return hal_map_device(paddr_of(reg->address), 1);
}

void hal_power_init(void)
{
    sleep_register = map_register(&hal_platform.sleep_control);
    reset_register = map_register(&hal_platform.reset);
}

static void write_register(const struct acpi_register *reg, volatile u8 *mapped, u8 value)
{
    if (mapped != NULL)
        *mapped = value;
    else if (reg->address != 0 && reg->space == ACPI_SPACE_PORT)
        port_write8((u16)reg->address, value);
}

static void enter_acpi_mode(void)
{
    u16 control = (u16)hal_platform.pm1a_control;
    if (hal_platform.smi_command == 0 || hal_platform.acpi_enable == 0 ||
        (port_read16(control) & PM1_ACPI_MODE))
        return;
    port_write8((u16)hal_platform.smi_command, hal_platform.acpi_enable);
    for (unsigned i = 0; i < PATIENCE && !(port_read16(control) & PM1_ACPI_MODE); i++)
        hal_cpu_relax();
}

static void power_off_by_pm1(void)
{
    if (hal_platform.pm1a_control == 0)
        return;
    enter_acpi_mode();
    port_write16((u16)hal_platform.pm1a_control,
                 (u16)(hal_platform.s5_a << SLEEP_TYPE_SHIFT | SLEEP_ENABLE));
    if (hal_platform.pm1b_control != 0)
        port_write16((u16)hal_platform.pm1b_control,
                     (u16)(hal_platform.s5_b << SLEEP_TYPE_SHIFT | SLEEP_ENABLE));
}

[[noreturn]] void hal_power_off(void)
{
    hal_irq_disable();
    if (hal_platform.has_s5) {
        write_register(&hal_platform.sleep_control, sleep_register,
                       (u8)(hal_platform.s5_a << SLEEP_TYPE_SHIFT_BYTE | SLEEP_ENABLE_BYTE));
        power_off_by_pm1();
    }
    hal_debug_exit(0);
    hal_cpu_halt();
}

static void reset_by_keyboard(void)
{
    for (unsigned i = 0; i < PATIENCE && (port_read8(KEYBOARD_COMMAND) & KEYBOARD_FULL); i++)
        hal_cpu_relax();
    port_write8(KEYBOARD_COMMAND, KEYBOARD_RESET);
}

/* With no table to look its handler up in, a fault becomes a shutdown, which boards wire to reset.
 */
[[noreturn]] static void reset_by_triple_fault(void)
{
    struct HELIX_PACKED {
        u16 limit;
        u64 base;
    } none = {0};
    __asm__ volatile("lidt %0; ud2" : : "m"(none));
    hal_cpu_halt();
}

static void wait_a_moment(void)
{
    for (unsigned i = 0; i < PATIENCE; i++)
        hal_cpu_relax();
}

[[noreturn]] void hal_reboot(void)
{
    hal_irq_disable();
    write_register(&hal_platform.reset, reset_register, hal_platform.reset_value);
    wait_a_moment();
    if (!hal_platform.no_8042)
        reset_by_keyboard();
    wait_a_moment();
    reset_by_triple_fault();
}

void hal_debug_exit(unsigned code)
{
    port_write8(DEBUG_EXIT_PORT, (u8)code);
}
