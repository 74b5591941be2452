/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The only instructions of the kernel that touch user memory. Each stands in the table helix_fixups with the place where it
 * goes on when its fault cannot be resolved. The callers in user_access.c have checked the range. SUM is set inside only;
 * the trap entry clears it for what runs in between.
 */
#include "layout.h"

.macro fixup at, go_on
    .pushsection helix_fixups, "aR", @progbits
    .balign 8
    .quad   \at, \go_on
    .popsection
.endm

.macro open
    li      t6, SSTATUS_SUM
    csrs    sstatus, t6
.endm

.macro close
    csrc    sstatus, t6
.endm

.macro function name
    .section .text.\name, "ax", @progbits
    .balign 16
    .globl \name
    .type \name, @function
\name:
.endm

/*
 * size_t hal_user_copy_in_raw(void *to, const void *from, size_t bytes): bytes not copied; hal_user_copy_out_raw() the same. In aligned
 * words, like memcpy(). What faults in a word is tried again byte by byte from where a0 and a2 stand.
 */
function hal_user_copy_in_raw
    .globl hal_user_copy_out_raw
hal_user_copy_out_raw:
    open
    li      t5, 16
    bltu    a2, t5, 9f
1:  andi    t0, a0, 7
    beqz    t0, 2f
11: lbu     t1, 0(a1)
12: sb      t1, 0(a0)
    addi    a0, a0, 1
    addi    a1, a1, 1
    addi    a2, a2, -1
    j       1b
2:  andi    t0, a1, 7
    bnez    t0, 5f
    li      t5, 64
3:  bltu    a2, t5, 4f
21: ld      t0, 0(a1)
22: ld      t1, 8(a1)
23: ld      t2, 16(a1)
24: ld      t3, 24(a1)
25: ld      a3, 32(a1)
26: ld      a4, 40(a1)
27: ld      a5, 48(a1)
28: ld      a6, 56(a1)
31: sd      t0, 0(a0)
32: sd      t1, 8(a0)
33: sd      t2, 16(a0)
34: sd      t3, 24(a0)
35: sd      a3, 32(a0)
36: sd      a4, 40(a0)
37: sd      a5, 48(a0)
38: sd      a6, 56(a0)
    addi    a0, a0, 64
    addi    a1, a1, 64
    addi    a2, a2, -64
    j       3b
4:  li      t5, 8
    bltu    a2, t5, 9f
41: ld      t0, 0(a1)
42: sd      t0, 0(a0)
    addi    a0, a0, 8
    addi    a1, a1, 8
    addi    a2, a2, -8
    j       4b
    /* t0 = bytes that the source is past a word. The last word read holds at least one byte that is asked for. */
5:  slli    t1, t0, 3
    li      t2, 64
    sub     t2, t2, t1
    sub     a3, a1, t0
51: ld      t3, 0(a3)
    li      t5, 16
6:  bltu    a2, t5, 8f
52: ld      t4, 8(a3)
    srl     t3, t3, t1
    sll     a4, t4, t2
    or      t3, t3, a4
53: sd      t3, 0(a0)
    mv      t3, t4
    addi    a3, a3, 8
    addi    a0, a0, 8
    addi    a2, a2, -8
    j       6b
8:  add     a1, a3, t0
9:  beqz    a2, 7f
91: lbu     t1, 0(a1)
92: sb      t1, 0(a0)
    addi    a0, a0, 1
    addi    a1, a1, 1
    addi    a2, a2, -1
    bnez    a2, 91b
7:  close
    mv      a0, a2
    ret
    .irp n, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33, 34, 35, 36, 37, 38, 41, 42
    fixup   \n\()b, 9b
    .endr
    .irp n, 51, 52, 53
    fixup   \n\()b, 8b
    .endr
    .irp n, 11, 12, 91, 92
    fixup   \n\()b, 7b
    .endr

/* size_t hal_user_clear_raw(void *at, size_t bytes): bytes not cleared. */
function hal_user_clear_raw
    open
    li      t5, 8
1:  andi    t0, a0, 7
    beqz    t0, 2f
    beqz    a1, 4f
11: sb      zero, 0(a0)
    addi    a0, a0, 1
    addi    a1, a1, -1
    j       1b
2:  bltu    a1, t5, 3f
21: sd      zero, 0(a0)
    addi    a0, a0, 8
    addi    a1, a1, -8
    j       2b
3:  beqz    a1, 4f
31: sb      zero, 0(a0)
    addi    a0, a0, 1
    addi    a1, a1, -1
    j       3b
4:  close
    mv      a0, a1
    ret
    fixup   11b, 4b
    fixup   21b, 3b
    fixup   31b, 4b

/* long hal_user_string_raw(char *to, const char *from, size_t most): length, -1 fault, -2 no NUL among @most bytes. */
function hal_user_string_raw
    open
    mv      t0, a0
    mv      t1, a0
    add     t2, a0, a2
    li      a0, -2
1:  beq     t1, t2, 3f
2:  lbu     t3, 0(a1)
    sb      t3, 0(t1)
    beqz    t3, 4f
    addi    t1, t1, 1
    addi    a1, a1, 1
    j       1b
4:  sub     a0, t1, t0
3:  close
    ret
5:  li      a0, -1
    j       3b
    fixup   2b, 5b

/* bool hal_user_load32_raw(const u32 *at, u32 *value_out) */
function hal_user_load32_raw
    open
1:  lw      t0, 0(a0)
    close
    sw      t0, 0(a1)
    li      a0, 1
    ret
2:  close
    li      a0, 0
    ret
    fixup   1b, 2b

/* bool hal_user_cas32_raw(u32 *at, u32 expected, u32 desired, u32 *previous_out): a full barrier either way. */
function hal_user_cas32_raw
    sext.w  a1, a1
    open
1:  lr.w.aqrl t0, (a0)
    bne     t0, a1, 3f
2:  sc.w.aqrl t1, a2, (a0)
    bnez    t1, 1b
3:  fence   rw, rw
    close
    sw      t0, 0(a3)
    li      a0, 1
    ret
4:  close
    li      a0, 0
    ret
    fixup   1b, 4b
    fixup   2b, 4b

    .section .note.GNU-stack, "", @progbits
