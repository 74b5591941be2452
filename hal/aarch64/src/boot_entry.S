/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * From Linux's boot protocol for arm64 (Documentation/arch/arm64/booting) to C in the upper half: the image lies 2 MB aligned anywhere in RAM, the MMU is
 * off, x0 holds the physical address of the device tree.
 *
 * Out: boot_direct_start(tree, cpu, entry_cycles) on the boot stack. Mapped: the image, at its linked address and where it is; the tree, where it is and in
 * the direct map. hal_early_near maps the gigabyte that the image lies in; early.c fills in the RAM of it.
 */
#include "layout.h"

#define BLOCK      0x701          /* normal memory, shareable, accessed */
#define BLOCK_UXN  (1 << 54)
#define TABLE      0x3
#define BLOCK_SHIFT 21

#define HCR_RW        (1 << 31)
#define CPTR_NO_TRAPS 0x33ff
#define SRE_ALL       0xf
#define ICC_SRE_EL2   S3_4_C12_C9_5
#define ICH_HCR_EL2   S3_4_C12_C11_0

    .section .boot.header, "ax", @progbits
    .globl _start
_start:
    b       boot_entry
    .long   0
    .quad   0                       /* load at any multiple of 2 MB */
    .quad   __kernel_bytes
    .quad   0xa                     /* little endian, 4 KB pages, anywhere in memory */
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .long   0

/* Leave EL2 for EL1 with the virtual machine's view of timers and interrupt controller; MMU off. Keeps x19 to x28. */
    .section .text.boot, "ax", @progbits
    .balign 16
to_el1:
    ldr     x0, =SCTLR_RES1
    msr     sctlr_el1, x0
    isb
    mrs     x0, CurrentEL
    cmp     x0, #8
    b.ne    3f
    mov     x0, #HCR_RW
    msr     hcr_el2, x0
    mov     x0, #3
    msr     cnthctl_el2, x0
    msr     cntvoff_el2, xzr
    msr     vttbr_el2, xzr
    msr     hstr_el2, xzr
    mov     x0, #CPTR_NO_TRAPS
    msr     cptr_el2, x0
    mrs     x0, midr_el1
    msr     vpidr_el2, x0
    mrs     x0, mpidr_el1
    msr     vmpidr_el2, x0
    mrs     x0, id_aa64dfr0_el1
    ubfx    x0, x0, #8, #4
    sub     x0, x0, #1
    cmp     x0, #14                 /* 0 and 15: no architected performance monitor */
    mov     x1, xzr
    b.hs    1f
    mrs     x1, pmcr_el0
    ubfx    x1, x1, #11, #5
1:  msr     mdcr_el2, x1
    mrs     x0, id_aa64pfr0_el1
    ubfx    x0, x0, #24, #4
    cbz     x0, 2f
    mov     x0, #SRE_ALL
    msr     ICC_SRE_EL2, x0
    isb
    msr     ICH_HCR_EL2, xzr
2:  mov     x0, #PSTATE_KERNEL_OFF
    msr     spsr_el2, x0
    msr     elr_el2, x30
    eret
3:  ret

/* Turn the MMU on with the tables at x0 for the lower and x1 for the upper half, and go on at x2. */
mmu_on:
    ldr     x3, =MAIR_VALUE
    msr     mair_el1, x3
    ldr     x3, =TCR_VALUE
    mrs     x4, id_aa64mmfr0_el1
    and     x5, x4, #0xf
    mov     x6, #5                  /* 48 bits */
    cmp     x5, x6
    csel    x5, x5, x6, lo
    bfi     x3, x5, #TCR_IPS_SHIFT, #3
    ubfx    x5, x4, #4, #4
    cmp     x5, #2
    cset    x5, eq
    bfi     x3, x5, #TCR_ASID16_BIT, #1
    mrs     x4, id_aa64mmfr1_el1
    and     x4, x4, #0xf
    cmp     x4, #1
    cset    x5, hs
    bfi     x3, x5, #TCR_ACCESSED_BIT, #1
    cmp     x4, #2
    cset    x5, hs
    bfi     x3, x5, #TCR_DIRTY_BIT, #1
    msr     tcr_el1, x3
    msr     ttbr0_el1, x0
    msr     ttbr1_el1, x1
    isb
    tlbi    vmalle1
    dsb     nsh
    ic      iallu
    dsb     nsh
    isb
    ldr     x3, =SCTLR_VALUE
    msr     sctlr_el1, x3
    isb
    br      x2

    .balign 16
boot_entry:
    msr     daifset, #15
    mov     x20, x0                 /* tree */
    bl      to_el1
    mrs     x21, cntvct_el0
    mrs     x19, mpidr_el1
    adrp    x22, _start             /* where the image lies */

    adrp    x0, hal_early_root
    add     x1, x0, #(6 * 4096)
1:  stp     xzr, xzr, [x0], #16
    cmp     x0, x1
    b.lo    1b
    adrp    x0, hal_early_root
    adrp    x1, early_direct
    adrp    x2, early_image_gb
    adrp    x3, early_image
    adrp    x4, hal_early_near
    adrp    x5, early_tree
    orr     x6, x1, #TABLE
    str     x6, [x0]
    orr     x6, x2, #TABLE
    str     x6, [x0, #(511 * 8)]
    orr     x6, x3, #TABLE
    str     x6, [x2, #(510 * 8)]
    orr     x6, x4, #TABLE
    lsr     x7, x22, #30
    str     x6, [x1, x7, lsl #3]
    lsr     x8, x20, #30
    cmp     x7, x8
    csel    x5, x4, x5, eq
    orr     x6, x5, #TABLE
    str     x6, [x1, x8, lsl #3]

    mov     x9, #BLOCK
    orr     x9, x9, #BLOCK_UXN
    lsr     x10, x20, #BLOCK_SHIFT  /* the tree may reach into a second block */
    orr     x11, x9, x10, lsl #BLOCK_SHIFT
    and     x10, x10, #511
    str     x11, [x5, x10, lsl #3]
    cmp     x10, #511
    b.eq    2f
    add     x10, x10, #1
    add     x11, x11, #(1 << BLOCK_SHIFT)
    str     x11, [x5, x10, lsl #3]
2:  ldr     x10, =__kernel_bytes
    add     x10, x22, x10
    lsr     x12, x22, #BLOCK_SHIFT
    and     x12, x12, #511
    mov     x13, x22
3:  orr     x11, x9, x13
    str     x11, [x3], #8
    cmp     x12, #511
    b.hi    4f
    str     x11, [x4, x12, lsl #3]
4:  add     x12, x12, #1
    add     x13, x13, #(1 << BLOCK_SHIFT)
    cmp     x13, x10
    b.lo    3b

    /* What the caches hold of the tables is older than what was written past them. */
    dmb     sy
    adrp    x0, hal_early_root
    add     x1, x0, #(6 * 4096)
5:  dc      ivac, x0
    add     x0, x0, #16
    cmp     x0, x1
    b.lo    5b
    dsb     sy

    adrp    x0, hal_early_root
    mov     x1, x0
    ldr     x2, =upper
    b       mmu_on

upper:
    ldr     x0, =__bss_start
    ldr     x1, =__bss_end
1:  stp     xzr, xzr, [x0], #16
    stp     xzr, xzr, [x0], #16
    stp     xzr, xzr, [x0], #16
    stp     xzr, xzr, [x0], #16
    cmp     x0, x1
    b.lo    1b
    ldr     x0, =hal_image_phys
    str     x22, [x0]
    ldr     x0, =hal_boot_stack + BOOT_STACK_BYTES
    mov     sp, x0
    bl      hal_boot_cpu_init
    mov     x0, x20
    mov     x1, x19
    mov     x2, x21
    mov     x29, xzr
    mov     x30, xzr
    b       boot_direct_start

/* Another CPU, from PSCI at its physical address: x0 = its struct hal_cpu, by its virtual address. */
    .globl hal_secondary_start
hal_secondary_start:
    msr     daifset, #15
    mov     x19, x0
    bl      to_el1
    adrp    x0, hal_early_root
    adrp    x1, hal_kernel_root
    ldr     x2, =1f
    b       mmu_on
1:  ldr     x1, [x19, #CPU_CURRENT]
    msr     tpidr_el1, x19
    msr     sp_el0, x1
    ldr     x2, [x1, #THREAD_KERNEL_TOP]
    mov     sp, x2
    mov     x29, xzr
    mov     x30, xzr
    mov     x0, x19
    b       hal_secondary_started

/*
 * void hal_tables_switch(u64 root, u64 empty, u64 here): give the upper half the tables at @root. The old ones map the same with leaves of other sizes, so
 * that nothing may be left of them when the new ones come: in between the code runs at @here, the physical address of 1.
 */
    .globl hal_tables_switch, hal_tables_switch_here
hal_tables_switch:
    br      x2
hal_tables_switch_here:
    msr     ttbr1_el1, x1
    isb
    tlbi    vmalle1
    dsb     nsh
    isb
    msr     ttbr1_el1, x0
    isb
    ret

/* Kept after boot: other CPUs come up on them. */
    .section .boot.bss, "aw", @nobits
    .balign 4096
    .globl hal_early_root, hal_early_near
hal_early_root:
    .space  4096
early_direct:
    .space  4096
early_image_gb:
    .space  4096
early_image:
    .space  4096
hal_early_near:
    .space  4096
early_tree:
    .space  4096

    .section .note.GNU-stack, "", @progbits
