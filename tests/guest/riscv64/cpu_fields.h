/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/* What a record of /proc/cpuinfo has, among others. */
#define CPU_FIELDS "hart\t\t", "isa\t\t", "mmu\t\t"
