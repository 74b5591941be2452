/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The smallest program: it ends with status 0. What fork_exec runs. */
    .globl _start
_start:
    mov $231, %eax
    xor %edi, %edi
    syscall
    .section .note.GNU-stack, "", @progbits
