/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/spinlock.h>

/* Rank, owner and double-take checks of spinlocks; nothing at all unless built with
 * HELIX_LOCK_CHECK. */
#ifdef HELIX_LOCK_CHECK
void hal_lock_check_before(const struct spinlock *lock, bool same_rank_allowed);
void hal_lock_check_taken(struct spinlock *lock);
void hal_lock_check_release(struct spinlock *lock);
#else
static inline void hal_lock_check_before(const struct spinlock *lock, bool same_rank_allowed)
{
    (void)lock;
    (void)same_rank_allowed;
}

static inline void hal_lock_check_taken(struct spinlock *lock)
{
    (void)lock;
}

static inline void hal_lock_check_release(struct spinlock *lock)
{
    (void)lock;
}
#endif
