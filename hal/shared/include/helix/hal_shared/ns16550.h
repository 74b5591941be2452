/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* A serial port of the 16550 family. Its registers lie behind two functions, because some machines
 * have them at ports. */
struct ns16550 {
    u8 (*read)(uintptr_t base, unsigned reg);
    void (*write)(uintptr_t base, unsigned reg, u8 value);
    uintptr_t base;
    u32 clock_hz; // of its baud-rate generator; 0: leave the rate alone
    bool present;
};

/* Probe and set up: 8N1, FIFOs on, interrupts off. port->present says whether something answers. */
void hal_ns16550_init(struct ns16550 *port, unsigned baud);

/* Write bytes as they are; waits for room, but not for ever: a port that never gets ready is given
 * up. */
void hal_ns16550_write(struct ns16550 *port, const char *bytes, size_t count);

void hal_ns16550_enable_receive(struct ns16550 *port);

/* Take received bytes, at most @most. Returns how many. */
size_t hal_ns16550_read(struct ns16550 *port, char *to, size_t most);
