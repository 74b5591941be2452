/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* What the boot CPU can do; the others are taken to be alike. Constant after hal_features_detect().
 */
struct features {
    bool nx;
    bool large_1g;
    bool global_pages;
    bool smep, smap, umip;
    bool fsgsbase;
    bool xsave, xsaveopt;
    bool fxsr;
    bool rdrand, rdseed;
    bool tsc_deadline;
    bool tsc_aux; // rdtscp or rdpid
    bool hypervisor;
    u32 basic_leaf_most;
    u32 initial_apic_id;
};

extern struct features hal_features;

void hal_features_detect(void);

/* Turn on what this CPU has: NX, protection bits, system calls, page attributes. Once on each CPU.
 */
void hal_features_enable(void);
