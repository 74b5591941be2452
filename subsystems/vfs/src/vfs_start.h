/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>

/* Tables, types, devices. @frames: of the machine, for the sizes of tables. Once. */
helix_status vfs_start(u64 frames);

/* Mount the root and make what every system finds there: /dev, /dev/console, /root. */
helix_status vfs_start_root(void);
