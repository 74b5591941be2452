/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/console.h>
#include <helix/lib/format.h>
#include <helix/lib/string.h>

#include "trap_internal.h"

/* Until the upper layers say what to do, every trap is the end: say so on the console and stop. */

static void write_line(const char *text)
{
    hal_console_write(text, strlen(text));
    hal_console_write("\n", 1);
}

static void default_fatal(struct hal_frame *frame, const struct hal_fault *fault)
{
    char text[100];
    hal_console_panic();
    lib_format(text, sizeof(text), "helix: trap %lx at %lx, address %lx", fault->code,
               hal_frame_pc(frame), fault->address.raw);
    write_line(text);
    hal_frame_print(frame, write_line);
    hal_cpu_halt();
}

static bool default_fault(struct hal_frame *frame, const struct hal_fault *fault)
{
    (void)frame;
    (void)fault;
    return false;
}

static void default_frame(struct hal_frame *frame)
{
    struct hal_fault fault = {.kind = HAL_FAULT_GENERAL};
    default_fatal(frame, &fault);
}

static void default_irq(unsigned line)
{
    (void)line;
}

static void default_ipi(enum hal_ipi ipi)
{
    (void)ipi;
}

static void default_nothing(void)
{
}

static void default_cpu_started(unsigned cpu)
{
    (void)cpu;
    hal_cpu_halt();
}

struct hal_handlers hal_handlers_table = {
    .syscall = default_frame,
    .fault = default_fault,
    .fatal = default_fatal,
    .irq = default_irq,
    .timer = default_nothing,
    .ipi = default_ipi,
    .user_return = default_frame,
    .preempt = default_nothing,
    .thread_started = default_nothing,
    .cpu_started = default_cpu_started,
};

void hal_set_handlers(const struct hal_handlers *handlers)
{
    hal_handlers_table = *handlers;
}
