/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "direct.h"

#define FOUR_GB (1ull << 32)

static struct boot_info direct_info;

[[noreturn]] void boot_direct_start(u64 tree, u64 boot_cpu, u64 entry_cycles)
{
    static const struct boot_window memory = {.base = NULL, .bytes = FOUR_GB};
    const char *why;
    direct_info.protocol = "direct";
    direct_info.loader = "";
    direct_info.boot_cpu = boot_cpu;
    direct_info.entry_cycles = entry_cycles;
    if (direct_parse(&memory, tree, &direct_info, &why) != HELIX_OK)
        hal_refuse(why);
    hal_entry(&direct_info);
}
