/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The only instructions of the kernel that touch user memory. Each stands in the table helix_fixups with the place where it goes on
 * when its fault cannot be resolved. The callers in user_access.c have checked the range.
 *
 * stac and clac are three-byte no-ops until hal_user_access_patch() finds SMAP.
 */
.macro fixup at, go_on
    .pushsection helix_fixups, "aR", @progbits
    .quad   \at, \go_on
    .popsection
.endm

.macro patch_stac
770:
    .byte   0x0f, 0x1f, 0x00
    .pushsection hal_stac_sites, "aR", @progbits
    .quad   770b
    .popsection
.endm

.macro patch_clac
770:
    .byte   0x0f, 0x1f, 0x00
    .pushsection hal_clac_sites, "aR", @progbits
    .quad   770b
    .popsection
.endm

.macro function name
    .section .text.\name, "ax", @progbits
    .balign 16
    .globl \name
    .type \name, @function
\name:
.endm

/*
 * size_t hal_user_copy_{in,out}_raw(void *to, const void *from, size_t bytes): bytes not copied. A fault in a word retries byte by byte.
 * stac lets both sides be user memory, so both ways are one.
 */
function hal_user_copy_in_raw
    .globl hal_user_copy_out_raw
    .type hal_user_copy_out_raw, @function
hal_user_copy_out_raw:
    patch_stac
    movq    %rdx, %rcx
    shrq    $3, %rcx
    andl    $7, %edx
1:  rep movsq
    movl    %edx, %ecx
2:  rep movsb
    patch_clac
    movq    %rcx, %rax
    ret
3:  leaq    (%rdx,%rcx,8), %rcx
    jmp     2b
4:  patch_clac
    movq    %rcx, %rax
    ret
    fixup   1b, 3b
    fixup   2b, 4b

/* size_t hal_user_clear_raw(void *at, size_t bytes): bytes not cleared. */
function hal_user_clear_raw
    patch_stac
    movq    %rsi, %rcx
    shrq    $3, %rcx
    andl    $7, %esi
    xorl    %eax, %eax
1:  rep stosq
    movl    %esi, %ecx
2:  rep stosb
    patch_clac
    movq    %rcx, %rax
    ret
3:  leaq    (%rsi,%rcx,8), %rcx
    jmp     2b
4:  patch_clac
    movq    %rcx, %rax
    ret
    fixup   1b, 3b
    fixup   2b, 4b

/*
 * long hal_user_string_raw(char *to, const char *from, size_t most): length, -1 fault, -2 no NUL among @most bytes. Eight bytes at a time while
 * they fit; what follows the NUL in its word is copied along. A word that reaches into a missing page is read byte by byte.
 */
function hal_user_string_raw
    patch_stac
    xorl    %eax, %eax
    movabsq $0x0101010101010101, %r8
    movabsq $0x8080808080808080, %r9
1:  leaq    8(%rax), %rcx
    cmpq    %rdx, %rcx
    ja      5f
2:  movq    (%rsi,%rax), %r10
    movq    %r10, (%rdi,%rax)
    movq    %r10, %r11
    subq    %r8, %r11
    notq    %r10
    andq    %r9, %r11
    andq    %r10, %r11          /* the top bit of each byte that is zero; the lowest one set is right */
    jnz     4f
    movq    %rcx, %rax
    jmp     1b
4:  bsfq    %r11, %r11
    shrl    $3, %r11d
    addq    %r11, %rax
    jmp     8f
5:  cmpq    %rdx, %rax
    jae     7f
6:  movb    (%rsi,%rax), %cl
    movb    %cl, (%rdi,%rax)
    testb   %cl, %cl
    jz      8f
    incq    %rax
    jmp     5b
7:  movq    $-2, %rax
8:  patch_clac
    ret
9:  movq    $-1, %rax
    jmp     8b
    fixup   2b, 5b
    fixup   6b, 9b

/* bool hal_user_load32_raw(const u32 *at, u32 *value_out) */
function hal_user_load32_raw
    patch_stac
1:  movl    (%rdi), %ecx
    patch_clac
    movl    %ecx, (%rsi)
    movl    $1, %eax
    ret
2:  patch_clac
    xorl    %eax, %eax
    ret
    fixup   1b, 2b

/* bool hal_user_cas32_raw(u32 *at, u32 expected, u32 desired, u32 *previous_out) */
function hal_user_cas32_raw
    movl    %esi, %eax
    patch_stac
1:  lock cmpxchgl %edx, (%rdi)
    patch_clac
    movl    %eax, (%rcx)
    movl    $1, %eax
    ret
2:  patch_clac
    xorl    %eax, %eax
    ret
    fixup   1b, 2b

    .section .note.GNU-stack, "", @progbits
