/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>

struct unpack_range;

/*
 * Unpack archives in memory over the root. @in_place: the memory is RAM in the direct map that
 * files may keep pages of; which ones they did is in *@ranges_out (kmalloc'ed, rising), also after
 * an error.
 */
helix_status initramfs_unpack_memory(const void *data, size_t bytes, bool in_place,
                                     struct unpack_range **ranges_out, size_t *range_count_out);
