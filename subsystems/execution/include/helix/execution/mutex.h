/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/execution/wait.h>

/*
 * Sleeping locks. Not recursive. Thread context, no spinlock held. mutex_lock() cannot be
 * interrupted: what is done under a mutex is bounded, waiting for the world happens outside. Debug
 * builds check rank order as for spinlocks.
 */
struct HELIX_CAPABILITY("mutex") mutex {
    u32 state; // 0 free, 1 held, 2 held with waiters
    u32 rank;
    struct thread *owner;
    struct wait_queue queue;
};

void mutex_init(struct mutex *mutex, enum lock_rank rank);
void mutex_lock(struct mutex *mutex) HELIX_ACQUIRE(mutex);
bool mutex_try_lock(
    struct mutex *mutex); // not annotated: conditional locking is for try paths only
void mutex_unlock(struct mutex *mutex) HELIX_RELEASE(mutex);
bool mutex_held(const struct mutex *mutex); // by the running thread
#define MUTEX_INIT(name_, rank_) {.rank = (rank_), .queue = WAIT_QUEUE_INIT((name_).queue)}

/* Many readers or one writer; writers are not starved. */
struct HELIX_CAPABILITY("rwlock") rwlock {
    i32 readers; // -1: a writer
    u32 writers_waiting;
    struct wait_queue queue;
};
void rwlock_init(struct rwlock *lock);
void rwlock_read_lock(struct rwlock *lock) HELIX_ACQUIRE_SHARED(lock);
void rwlock_read_unlock(struct rwlock *lock) HELIX_RELEASE_SHARED(lock);
void rwlock_write_lock(struct rwlock *lock) HELIX_ACQUIRE(lock);
void rwlock_write_unlock(struct rwlock *lock) HELIX_RELEASE(lock);
