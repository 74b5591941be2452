/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>

/* What tmpfs(5) can be told at mount(2). A limit of 0: none. */
struct volume_options {
    u64 pages, inodes;
    u32 mode, uid, gid;
    bool has_pages, has_inodes, has_mode, has_uid, has_gid;
};

/* Errors:  HELIX_E_INVAL an option that tmpfs does not have, or a value that is none. */
helix_status volume_options_parse(const char *text, struct volume_options *options_out);
