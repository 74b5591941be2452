/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * From 32-bit protected mode without paging, where PVH and Multiboot2 both start us, to 64-bit mode in the upper half.
 *
 * In:  esi = C function of the protocol, as offset from the image base; eax, ebx = the protocol's magic and information.
 * Out: start(u64 info, u64 magic, u64 entry_cycles) on the boot stack; 4 GB of memory mapped where it is, and again at the direct map.
 *
 * Loaders zero what lies beyond an ELF segment's file bytes (the ELF specification, and both protocols, ask for it), so
 * neither .boot.bss nor .bss is cleared here.
 */
#define IMAGE_BASE 0xffffffff80000000
#define CR0_PE (1 << 0)
#define CR0_MP (1 << 1)
#define CR0_WP (1 << 16)
#define CR0_PG (1 << 31)
#define CR4_PAE (1 << 5)
#define MSR_EFER 0xc0000080
#define EFER_LME (1 << 8)
#define EFER_NXE (1 << 11)
#define PTE_TABLE 0x3
#define PTE_LEAF_2M 0x83

    .section .boot.text, "ax", @progbits
    .code32
    .globl hal_entry32
    .type hal_entry32, @function
hal_entry32:
    cli
    cld
    movl    %eax, %ebp
    rdtsc
    movl    %eax, boot_cycles
    movl    %edx, boot_cycles + 4
    movl    %ebx, boot_info_address
    movl    $boot_stack32_top, %esp

    movl    $0x80000000, %eax
    cpuid
    cmpl    $0x80000001, %eax
    jb      no_long_mode
    movl    $0x80000001, %eax
    cpuid
    btl     $29, %edx
    jnc     no_long_mode
    movl    $EFER_LME, %edi
    btl     $20, %edx
    jnc     1f
    orl     $EFER_NXE, %edi
1:
    call    fill_tables
    movl    $hal_boot_root, %eax
    movl    %eax, %cr3
    movl    $CR4_PAE, %eax
    movl    %eax, %cr4
    movl    $MSR_EFER, %ecx
    rdmsr
    orl     %edi, %eax
    wrmsr
    movl    $(CR0_PG | CR0_WP | CR0_MP | CR0_PE), %eax
    movl    %eax, %cr0
    lgdt    boot_gdt_pointer
    ljmp    $0x8, $long_mode

/* 4 GB in 2 MB pages; the same tables serve the low half, the direct map and, from 0 to 2 GB, the image. */
fill_tables:
    movl    $(boot_pdpt + PTE_TABLE), %eax
    movl    %eax, hal_boot_root
    movl    %eax, hal_boot_root + 256 * 8
    movl    $(boot_pdpt_image + PTE_TABLE), hal_boot_root + 511 * 8
    movl    $(boot_pd + PTE_TABLE), %eax
    movl    %eax, boot_pdpt
    movl    %eax, boot_pdpt_image + 510 * 8
    addl    $4096, %eax
    movl    %eax, boot_pdpt + 8
    movl    %eax, boot_pdpt_image + 511 * 8
    addl    $4096, %eax
    movl    %eax, boot_pdpt + 16
    addl    $4096, %eax
    movl    %eax, boot_pdpt + 24
    movl    $boot_pd, %edx
    movl    $PTE_LEAF_2M, %eax
    movl    $2048, %ecx
1:  movl    %eax, (%edx)
    addl    $0x200000, %eax
    addl    $8, %edx
    decl    %ecx
    jnz     1b
    ret

no_long_mode:
    movl    $no_long_mode_text, %esi
1:  lodsb
    testb   %al, %al
    jz      2f
    outb    %al, $0xe9
    movw    $0x3f8, %dx
    outb    %al, %dx
    jmp     1b
2:  hlt
    jmp     2b

    .code64
long_mode:
    movabsq $1f, %rax
    jmpq    *%rax

    .section .text.boot_upper, "ax", @progbits
1:  xorl    %eax, %eax
    movl    %eax, %ds
    movl    %eax, %es
    movl    %eax, %ss
    movl    %eax, %fs
    movl    %eax, %gs
    movq    $(hal_boot_stack + 5 * 4096), %rsp
    movl    boot_info_address, %edi
    movl    %esi, %eax
    movl    %ebp, %esi
    movq    boot_cycles, %rdx
    addq    $IMAGE_BASE, %rax
    xorl    %ebp, %ebp
    callq   *%rax
    ud2

    .section .boot.data, "aw", @progbits
    .balign 8
boot_gdt:
    .quad   0
    .quad   0x00af9a000000ffff
    .quad   0x00cf92000000ffff
boot_gdt_pointer:
    .word   . - boot_gdt - 1
    .long   boot_gdt
    .balign 8
boot_cycles:
    .quad   0
boot_info_address:
    .quad   0
    .space  64
boot_stack32_top:
no_long_mode_text:
    .asciz  "helix: this CPU has no 64-bit mode\n"

/* Kept after boot: secondary CPUs come up on these tables. */
    .section .boot.bss, "aw", @nobits
    .balign 4096
    .globl hal_boot_root
hal_boot_root:
    .space  4096
boot_pdpt:
    .space  4096
boot_pdpt_image:
    .space  4096
boot_pd:
    .space  4 * 4096

    .section .note.GNU-stack, "", @progbits
