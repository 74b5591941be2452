/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>

#define SYSTEM_NAME    "Linux"
#define SYSTEM_RELEASE "6.1.0-helix"
#define SYSTEM_VERSION "Helix " SYSTEM_HELIX_VERSION

#define SYSTEM_HELIX_VERSION "0.5.0"

#define SYSTEM_NODE_BYTES 65 // with its NUL

/* The host name, cut to @capacity; and its change, which the caller has the right to. */
void system_node_name(char *to, size_t capacity);
helix_status system_node_name_set(const char *name, size_t bytes); // INVAL: too long
