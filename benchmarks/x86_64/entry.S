/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * A PVH kernel that writes the tick of its first instruction to the output port, in 16 hexadecimal digits, and leaves the emulator.
 * Taken from the tick at which /init starts, it tells what a kernel needed from its own entry on, without the firmware's part.
 */
    .code32
    .section .text, "ax"
    .globl _start
_start:
    rdtsc
    mov %eax, %ebx
    mov %edx, %eax
    mov $low, %esp
    jmp print
low:
    mov %ebx, %eax
    mov $done, %esp
    jmp print
done:
    mov $0xf4, %dx
    xor %eax, %eax
    out %al, %dx
    hlt

/* The eight digits of %eax; returns to the address in %esp, because there is no stack. */
print:
    mov $8, %ecx
    mov $0xea, %dx
1:  rol $4, %eax
    mov %eax, %edi
    and $15, %eax
    cmp $10, %al
    jb 2f
    add $('a' - '0' - 10), %al
2:  add $'0', %al
    out %al, %dx
    mov %edi, %eax
    loop 1b
    jmp *%esp

    .section .note.Xen, "a", @note
    .long 4, 4, 18
    .asciz "Xen"
    .long _start
    .section .note.GNU-stack, "", @progbits
