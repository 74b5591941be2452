/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Ways into the kernel and out of it. Every way in builds a struct hal_frame; a frame from user mode lies at the top of the thread's kernel stack, which is
 * where SP_EL1 points while the program runs.
 *
 * In kernel mode SP_EL0 holds the running thread (hal_current()); a program's own stack pointer is saved by every entry and put back by every exit.
 *
 * An exception in the kernel first looks whether its stack has room. TPIDRRO_EL0 is scratch for that one moment; programs see zero in it.
 */
#include "layout.h"

.macro save_rest
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x19, [sp, #144]
    stp     x20, x21, [sp, #160]
    stp     x22, x23, [sp, #176]
    stp     x24, x25, [sp, #192]
    stp     x26, x27, [sp, #208]
    stp     x28, x29, [sp, #224]
.endm

.macro load_registers
    ldp     x0, x1, [sp]
    ldp     x2, x3, [sp, #16]
    ldp     x4, x5, [sp, #32]
    ldp     x6, x7, [sp, #48]
    ldp     x8, x9, [sp, #64]
    ldp     x10, x11, [sp, #80]
    ldp     x12, x13, [sp, #96]
    ldp     x14, x15, [sp, #112]
    ldp     x16, x17, [sp, #128]
    ldp     x18, x19, [sp, #144]
    ldp     x20, x21, [sp, #160]
    ldp     x22, x23, [sp, #176]
    ldp     x24, x25, [sp, #192]
    ldp     x26, x27, [sp, #208]
    ldp     x28, x29, [sp, #224]
.endm

/* x20 = the running thread afterwards. */
.macro enter_from_user
    save_rest
    mrs     x20, tpidr_el1
    mrs     x21, sp_el0
    mrs     x22, elr_el1
    mrs     x23, spsr_el1
    ldr     x20, [x20, #CPU_CURRENT]
    stp     x30, x21, [sp, #FRAME_X30]
    stp     x22, x23, [sp, #FRAME_PC]
    msr     sp_el0, x20
    mov     x29, xzr
    msr     daifclr, #4             /* errors of the memory system */
.endm

.macro vector label
    .balign 128
    sub     sp, sp, #FRAME_BYTES
    stp     x0, x1, [sp]
    b       \label
.endm

.macro vector_kernel label
    .balign 128
    sub     sp, sp, #FRAME_BYTES
    msr     tpidrro_el0, x0
    mrs     x0, sp_el0
    ldr     x0, [x0, #THREAD_KERNEL_STACK]
    sub     x0, sp, x0
    tbnz    x0, #63, stack_ran_over
    mrs     x0, tpidrro_el0
    stp     x0, x1, [sp]
    b       \label
.endm

.macro vector_never number
    .balign 128
    mov     x0, #\number
    b       never
.endm

    .section .text.trap_entry, "ax", @progbits
    .balign 2048
    .globl hal_vectors
hal_vectors:
    vector_never 0
    vector_never 1
    vector_never 2
    vector_never 3
    vector_kernel kernel_fault
    vector_kernel kernel_interrupt
    vector_never 6
    vector_kernel kernel_error
    vector  user_sync
    vector  user_interrupt
    vector_never 10
    vector  user_error
    vector_never 12
    vector_never 13
    vector_never 14
    vector_never 15
    .balign 128

user_sync:
    enter_from_user
    mrs     x1, esr_el1
    lsr     x2, x1, #ESR_CLASS_SHIFT
    cmp     x2, #ESR_CLASS_SVC
    b.ne    1f
    ldr     x0, [sp]
    stp     x8, x0, [sp, #FRAME_SYSCALL]
    adrp    x1, hal_handlers_table
    ldr     x1, [x1, :lo12:hal_handlers_table + HANDLERS_SYSCALL]
    mov     x0, sp
    msr     daifclr, #3
    blr     x1
    msr     daifset, #3
    ldr     w1, [x20, #THREAD_WORK]
    cbz     w1, hal_trap_return
    mov     x0, sp
    bl      hal_user_leave
    b       hal_trap_return
1:  mov     x3, #-1
    str     x3, [sp, #FRAME_SYSCALL]
    mrs     x2, far_el1
    mov     x0, sp
    bl      hal_exception
    b       leave_to_user

user_interrupt:
    enter_from_user
    mov     x3, #-1
    str     x3, [sp, #FRAME_SYSCALL]
    mov     x0, sp
    bl      hal_exception_interrupt
    b       leave_to_user

user_error:
    enter_from_user
    mov     x3, #-1
    str     x3, [sp, #FRAME_SYSCALL]
    mrs     x1, esr_el1
    mov     x0, sp
    bl      hal_exception_error
leave_to_user:
    mov     x0, sp
    bl      hal_user_leave

/* sp = a frame from user mode, interrupts off, no work left. */
    .globl hal_trap_return
hal_trap_return:
    ldp     x22, x23, [sp, #FRAME_PC]
    ldr     w24, =PSTATE_USER
    and     x23, x23, x24
    ldp     x30, x21, [sp, #FRAME_X30]
    msr     daifset, #15
    msr     elr_el1, x22
    msr     spsr_el1, x23
    msr     sp_el0, x21
    load_registers
    add     sp, sp, #FRAME_BYTES
    eret

.macro enter_from_kernel
    save_rest
    add     x21, sp, #FRAME_BYTES
    mrs     x22, elr_el1
    mrs     x23, spsr_el1
    mov     x3, #-1
    stp     x30, x21, [sp, #FRAME_X30]
    stp     x22, x23, [sp, #FRAME_PC]
    str     x3, [sp, #FRAME_SYSCALL]
    msr     tpidrro_el0, xzr
    mrs     x1, esr_el1
    mrs     x2, far_el1
    mov     x0, sp
    msr     daifclr, #4
.endm

kernel_fault:
    enter_from_kernel
    bl      hal_exception
    b       kernel_return

kernel_interrupt:
    enter_from_kernel
    bl      hal_exception_interrupt
    b       kernel_return

kernel_error:
    enter_from_kernel
    bl      hal_exception_error
kernel_return:
    msr     daifset, #15
    ldp     x22, x23, [sp, #FRAME_PC]
    ldr     x30, [sp, #FRAME_X30]
    msr     elr_el1, x22
    msr     spsr_el1, x23
    load_registers
    add     sp, sp, #FRAME_BYTES
    eret

/* x0 is in TPIDRRO_EL0, sp below the stack's end. The frame is built on the CPU's own stack for this; PAR_EL1 keeps the sp that was. */
stack_ran_over:
    mov     x0, sp
    add     x0, x0, #FRAME_BYTES
    msr     par_el1, x0
    mrs     x0, tpidr_el1
    ldr     x0, [x0, #CPU_FAULT_STACK]
    sub     sp, x0, #FRAME_BYTES
    mrs     x0, tpidrro_el0
    stp     x0, x1, [sp]
    enter_from_kernel
    mrs     x3, par_el1
    str     x3, [sp, #(FRAME_X30 + 8)]
    bl      hal_exception_overflow
    b       kernel_return

/* A vector that nothing should take: x0 = its number. */
never:
    mrs     x1, tpidr_el1
    ldr     x1, [x1, #CPU_FAULT_STACK]
    mov     sp, x1
    mrs     x1, esr_el1
    mrs     x2, elr_el1
    bl      hal_exception_never

    .ltorg
    .section .note.GNU-stack, "", @progbits
