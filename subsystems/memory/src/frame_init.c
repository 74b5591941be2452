/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "frame_private.h"

helix_status frame_init(const struct boot_info *info)
{
    const struct frame_run *runs;
    unsigned count;
    helix_status st = frame_map_init(info, &runs, &count);
    if (st != HELIX_OK)
        return st;
    return frame_module_bind(runs, count);
}
