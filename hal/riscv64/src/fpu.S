/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Only here does the kernel touch floating-point registers: it is compiled without them. */
    .option arch, +f, +d
    .section .text.fpu, "ax", @progbits

.macro for_all op
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    \op     f\n, 8 * \n(a0)
    .endr
.endm

/* void hal_fpu_store(void *state) */
    .balign 4
    .globl hal_fpu_store
    .type hal_fpu_store, @function
hal_fpu_store:
    for_all fsd
    frcsr   t0
    sw      t0, 256(a0)
    ret

/* void hal_fpu_load(const void *state) */
    .balign 4
    .globl hal_fpu_load
    .type hal_fpu_load, @function
hal_fpu_load:
    for_all fld
    lw      t0, 256(a0)
    fscsr   t0
    ret

    .section .note.GNU-stack, "", @progbits
