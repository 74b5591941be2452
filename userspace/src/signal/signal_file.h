/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

void signal_files_start(void); // at init

/* A signal was queued: readers of signal files look. Any context. */
void signal_files_wake(void);
