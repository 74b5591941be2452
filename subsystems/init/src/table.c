/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "table.h"

const struct init_subsystem init_subsystems[INIT_SUBSYSTEMS] = {
    {"boot", INIT_PHASE_BOOT, 0, {NULL}},
    {"cpu", INIT_PHASE_EARLY, 10, {"boot"}},
    {"debug", INIT_PHASE_EARLY, 20, {"boot"}},
    {"memory", INIT_PHASE_EARLY, 30, {"cpu"}},
    {"interrupts", INIT_PHASE_CORE, 40, {"memory"}},
    {"timers", INIT_PHASE_CORE, 50, {"interrupts"}},
    {"scheduler", INIT_PHASE_CORE, 60, {"timers", "memory"}},
    {"ipc", INIT_PHASE_LATE, 70, {"scheduler"}},
    {"drivers", INIT_PHASE_LATE, 80, {"interrupts", "memory"}},
    {"filesystem", INIT_PHASE_LATE, 85, {"drivers", "memory"}},
    {"security", INIT_PHASE_LATE, 90, {"memory", "ipc"}},
    {"network", INIT_PHASE_RUNTIME, 100, {"drivers", "ipc"}},
    {"userland", INIT_PHASE_RUNTIME, 110, {"filesystem", "security", "scheduler"}},
};
