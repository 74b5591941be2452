/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include "ipc/ipc.h"

struct linux_semid_ds {
    struct linux_ipc_perm perm;
    i64 operated;
    u64 unused1;
    i64 changed;
    u64 unused2;
    u64 count;
    u64 unused[2];
};
