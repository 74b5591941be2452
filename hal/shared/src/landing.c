/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "cpu_local.h"
#include "trap_internal.h"

static_assert(offsetof(struct hal_landing, outer) == LANDING_OUTER);
static_assert(offsetof(struct hal_landing, registers) == LANDING_REGISTERS);
static_assert(offsetof(struct hal_landing, preempt) == LANDING_PREEMPT);
static_assert(offsetof(struct hal_landing, irq_enabled) == LANDING_IRQ);

/* Order of hal_landing.registers; landing.S. */
enum landing_register {
    LANDING_RBX,
    LANDING_RBP,
    LANDING_R12,
    LANDING_R13,
    LANDING_R14,
    LANDING_R15,
    LANDING_RSP,
    LANDING_RIP,
};

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
    landing_consume(landing, fault, frame->rip);
    const uintptr_t *saved = landing->registers;
    frame->rbx = saved[LANDING_RBX];
    frame->rbp = saved[LANDING_RBP];
    frame->r12 = saved[LANDING_R12];
    frame->r13 = saved[LANDING_R13];
    frame->r14 = saved[LANDING_R14];
    frame->r15 = saved[LANDING_R15];
    frame->rsp = saved[LANDING_RSP];
    frame->rip = saved[LANDING_RIP];
    frame->rax = true;
    frame->rflags = RFLAGS_RESERVED | (landing->irq_enabled ? RFLAGS_IF : 0);
}

[[noreturn]] void hal_landing_jump(const struct hal_fault *fault)
{
    hal_irq_disable();
    struct hal_landing *landing = hal_current()->landing;
    landing_consume(landing, fault, (uintptr_t)__builtin_return_address(0));
    hal_landing_resume(landing);
}
