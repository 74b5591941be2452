/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/mmu.h>

/* What hal_map_device() answers in unit tests. */
extern void *(*devices_map)(u64 base, size_t bytes);
