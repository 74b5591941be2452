/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "multiboot2.h"

#define FOUR_GB (1ull << 32)

static struct boot_info multiboot2_info;

[[noreturn]] void boot_multiboot2_start(u64 list, u64 magic, u64 entry_cycles)
{
    static const struct boot_window memory = {.base = NULL, .bytes = FOUR_GB};
    const char *why;
    if (magic != MULTIBOOT2_MAGIC)
        hal_refuse("Multiboot2: the loader does not speak Multiboot2");
    multiboot2_info.protocol = "multiboot2";
    multiboot2_info.loader = "";
    multiboot2_info.entry_cycles = entry_cycles;
    if (multiboot2_parse(&memory, list, &multiboot2_info, &why) != HELIX_OK)
        hal_refuse(why);
    hal_entry(&multiboot2_info);
}
