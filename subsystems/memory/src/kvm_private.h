/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/mmu.h>

#pragma GCC visibility push(hidden) // names of memory's own

void kvm_init(void);

#pragma GCC visibility pop
