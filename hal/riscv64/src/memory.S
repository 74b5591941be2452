/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The C functions that every compiler calls by itself, in aligned words: a CPU may trap on others. Where source and destination
 * are not aligned alike, each word is put together from two.
 */

.macro function name
    .section .text.\name, "ax", @progbits
    .balign 16
    .globl \name
    .type \name, @function
\name:
.endm

/* void *memcpy(void *to, const void *from, size_t n) */
function memcpy
    mv      t6, a0
    li      t5, 16
    bltu    a2, t5, 9f
1:  andi    t0, t6, 7
    beqz    t0, 2f
    lbu     t1, 0(a1)
    sb      t1, 0(t6)
    addi    t6, t6, 1
    addi    a1, a1, 1
    addi    a2, a2, -1
    j       1b
2:  andi    t0, a1, 7
    bnez    t0, 5f
    li      t5, 64
3:  bltu    a2, t5, 4f
    ld      t0, 0(a1)
    ld      t1, 8(a1)
    ld      t2, 16(a1)
    ld      t3, 24(a1)
    ld      a3, 32(a1)
    ld      a4, 40(a1)
    ld      a5, 48(a1)
    ld      a6, 56(a1)
    sd      t0, 0(t6)
    sd      t1, 8(t6)
    sd      t2, 16(t6)
    sd      t3, 24(t6)
    sd      a3, 32(t6)
    sd      a4, 40(t6)
    sd      a5, 48(t6)
    sd      a6, 56(t6)
    addi    t6, t6, 64
    addi    a1, a1, 64
    addi    a2, a2, -64
    j       3b
4:  li      t5, 8
    bltu    a2, t5, 9f
    ld      t0, 0(a1)
    sd      t0, 0(t6)
    addi    t6, t6, 8
    addi    a1, a1, 8
    addi    a2, a2, -8
    j       4b
    /* t0 = bytes that the source is past a word. The last word read holds at least one byte that is asked for. */
5:  slli    t1, t0, 3
    li      t2, 64
    sub     t2, t2, t1
    sub     a3, a1, t0
    ld      t3, 0(a3)
    li      t5, 16
6:  bltu    a2, t5, 8f
    ld      t4, 8(a3)
    srl     t3, t3, t1
    sll     a4, t4, t2
    or      t3, t3, a4
    sd      t3, 0(t6)
    mv      t3, t4
    addi    a3, a3, 8
    addi    t6, t6, 8
    addi    a2, a2, -8
    j       6b
8:  add     a1, a3, t0
9:  beqz    a2, 11f
10: lbu     t1, 0(a1)
    sb      t1, 0(t6)
    addi    t6, t6, 1
    addi    a1, a1, 1
    addi    a2, a2, -1
    bnez    a2, 10b
11: ret

/* void *memset(void *to, int byte, size_t n) */
function memset
    mv      t6, a0
    andi    a1, a1, 0xff
    slli    t0, a1, 8
    or      a1, a1, t0
    slli    t0, a1, 16
    or      a1, a1, t0
    slli    t0, a1, 32
    or      a1, a1, t0
    li      t5, 16
    bltu    a2, t5, 9f
1:  andi    t0, t6, 7
    beqz    t0, 2f
    sb      a1, 0(t6)
    addi    t6, t6, 1
    addi    a2, a2, -1
    j       1b
2:  li      t5, 64
3:  bltu    a2, t5, 4f
    sd      a1, 0(t6)
    sd      a1, 8(t6)
    sd      a1, 16(t6)
    sd      a1, 24(t6)
    sd      a1, 32(t6)
    sd      a1, 40(t6)
    sd      a1, 48(t6)
    sd      a1, 56(t6)
    addi    t6, t6, 64
    addi    a2, a2, -64
    j       3b
4:  li      t5, 8
5:  bltu    a2, t5, 9f
    sd      a1, 0(t6)
    addi    t6, t6, 8
    addi    a2, a2, -8
    j       5b
9:  beqz    a2, 11f
10: sb      a1, 0(t6)
    addi    t6, t6, 1
    addi    a2, a2, -1
    bnez    a2, 10b
11: ret

/* void *memmove(void *to, const void *from, size_t n): backwards where a forward copy would run into itself. */
function memmove
    sub     t0, a0, a1
    bgeu    t0, a2, memcpy
    add     t6, a0, a2
    add     a1, a1, a2
    xor     t0, t6, a1
    andi    t0, t0, 7
    bnez    t0, 4f
1:  andi    t0, t6, 7
    beqz    t0, 2f
    beqz    a2, 6f
    lbu     t1, -1(a1)
    sb      t1, -1(t6)
    addi    t6, t6, -1
    addi    a1, a1, -1
    addi    a2, a2, -1
    j       1b
2:  li      t5, 8
3:  bltu    a2, t5, 4f
    ld      t1, -8(a1)
    sd      t1, -8(t6)
    addi    t6, t6, -8
    addi    a1, a1, -8
    addi    a2, a2, -8
    j       3b
4:  beqz    a2, 6f
5:  lbu     t1, -1(a1)
    sb      t1, -1(t6)
    addi    t6, t6, -1
    addi    a1, a1, -1
    addi    a2, a2, -1
    bnez    a2, 5b
6:  ret

    .section .note.GNU-stack, "", @progbits
