/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/* Offsets in the trampoline page. */
#define TRAMPOLINE_DATA       0xf00
#define TRAMPOLINE_ROOT       0xf00 /* u32: boot page tables */
#define TRAMPOLINE_EFER       0xf04 /* u32 */
#define TRAMPOLINE_KERNEL_CR3 0xf08 /* u64 */
#define TRAMPOLINE_STACK      0xf10 /* u64 */
#define TRAMPOLINE_ARGUMENT   0xf18 /* u64: struct hal_cpu */
#define TRAMPOLINE_ENTRY      0xf20 /* u64 */
