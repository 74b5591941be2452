/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Where handlers of signals return to. Unwinders know it by its two instructions, and look one byte before: nothing may
 * describe what stands there. */
    .section .text.signal_return, "ax", @progbits
    .balign 16
    nop
    .globl __kernel_rt_sigreturn
    .type __kernel_rt_sigreturn, @function
__kernel_rt_sigreturn:
    mov     x8, #139
    svc     #0
    .size __kernel_rt_sigreturn, . - __kernel_rt_sigreturn

    .section .note.GNU-stack, "", @progbits
