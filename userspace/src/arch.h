/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/userspace/task.h>

/* What userspace/<arch> provides besides signal frames (userspace/signal.h) and its call table
 * (calls.h). */

/* ELF and the auxiliary vector. */
extern const u16 arch_elf_machine;
const char *arch_platform(void); // AT_PLATFORM, NULL: none
u64 arch_hwcap(void);            // AT_HWCAP
u64 arch_hwcap2(void);           // AT_HWCAP2, 0: none
u64 arch_signal_stack_min(void); // AT_MINSIGSTKSZ

/* Registers of a fresh program whose stack pointer points at argc. */
void arch_frame_init_program(struct hal_frame *frame, vaddr entry, vaddr stack);

/* Thread-local storage: a new task copies the running one's bases, or takes @tls (CLONE_SETTLS); a
 * fresh program has none. */
void arch_tls_copy(struct hal_thread *to);
void arch_tls_set(struct hal_thread *thread, u64 tls);
void arch_tls_clear(void);

/* Mark @frame as not in a system call, so that nothing restarts it. */
void arch_frame_leave_syscall(struct hal_frame *frame);

/* SIGTRAP code of a breakpoint instruction. */
extern const i32 arch_breakpoint_code;

/* SIGFPE code of a floating-point fault, from the unit's state and the fault's number. */
i32 arch_float_code(const struct hal_fault *fault);
