/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "sbi.h"

#include <helix/lib/compiler.h>
#include <helix/lib/log.h>

#include "cpu_local.h"

#define BASE_VERSION        0
#define BASE_IMPLEMENTATION 1
#define BASE_IMPL_VERSION   2
#define BASE_PROBE          3

#define RFENCE_FENCE_I     0
#define RFENCE_SFENCE      1
#define RFENCE_SFENCE_ASID 2

#define HARTS_AT_ONCE 64 // bits of a hart mask

struct sbi_offers hal_sbi;

struct sbi_result hal_sbi_call(u64 extension, u64 function, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4)
{
    register u64 r0 __asm__("a0") = a0;
    register u64 r1 __asm__("a1") = a1;
    register u64 r2 __asm__("a2") = a2;
    register u64 r3 __asm__("a3") = a3;
    register u64 r4 __asm__("a4") = a4;
    register u64 r6 __asm__("a6") = function;
    register u64 r7 __asm__("a7") = extension;
    __asm__ volatile("ecall"
                     : "+r"(r0), "+r"(r1)
                     : "r"(r2), "r"(r3), "r"(r4), "r"(r6), "r"(r7)
                     : "memory");
    return (struct sbi_result){.error = (long)r0, .value = (long)r1};
}

static u64 base_call(u64 function)
{
    struct sbi_result result = hal_sbi_call(SBI_BASE, function, 0, 0, 0, 0, 0);
    return result.error == 0 ? (u64)result.value : 0;
}

/* Version 0.1 has no such call and answers with an error. */
bool hal_sbi_has(u64 extension)
{
    struct sbi_result result = hal_sbi_call(SBI_BASE, BASE_PROBE, extension, 0, 0, 0, 0);
    return result.error == 0 && result.value != 0;
}

void hal_sbi_detect(void)
{
    hal_sbi = (struct sbi_offers){
        .time = hal_sbi_has(SBI_TIME),
        .ipi = hal_sbi_has(SBI_IPI),
        .rfence = hal_sbi_has(SBI_RFENCE),
        .hsm = hal_sbi_has(SBI_HSM),
        .srst = hal_sbi_has(SBI_SRST),
        .version = base_call(BASE_VERSION),
        .implementation = base_call(BASE_IMPLEMENTATION),
        .implementation_version = base_call(BASE_IMPL_VERSION),
    };
}

void hal_sbi_set_timer(u64 at)
{
    if (likely(hal_sbi.time))
        hal_sbi_call(SBI_TIME, 0, at, 0, 0, 0, 0);
    else
        hal_sbi_call(SBI_LEGACY_SET_TIMER, 0, at, 0, 0, 0, 0);
}

void hal_sbi_putchar(char c)
{
    hal_sbi_call(SBI_LEGACY_PUTCHAR, 0, (u8)c, 0, 0, 0, 0);
}

/* Harts are numbered by their makers. Call @extension once for every window of 64 numbers that
 * @cpus lie in: as a rule one. */
static void call_for(cpu_mask cpus, u64 extension, u64 function, u64 a2, u64 a3, u64 a4)
{
    while (cpus != 0) {
        u64 base = hal_cpus[__builtin_ctzll(cpus)]->hardware_id;
        for (cpu_mask left = cpus; left != 0; left &= left - 1)
            base = min(base, hal_cpus[__builtin_ctzll(left)]->hardware_id);
        u64 harts = 0;
        for (cpu_mask left = cpus; left != 0; left &= left - 1) {
            unsigned cpu = (unsigned)__builtin_ctzll(left);
            if (hal_cpus[cpu]->hardware_id - base >= HARTS_AT_ONCE)
                continue;
            harts |= 1ull << (hal_cpus[cpu]->hardware_id - base);
            cpus &= ~CPU_MASK_OF(cpu);
        }
        hal_sbi_call(extension, function, harts, base, a2, a3, a4);
    }
}

void hal_sbi_send_ipi(cpu_mask cpus)
{
    call_for(cpus, SBI_IPI, 0, 0, 0, 0);
}

void hal_sbi_remote_fence_i(cpu_mask cpus)
{
    call_for(cpus, SBI_RFENCE, RFENCE_FENCE_I, 0, 0, 0);
}

void hal_sbi_remote_sfence(cpu_mask cpus, uintptr_t from, size_t bytes)
{
    call_for(cpus, SBI_RFENCE, RFENCE_SFENCE, from, bytes, 0);
}

void hal_sbi_remote_sfence_asid(cpu_mask cpus, uintptr_t from, size_t bytes, u64 asid)
{
    call_for(cpus, SBI_RFENCE, RFENCE_SFENCE_ASID, from, bytes, asid);
}

bool hal_sbi_hart_start(u64 hart, u64 at, u64 argument)
{
    return hal_sbi_call(SBI_HSM, 0, hart, at, argument, 0, 0).error == 0;
}

void hal_sbi_reset(enum sbi_reset kind)
{
    if (hal_sbi.srst)
        hal_sbi_call(SBI_SRST, 0, kind, 0, 0, 0, 0);
    if (kind == SBI_RESET_OFF)
        hal_sbi_call(SBI_LEGACY_SHUTDOWN, 0, 0, 0, 0, 0, 0);
}
