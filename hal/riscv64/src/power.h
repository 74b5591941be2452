/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/* Find the test device, for exit codes and where the firmware cannot. */
void hal_power_start(void);
