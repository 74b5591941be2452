/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "cpu_local.h"
#include "trap_internal.h"

#include "frame_private.h"

static_assert(offsetof(struct hal_landing, outer) == LANDING_OUTER);
static_assert(offsetof(struct hal_landing, registers) == LANDING_REGISTERS);
static_assert(offsetof(struct hal_landing, preempt) == LANDING_PREEMPT);
static_assert(offsetof(struct hal_landing, irq_enabled) == LANDING_IRQ);

[[noreturn]] void hal_landing_resume(const struct hal_landing *landing);

/* Take @landing off the chain: it lands once. */
static void landing_consume(struct hal_landing *landing, const struct hal_fault *fault,
                            uintptr_t pc)
{
    struct hal_thread *thread = hal_current();
    landing->fault = *fault;
    landing->fault_pc = pc;
    landing->preempt_at_fault = thread->preempt;
    thread->preempt = landing->preempt;
    thread->landing = landing->outer;
}

void hal_landing_take(struct hal_landing *landing, struct hal_frame *frame,
                      const struct hal_fault *fault)
{
    landing_consume(landing, fault, hal_frame_pc(frame));
    frame_divert(frame, (uintptr_t)hal_landing_resume, (uintptr_t)landing);
}

[[noreturn]] void hal_landing_jump(const struct hal_fault *fault)
{
    hal_irq_disable();
    struct hal_landing *landing = hal_current()->landing;
    landing_consume(landing, fault, (uintptr_t)__builtin_return_address(0));
    hal_landing_resume(landing);
}
