/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "syscall_setup.h"

#include "exception.h"
#include "layout.h"
#include "machine.h"

/* sysret takes SS from this base + 8 and CS from it + 16. */
#define SYSRET_BASE ((u64)(SEGMENT_USER_CODE - 16))

void hal_syscall_enable(void)
{
    msr_write(MSR_STAR, SYSRET_BASE << 48 | (u64)SEGMENT_KERNEL_CODE << 32);
    msr_write(MSR_LSTAR, (u64)hal_syscall_entry);
    msr_write(MSR_FMASK, RFLAGS_IF | RFLAGS_TF | RFLAGS_DF | RFLAGS_NT | RFLAGS_AC | RFLAGS_RF);
}
