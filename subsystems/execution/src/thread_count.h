/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>
#include <helix/lib/compiler.h>

HELIX_HIDDEN u64 thread_forks(void); // threads created since boot
