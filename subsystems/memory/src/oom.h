/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#pragma GCC visibility push(hidden) // names of memory's own

/* No frame for a user fault, and nothing to reclaim: true when the handler made room. */
bool oom_try_again(void);

#pragma GCC visibility pop
