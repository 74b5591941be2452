/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/user_clock.h>

struct user_clock_page hal_user_clock;
