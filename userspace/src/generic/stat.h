/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* struct stat as all architectures younger than x86_64 have it. */
struct linux_stat {
    u64 device;
    u64 inode;
    u32 mode;
    u32 links;
    u32 uid;
    u32 gid;
    u64 special_device;
    u64 pad;
    i64 size;
    i32 block_size;
    i32 pad2;
    i64 blocks;
    u64 accessed, accessed_ns;
    u64 modified, modified_ns;
    u64 changed, changed_ns;
    u32 unused[2];
};
_Static_assert(sizeof(struct linux_stat) == 128, "struct stat");
