/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* A CPU's record in /proc/cpuinfo. */
#include <helix/hal/cpu.h>
#include <helix/hal/time.h>
#include <helix/lib/format.h>

#include "cpu_local.h"
#include "machine.h"

/* Family, model and stepping in the form of leaf 1, where large numbers are in two parts. */
struct version {
    unsigned family, model, stepping;
};

static struct version version_of(u32 word)
{
    struct version v = {word >> 8 & 15, word >> 4 & 15, word & 15};
    if (v.family == 6 || v.family == 15)
        v.model |= (word >> 16 & 15) << 4;
    if (v.family == 15)
        v.family += word >> 20 & 255;
    return v;
}

static size_t add_identity(char *to, size_t size, unsigned cpu)
{
    const struct cpuid zero = cpuid(0, 0), one = cpuid(1, 0);
    const u32 vendor[3] = {zero.b, zero.d, zero.c};
    const struct version version = version_of(one.a);
    const u64 khz = hal_cycles_per_second() / 1000;
    return lib_format_append(
        to, size, 0,
        "processor\t: %u\nvendor_id\t: %.12s\ncpu family\t: %u\nmodel\t\t: %u\n"
        "model name\t: %s\nstepping\t: %u\ncpu MHz\t\t: %llu.%03u\n",
        cpu, (const char *)vendor, version.family, version.model, hal_cpu_model(), version.stepping,
        (unsigned long long)(khz / 1000), (unsigned)(khz % 1000));
}

/* Each CPU counts as a core of one processor. */
size_t hal_cpu_record(unsigned cpu, char *to, size_t size)
{
    const unsigned count = hal_cpu_count();
    const unsigned apic = hal_cpus[cpu] ? (unsigned)hal_cpus[cpu]->hardware_id : 0;
    const unsigned line = (cpuid(1, 0).b >> 8 & 255) * 8;
    const u32 widths = cpuid(0x80000000, 0).a >= 0x80000008 ? cpuid(0x80000008, 0).a : 0x3024;
    const u64 bogus = hal_cycles_per_second() / 5000; // hundredths
    size_t used = add_identity(to, size, cpu);
    used =
        lib_format_append(to, size, used,
                          "physical id\t: 0\nsiblings\t: %u\ncore id\t\t: %u\ncpu cores\t: %u\n"
                          "apicid\t\t: %u\ninitial apicid\t: %u\nfpu\t\t: yes\n"
                          "fpu_exception\t: yes\ncpuid level\t: %u\nwp\t\t: yes\nflags\t\t: %s\n",
                          count, cpu, count, apic, apic, cpuid(0, 0).a, hal_cpu_features());
    return lib_format_append(to, size, used,
                             "bogomips\t: %llu.%02u\nclflush size\t: %u\ncache_alignment\t: %u\n"
                             "address sizes\t: %u bits physical, %u bits virtual\n"
                             "power management:\n\n",
                             (unsigned long long)(bogus / 100), (unsigned)(bogus % 100), line, line,
                             widths & 255, widths >> 8 & 255);
}
