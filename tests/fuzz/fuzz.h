/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* What libFuzzer calls, again and again, in one process. */
int LLVMFuzzerTestOneInput(const u8 *data, size_t n);
