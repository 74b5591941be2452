/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The C functions that every compiler calls by itself and the kernel calls for whole pages: 64 bytes a turn, and whole cache lines of zeros. */

.macro function name
    .section .text.\name, "ax", @progbits
    .balign 16
    .globl \name
    .type \name, @function
\name:
.endm

/* void *memcpy(void *to, const void *from, size_t n) */
function memcpy
    mov     x3, x0
    subs    x2, x2, #64
    b.lo    2f
1:  ldp     x4, x5, [x1]
    ldp     x6, x7, [x1, #16]
    ldp     x8, x9, [x1, #32]
    ldp     x10, x11, [x1, #48]
    add     x1, x1, #64
    stp     x4, x5, [x3]
    stp     x6, x7, [x3, #16]
    stp     x8, x9, [x3, #32]
    stp     x10, x11, [x3, #48]
    add     x3, x3, #64
    subs    x2, x2, #64
    b.hs    1b
    /* What is left is in the low six bits. */
2:  tbz     x2, #5, 3f
    ldp     x4, x5, [x1], #16
    ldp     x6, x7, [x1], #16
    stp     x4, x5, [x3], #16
    stp     x6, x7, [x3], #16
3:  tbz     x2, #4, 4f
    ldp     x4, x5, [x1], #16
    stp     x4, x5, [x3], #16
4:  tbz     x2, #3, 5f
    ldr     x4, [x1], #8
    str     x4, [x3], #8
5:  tbz     x2, #2, 6f
    ldr     w4, [x1], #4
    str     w4, [x3], #4
6:  tbz     x2, #1, 7f
    ldrh    w4, [x1], #2
    strh    w4, [x3], #2
7:  tbz     x2, #0, 8f
    ldrb    w4, [x1]
    strb    w4, [x3]
8:  ret

/* void *memset(void *to, int byte, size_t n) */
function memset
    mov     x3, x0
    and     x1, x1, #0xff
    cbnz    x1, 2f
    cmp     x2, #256
    b.lo    3f
    mrs     x4, dczid_el0
    cmp     w4, #4                  /* allowed, and a line is 64 bytes */
    b.ne    3f
    neg     x4, x0
    ands    x4, x4, #63
    b.eq    1f
    stp     xzr, xzr, [x3]          /* up to the first whole line */
    stp     xzr, xzr, [x3, #16]
    stp     xzr, xzr, [x3, #32]
    stp     xzr, xzr, [x3, #48]
    add     x3, x3, x4
    sub     x2, x2, x4
1:  sub     x2, x2, #64
9:  dc      zva, x3
    add     x3, x3, #64
    subs    x2, x2, #64
    b.hs    9b
    b       5f
2:  orr     x1, x1, x1, lsl #8
    orr     x1, x1, x1, lsl #16
    orr     x1, x1, x1, lsl #32
3:  subs    x2, x2, #64
    b.lo    5f
4:  stp     x1, x1, [x3]
    stp     x1, x1, [x3, #16]
    stp     x1, x1, [x3, #32]
    stp     x1, x1, [x3, #48]
    add     x3, x3, #64
    subs    x2, x2, #64
    b.hs    4b
5:  tbz     x2, #5, 6f
    stp     x1, x1, [x3], #16
    stp     x1, x1, [x3], #16
6:  tbz     x2, #4, 7f
    stp     x1, x1, [x3], #16
7:  tbz     x2, #3, 8f
    str     x1, [x3], #8
8:  tbz     x2, #2, 10f
    str     w1, [x3], #4
10: tbz     x2, #1, 11f
    strh    w1, [x3], #2
11: tbz     x2, #0, 12f
    strb    w1, [x3]
12: ret

    .section .note.GNU-stack, "", @progbits
