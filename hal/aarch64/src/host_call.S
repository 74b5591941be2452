/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* u64 hal_host_call(u64 operation, const void *argument): semihosting. Where there is none the instruction is undefined, and the answer -1. */
    .section .text.hal_host_call, "ax", @progbits
    .balign 16
    .globl hal_host_call
    .type hal_host_call, @function
hal_host_call:
1:  hlt     #0xf000
    ret
2:  mov     x0, #-1
    ret
    .pushsection helix_fixups, "a", @progbits
    .quad   1b, 2b
    .popsection

/* u64 hal_psci_{hvc,smc}(u64 function, u64 a, u64 b, u64 c) */
    .balign 16
    .globl hal_psci_hvc
    .type hal_psci_hvc, @function
hal_psci_hvc:
    hvc     #0
    ret
    .balign 16
    .globl hal_psci_smc
    .type hal_psci_smc, @function
hal_psci_smc:
    smc     #0
    ret

    .section .note.GNU-stack, "", @progbits
