/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal_shared/ns16550.h>

#include <helix/lib/compiler.h>

enum reg {
    REG_DATA = 0,
    REG_DIVISOR_LOW = 0,
    REG_INTERRUPT_ENABLE = 1,
    REG_DIVISOR_HIGH = 1,
    REG_INTERRUPT_ID = 2, // read
    REG_FIFO_CONTROL = 2, // written
    REG_LINE_CONTROL = 3,
    REG_MODEM_CONTROL = 4,
    REG_LINE_STATUS = 5,
    REG_SCRATCH = 7,
};

#define INTERRUPT_RECEIVE 0x01

#define FIFO_ENABLE_CLEAR 0x07
#define FIFO_BYTES        16

#define LINE_8N1           0x03
#define LINE_DIVISOR_LATCH 0x80

#define MODEM_DTR_RTS_OUT2 0x0b // OUT2 lets the interrupt through to the controller

#define STATUS_DATA    0x01
#define STATUS_TX_IDLE 0x20

/* Looks at a transmitter that does not get ready, before it counts as gone: at 9600 baud 16 bytes
 * take 17 ms. */
#define PATIENCE 1000000u

static u8 get(const struct ns16550 *port, unsigned reg)
{
    return port->read(port->base, reg);
}

static void put(const struct ns16550 *port, unsigned reg, u8 value)
{
    port->write(port->base, reg, value);
}

static bool answers(const struct ns16550 *port)
{
    put(port, REG_SCRATCH, 0x5a);
    if (get(port, REG_SCRATCH) != 0x5a)
        return false;
    put(port, REG_SCRATCH, 0xa5);
    return get(port, REG_SCRATCH) == 0xa5;
}

static void set_rate(const struct ns16550 *port, unsigned baud)
{
    if (port->clock_hz == 0 || baud == 0)
        return;
    unsigned divisor = max(port->clock_hz / 16 / baud, 1u);
    put(port, REG_LINE_CONTROL, LINE_DIVISOR_LATCH | LINE_8N1);
    put(port, REG_DIVISOR_LOW, (u8)divisor);
    put(port, REG_DIVISOR_HIGH, (u8)(divisor >> 8));
}

void hal_ns16550_init(struct ns16550 *port, unsigned baud)
{
    port->present = answers(port);
    if (!port->present)
        return;
    put(port, REG_INTERRUPT_ENABLE, 0);
    set_rate(port, baud);
    put(port, REG_LINE_CONTROL, LINE_8N1);
    put(port, REG_FIFO_CONTROL, FIFO_ENABLE_CLEAR);
    put(port, REG_MODEM_CONTROL, MODEM_DTR_RTS_OUT2);
}

static bool wait_idle(struct ns16550 *port)
{
    for (unsigned i = 0; i < PATIENCE; i++)
        if (get(port, REG_LINE_STATUS) & STATUS_TX_IDLE)
            return true;
    port->present = false;
    return false;
}

/* An idle transmitter takes a whole FIFO at once. */
void hal_ns16550_write(struct ns16550 *port, const char *bytes, size_t count)
{
    unsigned room = 0;
    for (size_t i = 0; i < count && port->present; i++) {
        if (room == 0) {
            if (!wait_idle(port))
                return;
            room = FIFO_BYTES;
        }
        room--;
        put(port, REG_DATA, (u8)bytes[i]);
    }
}

void hal_ns16550_enable_receive(struct ns16550 *port)
{
    if (!port->present)
        return;
    put(port, REG_INTERRUPT_ENABLE, INTERRUPT_RECEIVE);
    get(port, REG_INTERRUPT_ID);
}

size_t hal_ns16550_read(struct ns16550 *port, char *to, size_t most)
{
    size_t count = 0;
    while (count < most && (get(port, REG_LINE_STATUS) & STATUS_DATA))
        to[count++] = (char)get(port, REG_DATA);
    return count;
}
