/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>

/* What a controller of device interrupts does. Lines are 1 to lines - 1. */
struct interrupt_controller {
    const char *name;
    void (*unmask)(unsigned line, unsigned cpu, bool level);
    void (*mask)(unsigned line);
    void (*interrupt)(void); // this CPU's external interrupt: deliver what is pending
    void (*own)(void);       // what each CPU does for itself when it comes up
    unsigned lines;
};

/* Find the machine's controller and make it ready for all CPUs; without one no device interrupts.
 */
void hal_interrupt_start(void);

/* The running CPU comes up. */
void hal_interrupt_own(void);

/* By number of the cause; from the trap entry. */
void hal_interrupt_dispatch(unsigned number);

/* Hand device line @line to whoever it belongs to. */
void hal_interrupt_deliver(unsigned line);
