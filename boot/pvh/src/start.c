/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "pvh.h"

#define FOUR_GB (1ull << 32)

static struct boot_info pvh_info;

[[noreturn]] void boot_pvh_start(u64 start_info, u64 magic, u64 entry_cycles)
{
    (void)magic; // PVH puts its magic into the structure, not into eax
    static const struct boot_window memory = {.base = NULL, .bytes = FOUR_GB};
    const char *why;
    pvh_info.protocol = "pvh";
    pvh_info.loader = "";
    pvh_info.entry_cycles = entry_cycles;
    if (pvh_parse(&memory, start_info, &pvh_info, &why) != HELIX_OK)
        hal_refuse(why);
    hal_entry(&pvh_info);
}
