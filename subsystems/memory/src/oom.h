/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/* No frame for a user fault, and nothing to reclaim: true when the handler made room. */
bool oom_try_again(void);
