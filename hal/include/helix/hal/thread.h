/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

#include <helix/hal/arch/context.h> // struct hal_context: callee-saved state of a switched-out thread

/* Work that waits for a thread's next exit to user mode, or, for RESCHEDULE, for its next
 * preemption point. */
enum hal_work {
    HAL_WORK_RESCHEDULE = 1u << 0, // the scheduler wants this CPU
    HAL_WORK_SIGNAL = 1u << 1,     // a signal may be deliverable
    HAL_WORK_UNWIND = 1u << 2,     // come to the user boundary: stop, checkpoint, exit
    HAL_WORK_STEP = 1u << 3,       // the HAL's own, and no work: see hal_step()
    HAL_WORK_RESTORE = 1u << 4,    // the saved signal mask must be put back
    HAL_WORK_RSEQ = 1u << 5,       // a restartable sequence may have been interrupted
};

/*
 * The HAL's part of a thread. It is the first member of the kernel's struct thread, so that either
 * pointer gives the other.
 *
 * Ownership: the execution subsystem allocates and frees it. context, fpu and tls belong to the
 * HAL; preempt and work are changed by anyone: preempt only by the thread itself, work with atomic
 * operations from any CPU.
 */
struct hal_thread {
    unsigned preempt;           // > 0: this thread is not preempted
    unsigned work;              // enum hal_work bits
    struct hal_context context; // valid while switched out
    uintptr_t kernel_stack;     // lowest mapped address; a guard page lies below
    uintptr_t kernel_top;       // initial stack pointer, 16-byte aligned
    uintptr_t user_tls;         // user TLS base (FS base, TPIDR_EL0, tp)
    uintptr_t user_tls2;        // second base where the architecture has one (GS base), else 0
    void *fpu; // user FPU/SIMD state, hal_fpu_state_size() bytes, 64-aligned; NULL: none
    struct hal_space *space;     // user address space to activate; NULL: keep whatever is active
    struct hal_landing *landing; // innermost guarded call, or NULL
};

/* The running thread's HAL part. Never NULL once hal_init() has run. Constant for the running
 * thread; any context. */
static inline struct hal_thread *hal_current(void);

/*
 * Prepare @thread to start at @entry(@argument) in kernel mode on its own kernel stack, interrupts
 * on, when it is first switched to. The caller has set kernel_stack and kernel_top. The first thing
 * run is hal_handlers.thread_started().
 */
void hal_thread_prepare(struct hal_thread *thread, void (*entry)(void *argument), void *argument);

/*
 * Switch the CPU from @from to @to: kernel context, kernel stack for traps, user FPU state and TLS
 * bases, address space when it differs. Returns in @from when some CPU switches back to it; the
 * value is the thread that was switched away from then.
 *
 * Context: interrupts off, the run-queue lock held across the call by the caller.
 */
struct hal_thread *hal_thread_switch(struct hal_thread *from, struct hal_thread *to);

/*
 * The user TLS bases of @thread, which is the running one or switched out: programs may change them
 * behind the kernel's back, so they are read and written only here once the thread has run.
 */
void hal_thread_set_tls(struct hal_thread *thread, uintptr_t tls, uintptr_t tls2);
void hal_thread_get_tls(struct hal_thread *thread, uintptr_t *tls_out, uintptr_t *tls2_out);

/* Make @thread the running one on this CPU without saving anything: once per CPU, for its idle
 * thread. */
void hal_thread_adopt(struct hal_thread *thread);

#include <helix/hal/arch/thread.h> // hal_current()
