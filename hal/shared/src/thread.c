/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/thread.h>

#include <helix/hal/fpu.h>
#include <helix/hal/mmu.h>
#include <helix/lib/assert.h>

#include "cpu_local.h"
#include "frame_private.h"
#include "thread_private.h"
#include "trap_internal.h"

struct hal_thread *hal_switch_stacks(struct hal_thread *from, struct hal_thread *to);
void hal_thread_announce(void);
[[noreturn]] void hal_thread_returned(void);
[[noreturn]] void hal_user_enter_frame(const struct hal_frame *frame);

void hal_thread_prepare(struct hal_thread *thread, void (*entry)(void *argument), void *argument)
{
    // The top is left to the frame of a user thread: hal_user_enter() writes it while its callers'
    // frames are still in use.
    const uintptr_t top = align_down(thread->kernel_top - sizeof(struct hal_frame), 16);
    thread_first_context(thread, top, (uintptr_t)entry, (uintptr_t)argument);
}

void hal_thread_announce(void)
{
    hal_handlers_table.thread_started();
}

void hal_thread_returned(void)
{
    helix_panic("a kernel thread returned from its entry");
}

void hal_thread_set_tls(struct hal_thread *thread, uintptr_t tls, uintptr_t tls2)
{
    struct irq_key key = hal_irq_save();
    thread->user_tls = tls;
    thread->user_tls2 = tls2;
    if (thread == hal_current())
        thread_tls_load(thread);
    hal_irq_restore(key);
}

void hal_thread_get_tls(struct hal_thread *thread, uintptr_t *tls_out, uintptr_t *tls2_out)
{
    struct irq_key key = hal_irq_save();
    if (thread == hal_current())
        thread_tls_save(thread);
    *tls_out = thread->user_tls;
    *tls2_out = thread->user_tls2;
    hal_irq_restore(key);
}

/* A thread without FPU state never returns to user mode, so the bases and registers of the last
 * user thread may stay. */
struct hal_thread *hal_thread_switch(struct hal_thread *from, struct hal_thread *to)
{
    if (from->fpu != NULL) {
        thread_tls_save(from);
        hal_fpu_save(from->fpu);
    }
    thread_cpu_take(cpu_local(), to);
    if (to->space != NULL)
        hal_space_activate(to->space);
    if (to->fpu != NULL) {
        thread_tls_load(to);
        hal_fpu_restore(to->fpu);
    }
    return hal_switch_stacks(from, to);
}

void hal_thread_adopt(struct hal_thread *thread)
{
    struct irq_key key = hal_irq_save();
    thread_cpu_take(cpu_local(), thread);
    hal_irq_restore(key);
}

[[noreturn]] void hal_user_enter(const struct hal_frame *frame)
{
    struct hal_frame *own = hal_current_frame();
    hal_irq_disable(); // a switch in between would save what the frame has for a base
    *own = *frame;
    thread_tls_load(hal_current());
    hal_user_leave(own);
    hal_user_enter_frame(own);
}

unsigned hal_backtrace(uintptr_t fp, uintptr_t *out, unsigned most)
{
    const struct hal_thread *thread = hal_current();
    unsigned count = 0;
    uintptr_t low = thread->kernel_stack;
    while (count < most && fp >= low && fp % sizeof(uintptr_t) == 0 && fp <= thread->kernel_top) {
        const struct frame_record *record = frame_record_at(fp);
        if ((uintptr_t)record < low || (uintptr_t)(record + 1) > thread->kernel_top ||
            record->pc == 0)
            break;
        out[count++] = record->pc;
        low = fp + 1; // only outward, so a damaged chain ends
        fp = record->outer;
    }
    return count;
}
