/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The way into the kernel and out of it. Every way in builds a struct hal_frame; a frame from user mode lies at the top of
 * the thread's kernel stack.
 *
 * tp points to this CPU's struct hal_cpu in kernel mode. sscratch holds that pointer while user mode runs and zero while the
 * kernel does, which is how the entry tells where it comes from. The CPU has turned interrupts off.
 *
 * A fault on a kernel stack that ran over cannot use that stack: a stack pointer at its lower end, or a little beyond, goes
 * to the CPU's fault stack.
 */
#include "layout.h"

/* Registers but sp, tp, t0 and t1. */
.macro for_registers op
    \op     ra, 8(sp)
    \op     gp, 24(sp)
    \op     t2, 56(sp)
    \op     s0, 64(sp)
    \op     s1, 72(sp)
    \op     a0, 80(sp)
    \op     a1, 88(sp)
    \op     a2, 96(sp)
    \op     a3, 104(sp)
    \op     a4, 112(sp)
    \op     a5, 120(sp)
    \op     a6, 128(sp)
    \op     a7, 136(sp)
    \op     s2, 144(sp)
    \op     s3, 152(sp)
    \op     s4, 160(sp)
    \op     s5, 168(sp)
    \op     s6, 176(sp)
    \op     s7, 184(sp)
    \op     s8, 192(sp)
    \op     s9, 200(sp)
    \op     s10, 208(sp)
    \op     s11, 216(sp)
    \op     t3, 224(sp)
    \op     t4, 232(sp)
    \op     t5, 240(sp)
    \op     t6, 248(sp)
.endm

/* User memory is out of reach from here on; the frame remembers whether it was open. */
.macro save_rest
    for_registers sd
    li      t0, SSTATUS_SUM | SSTATUS_MXR
    csrrc   t0, sstatus, t0
    csrr    t1, sepc
    csrr    a2, scause
    csrr    a3, stval
    li      a4, -1
    sd      t0, FRAME_STATUS(sp)
    sd      t1, FRAME_PC(sp)
    sd      a2, FRAME_CAUSE(sp)
    sd      a3, FRAME_VALUE(sp)
    sd      a0, FRAME_ARGUMENT(sp)
    sd      a4, FRAME_SYSCALL(sp)
    mv      a0, sp
.endm

    .section .text.trap_entry, "ax", @progbits
    .balign 4
    .globl hal_trap_entry
hal_trap_entry:
    csrrw   tp, sscratch, tp
    bnez    tp, from_user
    csrrw   tp, sscratch, zero
    sd      t0, CPU_SAVED_T0(tp)
    sd      t1, CPU_SAVED_T1(tp)
    ld      t0, CPU_KERNEL_LOW(tp)
    li      t1, OVERRUN_REACH
    sub     t0, sp, t0
    add     t0, t0, t1
    li      t1, OVERRUN_REACH + FRAME_BYTES
    bltu    t0, t1, overrun
    sd      sp, FRAME_SP - FRAME_BYTES(sp)
    addi    sp, sp, -FRAME_BYTES
    ld      t0, CPU_SAVED_T0(tp)
    ld      t1, CPU_SAVED_T1(tp)
    sd      t0, FRAME_T0(sp)
    sd      t1, FRAME_T1(sp)
    save_rest
    call    hal_trap_dispatch
    j       hal_trap_return

from_user:
    sd      sp, CPU_SAVED_SP(tp)
    ld      sp, CPU_KERNEL_TOP(tp)
    addi    sp, sp, -FRAME_BYTES
    sd      t0, FRAME_T0(sp)
    sd      t1, FRAME_T1(sp)
    ld      t0, CPU_SAVED_SP(tp)
    csrrw   t1, sscratch, zero
    sd      t0, FRAME_SP(sp)
    sd      t1, FRAME_TP(sp)
    save_rest
    call    hal_trap_dispatch

    .globl hal_trap_return
hal_trap_return:            /* sp = frame, interrupts off */
    ld      t0, FRAME_STATUS(sp)
    andi    t1, t0, SSTATUS_SPP
    bnez    t1, 1f
    csrw    sscratch, tp
    ld      tp, FRAME_TP(sp)
1:  csrw    sstatus, t0
    ld      t1, FRAME_PC(sp)
    csrw    sepc, t1
    /* A reservation of the interrupted code must not outlive what ran in between. */
    addi    t2, sp, FRAME_PC
    sc.d    zero, t1, (t2)
    for_registers ld
    ld      t0, FRAME_T0(sp)
    ld      t1, FRAME_T1(sp)
    ld      sp, FRAME_SP(sp)
    sret

overrun:
    sd      sp, CPU_SAVED_SP(tp)
    ld      sp, CPU_FAULT_STACK(tp)
    addi    sp, sp, -FRAME_BYTES
    ld      t0, CPU_SAVED_T0(tp)
    ld      t1, CPU_SAVED_T1(tp)
    sd      t0, FRAME_T0(sp)
    sd      t1, FRAME_T1(sp)
    ld      t0, CPU_SAVED_SP(tp)
    sd      t0, FRAME_SP(sp)
    save_rest
    call    hal_trap_overrun
    j       hal_trap_return

    .section .note.GNU-stack, "", @progbits
