/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* What happens in a trap once the architecture has said what it is. */
#include <helix/hal_shared/glue.h>

#include "frame_private.h"
#include "page_table.h"
#include "trap_internal.h"

/*
 * Ask the upper layer. A fault in its own code is not the interrupted module's, so no landing point
 * counts meanwhile. Interrupts are as in the interrupted code.
 */
static bool ask_handler(struct hal_frame *frame, const struct hal_fault *fault)
{
    struct hal_thread *thread = hal_current();
    struct hal_landing *landing = thread->landing;
    thread->landing = NULL;
    if (frame_irq_on(frame))
        hal_irq_enable();
    bool resolved = hal_handlers_table.fault(frame, fault);
    hal_irq_disable();
    thread->landing = landing;
    return resolved;
}

[[noreturn]] void hal_trap_die(struct hal_frame *frame, const struct hal_fault *fault)
{
    hal_handlers_table.fatal(frame, fault);
    hal_cpu_halt();
}

void hal_trap_land(struct hal_frame *frame, const struct hal_fault *fault)
{
    struct hal_landing *landing = hal_current()->landing;
    if (landing == NULL)
        hal_trap_die(frame, fault);
    hal_landing_take(landing, frame, fault);
}

/* Probes of registers and host calls that may not be there go on at their fix-up, like user copies.
 */
static bool go_on_at_fixup(struct hal_frame *frame)
{
    uintptr_t fixup = hal_user_access_fixup(hal_frame_pc(frame));
    if (fixup == 0)
        return false;
    hal_frame_set_pc(frame, fixup);
    return true;
}

/* A kernel access to a user address: only the user-copy functions may, and only where sleeping is
 * allowed. */
static void fault_on_user_address(struct hal_frame *frame, const struct hal_fault *fault)
{
    uintptr_t fixup = hal_user_access_fixup(hal_frame_pc(frame));
    if (fixup == 0) {
        hal_trap_land(frame, fault);
        return;
    }
    bool may_sleep = frame_irq_on(frame) && hal_current()->preempt == 0;
    if (!may_sleep || !ask_handler(frame, fault))
        hal_frame_set_pc(frame, fixup);
}

static void fault_in_kernel(struct hal_frame *frame, const struct hal_fault *fault)
{
    if (fault->kind == HAL_FAULT_PAGE && fault->address.raw < HAL_USER_END) {
        fault_on_user_address(frame, fault);
        return;
    }
    if (fault->kind != HAL_FAULT_PAGE && go_on_at_fixup(frame))
        return;
    if (!ask_handler(frame, fault))
        hal_trap_land(frame, fault);
}

void hal_trap_fault(struct hal_frame *frame, const struct hal_fault *fault)
{
    if (fault->kind == HAL_FAULT_PAGE && page_fault_is_ours(fault))
        return;
    if (!hal_frame_is_user(frame))
        fault_in_kernel(frame, fault);
    else if (!ask_handler(frame, fault))
        hal_trap_die(frame, fault);
}

/* Preemption point: the interrupted kernel code neither holds a lock nor has interrupts off. */
static void preempt_on_exit(const struct hal_frame *frame)
{
    struct hal_thread *thread = hal_current();
    if (likely(!(READ_ONCE(thread->work) & HAL_WORK_RESCHEDULE)) || thread->preempt != 0 ||
        !frame_irq_on(frame))
        return;
    struct hal_landing *landing = thread->landing;
    thread->landing = NULL;
    hal_handlers_table.preempt();
    thread->landing = landing;
}

void hal_preempt_now(void)
{
    hal_irq_disable();
    hal_handlers_table.preempt();
    hal_irq_enable();
}

/* The landing point of the interrupted thread is no business of an interrupt handler. */
void hal_trap_interrupt(struct hal_frame *frame, void (*dispatch)(unsigned number), unsigned number)
{
    struct hal_thread *thread = hal_current();
    struct hal_landing *landing = thread->landing;
    thread->landing = NULL;
    thread->preempt++;
    unsigned locks = hal_lock_check_enter();
    dispatch(number);
    hal_lock_check_leave(locks);
    thread->preempt--;
    thread->landing = landing;
    if (!hal_frame_is_user(frame))
        preempt_on_exit(frame);
}

void hal_trap_work(struct hal_frame *frame)
{
    for (;;) {
        hal_irq_disable();
        if (likely((READ_ONCE(hal_current()->work) & ~(unsigned)HAL_WORK_STEP) == 0))
            break;
        hal_irq_enable();
        hal_handlers_table.user_return(frame);
    }
}
