/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

void hal_fpu_detect(void);   // once
void hal_fpu_init_cpu(void); // on each CPU
