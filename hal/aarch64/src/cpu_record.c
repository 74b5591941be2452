/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* A CPU's record in /proc/cpuinfo. */
#include <helix/hal/cpu.h>
#include <helix/hal/time.h>
#include <helix/lib/format.h>

#include "machine.h"

/* CPUs are taken to be alike. */
size_t hal_cpu_record(unsigned cpu, char *to, size_t size)
{
    const unsigned midr = (unsigned)system_read("midr_el1");
    const u64 bogus = hal_cycles_per_second() / 5000; // hundredths
    return lib_format_append(to, size, 0,
                             "processor\t: %u\nBogoMIPS\t: %llu.%02u\nFeatures\t: %s\n"
                             "CPU implementer\t: 0x%02x\nCPU architecture: 8\nCPU variant\t: 0x%x\n"
                             "CPU part\t: 0x%03x\nCPU revision\t: %u\n\n",
                             cpu, (unsigned long long)(bogus / 100), (unsigned)(bogus % 100),
                             hal_cpu_features(), midr >> 24, midr >> 20 & 15, midr >> 4 & 0xfff,
                             midr & 15);
}
