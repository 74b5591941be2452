/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/memory/space.h>

/* Once, before the first program. */
void vdso_start(void);

/* Of the page of clocks and the code behind it. */
size_t vdso_bytes(void);

/*
 * Map both into @space, which nobody else uses yet, at @at or, where that is 0, where mmap() would.
 * *code_out: where the code's ELF header lies. Errors: as vm_map()'s.
 */
helix_status vdso_map(struct vm_space *space, vaddr at, vaddr *code_out);

/* The code that ends a handler, of the vDSO at @code; 0: it has none. */
vaddr vdso_signal_return_at(vaddr code);
