/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "layout.h"

    .section .text.landing, "ax", @progbits

/* bool hal_landing_set(struct hal_landing *landing) */
    .balign 16
    .globl hal_landing_set
    .type hal_landing_set, @function
hal_landing_set:
    stp     x19, x20, [x0, #LANDING_REGISTERS]
    stp     x21, x22, [x0, #(LANDING_REGISTERS + 16)]
    stp     x23, x24, [x0, #(LANDING_REGISTERS + 32)]
    stp     x25, x26, [x0, #(LANDING_REGISTERS + 48)]
    stp     x27, x28, [x0, #(LANDING_REGISTERS + 64)]
    stp     x29, x30, [x0, #(LANDING_REGISTERS + 80)]
    mov     x1, sp
    str     x1, [x0, #(LANDING_REGISTERS + 96)]
    mrs     x1, daif
    ubfx    x1, x1, #7, #1
    eor     w1, w1, #1
    strb    w1, [x0, #LANDING_IRQ]
    mrs     x2, sp_el0
    ldr     w1, [x2, #THREAD_PREEMPT]
    str     w1, [x0, #LANDING_PREEMPT]
    ldr     x1, [x2, #THREAD_LANDING]
    str     x1, [x0, #LANDING_OUTER]
    str     x0, [x2, #THREAD_LANDING]
    mov     w0, wzr
    ret

/* void hal_landing_clear(struct hal_landing *landing) */
    .balign 16
    .globl hal_landing_clear
    .type hal_landing_clear, @function
hal_landing_clear:
    ldr     x1, [x0, #LANDING_OUTER]
    mrs     x2, sp_el0
    str     x1, [x2, #THREAD_LANDING]
    ret

/* void hal_landing_resume(const struct hal_landing *landing): the second return of hal_landing_set(). Interrupts off. */
    .balign 16
    .globl hal_landing_resume
    .type hal_landing_resume, @function
hal_landing_resume:
    ldp     x19, x20, [x0, #LANDING_REGISTERS]
    ldp     x21, x22, [x0, #(LANDING_REGISTERS + 16)]
    ldp     x23, x24, [x0, #(LANDING_REGISTERS + 32)]
    ldp     x25, x26, [x0, #(LANDING_REGISTERS + 48)]
    ldp     x27, x28, [x0, #(LANDING_REGISTERS + 64)]
    ldp     x29, x30, [x0, #(LANDING_REGISTERS + 80)]
    ldr     x1, [x0, #(LANDING_REGISTERS + 96)]
    mov     sp, x1
    ldrb    w1, [x0, #LANDING_IRQ]
    mov     w0, #1
    msr     daifclr, #4
    cbz     w1, 1f
    msr     daifclr, #3
1:  ret

    .section .note.GNU-stack, "", @progbits
