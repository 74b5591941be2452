/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* struct epoll_event as programs have it: packed on one architecture, natural on the others. */
#if __has_include("epoll_layout.h")
#include "epoll_layout.h"
#else
struct linux_epoll_event {
    u32 events;
    u32 pad;
    u64 data;
};
#endif
