/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Ways into the kernel and out of it. Every way in builds a struct hal_frame; a frame from user mode lies at the top of the
 * thread's kernel stack.
 *
 * GS: user mode has its own base; the ordinary entries exchange it when the frame's CS says user. NMI, double fault and machine
 * check may come between `syscall` and `swapgs`, and with FSGSBASE a user base may look like anything, so those three
 * put back whatever base they found and take the right one from the bottom of their stack.
 */
#include "layout.h"

/* Three bytes that become clac or stac when the CPU has SMAP (user_access.c). */
.macro patch_clac
770:
    .byte   0x0f, 0x1f, 0x00
    .pushsection hal_clac_sites, "aR", @progbits
    .quad   770b
    .popsection
.endm

.macro push_registers
    pushq   %rsi
    pushq   %rdx
    pushq   %rcx
    pushq   %rax
    pushq   %r8
    pushq   %r9
    pushq   %r10
    pushq   %r11
    pushq   %rbx
    pushq   %rbp
    pushq   %r12
    pushq   %r13
    pushq   %r14
    pushq   %r15
    pushq   %rdi            /* the vector; the interrupted rdi is saved by the stub */
.endm

.macro pop_registers
    addq    $8, %rsp
    popq    %r15
    popq    %r14
    popq    %r13
    popq    %r12
    popq    %rbp
    popq    %rbx
    popq    %r11
    popq    %r10
    popq    %r9
    popq    %r8
    popq    %rax
    popq    %rcx
    popq    %rdx
    popq    %rsi
    popq    %rdi
    addq    $8, %rsp
.endm

    .section .text.trap_stubs, "ax", @progbits
    .balign 16
    .globl hal_trap_stubs
hal_trap_stubs:
vector = 0
.rept 256
    .balign 16
    /* Where the CPU pushes no error code, the slot says "no system call"; for int 0x80 it holds the number. */
    .if vector == VECTOR_SYSCALL
    pushq   %rax
    .elseif !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21)
    pushq   $-1
    .endif
    pushq   %rdi
    movl    $vector, %edi
    .if vector == 2 || vector == 8 || vector == 18
    jmp     trap_paranoid
    .else
    jmp     trap_common
    .endif
vector = vector + 1
.endr
    .balign 16

    .section .text.trap_entry, "ax", @progbits
    .balign 16
trap_common:
    push_registers
    cld
    patch_clac
    testb   $3, FRAME_CS(%rsp)
    jz      1f
    swapgs
1:  movq    %rsp, %rdi
    call    hal_trap_dispatch
    .globl hal_trap_return
hal_trap_return:            /* rsp = frame, interrupts off when it goes to user mode */
    testb   $3, FRAME_CS(%rsp)
    jz      1f
    swapgs
1:  pop_registers
    iretq

trap_paranoid:
    push_registers
    cld
    patch_clac
    movl    $MSR_GS_BASE, %ecx
    rdmsr
    movl    %eax, %r12d
    movl    %edx, %r13d
    movq    %rsp, %rax
    andq    $-IST_STACK_BYTES, %rax
    movq    (%rax), %rax
    movq    %rax, %rdx
    shrq    $32, %rdx
    wrmsr
    movq    %rsp, %rdi
    call    hal_trap_paranoid
    movl    $MSR_GS_BASE, %ecx
    movl    %r12d, %eax
    movl    %r13d, %edx
    wrmsr
    pop_registers
    iretq

    .balign 64
    .globl hal_syscall_entry
    .type hal_syscall_entry, @function
hal_syscall_entry:
    swapgs
    movq    %rsp, %gs:CPU_USER_SP
    movq    %gs:CPU_KERNEL_TOP, %rsp
    pushq   $SEGMENT_USER_DATA
    pushq   %gs:CPU_USER_SP
    pushq   %r11
    pushq   $SEGMENT_USER_CODE
    pushq   %rcx
    pushq   %rax
    pushq   %rdi
    movl    $VECTOR_SYSCALL, %edi
    push_registers
    sti
    movq    %rsp, %rdi
    call    *hal_handlers_table + HANDLERS_SYSCALL
    cli
    movq    %gs:CPU_CURRENT, %rax
    cmpl    $0, THREAD_WORK(%rax)
    jne     3f
    /* sysret only when it would give exactly the frame: it takes rip from rcx and rflags from r11, and faults in ring 0 on a bad rip. */
    movq    FRAME_RIP(%rsp), %rcx
    cmpq    %rcx, FRAME_RCX(%rsp)
    jne     3f
    movq    FRAME_RFLAGS(%rsp), %r11
    cmpq    %r11, FRAME_R11(%rsp)
    jne     3f
    testl   $(RFLAGS_TF | RFLAGS_RF | RFLAGS_NT), %r11d
    jnz     3f
    movq    %rcx, %rax
    shrq    $47, %rax
    jnz     3f
    addq    $8, %rsp
    popq    %r15
    popq    %r14
    popq    %r13
    popq    %r12
    popq    %rbp
    popq    %rbx
    addq    $8, %rsp        /* r11 */
    popq    %r10
    popq    %r9
    popq    %r8
    popq    %rax
    addq    $8, %rsp        /* rcx */
    popq    %rdx
    popq    %rsi
    popq    %rdi
    movq    32(%rsp), %rsp  /* syscall, rip, cs, rflags, rsp */
    swapgs
    sysretq
3:  movq    %rsp, %rdi
    call    hal_user_leave
    jmp     hal_trap_return

/* void hal_gdt_load_segments(const struct table_pointer *) */
    .section .text.hal_gdt_load_segments, "ax", @progbits
    .globl hal_gdt_load_segments
    .type hal_gdt_load_segments, @function
hal_gdt_load_segments:
    lgdt    (%rdi)
    movl    $SEGMENT_KERNEL_DATA, %eax
    movl    %eax, %ss
    xorl    %eax, %eax
    movl    %eax, %ds
    movl    %eax, %es
    movl    %eax, %fs
    movl    %eax, %gs
    popq    %rdi
    pushq   $SEGMENT_KERNEL_CODE
    pushq   %rdi
    lretq

    .section .note.GNU-stack, "", @progbits
