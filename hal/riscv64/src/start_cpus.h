/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/* Areas for all CPUs that the device tree names, as far as the firmware can start them. */
void hal_start_cpus_add(void);
