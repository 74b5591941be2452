/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* struct epoll_event on x86_64 is that of its 32-bit programs: without padding. */
struct linux_epoll_event {
    u32 events;
    u64 data;
} __attribute__((packed));
