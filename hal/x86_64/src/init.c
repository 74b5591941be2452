/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The two steps of bringing the machine up. */
#include <helix/abi/boot_info.h>
#include <helix/hal/cpu.h>
#include <helix/lib/log.h>

#include "clock.h"
#include "ioapic.h"
#include "lapic.h"
#include "platform.h"
#include "power_internal.h"
#include "start_cpus.h"

helix_status hal_init(const struct boot_info *info)
{
    if (hal_platform.damaged > 0)
        log_warn("hal", "%u firmware tables are missing or damaged and were left out",
                 hal_platform.damaged);
    hal_clock_set_start(info->entry_cycles);
    hal_lapic_init();
    hal_clock_calibrate();
    hal_power_init();
    return HELIX_OK;
}

helix_status hal_init_devices(void)
{
    hal_ioapic_init();
    hal_trampoline_add_cpus();
    return HELIX_OK;
}
