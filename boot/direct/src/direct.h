/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/boot/boot.h>

/*
 * Read the device tree at physical address @at into @info. On an error *why_out is a sentence for
 * the person at the console. Errors: HELIX_E_CORRUPT, HELIX_E_LIMIT, HELIX_E_TOO_BIG.
 */
helix_status direct_parse(const struct boot_window *window, u64 at, struct boot_info *info,
                          const char **why_out);

/* Where the architecture's entry arrives: the tree's physical address, the hardware id of the CPU
 * that runs, the cycle counter at entry. */
[[noreturn]] void boot_direct_start(u64 tree, u64 boot_cpu, u64 entry_cycles);
