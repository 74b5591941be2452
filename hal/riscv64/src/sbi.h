/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* The firmware below: SBI 0.2 and later by extension, and what is left of 0.1 where one is missing.
 */

enum sbi_extension {
    SBI_LEGACY_SET_TIMER = 0x00,
    SBI_LEGACY_PUTCHAR = 0x01,
    SBI_LEGACY_SHUTDOWN = 0x08,
    SBI_BASE = 0x10,
    SBI_TIME = 0x54494d45,
    SBI_IPI = 0x735049,
    SBI_RFENCE = 0x52464e43,
    SBI_HSM = 0x48534d,
    SBI_SRST = 0x53525354,
};

struct sbi_result {
    long error; // 0: none
    long value;
};

struct sbi_result hal_sbi_call(u64 extension, u64 function, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4);
bool hal_sbi_has(u64 extension);
void hal_sbi_detect(void); // names what is missing in the log; once, early

/* What the firmware offers; constant after hal_sbi_detect(). */
struct sbi_offers {
    bool time, ipi, rfence, hsm, srst;
    u64 version; // major << 24 | minor
    u64 implementation;
    u64 implementation_version;
};
extern struct sbi_offers hal_sbi;

void hal_sbi_set_timer(u64 at);
void hal_sbi_putchar(char c);

/* The following name CPUs by index. RFENCE's return when all of them have done it. */
void hal_sbi_send_ipi(cpu_mask cpus);
void hal_sbi_remote_fence_i(cpu_mask cpus);
void hal_sbi_remote_sfence(cpu_mask cpus, uintptr_t from, size_t bytes);
void hal_sbi_remote_sfence_asid(cpu_mask cpus, uintptr_t from, size_t bytes, u64 asid);

/* Start the hart of @hart at physical address @at with @argument in a1. False: the firmware would
 * not. */
bool hal_sbi_hart_start(u64 hart, u64 at, u64 argument);

enum sbi_reset {
    SBI_RESET_OFF = 0,
    SBI_RESET_COLD = 1,
};
void hal_sbi_reset(enum sbi_reset kind); // returns when the firmware cannot
