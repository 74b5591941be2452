/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include "sched/setting.h"
#include "task/tasks.h"

/* The task @tid (0: the caller) with a reference. INVAL, NO_PROCESS. */
helix_status sched_task_get(u64 tid, struct task **task_out);

/* May @task be made as nice as @nice? */
bool sched_may_be_nice(const struct task *task, i32 nice);
