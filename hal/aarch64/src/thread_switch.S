/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "layout.h"

    .section .text.thread_switch, "ax", @progbits

/* struct hal_thread *hal_switch_stacks(struct hal_thread *from, struct hal_thread *to): returns @from, on @to's stack. */
    .balign 16
    .globl hal_switch_stacks
    .type hal_switch_stacks, @function
hal_switch_stacks:
    stp     x19, x20, [sp, #-96]!
    stp     x21, x22, [sp, #16]
    stp     x23, x24, [sp, #32]
    stp     x25, x26, [sp, #48]
    stp     x27, x28, [sp, #64]
    stp     x29, x30, [sp, #80]
    mov     x2, sp
    str     x2, [x0, #THREAD_CONTEXT_SP]
    ldr     x2, [x1, #THREAD_CONTEXT_SP]
    mov     sp, x2
    ldp     x21, x22, [sp, #16]
    ldp     x23, x24, [sp, #32]
    ldp     x25, x26, [sp, #48]
    ldp     x27, x28, [sp, #64]
    ldp     x29, x30, [sp, #80]
    ldp     x19, x20, [sp], #96
    ret

/* First code of a new thread, as hal_thread_prepare() laid it out: x19 = entry, x20 = argument. */
    .balign 16
    .globl hal_thread_start
    .type hal_thread_start, @function
hal_thread_start:
    mov     x29, xzr
    mov     x30, xzr
    bl      hal_thread_announce
    msr     daifclr, #7
    mov     x0, x20
    blr     x19
    bl      hal_thread_returned

/* void hal_user_enter_frame(const struct hal_frame *frame): @frame is the thread's own, at the top of its stack; interrupts off. */
    .balign 16
    .globl hal_user_enter_frame
    .type hal_user_enter_frame, @function
hal_user_enter_frame:
    mov     sp, x0
    b       hal_trap_return

/* void hal_fpu_save(void *fpu): control, status, then the 32 registers. */
    .arch_extension fp
    .arch_extension simd
    .balign 16
    .globl hal_fpu_save
    .type hal_fpu_save, @function
hal_fpu_save:
    mrs     x1, fpsr
    mrs     x2, fpcr
    stp     w1, w2, [x0], #16
    stp     q0, q1, [x0]
    stp     q2, q3, [x0, #32]
    stp     q4, q5, [x0, #64]
    stp     q6, q7, [x0, #96]
    stp     q8, q9, [x0, #128]
    stp     q10, q11, [x0, #160]
    stp     q12, q13, [x0, #192]
    stp     q14, q15, [x0, #224]
    stp     q16, q17, [x0, #256]
    stp     q18, q19, [x0, #288]
    stp     q20, q21, [x0, #320]
    stp     q22, q23, [x0, #352]
    stp     q24, q25, [x0, #384]
    stp     q26, q27, [x0, #416]
    stp     q28, q29, [x0, #448]
    stp     q30, q31, [x0, #480]
    ret

/* void hal_fpu_restore(const void *fpu) */
    .balign 16
    .globl hal_fpu_restore
    .type hal_fpu_restore, @function
hal_fpu_restore:
    ldp     w1, w2, [x0], #16
    msr     fpsr, x1
    msr     fpcr, x2
    ldp     q0, q1, [x0]
    ldp     q2, q3, [x0, #32]
    ldp     q4, q5, [x0, #64]
    ldp     q6, q7, [x0, #96]
    ldp     q8, q9, [x0, #128]
    ldp     q10, q11, [x0, #160]
    ldp     q12, q13, [x0, #192]
    ldp     q14, q15, [x0, #224]
    ldp     q16, q17, [x0, #256]
    ldp     q18, q19, [x0, #288]
    ldp     q20, q21, [x0, #320]
    ldp     q22, q23, [x0, #352]
    ldp     q24, q25, [x0, #384]
    ldp     q26, q27, [x0, #416]
    ldp     q28, q29, [x0, #448]
    ldp     q30, q31, [x0, #480]
    ret

    .section .note.GNU-stack, "", @progbits
