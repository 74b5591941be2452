/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The only instructions of the kernel that touch user memory. Each stands in the table helix_fixups with the place where it goes on when its fault cannot
 * be resolved. The callers in user_access.c have checked the range.
 *
 * All but the exclusive ones are the "unprivileged" loads and stores: they have a program's rights whatever PAN says, so there is no window to open.
 */
    .arch_extension pan

.macro fixup at, go_on
    .pushsection helix_fixups, "a", @progbits
    .quad   \at, \go_on
    .popsection
.endm

.macro function name
    .section .text.\name, "ax", @progbits
    .balign 16
    .globl \name
    .type \name, @function
\name:
.endm

/* size_t hal_user_copy_in_raw(void *to, const void *from, size_t bytes): bytes not copied. A fault in words retries byte by byte. */
function hal_user_copy_in_raw
    subs    x2, x2, #32
    b.lo    15f
11: ldtr    x3, [x1]
12: ldtr    x4, [x1, #8]
13: ldtr    x5, [x1, #16]
14: ldtr    x6, [x1, #24]
    stp     x3, x4, [x0], #16
    stp     x5, x6, [x0], #16
    add     x1, x1, #32
    subs    x2, x2, #32
    b.hs    11b
15: adds    x2, x2, #24
    b.mi    17f
16: ldtr    x3, [x1]
    add     x1, x1, #8
    str     x3, [x0], #8
    subs    x2, x2, #8
    b.pl    16b
17: adds    x2, x2, #8
    b.eq    19f
18: ldtrb   w3, [x1]
    add     x1, x1, #1
    strb    w3, [x0], #1
    subs    x2, x2, #1
    b.ne    18b
19: mov     x0, x2
    ret
20: add     x2, x2, #32
    b       18b
    fixup   11b, 20b
    fixup   12b, 20b
    fixup   13b, 20b
    fixup   14b, 20b
    fixup   16b, 17b
    fixup   18b, 19b

/* size_t hal_user_copy_out_raw(void *to, const void *from, size_t bytes): bytes not copied. */
function hal_user_copy_out_raw
    subs    x2, x2, #32
    b.lo    15f
10: ldp     x3, x4, [x1], #16
    ldp     x5, x6, [x1], #16
11: sttr    x3, [x0]
12: sttr    x4, [x0, #8]
13: sttr    x5, [x0, #16]
14: sttr    x6, [x0, #24]
    add     x0, x0, #32
    subs    x2, x2, #32
    b.hs    10b
15: adds    x2, x2, #24
    b.mi    17f
9:  ldr     x3, [x1], #8
16: sttr    x3, [x0]
    add     x0, x0, #8
    subs    x2, x2, #8
    b.pl    9b
17: adds    x2, x2, #8
    b.eq    19f
8:  ldrb    w3, [x1], #1
18: sttrb   w3, [x0]
    add     x0, x0, #1
    subs    x2, x2, #1
    b.ne    8b
19: mov     x0, x2
    ret
20: add     x2, x2, #32
    sub     x1, x1, #32
    b       8b
21: sub     x1, x1, #8
    b       17b
    fixup   11b, 20b
    fixup   12b, 20b
    fixup   13b, 20b
    fixup   14b, 20b
    fixup   16b, 21b
    fixup   18b, 19b

/* size_t hal_user_clear_raw(void *at, size_t bytes): bytes not cleared. */
function hal_user_clear_raw
    subs    x1, x1, #32
    b.lo    15f
11: sttr    xzr, [x0]
12: sttr    xzr, [x0, #8]
13: sttr    xzr, [x0, #16]
14: sttr    xzr, [x0, #24]
    add     x0, x0, #32
    subs    x1, x1, #32
    b.hs    11b
15: adds    x1, x1, #32
    b.eq    19f
18: sttrb   wzr, [x0]
    add     x0, x0, #1
    subs    x1, x1, #1
    b.ne    18b
19: mov     x0, x1
    ret
    fixup   11b, 15b
    fixup   12b, 15b
    fixup   13b, 15b
    fixup   14b, 15b
    fixup   18b, 19b

/*
 * long hal_user_string_raw(char *to, const char *from, size_t most): length, -1 fault, -2 no NUL among @most bytes. Eight bytes at a time while
 * they fit; what follows the NUL in its word is copied along. A word that reaches into a missing page is read byte by byte.
 */
function hal_user_string_raw
    mov     x3, xzr
    mov     x8, #0x0101010101010101
1:  add     x4, x3, #8
    cmp     x4, x2
    b.hi    5f
    add     x5, x1, x3
2:  ldtr    x6, [x5]
    str     x6, [x0, x3]
    sub     x7, x6, x8
    bic     x7, x7, x6
    ands    x7, x7, #0x8080808080808080 /* the top bit of each byte that is zero; the lowest one set is right */
    b.ne    4f
    mov     x3, x4
    b       1b
4:  rbit    x7, x7
    clz     x7, x7
    add     x0, x3, x7, lsr #3
    ret
5:  cmp     x3, x2
    b.hs    7f
    add     x5, x1, x3
6:  ldtrb   w6, [x5]
    strb    w6, [x0, x3]
    cbz     w6, 8f
    add     x3, x3, #1
    b       5b
7:  mov     x0, #-2
    ret
8:  mov     x0, x3
    ret
9:  mov     x0, #-1
    ret
    fixup   2b, 5b
    fixup   6b, 9b

/* bool hal_user_load32_raw(const u32 *at, u32 *value_out) */
function hal_user_load32_raw
1:  ldtr    w2, [x0]
    str     w2, [x1]
    mov     w0, #1
    ret
2:  mov     w0, wzr
    ret
    fixup   1b, 2b

/* bool hal_user_cas32_raw(u32 *at, u32 expected, u32 desired, u32 *previous_out). Exclusive accesses have the kernel's rights, and PAN in their way. */
function hal_user_cas32_raw
    adrp    x5, hal_features
    ldrb    w5, [x5, :lo12:hal_features] /* has PAN */
    cbz     w5, 1f
    msr     pan, #0
1:  ldaxr   w4, [x0]
    cmp     w4, w1
    b.ne    3f
2:  stlxr   w6, w2, [x0]
    cbnz    w6, 1b
    dmb     ish
    str     w4, [x3]
    mov     w0, #1
    cbz     w5, 6f
    msr     pan, #1
6:  ret
3:  clrex
    str     w4, [x3]
    mov     w0, #1
    cbz     w5, 6b
    msr     pan, #1
    ret
4:  mov     w0, wzr
    cbz     w5, 6b
    msr     pan, #1
    ret
    fixup   1b, 4b
    fixup   2b, 4b

    .section .note.GNU-stack, "", @progbits
