/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/* Areas for all CPUs that the device tree names, as far as the firmware can start them. */
void hal_start_cpus_add(void);

/* What a CPU does for itself when it comes up, the first one too. */
void hal_start_cpus_own(void);
