/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>
#include <helix/hal/irq.h>
#include <helix/lib/compiler.h>

/*
 * Who handles which device interrupt. A line has one or, when it is level-triggered, several
 * handlers; each call of a handler runs in interrupt context, interrupts off.
 */
struct irq_claim {
    const char *name; // for /proc/interrupts; stays valid until the release
    unsigned line;
    enum hal_irq_mode mode;
    void (*handle)(void *context); // looks at its device whether it meant it
    void *context;
    struct irq_claim *next; // owner: interrupts
};

/*
 * Install @claim, which stays the caller's and in place until irq_release(), and unmask its line.
 *
 * Context: thread. Errors: HELIX_E_INVAL no such line, or no handler; HELIX_E_BUSY the line has a
 * handler and one of the two is edge-triggered; what hal_irq_unmask() says.
 */
helix_status irq_claim(struct irq_claim *claim);

/* Take @claim out again; on return its handler runs nowhere and is not called any more. The last
 * one masks the line. Thread context, may sleep. */
void irq_release(struct irq_claim *claim);

/* For hal_handlers.irq. A line nobody claimed is masked and counted as spurious. */
void interrupts_handle(unsigned line);

/* Interrupts of @line that arrived on @cpu since boot. */
u64 irq_count(unsigned line, unsigned cpu);
u64 irq_spurious(void);

/* The names of a line's handlers, separated by ", "; empty: nobody's. Returns the length as
 * snprintf() does. */
size_t irq_names(unsigned line, char *text, size_t capacity);
