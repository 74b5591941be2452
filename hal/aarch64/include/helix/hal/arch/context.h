/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* A switched-out thread: everything else lies on its kernel stack. */
struct hal_context {
    uintptr_t sp;
};
