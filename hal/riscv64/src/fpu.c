/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Floating-point state, single and double precision.
 *
 * sstatus.FS tells whether the registers differ from what was last loaded, so saving is eager where
 * there is something to save and free where not; a program that never computes costs no store.
 * Loading is eager: the first use would cost a trap, and registers left from another thread would
 * be there to read.
 */
#include <helix/hal/fpu.h>

#include <helix/lib/string.h>

#include "csr.h"
#include "features.h"
#include "layout.h"

struct fpu_state {
    u64 registers[32];
    u32 control;
    u32 pad;
};

#define CONTROL_BITS 0xffu // rounding mode and flags

void hal_fpu_store(void *state);
void hal_fpu_load(const void *state);

size_t hal_fpu_state_size(void)
{
    return sizeof(struct fpu_state);
}

void hal_fpu_init_state(void *fpu)
{
    memset(fpu, 0, sizeof(struct fpu_state));
}

/* What is not dirty stands in @fpu already: an area belongs to one thread. */
void hal_fpu_save(void *fpu)
{
    if ((csr_read(sstatus) & SSTATUS_FS) != SSTATUS_FS_DIRTY)
        return;
    hal_fpu_store(fpu);
    csr_clear(sstatus, SSTATUS_FS_DIRTY ^ SSTATUS_FS_CLEAN);
}

void hal_fpu_restore(const void *fpu)
{
    if (!hal_features.d)
        return;
    csr_set(sstatus, SSTATUS_FS_DIRTY);
    hal_fpu_load(fpu);
    csr_clear(sstatus, SSTATUS_FS_DIRTY ^ SSTATUS_FS_CLEAN);
}

bool hal_fpu_validate(void *fpu)
{
    struct fpu_state *state = fpu;
    return (state->control & ~CONTROL_BITS) == 0;
}
