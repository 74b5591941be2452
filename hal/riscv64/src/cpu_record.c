/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* A CPU's record in /proc/cpuinfo. */
#include <helix/hal/cpu.h>
#include <helix/lib/format.h>

#include "board.h"
#include "cpu_local.h"
#include "mmu.h"

size_t hal_cpu_record(unsigned cpu, char *to, size_t size)
{
    const u64 hart = hal_cpus[cpu] ? hal_cpus[cpu]->hardware_id : 0;
    return lib_format_append(to, size, 0,
                             "processor\t: %u\nhart\t\t: %llu\nisa\t\t: %s\nmmu\t\t: %s\n\n", cpu,
                             (unsigned long long)hart, hal_board.isa, hal_mmu_name());
}
