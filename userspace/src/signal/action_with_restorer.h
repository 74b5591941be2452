/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* struct sigaction of the kernel where the C library brings the code that handlers return to. */
struct user_action {
    u64 handler, flags, restorer, mask;
};

static inline u64 user_action_restorer(const struct user_action *action)
{
    return action->restorer;
}

static inline void user_action_set_restorer(struct user_action *action, u64 restorer)
{
    action->restorer = restorer;
}
