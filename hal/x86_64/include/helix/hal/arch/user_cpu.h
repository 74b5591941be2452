/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/* A segment that programs ask for its limit: the number of the CPU they run on. The value is the
 * one that Linux has. */
#define HAL_USER_CPU_SEGMENT 0x7b
