/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "arch.h"

#include <helix/hal/fpu.h>
#include <helix/lib/elf64.h>
#include <helix/lib/string.h>

#include "task/tasks.h"

/* Syndrome of a trapped floating-point exception: bit 23 says that the low ones name it. */
#define SYNDROME_NAMED (1u << 23)

const u16 arch_elf_machine = ELF_MACHINE_AARCH64;
const i32 arch_breakpoint_code = TRAP_BRKPT;

const char *arch_platform(void)
{
    return "aarch64";
}

/* AT_HWCAP's bits, in their order; NULL: what this kernel has not turned on, or offers otherwise.
 */
static const char *const capabilities[] = {
    "fp",      "asimd", NULL,      "aes",   "pmull",    "sha1",   "sha2", "crc32",
    "atomics", "fphp",  "asimdhp", NULL,    "asimdrdm", "jscvt",  "fcma", "lrcpc",
    "dcpop",   "sha3",  "sm3",     "sm4",   "asimddp",  "sha512", NULL,   "asimdfhm",
    "dit",     "uscat", "ilrcpc",  "flagm", "ssbs",     "sb",
};
static const char *const more_capabilities[] = {
    "dcpodp", NULL, NULL, NULL, NULL,   NULL,   NULL,  "flagm2", "frint",
    NULL,     NULL, NULL, NULL, "i8mm", "bf16", "dgh", "rng",
};

/* Is @word among the words of @text? */
static bool has_word(const char *text, const char *word)
{
    const size_t length = strlen(word);
    for (const char *at = text; (at = strstr(at, word)) != NULL; at += length) {
        const bool starts = at == text || at[-1] == ' ';
        if (starts && (at[length] == ' ' || at[length] == '\0'))
            return true;
    }
    return false;
}

static u64 bits_of(const char *const *names, size_t count)
{
    u64 bits = 0;
    for (size_t i = 0; i < count; i++)
        if (names[i] != NULL && has_word(hal_cpu_features(), names[i]))
            bits |= 1ull << i;
    return bits;
}

/* Found out once: two CPUs at once store the same. */
u64 arch_hwcap(void)
{
    static u64 bits; // atomic
    if (unlikely(READ_ONCE(bits) == 0))
        WRITE_ONCE(bits, bits_of(capabilities, array_count(capabilities)));
    return READ_ONCE(bits);
}

u64 arch_hwcap2(void)
{
    static u64 bits; // atomic; bit 63 stands for nothing
    if (unlikely(READ_ONCE(bits) == 0))
        WRITE_ONCE(bits, 1ull << 63 | bits_of(more_capabilities, array_count(more_capabilities)));
    return READ_ONCE(bits) & ~(1ull << 63);
}

/* siginfo, ucontext with its reserved room, and the frame record. */
u64 arch_signal_stack_min(void)
{
    return 5120;
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

/* The most severe first, as Linux does. */
i32 arch_float_code(const struct hal_fault *fault)
{
    const u64 raised = fault->code & SYNDROME_NAMED ? fault->code : 0;
    if (raised & 0x01)
        return FPE_FLTINV;
    if (raised & 0x02)
        return FPE_FLTDIV;
    if (raised & 0x04)
        return FPE_FLTOVF;
    if (raised & 0x08)
        return FPE_FLTUND;
    return raised & 0x10 ? FPE_FLTRES : FPE_FLTINV;
}
