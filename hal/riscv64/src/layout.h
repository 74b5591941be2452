/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/* Numbers that C and assembly share. cpu_local.h, trap.c and landing.c check the offsets against
 * the structures. */

/* struct hal_cpu, through tp. */
#define CPU_CURRENT     0
#define CPU_KERNEL_TOP  16
#define CPU_KERNEL_LOW  24
#define CPU_FAULT_STACK 32
#define CPU_SAVED_SP    40
#define CPU_SAVED_T0    48
#define CPU_SAVED_T1    56
#define CPU_CLAIMED     64

/* struct hal_thread. */
#define THREAD_PREEMPT    0
#define THREAD_WORK       4
#define THREAD_CONTEXT_SP 8
#define THREAD_KERNEL_TOP 24
#define THREAD_LANDING    64

/* struct hal_frame: register n at 8 * n, the pc where x0 would be. */
#define FRAME_PC       0
#define FRAME_SP       16
#define FRAME_TP       32
#define FRAME_T0       40
#define FRAME_T1       48
#define FRAME_A0       80
#define FRAME_A7       136
#define FRAME_STATUS   256
#define FRAME_CAUSE    264
#define FRAME_VALUE    272
#define FRAME_ARGUMENT 280
#define FRAME_SYSCALL  288
#define FRAME_BYTES    304

/* struct hal_landing. */
#define LANDING_OUTER     0
#define LANDING_REGISTERS 8
#define LANDING_PREEMPT   168
#define LANDING_IRQ       172

#define SSTATUS_SIE      0x2
#define SSTATUS_SPIE     0x20
#define SSTATUS_SPP      0x100
#define SSTATUS_FS       0x6000 /* two bits: off, initial, clean, dirty */
#define SSTATUS_FS_CLEAN 0x4000
#define SSTATUS_FS_DIRTY 0x6000
#define SSTATUS_SUM      0x40000
#define SSTATUS_MXR      0x80000

#define SATP_SV39       8
#define SATP_SV48       9
#define SATP_MODE_SHIFT 60
#define SATP_ASID_SHIFT 44
#define SATP_ASID_MASK  0xffff

/* Interrupts: bits of sie and sip, and numbers in scause. */
#define IRQ_SOFTWARE 1
#define IRQ_TIMER    5
#define IRQ_EXTERNAL 9

#define IMAGE_OFFSET 0xffffffff00000000

#define BOOT_STACK_BYTES  (5 * 4096) /* the lowest page becomes its guard */
#define FAULT_STACK_BYTES 8192

/* A kernel stack pointer this far below its stack, or nearer, means that the stack ran over. */
#define OVERRUN_REACH 0x10000

/* Areas of the other CPUs: hal/shared/src/smp.h. */
#define SMP_WINDOW_BASE 0xfffffffff0000000ul
#define FAULT_STACKS    1
