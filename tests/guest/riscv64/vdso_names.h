/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#define VDSO_VERSION "LINUX_4.15"
#define VDSO_PREFIX  "__vdso_"
#define VDSO_FUNCTIONS                                                                     \
    "__vdso_clock_gettime", "__vdso_clock_getres", "__vdso_gettimeofday", "__vdso_getcpu", \
        "__vdso_flush_icache", "__vdso_rt_sigreturn"
