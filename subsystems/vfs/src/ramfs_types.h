/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include "fs_type.h"

/* The gate of the ramfs module, and the types that are nothing but it: ramfs, tmpfs, rootfs. */
extern struct gate_binding ramfs_binding;

void ramfs_types_register(void);
