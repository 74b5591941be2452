/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/*
 * The rights that a file gives whoever executes it: an extended attribute, in Linux's form. It goes
 * when the file is written or given away.
 */
#define FILE_CAPABILITIES_NAME "security.capability"

enum {
    FILE_CAPABILITIES_EFFECTIVE = 1, // they are in force at once
    FILE_CAPABILITIES_2 = 0x02000000,
    FILE_CAPABILITIES_3 = 0x03000000, // with the user who is root where they count
    FILE_CAPABILITIES_2_BYTES = 20,
    FILE_CAPABILITIES_3_BYTES = 24,
};

struct file_capabilities {
    u32 form; // FILE_CAPABILITIES_*
    struct {
        u32 permitted, inheritable;
    } words[2]; // capabilities 0 to 31, and the others
    u32 root;
};

static inline bool file_capabilities_valid(const struct file_capabilities *of, u32 bytes)
{
    const u32 form = bytes >= sizeof of->form ? of->form & ~(u32)FILE_CAPABILITIES_EFFECTIVE : 0;
    return (bytes == FILE_CAPABILITIES_2_BYTES && form == FILE_CAPABILITIES_2) ||
           (bytes == FILE_CAPABILITIES_3_BYTES && form == FILE_CAPABILITIES_3);
}
