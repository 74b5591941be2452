/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* Use the clock whose registers are at @at; 0: there is none. */
void hal_goldfish_rtc_start(u64 at);
