/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#define VDSO_VERSION "LINUX_2.6.39"
#define VDSO_PREFIX  "__kernel_"
#define VDSO_FUNCTIONS                                                          \
    "__kernel_clock_gettime", "__kernel_clock_getres", "__kernel_gettimeofday", \
        "__kernel_rt_sigreturn"
