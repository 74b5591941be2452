/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/*
 * What any boot protocol tells the kernel, in one form. Boot code fills it from its own protocol
 * and owns the storage, which stays valid for ever; all strings are NUL-terminated and bounded.
 * Physical addresses.
 */
enum boot_memory_kind {
    BOOT_MEMORY_USABLE,
    BOOT_MEMORY_RESERVED,
    BOOT_MEMORY_ACPI_RECLAIM,
    BOOT_MEMORY_ACPI_NVS,
    BOOT_MEMORY_BAD,
    BOOT_MEMORY_KEPT, // RAM in use for ever: the kernel's first tables, a device tree
};

struct boot_memory_range {
    paddr base;
    u64 bytes;
    enum boot_memory_kind kind;
};

#define BOOT_MEMORY_RANGES 128
#define BOOT_MODULES       16
#define BOOT_CMDLINE_BYTES 4096

/* A file the loader brought: an initramfs archive as a rule. */
struct boot_module {
    paddr base;
    u64 bytes;
};

struct boot_framebuffer {
    paddr base;
    u32 width, height, pitch;
    u8 bits_per_pixel; // 0: there is none
    u8 red_shift, green_shift, blue_shift;
};

struct boot_info {
    const char *protocol; // "pvh", "multiboot2", "direct", ...
    const char *loader;   // what the loader calls itself, or ""
    char cmdline[BOOT_CMDLINE_BYTES];
    struct boot_memory_range memory[BOOT_MEMORY_RANGES]; // sorted, not overlapping
    unsigned memory_count;
    struct boot_module modules[BOOT_MODULES];
    unsigned module_count;
    paddr acpi_rsdp;   // 0: none
    paddr device_tree; // 0: none
    struct boot_framebuffer framebuffer;
    paddr kernel_base; // where the image was put
    u64 kernel_bytes;  // image with .bss
    u64 boot_cpu;      // hardware id of the CPU that runs
    u64 entry_cycles;  // raw cycle counter at kernel entry
    u8 entropy[32];    // from the loader
    unsigned entropy_bytes;
};

/*
 * What boot code calls when @info is filled, once, on the boot CPU, with memory below 4 GB mapped
 * where it is: defined by the HAL. The HAL takes the memory it needs itself out of @info, maps the
 * kernel and goes on to kernel_main().
 */
[[noreturn]] void hal_entry(struct boot_info *info);

/* Say why this kernel cannot be started, on whatever can show it, and stop. */
[[noreturn]] void hal_refuse(const char *reason);

/* The kernel's first C function above the HAL, defined in core. */
[[noreturn]] void kernel_main(const struct boot_info *info);
