/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/* What a record of /proc/cpuinfo has, among others. */
#define CPU_FIELDS "BogoMIPS\t", "Features\t", "CPU implementer\t", "CPU architecture", "CPU part\t"
