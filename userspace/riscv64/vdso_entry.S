/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Where handlers of signals return to. Unwinders know it by its two instructions, and look one byte before: nothing may
 * describe what stands there. */
    .option norvc
    .section .text.signal_return, "ax", @progbits
    .balign 16
    nop
    .globl __vdso_rt_sigreturn
    .type __vdso_rt_sigreturn, @function
__vdso_rt_sigreturn:
    li      a7, 139
    ecall
    .size __vdso_rt_sigreturn, . - __vdso_rt_sigreturn

    .text
    .balign 4
    .globl __vdso_flush_icache
    .type __vdso_flush_icache, @function
__vdso_flush_icache:
    .cfi_startproc
    li      a7, 259
    ecall
    ret
    .cfi_endproc
    .size __vdso_flush_icache, . - __vdso_flush_icache

    .section .note.GNU-stack, "", @progbits
