/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>
#include <helix/hal/cpu.h>

#include <helix/hal/arch/frame.h> // struct hal_frame and its accessors, listed below

/*
 * Every trap saves the interrupted registers in a struct hal_frame on the kernel stack. Upper
 * layers reach it through these accessors (static inline in arch/frame.h); only userspace/<arch>
 * looks inside.
 *
 *   uintptr_t hal_frame_pc(const struct hal_frame *);          void hal_frame_set_pc(struct
 * hal_frame *, uintptr_t); uintptr_t hal_frame_sp(const struct hal_frame *);          void
 * hal_frame_set_sp(struct hal_frame *, uintptr_t); uintptr_t hal_frame_fp(const struct hal_frame
 * *);          // frame pointer, for backtraces bool      hal_frame_is_user(const struct hal_frame
 * *); u64       hal_frame_syscall_number(const struct hal_frame *); u64
 * hal_frame_syscall_argument(const struct hal_frame *, unsigned n);   // n: 0 to 5 void
 * hal_frame_set_syscall_result(struct hal_frame *, i64); i64       hal_frame_syscall_result(const
 * struct hal_frame *); void      hal_frame_restart_syscall(struct hal_frame *, u64 number); // runs
 * the call again, as number, on return to user
 */
struct hal_frame;

/* Address in the user half; anything else is the kernel's. Lowest and one past the highest user
 * address. */
#define HAL_USER_MIN HAL_ARCH_USER_MIN
#define HAL_USER_END HAL_ARCH_USER_END

enum hal_fault_kind {
    HAL_FAULT_PAGE,    // no mapping, or rights missing: address and access are set
    HAL_FAULT_GENERAL, // protection violation without an address
    HAL_FAULT_ILLEGAL, // instruction not known or not allowed
    HAL_FAULT_DIVIDE,
    HAL_FAULT_FLOAT,
    HAL_FAULT_ALIGNMENT,
    HAL_FAULT_BREAKPOINT,
    HAL_FAULT_STEP,
    HAL_FAULT_OVERFLOW,
    HAL_FAULT_MACHINE, // hardware error
    HAL_FAULT_DOUBLE,  // fault inside a fault, or kernel stack overflow
    HAL_FAULT_NMI,
};

enum hal_access {
    HAL_ACCESS_READ = 1u << 0,
    HAL_ACCESS_WRITE = 1u << 1,
    HAL_ACCESS_EXEC = 1u << 2,
    HAL_ACCESS_USER = 1u << 3,    // user mode did it
    HAL_ACCESS_PRESENT = 1u << 4, // the page is mapped; rights were missing
};

struct hal_fault {
    enum hal_fault_kind kind;
    unsigned access; // enum hal_access bits, HAL_FAULT_PAGE only
    vaddr address;
    u64 code; // the architecture's own number, for messages
};

/*
 * What the HAL calls upward. All set, once, before interrupts are enabled; default entries panic.
 */
struct hal_handlers {
    /* A system call from user mode. Interrupts on. The handler sets the result in the frame. */
    void (*syscall)(struct hal_frame *frame);

    /*
     * A fault. Interrupts on when the interrupted code had them on. Return true to resume. After
     * false: in kernel mode the HAL tries its user-copy fix-ups, then current->landing, then calls
     * fatal().
     */
    bool (*fault)(struct hal_frame *frame, const struct hal_fault *fault);

    /* Nothing can handle it: panic. */
    void (*fatal)(struct hal_frame *frame, const struct hal_fault *fault);

    void (*irq)(
        unsigned line);  // device interrupt, interrupts off; the HAL acknowledges it afterwards
    void (*timer)(void); // this CPU's deadline passed, interrupts off
    void (*ipi)(enum hal_ipi ipi);                // interrupts off
    void (*user_return)(struct hal_frame *frame); // work != 0 before a return to user mode;
                                                  // interrupts on; called again while work != 0
    void (*preempt)(
        void); // kernel interrupt exit with preempt == 0 and RESCHEDULE set; interrupts off
    void (*thread_started)(
        void); // first code of a new thread, interrupts off: release the run-queue lock
    void (*cpu_started)(unsigned cpu); // a secondary CPU arrives; never returns
};

void hal_set_handlers(const struct hal_handlers *handlers);

/*
 * Leave the kernel for user mode with the registers of @frame; the frame is copied to the top of
 * the current kernel stack. For exec and for the first run of a new user thread.
 */
[[noreturn]] void hal_user_enter(const struct hal_frame *frame);

/*
 * From now on the running thread's program faults with HAL_FAULT_STEP after each instruction, or
 * does so no more. Nothing of it is left in the thread's frame once it is off. Does nothing where
 * hal_can_step is false: the machine has no such thing.
 */
void hal_step(bool on);
extern const bool hal_can_step;

/* A frame for a fresh program: registers zero, interrupts on in user mode. */
void hal_frame_init_user(struct hal_frame *frame, vaddr entry, vaddr stack);

/* The frame that the running user thread entered the kernel with: at a fixed place on its kernel
 * stack. */
static inline struct hal_frame *hal_current_frame(void);

/*
 * Landing points. hal_landing_set() records where the kernel stands and returns false; a later
 * fault that nothing resolves, before hal_landing_clear(), makes it return a second time, with
 * true, on the same stack. Nested landings keep a chain through hal_thread.landing. Cost: about 15
 * instructions. Locals changed in between are indeterminate after the second return unless
 * volatile.
 *
 * The gate decides what a landing means, and checks the locks that were taken inside.
 */
struct hal_landing {
    struct hal_landing *outer;
    uintptr_t registers[16]; // private to the HAL: callee-saved registers, stack, return address
    struct hal_fault fault;  // filled when a fault lands here
    uintptr_t fault_pc;
    unsigned preempt;          // the thread's preempt count on entry, put back on landing
    bool irq_enabled;          // interrupt state on entry, put back on landing
    unsigned preempt_at_fault; // the count where the fault happened: higher than preempt while a
                               // spinlock is held
};

__attribute__((returns_twice)) bool hal_landing_set(struct hal_landing *landing);
void hal_landing_clear(struct hal_landing *landing);

/* Land at current->landing now, as a fault would: for assertions that fail inside a module. There
 * must be one. */
[[noreturn]] void hal_landing_jump(const struct hal_fault *fault);

/*
 * Fill @out with up to @most return addresses, innermost first, following frame pointers from @fp
 * inside the current kernel stack only; never faults. Returns how many.
 */
unsigned hal_backtrace(uintptr_t fp, uintptr_t *out, unsigned most);

/* Write the registers of @frame as text lines through @line. */
void hal_frame_print(const struct hal_frame *frame, void (*line)(const char *text));
