/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* From the boot protocol's code to kernel_main(): the running CPU's own structures, its
 * protections, the kernel's map. */
#include <helix/abi/boot_info.h>
#include <helix/hal/console.h>
#include <helix/hal/fpu.h>
#include <helix/lib/string.h>

#include "console.h"
#include "cpu_local.h"
#include "features.h"
#include "fpu_internal.h"
#include "machine.h"
#include "page_table.h"
#include "platform.h"
#include "smp.h"
#include "start_cpus.h"
#include "syscall_setup.h"

#define FOUR_GB        (1ull << 32)
#define ONE_MB         (1ull << 20)
#define LOW_MEMORY_END 0x9f000ull // above lie the BIOS's own data

extern const u8 __kernel_start[], __kernel_end[];

HELIX_ALIGNED(PAGE_SIZE) u8 hal_boot_stack[BOOT_STACK_BYTES];

struct hal_thread hal_boot_thread;

static struct hal_cpu boot_cpu;

/* Below each fault stack of the boot CPU lies a hole, as below those of the others. */
struct boot_ist {
    u8 hole[IST_STACK_BYTES];
    u8 stack[IST_STACK_BYTES];
};
static HELIX_ALIGNED(IST_STACK_BYTES) struct boot_ist boot_ist[IST_COUNT];

static void tell(const char *text)
{
    hal_console_write(text, strlen(text));
    if (hal_host_channel_present(HAL_HOST_LOG))
        hal_host_channel_write(HAL_HOST_LOG, text, strlen(text));
}

[[noreturn]] void hal_refuse(const char *reason)
{
    hal_console_init_early();
    hal_console_panic();
    tell("helix: ");
    tell(reason);
    tell("\n");
    hal_cpu_halt();
}

[[noreturn]] void hal_cpu_halt(void)
{
    hal_irq_disable();
    if (hal_cpus[0] != NULL)
        hal_smp_leave();
    for (;;)
        __asm__ volatile("cli; hlt");
}

/* The boot thread runs on the boot stack with preemption off, until a thread of the scheduler's
 * takes its place. */
void hal_cpu_local_init_boot(void)
{
    uintptr_t ist[IST_COUNT];
    for (unsigned i = 0; i < IST_COUNT; i++)
        ist[i] = (uintptr_t)boot_ist[i].stack + IST_STACK_BYTES;
    hal_boot_thread.preempt = 1;
    hal_boot_thread.kernel_stack = (uintptr_t)hal_boot_stack + PAGE_SIZE;
    hal_boot_thread.kernel_top = (uintptr_t)hal_boot_stack + BOOT_STACK_BYTES;
    boot_cpu.self = &boot_cpu;
    boot_cpu.current = &hal_boot_thread;
    boot_cpu.kernel_top = hal_boot_thread.kernel_top;
    boot_cpu.tss.stack[0] = hal_boot_thread.kernel_top;
    boot_cpu.started = true;
    hal_cpus[0] = &boot_cpu;
    hal_gdt_fill(&boot_cpu, ist);
    hal_gdt_load(&boot_cpu);
    hal_idt_fill();
    hal_idt_load();
}

static void open_holes(void)
{
    hal_kernel_unmap((uintptr_t)hal_boot_stack, PAGE_SIZE);
    for (unsigned i = 0; i < IST_COUNT; i++)
        hal_kernel_unmap((uintptr_t)boot_ist[i].hole, IST_STACK_BYTES);
}

static void take_trampoline(struct boot_info *info)
{
    u64 page;
    if (hal_early_reserve(info, PAGE_SIZE, LOW_MEMORY_END, PAGE_SIZE, &page))
        hal_trampoline_set(page);
}

[[noreturn]] void hal_entry(struct boot_info *info)
{
    hal_cpu_local_init_boot();
    hal_console_init_early();
    hal_features_detect();
    hal_features_enable();
    hal_page_table_init();
    hal_user_access_patch();
    hal_syscall_enable();
    hal_fpu_detect();
    hal_fpu_init_cpu();
    info->kernel_base = virt_to_phys(__kernel_start);
    info->kernel_bytes = (u64)(__kernel_end - __kernel_start);
    info->boot_cpu = hal_features.initial_apic_id;
    boot_cpu.hardware_id = hal_features.initial_apic_id;
    hal_platform_find(info->acpi_rsdp);
    hal_early_frames_take(info, ONE_MB, FOUR_GB);
    take_trampoline(info);
    hal_kernel_map_build(info);
    cr3_write(hal_kernel_space()->root.raw);
    open_holes();
    kernel_main(info);
}
