/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#define VDSO_VERSION "LINUX_2.6"
#define VDSO_PREFIX  "__vdso_"
#define VDSO_FUNCTIONS                                                                   \
    "__vdso_clock_gettime", "__vdso_clock_getres", "__vdso_gettimeofday", "__vdso_time", \
        "__vdso_getcpu", "clock_gettime", "clock_getres", "gettimeofday", "time", "getcpu"
