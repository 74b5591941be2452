/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/userspace/task.h>

/* Whom a call about priorities is about, as PRIO_* number them; IOPRIO_WHO_* are one more. */
enum select_which {
    SELECT_TASK,
    SELECT_GROUP,
    SELECT_USER,
};

struct selection {
    enum select_which which;
    u32 who; // 0: the caller's
    void (*visit)(struct task *task, void *context);
    void *context;
    bool found;
};

/* NO_PROCESS: there is none. */
helix_status sched_visit(struct selection *selection);
