/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "uart.h"

#include <helix/hal/irq.h>
#include <helix/hal_shared/ns16550.h>

#include "console.h"
#include "machine.h"

#define COM1_PORT     0x3f8
#define COM1_ISA_LINE 4
#define COM1_CLOCK    1843200
#define DEFAULT_BAUD  115200

static u8 port_get(uintptr_t base, unsigned reg)
{
    return port_read8((u16)(base + reg));
}

static void port_put(uintptr_t base, unsigned reg, u8 value)
{
    port_write8((u16)(base + reg), value);
}

static struct ns16550 com1 = {
    .read = port_get, .write = port_put, .base = COM1_PORT, .clock_hz = COM1_CLOCK};

void hal_console_init_early(void)
{
    if (!com1.present)
        hal_ns16550_init(&com1, DEFAULT_BAUD);
}

void hal_uart_write(const char *bytes, size_t count)
{
    hal_ns16550_write(&com1, bytes, count);
}

size_t hal_uart_read(char *to, size_t most)
{
    return hal_ns16550_read(&com1, to, most);
}

void hal_uart_set_rate(unsigned baud)
{
    if (baud != 0 && baud != DEFAULT_BAUD)
        hal_ns16550_init(&com1, baud);
}

bool hal_uart_listen(unsigned *line_out)
{
    enum hal_irq_mode mode;
    if (!com1.present || hal_irq_of_isa(COM1_ISA_LINE, line_out, &mode) != HELIX_OK ||
        hal_irq_unmask(*line_out, mode, 0) != HELIX_OK)
        return false;
    hal_ns16550_enable_receive(&com1);
    return true;
}
