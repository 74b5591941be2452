/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The smallest program: it ends with status 0. What fork_exec runs. */
    .globl _start
_start:
    mov x8, #94
    mov x0, #0
    svc #0
    .section .note.GNU-stack, "", @progbits
