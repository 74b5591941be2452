/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

[[noreturn]] void hal_power_off(void); // falls back to halting when the platform cannot
[[noreturn]] void hal_reboot(void);

/* Leave the emulator with a code for the host (7 bits survive), when it offers that; returns
 * otherwise. */
void hal_debug_exit(unsigned code);
