/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The C functions that every compiler calls by itself, in words; CPUs make these as fast as memory, and counted they are few. */

.macro function name
    .section .text.\name, "ax", @progbits
    .balign 16
    .globl \name
    .type \name, @function
\name:
.endm

/* void *memcpy(void *to, const void *from, size_t n) */
function memcpy
    movq    %rdi, %rax
    movq    %rdx, %rcx
    shrq    $3, %rcx
    andl    $7, %edx
    rep movsq
    movl    %edx, %ecx
    rep movsb
    ret

/* void *memset(void *to, int byte, size_t n) */
function memset
    movq    %rdi, %r8
    movzbl  %sil, %eax
    movabsq $0x0101010101010101, %rcx
    imulq   %rcx, %rax
    movq    %rdx, %rcx
    shrq    $3, %rcx
    andl    $7, %edx
    rep stosq
    movl    %edx, %ecx
    rep stosb
    movq    %r8, %rax
    ret

/* void *memmove(void *to, const void *from, size_t n): backwards where a forward copy would run into itself. */
function memmove
    movq    %rdi, %rcx
    subq    %rsi, %rcx
    cmpq    %rdx, %rcx
    jae     memcpy
    movq    %rdi, %rax
    leaq    -8(%rdi,%rdx), %rdi
    leaq    -8(%rsi,%rdx), %rsi
    movq    %rdx, %rcx
    shrq    $3, %rcx
    andl    $7, %edx
    std
    rep movsq
    addq    $7, %rdi
    addq    $7, %rsi
    movl    %edx, %ecx
    rep movsb
    cld
    ret

    .section .note.GNU-stack, "", @progbits
