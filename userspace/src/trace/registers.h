/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/execution/thread.h>

/*
 * Registers as debuggers and core files know them: userspace/<arch>. @thread sleeps and cannot be
 * woken (thread_visit_asleep()), or is the running one with its FPU state saved.
 */
#define NT_PRSTATUS        1u
#define NT_PRFPREG         2u
#define NT_X86_XSTATE      0x202u
#define NT_ARM_TLS         0x401u
#define NT_ARM_HW_BREAK    0x402u
#define NT_ARM_HW_WATCH    0x403u
#define NT_ARM_SYSTEM_CALL 0x404u

struct trace_registers {
    u32 type; // NT_*
    u32 unit; // lengths are multiples of it
    u32 (*bytes)(void);
    void (*get)(struct thread *thread, void *to);
    bool (*set)(struct thread *thread, const void *from); // all of them; false: some are not valid
};
extern const struct trace_registers arch_registers[];
extern const unsigned arch_register_sets;

/* The set that a request of this architecture alone is about (PTRACE_GETREGS); 0: there is no such
 * request. */
u32 arch_trace_request(u32 request, bool *set_out);

/* PTRACE_PEEKUSER and POKEUSER. False: no such place. */
bool arch_user_peek(struct thread *thread, u64 offset, u64 *word_out);
bool arch_user_poke(struct thread *thread, u64 offset, u64 word);

/* The tracer is to see a call that has not run yet, and has seen it: it may have changed it. */
void arch_call_begins(struct hal_frame *frame);
void arch_call_changed(struct hal_frame *frame);

extern const u32 arch_audit;           // AUDIT_ARCH_*
extern const bool arch_emulates_calls; // it has PTRACE_SYSEMU

/* The frame that @thread entered the kernel with. */
static inline struct hal_frame *trace_frame(struct thread *thread)
{
    return (struct hal_frame *)thread->hal.kernel_top - 1;
}
