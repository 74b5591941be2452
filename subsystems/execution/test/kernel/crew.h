/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/execution/entry.h>
#include <helix/execution/thread.h>
#include <helix/execution/wait.h>
#include <helix/hal/spinlock.h>
#include <helix/hal/time.h>
#include <helix/lib/atomic.h>
#include <helix/lib/test.h>
#include <helix/memory/frame.h>

/*
 * Threads of one test: crew_end() waits for all of them, and for the last trace of them, so that
 * free frames can be compared.
 */
struct crew {
    struct helix_test_run *t;
    struct wait_queue done;
    u32 running; // atomic
    struct list members;
    u64 free_before;
};

/* How long a test waits for what must come: an emulated CPU may stand still for seconds, so only a
 * hang takes this long. */
#define TEST_PATIENCE (300 * NANOS_PER_SECOND)

/* Wait until the atomic *@count is @least or more. False: it did not come to that. */
bool test_reaches(const u32 *count, u32 least);

void crew_begin(struct crew *crew, struct helix_test_run *t);
struct thread *crew_add(struct crew *crew, void (*run)(void *argument), void *argument);
struct thread *crew_add_on(struct crew *crew, void (*run)(void *argument), void *argument,
                           cpu_mask affinity);
void crew_finish(struct crew *crew); // without looking at frames
i64 crew_frames_lost(const struct crew *crew);
void crew_end(struct crew *crew);
