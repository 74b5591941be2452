/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Registers of x86_64 as ptrace(2), core files and <sys/user.h> lay them out. */
#include "trace/registers.h"

#include <helix/hal/fpu.h>
#include <helix/lib/compiler.h>
#include <helix/lib/string.h>

#define PTRACE_GETREGS   12u
#define PTRACE_SETREGS   13u
#define PTRACE_GETFPREGS 14u
#define PTRACE_SETFPREGS 15u

#define LEGACY_FPU_BYTES  512u
#define COMPONENTS_OFFSET 464u // of the mask that tells debuggers the area's layout
#define PRESENT_OFFSET    512u // XSTATE_BV
#define X87_BYTES         160u // control words and stack, before the vector registers
#define CONTROL_START     0x037f
#define VECTORS_AT        160u
#define VECTORS_BYTES     256u

#define CODE_SEGMENT 0x33u // what Linux has there
#define DATA_SEGMENT 0x2bu
#define RFLAGS_USER  0x54dd5u // what a debugger may change: CF PF AF ZF SF TF DF OF RF AC NT

#define DEBUG_OFFSET 848u // struct user.u_debugreg
#define DEBUG_BYTES  64u
#define USER_BYTES   928u

/* struct user_regs_struct. */
struct user_registers {
    u64 r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
    i64 syscall;
    u64 rip, cs, rflags, rsp, ss, fs_base, gs_base, ds, es, fs, gs;
};
static_assert(sizeof(struct user_registers) == 216);
#define FRAME_PART_BYTES offsetof(struct user_registers, fs_base)
static_assert(sizeof(struct hal_frame) - offsetof(struct hal_frame, r15) == FRAME_PART_BYTES);

const u32 arch_audit = 0xc000003e;
const bool arch_emulates_calls = true;
/* Until it has a result it has none. */
void arch_call_begins(struct hal_frame *frame)
{
    hal_frame_set_syscall_result(frame, -38);
}

void arch_call_changed(struct hal_frame *frame)
{
    (void)frame; // number and arguments are read after this
}

static u32 general_bytes(void)
{
    return sizeof(struct user_registers);
}

static void general_get(struct thread *thread, void *to)
{
    struct user_registers *out = to;
    uintptr_t tls, tls2;
    hal_thread_get_tls(&thread->hal, &tls, &tls2);
    memset(out, 0, sizeof *out);
    memcpy(out, &trace_frame(thread)->r15, FRAME_PART_BYTES);
    out->cs = CODE_SEGMENT;
    out->ss = DATA_SEGMENT;
    out->fs_base = tls;
    out->gs_base = tls2;
}

static bool is_user_selector(u64 selector)
{
    return selector <= UINT16_MAX && (selector == 0 || (selector & 3) == 3);
}

static bool general_set(struct thread *thread, const void *from)
{
    const struct user_registers *in = from;
    struct hal_frame *frame = trace_frame(thread);
    if (in->fs_base >= HAL_USER_END || in->gs_base >= HAL_USER_END || (in->cs & 3) != 3 ||
        (in->ss & 3) != 3 || !is_user_selector(in->ds) || !is_user_selector(in->es) ||
        !is_user_selector(in->fs) || !is_user_selector(in->gs))
        return false;
    const struct hal_frame old = *frame;
    memcpy(&frame->r15, in, FRAME_PART_BYTES);
    frame->cs = old.cs;
    frame->ss = old.ss;
    frame->rflags = (old.rflags & ~(u64)RFLAGS_USER) | (in->rflags & RFLAGS_USER);
    hal_thread_set_tls(&thread->hal, in->fs_base, in->gs_base);
    return true;
}

static bool has_extended_state(void)
{
    return hal_fpu_state_size() > LEGACY_FPU_BYTES;
}

static u64 present(const u8 *state)
{
    u64 bits;
    memcpy(&bits, state + PRESENT_OFFSET, sizeof bits);
    return bits;
}

/* XSAVE leaves out what is as at the start; debuggers see it all the same. */
static void fill_initial(u8 *state, u64 bits)
{
    const u16 control = CONTROL_START;
    if (!(bits & 1)) {
        memset(state, 0, 24);
        memset(state + 32, 0, X87_BYTES - 32);
        memcpy(state, &control, sizeof control);
    }
    if (!(bits & 2))
        memset(state + VECTORS_AT, 0, VECTORS_BYTES);
}

static u32 legacy_bytes(void)
{
    return LEGACY_FPU_BYTES;
}

static void legacy_get(struct thread *thread, void *to)
{
    memcpy(to, thread->hal.fpu, LEGACY_FPU_BYTES);
    if (has_extended_state())
        fill_initial(to, present(thread->hal.fpu));
}

static bool legacy_set(struct thread *thread, const void *from)
{
    u8 *state = thread->hal.fpu;
    u8 kept[LEGACY_FPU_BYTES];
    memcpy(kept, state, sizeof kept);
    memcpy(state, from, LEGACY_FPU_BYTES);
    if (!hal_fpu_validate(state)) {
        memcpy(state, kept, sizeof kept);
        return false;
    }
    if (has_extended_state()) {
        const u64 bits = present(state) | 3;
        memcpy(state + PRESENT_OFFSET, &bits, sizeof bits);
    }
    return true;
}

static u32 extended_bytes(void)
{
    return (u32)hal_fpu_state_size();
}

static u64 enabled_components(void)
{
    u32 low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (u64)high << 32 | low;
}

static void extended_get(struct thread *thread, void *to)
{
    memcpy(to, thread->hal.fpu, hal_fpu_state_size());
    if (!has_extended_state())
        return;
    const u64 components = enabled_components();
    fill_initial(to, present(thread->hal.fpu));
    memset((u8 *)to + COMPONENTS_OFFSET, 0, LEGACY_FPU_BYTES - COMPONENTS_OFFSET);
    memcpy((u8 *)to + COMPONENTS_OFFSET, &components, sizeof components);
}

static bool extended_set(struct thread *thread, const void *from)
{
    if (!hal_fpu_validate((void *)(uintptr_t)from))
        return false;
    memcpy(thread->hal.fpu, from, hal_fpu_state_size());
    return true;
}

const struct trace_registers arch_registers[] = {
    {NT_PRSTATUS, 8, general_bytes, general_get, general_set},
    {NT_PRFPREG, 8, legacy_bytes, legacy_get, legacy_set},
    {NT_X86_XSTATE, 8, extended_bytes, extended_get, extended_set},
};
const unsigned arch_register_sets = array_count(arch_registers);

u32 arch_trace_request(u32 request, bool *set_out)
{
    *set_out = request == PTRACE_SETREGS || request == PTRACE_SETFPREGS;
    if (request == PTRACE_GETREGS || request == PTRACE_SETREGS)
        return NT_PRSTATUS;
    return request == PTRACE_GETFPREGS || request == PTRACE_SETFPREGS ? NT_PRFPREG : 0;
}

/* Of struct user only the registers are there; the debug registers are all off. */
bool arch_user_peek(struct thread *thread, u64 offset, u64 *word_out)
{
    struct user_registers registers;
    if (offset % sizeof(u64) != 0 || offset >= USER_BYTES)
        return false;
    *word_out = 0;
    if (offset < sizeof registers) {
        general_get(thread, &registers);
        memcpy(word_out, (u8 *)&registers + offset, sizeof *word_out);
    }
    return true;
}

bool arch_user_poke(struct thread *thread, u64 offset, u64 word)
{
    struct user_registers registers;
    if (offset % sizeof(u64) != 0 || offset >= USER_BYTES)
        return false;
    if (offset >= sizeof registers)
        return offset >= DEBUG_OFFSET && offset < DEBUG_OFFSET + DEBUG_BYTES && word == 0;
    general_get(thread, &registers);
    memcpy((u8 *)&registers + offset, &word, sizeof word);
    return general_set(thread, &registers);
}
