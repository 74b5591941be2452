/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

void hal_syscall_enable(void); // on each CPU

/* Put stac and clac where the CPU has them. */
void hal_user_access_patch(void);
