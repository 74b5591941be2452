/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/* Every host thread plays one kernel thread, and one CPU. */
extern _Thread_local struct hal_thread hal_host_thread;

static inline struct hal_thread *hal_current(void)
{
    return &hal_host_thread;
}
