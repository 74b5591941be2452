/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "layout.h"

    .section .text.landing, "ax", @progbits

/* bool hal_landing_set(struct hal_landing *landing) */
    .balign 16
    .globl hal_landing_set
    .type hal_landing_set, @function
hal_landing_set:
    movq    %rbx, LANDING_REGISTERS(%rdi)
    movq    %rbp, LANDING_REGISTERS + 8(%rdi)
    movq    %r12, LANDING_REGISTERS + 16(%rdi)
    movq    %r13, LANDING_REGISTERS + 24(%rdi)
    movq    %r14, LANDING_REGISTERS + 32(%rdi)
    movq    %r15, LANDING_REGISTERS + 40(%rdi)
    leaq    8(%rsp), %rax
    movq    %rax, LANDING_REGISTERS + 48(%rdi)
    movq    (%rsp), %rax
    movq    %rax, LANDING_REGISTERS + 56(%rdi)
    pushfq
    popq    %rcx
    shrl    $9, %ecx
    andl    $1, %ecx
    movb    %cl, LANDING_IRQ(%rdi)
    movq    %gs:CPU_CURRENT, %rdx
    movl    THREAD_PREEMPT(%rdx), %eax
    movl    %eax, LANDING_PREEMPT(%rdi)
    movq    THREAD_LANDING(%rdx), %rax
    movq    %rax, LANDING_OUTER(%rdi)
    movq    %rdi, THREAD_LANDING(%rdx)
    xorl    %eax, %eax
    ret

/* void hal_landing_clear(struct hal_landing *landing) */
    .balign 16
    .globl hal_landing_clear
    .type hal_landing_clear, @function
hal_landing_clear:
    movq    LANDING_OUTER(%rdi), %rax
    movq    %gs:CPU_CURRENT, %rdx
    movq    %rax, THREAD_LANDING(%rdx)
    ret

/* void hal_landing_resume(const struct hal_landing *landing): the second return of hal_landing_set(). Interrupts off. */
    .balign 16
    .globl hal_landing_resume
    .type hal_landing_resume, @function
hal_landing_resume:
    movq    LANDING_REGISTERS(%rdi), %rbx
    movq    LANDING_REGISTERS + 8(%rdi), %rbp
    movq    LANDING_REGISTERS + 16(%rdi), %r12
    movq    LANDING_REGISTERS + 24(%rdi), %r13
    movq    LANDING_REGISTERS + 32(%rdi), %r14
    movq    LANDING_REGISTERS + 40(%rdi), %r15
    movq    LANDING_REGISTERS + 48(%rdi), %rsp
    pushq   LANDING_REGISTERS + 56(%rdi)
    movl    $1, %eax
    cmpb    $0, LANDING_IRQ(%rdi)
    je      1f
    sti
1:  ret

    .section .note.GNU-stack, "", @progbits
