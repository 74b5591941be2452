/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * A kernel that writes the nanosecond of its first instruction to the serial port (PL011), in 16 hexadecimal digits, and turns the
 * machine off. Taken from the time at which /init starts, it tells what a kernel needed from its own entry on.
 */
    .globl _start
_start:
    mrs x1, cntvct_el0
    lsl x1, x1, #4              // 62.5 MHz
    mov x2, #0x09000000
    mov x3, #16
1:  ror x1, x1, #60             // the highest digit first
    and x4, x1, #15
    cmp x4, #10
    add x5, x4, #'0'
    add x6, x4, #('a' - 10)
    csel x5, x5, x6, lo
    strb w5, [x2]
    sub x3, x3, #1
    cbnz x3, 1b
    mov w0, #8
    movk w0, #0x8400, lsl #16   // PSCI SYSTEM_OFF
    hvc #0
2:  wfi
    b 2b
