/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * From the firmware, in supervisor mode without translation, to the upper half.
 *
 * In (SBI): a0 = hart, a1 = device tree; the image lies where it was linked to be loaded.
 * Out: boot_direct_start(tree, hart, cycles) on the boot stack. 4 GB of memory are mapped where they are, and 128 GB at the
 * direct map.
 *
 * One table of 1 GB leaves serves as root under Sv39, and under Sv48 as the table below a root whose first and last entry
 * lead to it. A CPU without Sv48 ignores the write of that mode to satp as a whole.
 */
#include "layout.h"

#define LEAF_RWX 0xcf           /* V R W X A D */
#define TABLE    0x01
#define GB_SHIFT 28             /* 1 GB in the units of an entry: address bits start at bit 10 */
#define DIRECT_SLOT 256
#define IMAGE_SLOT 510
#define IMAGE_GB 2

    .section .boot.text, "ax", @progbits
    .balign 4
    .globl _start
    .type _start, @function
_start:
    csrw    sie, zero
    csrci   sstatus, SSTATUS_SIE
    /*
     * Some firmware, OpenSBI before 1.3 among it, lets a hart that it is asked to start look for its address before that is
     * written; the hart then arrives here. It takes the argument of the one start that is under way.
     */
    la      t0, boot_taken
    li      t1, 1
    amoswap.w.aqrl t1, t1, (t0)
    beqz    t1, first
    la      t0, boot_starting
    ld      a1, 0(t0)
    bnez    a1, hal_secondary_start
1:  wfi
    j       1b
first:
    csrr    s2, time
    mv      s0, a0
    mv      s1, a1
    la      a0, boot_table
    li      a1, LEAF_RWX
    li      a2, 4
    call    fill
    la      a0, boot_table + 8 * DIRECT_SLOT
    li      a1, LEAF_RWX
    li      a2, 128
    call    fill
    la      a0, boot_table + 8 * IMAGE_SLOT
    li      a1, (IMAGE_GB << GB_SHIFT) | LEAF_RWX
    li      a2, 1
    call    fill
    la      t0, boot_table
    srli    t0, t0, 2
    ori     t0, t0, TABLE
    la      t1, boot_root48
    sd      t0, 0(t1)
    li      t2, 511 * 8
    add     t2, t1, t2
    sd      t0, 0(t2)
    call    translate
    la      t0, boot_satp
    csrr    t1, satp
    sd      t1, 0(t0)
    la      t0, upper_address
    ld      t0, 0(t0)
    jr      t0

/* @a2 entries from @a0 on, 1 GB apart, beginning with @a1. */
fill:
    li      t0, 1 << GB_SHIFT
1:  sd      a1, 0(a0)
    add     a1, a1, t0
    addi    a0, a0, 8
    addi    a2, a2, -1
    bnez    a2, 1b
    ret

/* Turn translation on: Sv48, else Sv39. Instructions go on where they are. */
translate:
    sfence.vma
    la      t0, boot_root48
    srli    t0, t0, 12
    li      t1, SATP_SV48 << SATP_MODE_SHIFT
    or      t0, t0, t1
    csrw    satp, t0
    csrr    t1, satp
    beq     t0, t1, 1f
    la      t0, boot_table
    srli    t0, t0, 12
    li      t1, SATP_SV39 << SATP_MODE_SHIFT
    or      t0, t0, t1
    csrw    satp, t0
1:  sfence.vma
    ret

/* A secondary CPU, in (SBI): a0 = hart, a1 = its struct hal_cpu, as an address of the kernel's map. */
    .balign 4
hal_secondary_start:
    csrw    sie, zero
    csrci   sstatus, SSTATUS_SIE
    mv      s0, a1
    la      t0, boot_satp
    ld      t0, 0(t0)
    sfence.vma
    csrw    satp, t0
    sfence.vma
    la      t0, secondary_address
    ld      t0, 0(t0)
    jr      t0

    .section .text.boot_upper, "ax", @progbits
upper:
    la      sp, hal_boot_stack + BOOT_STACK_BYTES
    csrw    sscratch, zero
    la      t0, 1f
    csrw    stvec, t0           /* until hal_entry() has a struct hal_cpu for tp, a trap is the end */
    mv      a0, s1
    mv      a1, s0
    mv      a2, s2
    li      s0, 0
    call    boot_direct_start
    .balign 4
1:  wfi
    j       1b

secondary_upper:
    la      t0, hal_kernel_satp
    ld      t0, 0(t0)
    csrw    satp, t0
    sfence.vma
    fence.i
    mv      tp, s0
    /* Too late, and the stack may be another thread's by now. */
    addi    t0, tp, CPU_CLAIMED
    li      t1, 1
    amoswap.w.aqrl t1, t1, (t0)
    bnez    t1, 1f
    csrw    sscratch, zero
    la      t0, hal_trap_entry
    csrw    stvec, t0
    ld      t0, CPU_CURRENT(tp)
    ld      sp, THREAD_KERNEL_TOP(t0)
    mv      a0, tp
    li      s0, 0
    call    hal_smp_started
1:  wfi
    j       1b

/* Physical addresses, too far from the rest for an instruction to name: where the firmware starts secondary CPUs, and the word
   for the struct hal_cpu of the one that is being started. */
    .section .rodata.secondary, "a", @progbits
    .balign 8
    .globl hal_secondary_address
hal_secondary_address:
    .quad   hal_secondary_start
    .globl hal_starting_address
hal_starting_address:
    .quad   boot_starting

/* Kept after boot: secondary CPUs come up on these tables. */
    .section .boot.data, "aw", @progbits
    .balign 8
boot_satp:
    .quad   0
boot_starting:
    .quad   0
boot_taken:
    .word   0
    .balign 8
upper_address:
    .quad   upper
secondary_address:
    .quad   secondary_upper

    .section .boot.bss, "aw", @nobits
    .balign 4096
boot_table:
    .space  4096
boot_root48:
    .space  4096

    .section .note.GNU-stack, "", @progbits
