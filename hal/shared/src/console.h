/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

void hal_console_init_early(void);

/* The serial port's interrupt line, claimed by the HAL itself; NO_LINE: not started. */
#define CONSOLE_NO_LINE UINT32_MAX
extern unsigned hal_console_line;
void hal_console_interrupt(void);
