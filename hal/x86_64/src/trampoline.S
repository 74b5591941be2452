/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Where another CPU starts: 16-bit code, copied to a page below 1 MB, which it learns from its CS. It ends in C, on the boot tables' upper half,
 * with the kernel's own tables loaded.
 */
#include "layout.h"
#include "trampoline.h"

#define CR0_PE (1 << 0)
#define CR0_MP (1 << 1)
#define CR0_WP (1 << 16)
#define CR0_PG (1 << 31)
#define CR4_PAE (1 << 5)

    .section .rodata.trampoline, "a", @progbits
    .globl hal_trampoline_start, hal_trampoline_end
    .balign 16
    .code16
hal_trampoline_start:
    cli
    cld
    movw    %cs, %ax
    movw    %ax, %ds
    movzwl  %ax, %ebx
    shll    $4, %ebx                    /* ebx = where the page lies, for good */
    leal    (gdt - hal_trampoline_start)(%ebx), %eax
    movl    %eax, (gdt_pointer + 2 - hal_trampoline_start)
    leal    (protected - hal_trampoline_start)(%ebx), %eax
    movl    %eax, (far_protected - hal_trampoline_start)
    leal    (long_mode - hal_trampoline_start)(%ebx), %eax
    movl    %eax, (far_long - hal_trampoline_start)
    lgdtl   (gdt_pointer - hal_trampoline_start)
    movl    $CR0_PE, %eax
    movl    %eax, %cr0
    ljmpl   *(far_protected - hal_trampoline_start)

    .code32
protected:
    movw    $0x18, %ax
    movw    %ax, %ds
    movw    %ax, %es
    movw    %ax, %ss
    movl    $CR4_PAE, %eax
    movl    %eax, %cr4
    movl    TRAMPOLINE_ROOT(%ebx), %eax
    movl    %eax, %cr3
    movl    $MSR_EFER, %ecx
    rdmsr
    orl     TRAMPOLINE_EFER(%ebx), %eax
    wrmsr
    movl    $(CR0_PG | CR0_WP | CR0_MP | CR0_PE), %eax
    movl    %eax, %cr0
    ljmpl   *(far_long - hal_trampoline_start)(%ebx)

    .code64
long_mode:
    xorl    %eax, %eax
    movl    %eax, %ds
    movl    %eax, %es
    movl    %eax, %ss
    movl    %eax, %fs
    movl    %eax, %gs
    movl    %ebx, %ebx
    movq    TRAMPOLINE_ENTRY(%rbx), %rax
    movq    TRAMPOLINE_ARGUMENT(%rbx), %rdi
    movq    TRAMPOLINE_STACK(%rbx), %rsi
    movq    TRAMPOLINE_KERNEL_CR3(%rbx), %rdx
    jmpq    *%rax

    .balign 8
gdt:
    .quad   0
    .quad   0x00af9b000000ffff
    .quad   0x00cf9b000000ffff
    .quad   0x00cf93000000ffff
gdt_pointer:
    .word   . - gdt - 1
    .long   0
far_protected:
    .long   0
    .word   0x10
far_long:
    .long   0
    .word   0x08
hal_trampoline_end:

/* From the trampoline: rdi = struct hal_cpu, rsi = stack, rdx = kernel tables. Runs in the image, which both tables map. */
    .section .text.hal_smp_entry, "ax", @progbits
    .globl hal_smp_entry
    .type hal_smp_entry, @function
hal_smp_entry:
    movq    %rdx, %cr3
    movq    %rsi, %rsp
    xorl    %ebp, %ebp
    call    hal_smp_started
    ud2

    .section .note.GNU-stack, "", @progbits
