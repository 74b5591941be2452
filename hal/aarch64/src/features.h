/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* What the boot CPU can do; the others are taken to be alike. Constant after hal_features_detect().
 */
struct features {
    bool pan;
    bool random;         // RNDR
    bool keeps_accessed; // the processor writes these bits into entries
    bool keeps_dirty;
    bool counts_events; // a performance monitor
    u16 asid_bits;
    u32 instruction_line, data_line; // bytes
    bool fetch_sees_stores;          // no cache maintenance for the instruction side ...
    bool stores_reach_fetch;         // ... or the data side
};

extern struct features hal_features;

void hal_features_detect(void);

/* Turn on what this CPU has. Once on each CPU; what the MMU needs was set before it came on. */
void hal_features_enable(void);
