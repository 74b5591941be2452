/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The smallest program: it ends with status 0. What fork_exec runs. */
    .globl _start
_start:
    li a7, 94
    li a0, 0
    ecall
    .section .note.GNU-stack, "", @progbits
