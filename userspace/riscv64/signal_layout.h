/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* struct sigaction of the kernel: handlers return through code that the kernel brings. */
struct user_action {
    u64 handler, flags, mask;
};

static inline u64 user_action_restorer(const struct user_action *action)
{
    (void)action;
    return 0;
}

static inline void user_action_set_restorer(struct user_action *action, u64 restorer)
{
    (void)action;
    (void)restorer;
}
