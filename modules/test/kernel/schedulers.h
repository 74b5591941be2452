/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/scheduler.h>

#include "watch.h"

/*
 * Schedulers for tests, each a copy of round_robin's record and table with one thing changed. Tests
 * may have writable statics; modules may not.
 */
struct test_scheduler {
    struct helix_module record;
    struct scheduler_ops ops;
    const struct helix_ops_header *tables[2];
    struct module *module; // registered
};

/* Copy round_robin under @name; not registered yet. False: it is not here. */
bool test_scheduler_copy(struct test_scheduler *scheduler, const char *name);
bool test_scheduler_register(struct test_scheduler *scheduler);
void test_scheduler_remove(struct test_scheduler *scheduler); // it is in charge nowhere

/* Name of the module behind helix.scheduler. */
const char *scheduler_in_charge(void);
struct watch *scheduler_watch(void);

/* End trials, make standbys, destroy what was replaced; then the free frames. */
void settle(void);
u64 settled_free_frames(void);
