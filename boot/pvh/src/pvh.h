/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/boot/boot.h>

#define PVH_START_MAGIC 0x336ec578u

/*
 * Read the start information at physical address @at into @info. On an error *why_out is a sentence
 * for the person at the console. Errors: HELIX_E_CORRUPT, HELIX_E_LIMIT, HELIX_E_TOO_BIG.
 */
helix_status pvh_parse(const struct boot_window *window, u64 at, struct boot_info *info,
                       const char **why_out);

/* Where boot_pvh_entry arrives. */
[[noreturn]] void boot_pvh_start(u64 start_info, u64 magic, u64 entry_cycles);
