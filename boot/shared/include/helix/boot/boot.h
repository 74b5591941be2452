/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/boot_info.h>
#include <helix/abi/status.h>

/*
 * What the boot protocols have in common. All of it works on untrusted data and runs on the host
 * too.
 */

/* Physical memory as boot code sees it: @bytes from physical address 0 on, readable at @base. */
struct boot_window {
    const u8 *base;
    u64 bytes;
};

/* The @bytes at physical address @at, or NULL when they do not all lie in the window or @at is 0.
 */
const void *boot_window_read(const struct boot_window *window, u64 at, u64 bytes);

/*
 * Collects a memory map in any order and with overlaps, and hands it out sorted, merged, without
 * overlaps: where ranges overlap, the less usable kind wins; usable ranges are cut to whole pages.
 * Empty and wrapping ranges are dropped, and what no processor can address: above
 * BOOT_PHYSICAL_LIMIT (AMD64 and Armv8-A have 52 bits, RISC-V Sv48 56).
 */
#define BOOT_PHYSICAL_LIMIT ((u64)1 << 56)

struct boot_memory_collector {
    struct boot_memory_range ranges[BOOT_MEMORY_RANGES];
    unsigned count;
};

/* Errors: HELIX_E_LIMIT too many ranges. */
helix_status boot_memory_add(struct boot_memory_collector *collector, u64 base, u64 bytes,
                             enum boot_memory_kind kind);
helix_status boot_memory_finish(const struct boot_memory_collector *collector,
                                struct boot_info *info);

/* The kind that an e820 type number means. */
enum boot_memory_kind boot_memory_kind_of_e820(u32 type);

/* Copy a command line of at most @bytes, NUL-terminated inside or not. Errors: HELIX_E_TOO_BIG;
 * HELIX_E_CORRUPT a byte below space other than tab and newline. */
helix_status boot_cmdline_set(struct boot_info *info, const char *text, u64 bytes);

/* An empty module is none: QEMU lists one when there is no initrd. Errors: HELIX_E_LIMIT too many;
 * HELIX_E_CORRUPT wrapping. */
helix_status boot_module_add(struct boot_info *info, u64 base, u64 bytes);
