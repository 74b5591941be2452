/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "arch.h"
#include "calls.h"
#include "task/tasks.h"

#include <helix/hal/fpu.h>
#include <helix/hal/mmu.h>
#include <helix/lib/elf64.h>

/* riscv_flush_icache(2): for the calling thread's CPU only. */
#define FLUSH_LOCAL 1u

i64 sys_riscv_flush_icache(const u64 *arguments);

const u16 arch_elf_machine = ELF_MACHINE_RISCV;
const i32 arch_breakpoint_code = TRAP_BRKPT;

const char *arch_platform(void)
{
    return NULL; // as Linux: libraries are not looked for by it
}

/* A bit for each single-letter extension, of those that programs may use. */
static u64 letters(void)
{
    static const char known[] = "imafdc";
    u64 bits = 0;
    for (const char *at = hal_cpu_features(); *at != '\0'; at++) {
        const bool alone = at[1] == ' ' || at[1] == '\0';
        for (const char *k = known; alone && *k != '\0'; k++)
            if (*at == *k)
                bits |= 1ull << (*k - 'a');
        while (*at != ' ' && at[1] != '\0')
            at++;
    }
    return bits;
}

/* Found out once: two CPUs at once store the same. */
u64 arch_hwcap(void)
{
    static u64 bits; // atomic
    if (unlikely(READ_ONCE(bits) == 0))
        WRITE_ONCE(bits, letters());
    return READ_ONCE(bits);
}

u64 arch_hwcap2(void)
{
    return 0;
}

u64 arch_signal_stack_min(void)
{
    return 2048;
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

/* Floating-point exceptions raise flags here, and never trap. */
i32 arch_float_code(const struct hal_fault *fault)
{
    (void)fault;
    return FPE_FLTINV;
}

i64 sys_riscv_flush_icache(const u64 *arguments)
{
    if (arguments[2] & ~(u64)FLUSH_LOCAL)
        return call_error(LINUX_EINVAL);
    hal_sync_code(vaddr_of(arguments[0]), arguments[1] - arguments[0]);
    return 0;
}
