/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* Limits of files and descriptors, and where /proc/sys/fs shows and sets them. Once, before the
 * first process. */
void file_limits_start(void);

/* The most descriptors that a process may ever have: /proc/sys/fs/nr_open. */
u64 fd_most(void);
