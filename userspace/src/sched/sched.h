/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include "sched/setting.h"
#include "task/tasks.h"

/* The task @tid (0: the caller) with a reference. INVAL, NO_PROCESS. */
helix_status sched_task_get(u64 tid, struct task **task_out);

/* What ioprio_set(2) says to @priority: 0, -EINVAL, -EPERM. */
i64 sched_io_priority_check(u32 priority);

/* May @task be made as nice as @nice? */
bool sched_may_be_nice(const struct task *task, i32 nice);
