/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "layout.h"

/* hal_landing.registers: s0 to s11, sp, ra. */
.macro for_saved op
    \op     s0, LANDING_REGISTERS(a0)
    \op     s1, LANDING_REGISTERS + 8(a0)
    \op     s2, LANDING_REGISTERS + 16(a0)
    \op     s3, LANDING_REGISTERS + 24(a0)
    \op     s4, LANDING_REGISTERS + 32(a0)
    \op     s5, LANDING_REGISTERS + 40(a0)
    \op     s6, LANDING_REGISTERS + 48(a0)
    \op     s7, LANDING_REGISTERS + 56(a0)
    \op     s8, LANDING_REGISTERS + 64(a0)
    \op     s9, LANDING_REGISTERS + 72(a0)
    \op     s10, LANDING_REGISTERS + 80(a0)
    \op     s11, LANDING_REGISTERS + 88(a0)
    \op     sp, LANDING_REGISTERS + 96(a0)
    \op     ra, LANDING_REGISTERS + 104(a0)
.endm

    .section .text.landing, "ax", @progbits

/* bool hal_landing_set(struct hal_landing *landing) */
    .balign 16
    .globl hal_landing_set
    .type hal_landing_set, @function
hal_landing_set:
    for_saved sd
    csrr    t0, sstatus
    srli    t0, t0, 1
    andi    t0, t0, 1
    sb      t0, LANDING_IRQ(a0)
    ld      t1, CPU_CURRENT(tp)
    lw      t0, THREAD_PREEMPT(t1)
    sw      t0, LANDING_PREEMPT(a0)
    ld      t0, THREAD_LANDING(t1)
    sd      t0, LANDING_OUTER(a0)
    sd      a0, THREAD_LANDING(t1)
    li      a0, 0
    ret

/* void hal_landing_clear(struct hal_landing *landing) */
    .balign 16
    .globl hal_landing_clear
    .type hal_landing_clear, @function
hal_landing_clear:
    ld      t0, LANDING_OUTER(a0)
    ld      t1, CPU_CURRENT(tp)
    sd      t0, THREAD_LANDING(t1)
    ret

/* void hal_landing_resume(const struct hal_landing *landing): the second return of hal_landing_set(). Interrupts off. */
    .balign 16
    .globl hal_landing_resume
    .type hal_landing_resume, @function
hal_landing_resume:
    for_saved ld
    lbu     t0, LANDING_IRQ(a0)
    li      a0, 1
    beqz    t0, 1f
    csrsi   sstatus, SSTATUS_SIE
1:  ret

    .section .note.GNU-stack, "", @progbits
