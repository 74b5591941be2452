/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "console.h"

#include <helix/hal/console.h>
#include <helix/hal/irq.h>
#include <helix/hal/spinlock.h>
#include <helix/hal_shared/ns16550.h>
#include <helix/lib/string.h>

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
static struct spinlock lock = SPINLOCK_INIT(LOCK_RANK_CONSOLE);
static bool panicking;
static void (*receiver)(const char *bytes, size_t count);
unsigned hal_console_line = CONSOLE_NO_LINE;

void hal_console_init_early(void)
{
    if (!com1.present)
        hal_ns16550_init(&com1, DEFAULT_BAUD);
}

void hal_console_panic(void)
{
    panicking = true;
}

static void send(const char *bytes, size_t count)
{
    hal_ns16550_write(&com1, bytes, count);
}

static void send_lines(const char *text, size_t bytes)
{
    while (bytes > 0) {
        const char *newline = memchr(text, '\n', bytes);
        size_t run = newline != NULL ? (size_t)(newline - text) : bytes;
        send(text, run);
        if (newline == NULL)
            return;
        send("\r\n", 2);
        text += run + 1;
        bytes -= run + 1;
    }
}

/* In a panic without the lock: another CPU may have died holding it. */
static void write_with(void (*write)(const char *bytes, size_t count), const char *bytes,
                       size_t count)
{
    if (panicking) {
        write(bytes, count);
        return;
    }
    struct irq_key key = spin_lock_irq(&lock);
    write(bytes, count);
    spin_unlock_irq(&lock, key);
}

void hal_console_write(const char *text, size_t bytes)
{
    write_with(send_lines, text, bytes);
}

void hal_console_send(const char *bytes, size_t count)
{
    write_with(send, bytes, count);
}

void hal_console_start(void (*receive)(const char *bytes, size_t count), unsigned baud)
{
    unsigned line;
    enum hal_irq_mode mode;
    receiver = receive;
    struct irq_key key = spin_lock_irq(&lock);
    if (baud != 0 && baud != DEFAULT_BAUD)
        hal_ns16550_init(&com1, baud);
    spin_unlock_irq(&lock, key);
    if (!com1.present || hal_irq_of_isa(COM1_ISA_LINE, &line, &mode) != HELIX_OK ||
        hal_irq_unmask(line, mode, 0) != HELIX_OK)
        return; // output only
    hal_console_line = line;
    hal_ns16550_enable_receive(&com1);
    // What came before is waiting in the FIFO, without an edge to announce it.
    key = hal_irq_save();
    hal_console_interrupt();
    hal_irq_restore(key);
}

void hal_console_interrupt(void)
{
    char bytes[32];
    for (;;) {
        struct irq_key key = spin_lock_irq(&lock);
        size_t count = hal_ns16550_read(&com1, bytes, sizeof(bytes));
        spin_unlock_irq(&lock, key);
        if (count == 0)
            return;
        receiver(bytes, count);
    }
}
