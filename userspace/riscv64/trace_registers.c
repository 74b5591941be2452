/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Registers of RISC-V as ptrace(2), core files and <sys/user.h> lay them out. */
#include "trace/registers.h"

#include <helix/lib/compiler.h>
#include <helix/lib/string.h>

#define GENERAL_BYTES  offsetof(struct hal_frame, status) // pc and x1 to x31
#define FLOAT_BYTES    264u                               // f0 to f31, fcsr, padding
#define CONTROL_OFFSET 256u

static_assert(GENERAL_BYTES == 256);

const u32 arch_audit = 0xc00000f3;
const bool arch_emulates_calls = false;

void arch_call_begins(struct hal_frame *frame)
{
    (void)frame; // the first argument stays until there is a result
}

/* Number and first argument are taken from the registers again. */
void arch_call_changed(struct hal_frame *frame)
{
    frame->syscall = (i64)frame->a7;
    frame->first_argument = frame->a0;
}

static u32 general_bytes(void)
{
    return GENERAL_BYTES;
}

static void general_get(struct thread *thread, void *to)
{
    memcpy(to, trace_frame(thread), GENERAL_BYTES);
}

/* tp is loaded from the thread, not from the frame, when it runs again. */
static bool general_set(struct thread *thread, const void *from)
{
    struct hal_frame *frame = trace_frame(thread);
    memcpy(frame, from, GENERAL_BYTES);
    hal_thread_set_tls(&thread->hal, frame->tp, 0);
    return true;
}

/* The HAL keeps the same. */
static u32 float_bytes(void)
{
    return FLOAT_BYTES;
}

static void float_get(struct thread *thread, void *to)
{
    memcpy(to, thread->hal.fpu, FLOAT_BYTES);
}

static bool float_set(struct thread *thread, const void *from)
{
    u8 *state = thread->hal.fpu;
    memcpy(state, from, CONTROL_OFFSET + 1); // of the control word only its first byte counts
    return true;
}

const struct trace_registers arch_registers[] = {
    {NT_PRSTATUS, 8, general_bytes, general_get, general_set},
    {NT_PRFPREG, 8, float_bytes, float_get, float_set},
};
const unsigned arch_register_sets = array_count(arch_registers);
