/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/orchestrator/kernel.h>

/* Move and call back. HELIX_E_STATE: not allowed from here, nothing happened. */
helix_status kernel_move(enum kernel_state to);
