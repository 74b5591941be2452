/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The two steps of bringing the machine up. */
#include <helix/abi/boot_info.h>
#include <helix/hal/cpu.h>
#include <helix/hal_shared/host_serial.h>
#include <helix/lib/log.h>

#include "goldfish_rtc.h"
#include "interrupt.h"
#include "mmu.h"
#include "power.h"
#include "sbi.h"
#include "start_cpus.h"
#include "tree.h"

helix_status hal_init(const struct boot_info *info)
{
    (void)info;
    hal_host_serial_start(&hal_tree);
    if (!hal_sbi.time)
        log_warn("hal", "the firmware has no TIME extension: the timer of SBI 0.1 is used");
    if (!hal_sbi.rfence)
        log_warn("hal", "the firmware has no RFENCE extension: CPUs ask each other");
    hal_power_start();
    hal_goldfish_rtc_start();
    return HELIX_OK;
}

helix_status hal_init_devices(void)
{
    hal_start_cpus_add();
    hal_interrupt_start();
    return HELIX_OK;
}
