/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* struct stat as stat(2) has it on x86_64. */
struct linux_stat {
    u64 device;
    u64 inode;
    u64 links;
    u32 mode;
    u32 uid;
    u32 gid;
    u32 pad;
    u64 special_device;
    i64 size;
    i64 block_size;
    i64 blocks;
    u64 accessed, accessed_ns;
    u64 modified, modified_ns;
    u64 changed, changed_ns;
    i64 unused[3];
};
