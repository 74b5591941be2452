/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The Multiboot2 header, and the entry: eax = 0x36d76289, ebx = information list, 32-bit protected mode, paging off. */
#define MAGIC 0xe85250d6
#define ARCHITECTURE_I386 0
#define IMAGE_BASE 0xffffffff80000000

    .section .boot.header, "a", @progbits
    .balign 8
header:
    .long   MAGIC
    .long   ARCHITECTURE_I386
    .long   header_end - header
    .long   -(MAGIC + ARCHITECTURE_I386 + (header_end - header))
    /* Entry address: the ELF's own is PVH's affair. */
    .word   3, 0
    .long   12
    .long   _start
    .balign 8
    /* Modules on page boundaries. */
    .word   6, 0
    .long   8
    .balign 8
    .word   0, 0
    .long   8
header_end:

    .section .boot.text, "ax", @progbits
    .code32
    .globl _start
    .type _start, @function
_start:
    movl    $(boot_multiboot2_start - IMAGE_BASE), %esi
    jmp     hal_entry32

    .section .note.GNU-stack, "", @progbits
