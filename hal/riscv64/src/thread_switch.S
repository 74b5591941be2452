/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "layout.h"

.macro for_saved op
    \op     ra, 0(sp)
    \op     s0, 8(sp)
    \op     s1, 16(sp)
    \op     s2, 24(sp)
    \op     s3, 32(sp)
    \op     s4, 40(sp)
    \op     s5, 48(sp)
    \op     s6, 56(sp)
    \op     s7, 64(sp)
    \op     s8, 72(sp)
    \op     s9, 80(sp)
    \op     s10, 88(sp)
    \op     s11, 96(sp)
.endm

    .section .text.thread_switch, "ax", @progbits

/* struct hal_thread *hal_switch_stacks(struct hal_thread *from, struct hal_thread *to): returns @from, on @to's stack. */
    .balign 16
    .globl hal_switch_stacks
    .type hal_switch_stacks, @function
hal_switch_stacks:
    addi    sp, sp, -112
    for_saved sd
    sd      sp, THREAD_CONTEXT_SP(a0)
    ld      sp, THREAD_CONTEXT_SP(a1)
    for_saved ld
    addi    sp, sp, 112
    ret

/* First code of a new thread, as hal_thread_prepare() laid it out: s1 = entry, s2 = argument, s0 = 0 ends backtraces. */
    .balign 16
    .globl hal_thread_start
    .type hal_thread_start, @function
hal_thread_start:
    call    hal_thread_announce
    csrsi   sstatus, SSTATUS_SIE
    mv      a0, s2
    jalr    s1
    call    hal_thread_returned

/* void hal_user_enter_frame(const struct hal_frame *frame): @frame is the thread's own, at the top of its stack; interrupts off. */
    .balign 16
    .globl hal_user_enter_frame
    .type hal_user_enter_frame, @function
hal_user_enter_frame:
    mv      sp, a0
    j       hal_trap_return

    .section .note.GNU-stack, "", @progbits
