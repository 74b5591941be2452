/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/boot/boot.h>

#define MULTIBOOT2_MAGIC 0x36d76289u

/*
 * Read the information list at physical address @at into @info. On an error *why_out is a sentence
 * for the person at the console. Errors: HELIX_E_CORRUPT, HELIX_E_LIMIT, HELIX_E_TOO_BIG.
 */
helix_status multiboot2_parse(const struct boot_window *window, u64 at, struct boot_info *info,
                              const char **why_out);

/* Where _start arrives. */
[[noreturn]] void boot_multiboot2_start(u64 list, u64 magic, u64 entry_cycles);
