/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "layout.h"

    .section .text.thread_switch, "ax", @progbits

/* struct hal_thread *hal_switch_stacks(struct hal_thread *from, struct hal_thread *to): returns @from, on @to's stack. */
    .balign 16
    .globl hal_switch_stacks
    .type hal_switch_stacks, @function
hal_switch_stacks:
    pushq   %rbp
    pushq   %rbx
    pushq   %r12
    pushq   %r13
    pushq   %r14
    pushq   %r15
    movq    %rsp, THREAD_CONTEXT_SP(%rdi)
    movq    THREAD_CONTEXT_SP(%rsi), %rsp
    popq    %r15
    popq    %r14
    popq    %r13
    popq    %r12
    popq    %rbx
    popq    %rbp
    movq    %rdi, %rax
    ret

/* First code of a new thread, as hal_thread_prepare() laid it out: r12 = entry, r13 = argument. */
    .balign 16
    .globl hal_thread_start
    .type hal_thread_start, @function
hal_thread_start:
    xorl    %ebp, %ebp
    subq    $8, %rsp            /* aligned for calls */
    call    hal_thread_announce
    sti
    movq    %r13, %rdi
    call    *%r12
    call    hal_thread_returned

/* void hal_user_enter_frame(const struct hal_frame *frame): @frame is the thread's own, at the top of its stack; interrupts off. */
    .balign 16
    .globl hal_user_enter_frame
    .type hal_user_enter_frame, @function
hal_user_enter_frame:
    movq    %rdi, %rsp
    jmp     hal_trap_return

    .section .note.GNU-stack, "", @progbits
