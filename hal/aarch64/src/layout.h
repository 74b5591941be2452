/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/* Numbers that C and assembly share. cpu_local.h and exception.c check the offsets against the
 * structures. */

/* struct hal_cpu, which TPIDR_EL1 points to. */
#define CPU_CURRENT     0
#define CPU_FAULT_STACK 16

/* struct hal_thread. */
#define THREAD_PREEMPT      0
#define THREAD_WORK         4
#define THREAD_CONTEXT_SP   8
#define THREAD_KERNEL_STACK 16
#define THREAD_KERNEL_TOP   24
#define THREAD_LANDING      64

/* struct hal_frame. */
#define FRAME_X8        64
#define FRAME_X30       240
#define FRAME_PC        256
#define FRAME_PSTATE    264
#define FRAME_SYSCALL   272
#define FRAME_ARGUMENT0 280
#define FRAME_BYTES     288

/* struct hal_landing. */
#define LANDING_OUTER     0
#define LANDING_REGISTERS 8
#define LANDING_PREEMPT   168
#define LANDING_IRQ       172

/* struct hal_handlers. */
#define HANDLERS_SYSCALL 0

/* Exception classes of ESR_EL1. */
#define ESR_CLASS_SHIFT 26
#define ESR_CLASS_SVC   0x15

/* What user mode may choose of its PSTATE: NZCV, TCO, DIT, SS, SSBS, BTYPE. */
#define PSTATE_USER       0xf3201c00
#define PSTATE_KERNEL_OFF 0x3c5 /* EL1h, everything masked */
#define PSTATE_IRQ_OFF    0x80
#define PSTATE_PAN        0x400000

/* Areas of CPUs; hal/shared/src/smp.h. Above the modules' arena. */
#define SMP_WINDOW_BASE   0xfffffffff0000000
#define FAULT_STACKS      1
#define FAULT_STACK_BYTES 8192

#define BOOT_STACK_BYTES (5 * 4096) /* the lowest page becomes its guard */

#define SCTLR_MMU    (1 << 0)
#define SCTLR_CACHE  (1 << 2)
#define SCTLR_SA     (1 << 3)
#define SCTLR_SA0    (1 << 4)
#define SCTLR_ICACHE (1 << 12)
#define SCTLR_DZE    (1 << 14)
#define SCTLR_UCT    (1 << 15)
#define SCTLR_NTWI   (1 << 16)
#define SCTLR_NTWE   (1 << 18)
#define SCTLR_UCI    (1 << 26)
/* Bits that are one where the feature that gives them a meaning is missing: EOS, TSCXT, EIS,
 * nTLSMD, LSMAOE. SPAN stays zero, so that entering the kernel sets PAN. */
#define SCTLR_RES1 (1 << 11 | 1 << 20 | 1 << 22 | 1 << 28 | 1 << 29)
#define SCTLR_VALUE                                                                           \
    (SCTLR_RES1 | SCTLR_MMU | SCTLR_CACHE | SCTLR_SA | SCTLR_SA0 | SCTLR_ICACHE | SCTLR_DZE | \
     SCTLR_UCT | SCTLR_NTWI | SCTLR_NTWE | SCTLR_UCI)

/* Memory kinds, by index in MAIR_EL1: normal, device nGnRE, normal without cache. */
#define MAIR_VALUE 0x4404ff

/* 48-bit halves, 4 KB pages, walks through the caches; size of physical addresses, width of ASIDs
 * and what the processor keeps of accessed and dirty are added. */
#define TCR_VALUE \
    (16 | 1 << 8 | 1 << 10 | 3 << 12 | 16 << 16 | 1 << 24 | 1 << 26 | 3 << 28 | 2 << 30)
#define TCR_IPS_SHIFT    32
#define TCR_ASID16_BIT   36
#define TCR_ACCESSED_BIT 39
#define TCR_DIRTY_BIT    40
