/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The two steps of bringing the machine up. */
#include <helix/abi/boot_info.h>
#include <helix/hal/cpu.h>
#include <helix/hal_shared/host_serial.h>

#include "clock.h"
#include "cpu_local.h"
#include "gic.h"
#include "platform.h"
#include "smp.h"

helix_status hal_init(const struct boot_info *info)
{
    if (hal_tree.data != NULL)
        hal_host_serial_start(&hal_tree);
    hal_clock_init(info->entry_cycles);
    hal_psci_init();
    return HELIX_OK;
}

helix_status hal_init_devices(void)
{
    helix_status status = hal_gic_init();
    if (status == HELIX_OK)
        hal_tree_add_cpus(hal_cpus[0]->hardware_id, MPIDR_AFFINITY);
    return status;
}
