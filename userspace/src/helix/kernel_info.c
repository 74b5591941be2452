/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Call 1004: which kernel this is, and how it is. */
#include "helix/helix_calls.h"

#include <helix/abi/module.h>
#include <helix/core/syscall.h>
#include <helix/hal/cpu.h>
#include <helix/hal/time.h>
#include <helix/lib/string.h>
#include <helix/memory/frame.h>
#include <helix/modules/modules.h>
#include <helix/orchestrator/kernel.h>
#include <helix/profile.h>

#include "system/names.h"

static nanos boot_end; // set once, before any program asks

void helix_boot_ended(void)
{
    boot_end = hal_clock_now();
}

static void fill_names(struct helix_user_kernel_info *info)
{
    strlcpy(info->version, SYSTEM_HELIX_VERSION, sizeof info->version);
    strlcpy(info->release, SYSTEM_RELEASE, sizeof info->release);
    strlcpy(info->arch, hal_arch_name(), sizeof info->arch);
    strlcpy(info->profile, HELIX_PROFILE_NAME, sizeof info->profile);
    strlcpy(info->build, HELIX_BUILD_PROFILE_NAME, sizeof info->build);
    strlcpy(info->state, kernel_state_name(kernel_state()), sizeof info->state);
}

static void fill_numbers(struct helix_user_kernel_info *info)
{
    struct memory_counts memory;
    struct modules_counts modules;
    memory_counts(&memory);
    modules_counts(&modules);
    info->cpus_online = (u32)__builtin_popcountll(hal_cpu_online());
    info->cpus_possible = hal_cpu_count();
    info->abi_hash = HELIX_ABI_HASH;
    info->memory_total = memory.total * PAGE_SIZE;
    info->memory_free = memory.free * PAGE_SIZE;
    info->uptime_ns = hal_clock_now();
    info->boot_ns = boot_end;
    info->modules = modules.modules;
    info->interfaces = modules.interfaces;
    info->swaps = modules.swaps;
    info->swap_failures = modules.failures;
}

i64 helix_kernel_info(const u64 *arguments)
{
    struct helix_user_kernel_info info;
    const helix_status status = helix_struct_in(&info, arguments[0], sizeof info);
    if (status != HELIX_OK)
        return syscall_result(status);
    memset(&info, 0, sizeof info);
    info.header = (struct helix_user_header)HELIX_USER_HEADER(struct helix_user_kernel_info);
    fill_names(&info);
    fill_numbers(&info);
    return helix_struct_out(arguments[0], &info, sizeof info, HELIX_OK);
}
