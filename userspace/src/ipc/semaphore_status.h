/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include "ipc/ipc.h"

/* struct semid64_ds: one architecture has room behind each time. */
#if __has_include("semaphore_layout.h")
#include "semaphore_layout.h"
#else
struct linux_semid_ds {
    struct linux_ipc_perm perm;
    i64 operated;
    i64 changed;
    u64 count;
    u64 unused[2];
};
#endif
