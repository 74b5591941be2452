/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "arch.h"
#include "calls.h"
#include "task/tasks.h"

#include <helix/hal/fpu.h>
#include <helix/lib/elf64.h>
#include <helix/lib/string.h>
#include <helix/memory/user_copy.h>

#define CPUID_FEATURES 1u

/* arch_prctl(2) */
#define ARCH_SET_GS    0x1001
#define ARCH_SET_FS    0x1002
#define ARCH_GET_FS    0x1003
#define ARCH_GET_GS    0x1004
#define ARCH_GET_CPUID 0x1011
#define ARCH_SET_CPUID 0x1012

#define MXCSR_OFFSET      24
#define X87_STATUS_OFFSET 2
#define VECTOR_X87        16u

/* The frame's fixed part, the old registers, and the unit's state with its alignment. */
#define SIGNAL_FRAME_BYTES (8 + 304 + 128 + 64 + 128)

const u16 arch_elf_machine = ELF_MACHINE_X86_64;
const i32 arch_breakpoint_code = SI_KERNEL;
extern const u32 arch_restart_number;
const u32 arch_restart_number = 219;

const char *arch_platform(void)
{
    return "x86_64";
}

/* On x86 the word is CPUID's feature bits of EDX. */
u64 arch_hwcap(void)
{
    u32 a = CPUID_FEATURES, b, c = 0, d;
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return d;
}

/* Bit 1: FSGSBASE may be used by programs. CR4 decides, and HAL turns it on wherever CPUID has it.
 */
u64 arch_hwcap2(void)
{
    u32 a = 7, b, c = 0, d;
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return b & 1 ? 2 : 0;
}

u64 arch_signal_stack_min(void)
{
    return SIGNAL_FRAME_BYTES + hal_fpu_state_size();
}

void arch_frame_init_program(struct hal_frame *frame, vaddr entry, vaddr stack)
{
    hal_frame_init_user(frame, entry, stack);
}

void arch_frame_leave_syscall(struct hal_frame *frame)
{
    frame->syscall = -1;
}

void arch_tls_copy(struct hal_thread *to)
{
    hal_thread_get_tls(hal_current(), &to->user_tls, &to->user_tls2);
}

void arch_tls_set(struct hal_thread *thread, u64 tls)
{
    thread->user_tls = tls;
}

void arch_tls_clear(void)
{
    hal_thread_set_tls(hal_current(), 0, 0);
}

/* The first exception that is raised and not masked, in the order of severity that Linux uses. */
static i32 float_code(u32 raised)
{
    if (raised & 0x01)
        return FPE_FLTINV;
    if (raised & 0x04)
        return FPE_FLTDIV;
    if (raised & 0x08)
        return FPE_FLTOVF;
    if (raised & 0x12)
        return FPE_FLTUND;
    return raised & 0x20 ? FPE_FLTRES : FPE_FLTINV;
}

i32 arch_float_code(const struct hal_fault *fault)
{
    u8 *state = hal_current()->fpu;
    u16 control, status;
    u32 mxcsr;
    preempt_disable();
    hal_fpu_save(state);
    preempt_enable();
    memcpy(&control, state, sizeof control);
    memcpy(&status, state + X87_STATUS_OFFSET, sizeof status);
    memcpy(&mxcsr, state + MXCSR_OFFSET, sizeof mxcsr);
    const bool x87 = (u32)(fault->code >> 32) == VECTOR_X87;
    return float_code(x87 ? status & ~(u32)control : mxcsr & ~(mxcsr >> 7));
}

static i64 set_base(u64 base, bool fs)
{
    struct hal_thread *thread = hal_current();
    uintptr_t tls, tls2;
    if (base >= HAL_USER_END)
        return call_error(LINUX_EPERM);
    hal_thread_get_tls(thread, &tls, &tls2);
    if (fs)
        hal_thread_set_tls(thread, base, tls2);
    else
        hal_thread_set_tls(thread, tls, base);
    return 0;
}

static i64 get_base(u64 to, bool fs)
{
    uintptr_t tls, tls2;
    hal_thread_get_tls(hal_current(), &tls, &tls2);
    const u64 base = fs ? tls : tls2;
    return syscall_result(user_copy_out(vaddr_of(to), &base, sizeof base));
}

i64 sys_arch_prctl(const u64 *arguments)
{
    switch (arguments[0]) {
    case ARCH_SET_FS:
        return set_base(arguments[1], true);
    case ARCH_SET_GS:
        return set_base(arguments[1], false);
    case ARCH_GET_FS:
        return get_base(arguments[1], true);
    case ARCH_GET_GS:
        return get_base(arguments[1], false);
    case ARCH_GET_CPUID:
        return 1; // the instruction is never intercepted
    case ARCH_SET_CPUID:
        return arguments[1] ? 0 : call_error(LINUX_ENODEV);
    default:
        return call_error(LINUX_EINVAL);
    }
}

i64 sys_clone(const u64 *arguments)
{
    const u64 flags = arguments[0] & 0xffffffff;
    return task_clone(&(struct clone_request){
        .flags = flags & ~CLONE_EXIT_SIGNAL,
        .exit_signal = (u32)(flags & CLONE_EXIT_SIGNAL),
        .stack = arguments[1],
        .parent_tid = arguments[2],
        .child_tid = arguments[3],
        .pidfd = arguments[2],
        .tls = arguments[4],
    });
}
