/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

void timer_files_start(void); // at init

/* The wall clock was set: timers that follow it expire at their new moment. Thread context. */
void timer_files_clock_was_set(void);
