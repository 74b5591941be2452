/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/mmu.h>
#include <helix/hal/trap.h>

/* 3 under Sv39, 4 under Sv48. */
extern unsigned hal_page_levels;

/* satp for the kernel's own tables: where secondary CPUs start. */
extern u64 hal_kernel_satp;

/* Choose the mode: the one that the entry found, or Sv39 where @cmdline says no4lvl. */
void hal_mmu_choose(const char *cmdline);
const char *hal_mmu_name(void);

/* Go over from the boot tables to the kernel's. */
void hal_mmu_load_kernel(void);

/*
 * Complete @fault with what the tables say. True: it was none, and the access is tried again: an
 * entry that this CPU remembered as empty, or one whose accessed and dirty bits software must set.
 * @open: user memory was within reach.
 */
bool hal_mmu_resolve(struct hal_fault *fault, bool open);

/*
 * Kernel mappings were added. Every CPU drops what it may remember of their absence at its next
 * switch of threads, because on a stack that seems absent no fault can be taken.
 */
void hal_mmu_kernel_changed(void);
void hal_mmu_catch_up(void);

/* Before user mode: fetch no instructions from before the last change of code. */
void hal_mmu_code_changed(void);
void hal_mmu_code_catch_up(void);
