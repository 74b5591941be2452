/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/* What a record of /proc/cpuinfo has, among others. */
#define CPU_FIELDS \
    "vendor_id\t", "cpu family\t", "model\t\t", "stepping\t", "flags\t\t", "address sizes\t"
