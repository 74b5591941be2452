/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "serial.h"

#include <helix/hal/irq.h>
#include <helix/hal/mmu.h>
#include <helix/hal_shared/ns16550.h>

#include "console.h"
#include "sbi.h"
#include "uart.h"

#define DEFAULT_BAUD 115200
#define PORT_BYTES   0x100

static unsigned reg_shift;

static u8 port_get(uintptr_t base, unsigned reg)
{
    return *(const volatile u8 *)(base + (reg << reg_shift));
}

static void port_put(uintptr_t base, unsigned reg, u8 value)
{
    *(volatile u8 *)(base + (reg << reg_shift)) = value;
}

static struct ns16550 port = {.read = port_get, .write = port_put};
static paddr port_at;
static unsigned line = CONSOLE_NO_LINE;

void hal_serial_find(const struct fdt *tree, fdt_node node)
{
    struct fdt_range registers;
    struct fdt_interrupt interrupt;
    u64 number;
    if (fdt_reg(tree, node, 0, &registers) != HELIX_OK ||
        !(fdt_is_compatible(tree, node, "ns16550a") || fdt_is_compatible(tree, node, "ns16550")))
        return;
    if (fdt_number(tree, node, "reg-shift", &number) == HELIX_OK && number <= 3)
        reg_shift = (unsigned)number;
    if (fdt_number(tree, node, "clock-frequency", &number) == HELIX_OK)
        port.clock_hz = (u32)number;
    if (fdt_interrupt(tree, node, 0, &interrupt) == HELIX_OK && interrupt.count >= 1)
        line = interrupt.cells[0];
    port_at = paddr_of(registers.base);
    port.base = (uintptr_t)phys_to_virt(port_at);
    hal_ns16550_init(&port, DEFAULT_BAUD);
}

void hal_serial_map(void)
{
    if (port.present && hal_map_device(port_at, PORT_BYTES) == NULL)
        port.present = false;
}

void hal_uart_write(const char *bytes, size_t count)
{
    if (port.present)
        hal_ns16550_write(&port, bytes, count);
    else
        while (count-- > 0)
            hal_sbi_putchar(*bytes++);
}

size_t hal_uart_read(char *to, size_t most)
{
    return hal_ns16550_read(&port, to, most);
}

void hal_uart_set_rate(unsigned baud)
{
    if (port.present && baud != 0 && baud != DEFAULT_BAUD)
        hal_ns16550_init(&port, baud);
}

bool hal_uart_listen(unsigned *line_out)
{
    if (!port.present || line == CONSOLE_NO_LINE ||
        hal_irq_unmask(line, HAL_IRQ_LEVEL, 0) != HELIX_OK)
        return false;
    *line_out = line;
    hal_ns16550_enable_receive(&port);
    return true;
}
