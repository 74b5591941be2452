/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

#define SYSTEM_NAME    "Linux"
#define SYSTEM_RELEASE "6.1.0-helix"
#define SYSTEM_VERSION "Helix 0.5.0"

/* The host name, cut to @capacity. */
void system_node_name(char *to, size_t capacity);
