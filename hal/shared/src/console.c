/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "console.h"

#include <helix/hal/console.h>
#include <helix/hal/spinlock.h>
#include <helix/lib/string.h>

#include "uart.h"

static struct spinlock lock = SPINLOCK_INIT(LOCK_RANK_CONSOLE);
static bool panicking;
static void (*receiver)(const char *bytes, size_t count);
unsigned hal_console_line = CONSOLE_NO_LINE;

void hal_console_panic(void)
{
    panicking = true;
}

static void send_lines(const char *text, size_t bytes)
{
    while (bytes > 0) {
        const char *newline = memchr(text, '\n', bytes);
        size_t run = newline != NULL ? (size_t)(newline - text) : bytes;
        hal_uart_write(text, run);
        if (newline == NULL)
            return;
        hal_uart_write("\r\n", 2);
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
    write_with(hal_uart_write, bytes, count);
}

void hal_console_start(void (*receive)(const char *bytes, size_t count), unsigned baud)
{
    receiver = receive;
    struct irq_key key = spin_lock_irq(&lock);
    hal_uart_set_rate(baud);
    spin_unlock_irq(&lock, key);
    if (!hal_uart_listen(&hal_console_line))
        return; // output only
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
        size_t count = hal_uart_read(bytes, sizeof(bytes));
        spin_unlock_irq(&lock, key);
        if (count == 0)
            return;
        receiver(bytes, count);
    }
}
