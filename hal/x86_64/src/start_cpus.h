/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* The page below 1 MB that new CPUs start in. Without one, none can be started. */
void hal_trampoline_set(u64 page);

/* Areas for all CPUs that the firmware's tables name. */
void hal_trampoline_add_cpus(void);
