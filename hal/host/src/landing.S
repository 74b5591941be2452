/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * bool hal_landing_set(struct hal_landing *): rbx rbp r12-r15, the stack as it is after the return, and the return address go to
 * landing->registers (offset 8). hal_host_landing_resume() brings them back and returns true from the same place.
 */
    .text
    .globl hal_landing_set
    .type hal_landing_set, @function
hal_landing_set:
    movq %rbx, 8(%rdi)
    movq %rbp, 16(%rdi)
    movq %r12, 24(%rdi)
    movq %r13, 32(%rdi)
    movq %r14, 40(%rdi)
    movq %r15, 48(%rdi)
    leaq 8(%rsp), %rax
    movq %rax, 56(%rdi)
    movq (%rsp), %rax
    movq %rax, 64(%rdi)
    subq $8, %rsp
    call hal_host_landing_link
    addq $8, %rsp
    xorl %eax, %eax
    ret
    .size hal_landing_set, . - hal_landing_set

    .globl hal_host_landing_resume
    .type hal_host_landing_resume, @function
hal_host_landing_resume:
    movq 8(%rdi), %rbx
    movq 16(%rdi), %rbp
    movq 24(%rdi), %r12
    movq 32(%rdi), %r13
    movq 40(%rdi), %r14
    movq 48(%rdi), %r15
    movq 56(%rdi), %rsp
    movl $1, %eax
    jmp *64(%rdi)
    .size hal_host_landing_resume, . - hal_host_landing_resume

    .section .note.GNU-stack, "", @progbits
