/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* Semihosting, where the emulator offers it; otherwise nothing happens. */
void hal_host_call_write(const char *text);
