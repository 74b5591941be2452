/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * A kernel that writes the nanosecond of its first instruction to the serial port (16550), in 16 hexadecimal digits, and turns the
 * machine off. Taken from the time at which /init starts, it tells what a kernel needed from its own entry on.
 */
    .globl _start
_start:
    rdtime t0
    li t1, 100                  // 10 MHz
    mul t0, t0, t1
    li t1, 0x10000000
    li t2, 60
    li t5, 10
1:  srl t3, t0, t2
    andi t3, t3, 15
    addi t4, t3, '0'
    bltu t3, t5, 2f
    addi t4, t3, 'a' - 10
2:  sb t4, 0(t1)
    addi t2, t2, -4
    bgez t2, 1b
    li a7, 0x53525354           // SBI system reset: shutdown
    li a6, 0
    li a0, 0
    li a1, 0
    ecall
3:  wfi
    j 3b
