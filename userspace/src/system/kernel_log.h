/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/* Let /dev/kmsg read the kernel log. Once. */
void system_log_start(void);
