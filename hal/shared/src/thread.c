/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/thread.h>

#include <helix/hal/fpu.h>
#include <helix/hal/mmu.h>
#include <helix/lib/assert.h>

#include "cpu_local.h"
#include "features.h"
#include "machine.h"
#include "trap_internal.h"

/* What hal_switch_stacks() finds on the stack of a thread that has never run. */
struct first_frame {
    uintptr_t r15, r14, r13, r12, rbx, rbp;
    uintptr_t pc;
    uintptr_t end; // a zero return address ends backtraces
};

struct hal_thread *hal_switch_stacks(struct hal_thread *from, struct hal_thread *to);
void hal_thread_start(void);
void hal_thread_announce(void);
[[noreturn]] void hal_thread_returned(void);
[[noreturn]] void hal_user_enter_frame(const struct hal_frame *frame);

void hal_thread_prepare(struct hal_thread *thread, void (*entry)(void *argument), void *argument)
{
    // The top is left to the frame of a user thread: hal_user_enter() writes it while its callers'
    // frames are still in use.
    const uintptr_t top = align_down(thread->kernel_top - sizeof(struct hal_frame), 16);
    struct first_frame *frame = (struct first_frame *)top - 1;
    *frame = (struct first_frame){
        .r12 = (uintptr_t)entry,
        .r13 = (uintptr_t)argument,
        .pc = (uintptr_t)hal_thread_start,
    };
    thread->context.sp = (uintptr_t)frame;
}

void hal_thread_announce(void)
{
    hal_handlers_table.thread_started();
}

void hal_thread_returned(void)
{
    helix_panic("a kernel thread returned from its entry");
}

static inline uintptr_t fs_base_read(void)
{
    uintptr_t base;
    __asm__ volatile("rdfsbase %0" : "=r"(base));
    return base;
}

static inline void fs_base_write(uintptr_t base)
{
    __asm__ volatile("wrfsbase %0" : : "r"(base));
}

/* With FSGSBASE the program changes its bases itself; without it only hal_thread_set_tls() does. */
static void tls_save(struct hal_thread *thread)
{
    if (!hal_features.fsgsbase)
        return;
    thread->user_tls = fs_base_read();
    thread->user_tls2 = msr_read(MSR_KERNEL_GS_BASE);
}

static void tls_load(const struct hal_thread *thread)
{
    if (hal_features.fsgsbase)
        fs_base_write(thread->user_tls);
    else
        msr_write(MSR_FS_BASE, thread->user_tls);
    msr_write(MSR_KERNEL_GS_BASE, thread->user_tls2);
}

void hal_thread_set_tls(struct hal_thread *thread, uintptr_t tls, uintptr_t tls2)
{
    struct irq_key key = hal_irq_save();
    thread->user_tls = tls;
    thread->user_tls2 = tls2;
    if (thread == hal_current())
        tls_load(thread);
    hal_irq_restore(key);
}

void hal_thread_get_tls(struct hal_thread *thread, uintptr_t *tls_out, uintptr_t *tls2_out)
{
    struct irq_key key = hal_irq_save();
    if (thread == hal_current())
        tls_save(thread);
    *tls_out = thread->user_tls;
    *tls2_out = thread->user_tls2;
    hal_irq_restore(key);
}

static void cpu_take(struct hal_cpu *cpu, struct hal_thread *thread)
{
    cpu->current = thread;
    cpu->kernel_top = thread->kernel_top;
    cpu->tss.stack[0] = thread->kernel_top;
}

/* A thread without FPU state never returns to user mode, so the bases and registers of the last
 * user thread may stay. */
struct hal_thread *hal_thread_switch(struct hal_thread *from, struct hal_thread *to)
{
    if (from->fpu != NULL) {
        tls_save(from);
        hal_fpu_save(from->fpu);
    }
    cpu_take(cpu_local(), to);
    if (to->space != NULL)
        hal_space_activate(to->space);
    if (to->fpu != NULL) {
        tls_load(to);
        hal_fpu_restore(to->fpu);
    }
    return hal_switch_stacks(from, to);
}

void hal_thread_adopt(struct hal_thread *thread)
{
    struct irq_key key = hal_irq_save();
    cpu_take(cpu_local(), thread);
    hal_irq_restore(key);
}

[[noreturn]] void hal_user_enter(const struct hal_frame *frame)
{
    struct hal_frame *own = hal_current_frame();
    *own = *frame;
    hal_user_leave(own);
    hal_user_enter_frame(own);
}

unsigned hal_backtrace(uintptr_t fp, uintptr_t *out, unsigned most)
{
    const struct hal_thread *thread = hal_current();
    unsigned count = 0;
    uintptr_t low = thread->kernel_stack;
    while (count < most && fp >= low && fp % sizeof(uintptr_t) == 0 &&
           fp + 2 * sizeof(uintptr_t) <= thread->kernel_top) {
        const uintptr_t *frame = (const uintptr_t *)fp;
        if (frame[1] == 0)
            break;
        out[count++] = frame[1];
        low = fp + 1; // only outward, so a damaged chain ends
        fp = frame[0];
    }
    return count;
}
