/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Who answers the HAL: one table, set once, before interrupts are on. */
#include <helix/core/syscall.h>
#include <helix/core/user_boundary.h>
#include <helix/execution/entry.h>
#include <helix/execution/thread.h>
#include <helix/hal/trap.h>
#include <helix/init/init.h>
#include <helix/interrupts/interrupts.h>
#include <helix/panic/panic.h>

/* Give the CPU away first: a signal may end the thread. */
static void user_return(struct hal_frame *frame)
{
    thread_user_work();
    syscall_user_return(frame);
}

static helix_status set_handlers(void)
{
    static const struct hal_handlers handlers = {
        .syscall = syscall_gateway,
        .fault = syscall_user_fault,
        .fatal = panic_on_fault,
        .irq = interrupts_handle,
        .timer = execution_timer,
        .ipi = execution_ipi,
        .user_return = user_return,
        .preempt = execution_preempt,
        .thread_started = execution_thread_started,
        .cpu_started = execution_cpu_started,
    };
    hal_set_handlers(&handlers);
    return HELIX_OK;
}
INIT_STEP(boot, handlers, .run = set_handlers, .after = HELIX_INIT_NAMES("boot.hal"));
