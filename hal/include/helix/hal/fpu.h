/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/*
 * User FPU and SIMD state. The kernel itself uses none. Saved eagerly at a switch between user
 * threads: lazy saving costs a trap per switch under emulation and leaks state across threads on
 * real CPUs.
 */
size_t hal_fpu_state_size(void); // bytes; constant after hal_init()
void hal_fpu_init_state(
    void *fpu); // the state a fresh program starts with; @fpu is 64-byte aligned
void hal_fpu_restore(const void *fpu);

/* The registers to @fpu, the running thread's own area: what has not changed since they were loaded
 * from there is not stored again. Preemption off. */
void hal_fpu_save(void *fpu);

/* Check a state that came from user memory (signal return): true when loading it cannot fault. */
bool hal_fpu_validate(void *fpu);
