/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/* Find the clock; without one, time since 1970 is unknown. */
void hal_goldfish_rtc_start(void);
