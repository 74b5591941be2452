/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Registers of AArch64 as ptrace(2), core files and <sys/user.h> lay them out. */
#include "trace/registers.h"

#include <helix/lib/compiler.h>
#include <helix/lib/string.h>

#define GENERAL_BYTES offsetof(struct hal_frame, syscall) // x0 to x30, sp, pc, pstate
#define VECTOR_BYTES  512u
#define FLOAT_BYTES   528u
#define PSTATE_USER   0xf0000000u // what a debugger may change: NZCV
#define DEBUG_ARCH    0x600u      // of ARMv8.0, with no breakpoint or watchpoint registers

static_assert(GENERAL_BYTES == 272);

const u32 arch_audit = 0xc00000b7;
const bool arch_emulates_calls = true;

void arch_call_begins(struct hal_frame *frame)
{
    (void)frame; // the first argument stays until there is a result
}

void arch_call_changed(struct hal_frame *frame)
{
    frame->argument0 = frame->x[0];
}

static u32 general_bytes(void)
{
    return GENERAL_BYTES;
}

static void general_get(struct thread *thread, void *to)
{
    memcpy(to, trace_frame(thread), GENERAL_BYTES);
}

static bool general_set(struct thread *thread, const void *from)
{
    struct hal_frame *frame = trace_frame(thread);
    const u64 pstate = frame->pstate;
    memcpy(frame, from, GENERAL_BYTES);
    frame->pstate = (pstate & ~(u64)PSTATE_USER) | (frame->pstate & PSTATE_USER);
    return true;
}

/* The HAL's state: both control words, padding, the vectors. */
static u32 float_bytes(void)
{
    return FLOAT_BYTES;
}

static void float_get(struct thread *thread, void *to)
{
    const u8 *state = thread->hal.fpu;
    memset(to, 0, FLOAT_BYTES);
    memcpy(to, state + 16, VECTOR_BYTES);
    memcpy((u8 *)to + VECTOR_BYTES, state, 2 * sizeof(u32));
}

static bool float_set(struct thread *thread, const void *from)
{
    u8 *state = thread->hal.fpu;
    memcpy(state + 16, from, VECTOR_BYTES);
    memcpy(state, (const u8 *)from + VECTOR_BYTES, 2 * sizeof(u32));
    return true;
}

static u32 tls_bytes(void)
{
    return sizeof(u64);
}

static void tls_get(struct thread *thread, void *to)
{
    uintptr_t tls, tls2;
    hal_thread_get_tls(&thread->hal, &tls, &tls2);
    memcpy(to, &tls, sizeof tls);
}

static bool tls_set(struct thread *thread, const void *from)
{
    uintptr_t tls;
    memcpy(&tls, from, sizeof tls);
    hal_thread_set_tls(&thread->hal, tls, 0);
    return true;
}

static u32 call_bytes(void)
{
    return sizeof(i32);
}

static void call_get(struct thread *thread, void *to)
{
    const i32 number = (i32)trace_frame(thread)->syscall;
    memcpy(to, &number, sizeof number);
}

static bool call_set(struct thread *thread, const void *from)
{
    i32 number;
    memcpy(&number, from, sizeof number);
    trace_frame(thread)->syscall = number;
    return true;
}

/* Debuggers ask how many registers there are for it: none. */
static u32 debug_bytes(void)
{
    return sizeof(u64);
}

static void debug_get(struct thread *thread, void *to)
{
    (void)thread;
    const u64 info = DEBUG_ARCH;
    memcpy(to, &info, sizeof info);
}

const struct trace_registers arch_registers[] = {
    {NT_PRSTATUS, 8, general_bytes, general_get, general_set},
    {NT_PRFPREG, 4, float_bytes, float_get, float_set},
    {NT_ARM_TLS, 8, tls_bytes, tls_get, tls_set},
    {NT_ARM_HW_BREAK, 4, debug_bytes, debug_get, NULL},
    {NT_ARM_HW_WATCH, 4, debug_bytes, debug_get, NULL},
    {NT_ARM_SYSTEM_CALL, 4, call_bytes, call_get, call_set},
};
const unsigned arch_register_sets = array_count(arch_registers);
