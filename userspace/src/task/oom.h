/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/userspace/task.h>

/* Out of memory: who goes. oom_adjust is between -1000 (never) and 1000 (first). */
#define OOM_ADJUST_LIMIT 1000

void oom_start(void);

/* 0 to 2000: how much of the memory the process has, in thousandths, with its oom_adjust. As
 * /proc/PID/oom_score. */
u32 oom_score(struct process *process);
