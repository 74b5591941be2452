/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/* Numbers that C and assembly share. cpu_local.h and trap.c check the offsets against the
 * structures. */

/* Segments, placed as `syscall` and `sysret` want them and with the values that Linux programs see.
 */
#define SEGMENT_KERNEL_CODE 0x10
#define SEGMENT_KERNEL_DATA 0x18
#define SEGMENT_USER_DATA   0x2b
#define SEGMENT_USER_CODE   0x33
#define SEGMENT_TSS         0x38
#define SEGMENT_COUNT       16

/* struct hal_cpu, through GS. */
#define CPU_CURRENT    0
#define CPU_KERNEL_TOP 16
#define CPU_USER_SP    24

/* struct hal_thread. */
#define THREAD_PREEMPT    0
#define THREAD_WORK       4
#define THREAD_CONTEXT_SP 8
#define THREAD_LANDING    64

/* struct hal_frame. */
#define FRAME_VECTOR 0
#define FRAME_R11    56
#define FRAME_RAX    88
#define FRAME_RCX    96
#define FRAME_RIP    136
#define FRAME_CS     144
#define FRAME_RFLAGS 152
#define FRAME_RSP    160
#define FRAME_BYTES  176

/* struct hal_landing. */
#define LANDING_OUTER     0
#define LANDING_REGISTERS 8
#define LANDING_PREEMPT   168
#define LANDING_IRQ       172

/* struct hal_handlers. */
#define HANDLERS_SYSCALL 0

#define RFLAGS_RESERVED 0x2
#define RFLAGS_CF       0x1
#define RFLAGS_TF       0x100
#define RFLAGS_IF       0x200
#define RFLAGS_DF       0x400
#define RFLAGS_NT       0x4000
#define RFLAGS_RF       0x10000
#define RFLAGS_AC       0x40000

#define MSR_APIC_BASE      0x1b
#define MSR_PAT            0x277
#define MSR_EFER           0xc0000080
#define MSR_STAR           0xc0000081
#define MSR_LSTAR          0xc0000082
#define MSR_FMASK          0xc0000084
#define MSR_FS_BASE        0xc0000100
#define MSR_GS_BASE        0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102
#define MSR_TSC_AUX        0xc0000103

/* Interrupt vectors. */
#define VECTOR_DEVICE_FIRST 0x30
#define VECTOR_SYSCALL      0x80
#define VECTOR_DEVICE_END   0xe0
#define VECTOR_TIMER        0xef
#define VECTOR_IPI_FIRST    0xf0 /* + the kind; glue.h */
#define VECTOR_SPURIOUS     0xff

/* Areas of CPUs; hal/shared/src/smp.h. */
#define SMP_WINDOW_BASE   0xfffffffff0000000ul
#define FAULT_STACKS      3
#define FAULT_STACK_BYTES 8192

/* Stacks for faults that may not trust the current one. Aligned to their size; the first word
 * points to the struct hal_cpu. */
#define IST_STACK_BYTES FAULT_STACK_BYTES
#define IST_NMI         1
#define IST_DOUBLE      2
#define IST_MACHINE     3
#define IST_COUNT       FAULT_STACKS

#define BOOT_STACK_BYTES (5 * 4096) /* the lowest page becomes its guard */
