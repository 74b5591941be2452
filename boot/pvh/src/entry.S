/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The note tells a PVH loader where to start: ebx = struct hvm_start_info, 32-bit protected mode, paging off. */
#define XEN_ELFNOTE_PHYS32_ENTRY 18
#define IMAGE_BASE 0xffffffff80000000

    .section .note.PVH, "a", @note
    .balign 4
    .long   2f - 1f
    .long   4f - 3f
    .long   XEN_ELFNOTE_PHYS32_ENTRY
1:  .asciz  "Xen"
2:  .balign 4
3:  .long   boot_pvh_entry
4:  .balign 4

    .section .boot.text, "ax", @progbits
    .code32
    .globl boot_pvh_entry
    .type boot_pvh_entry, @function
boot_pvh_entry:
    movl    $(boot_pvh_start - IMAGE_BASE), %esi
    jmp     hal_entry32

    .section .note.GNU-stack, "", @progbits
