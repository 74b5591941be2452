/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* From the boot protocol's code to kernel_main(): the running CPU's own structures, its
 * protections, the kernel's map. */
#include <helix/abi/boot_info.h>
#include <helix/hal/console.h>
#include <helix/lib/export.h>
#include <helix/lib/string.h>

#include "console.h"
#include "cpu_local.h"
#include "exception.h"
#include "features.h"
#include "gic.h"
#include "host_call.h"
#include "machine.h"
#include "page_table.h"
#include "platform.h"
#include "smp.h"
#include "tree.h"

#define BLOCK_BITS 0x701ull // as in boot_entry.S

extern const u8 __kernel_start[], __kernel_end[];
extern u64 hal_early_near[TABLE_ENTRIES];
extern const u8 hal_tables_switch_here[];
void hal_tables_switch(u64 root, u64 empty, u64 here);
void hal_boot_cpu_init(void);

u64 hal_image_phys = 1;       // not in .bss, which is cleared late
HELIX_EXPORT(hal_image_phys); // modules have virt_to_phys()

HELIX_ALIGNED(PAGE_SIZE) u8 hal_boot_stack[BOOT_STACK_BYTES];
HELIX_ALIGNED(PAGE_SIZE) u64 hal_empty_root[TABLE_ENTRIES]; // of CPUs without a space

struct hal_thread hal_boot_thread;
static struct hal_cpu boot_cpu;

/* Below the boot CPU's stack for overflows lies a hole, as below those of the others. */
static HELIX_ALIGNED(FAULT_STACK_BYTES) struct {
    u8 hole[FAULT_STACK_BYTES];
    u8 stack[FAULT_STACK_BYTES];
} boot_fault_stack;

static void tell(const char *text)
{
    hal_host_call_write(text);
    hal_console_write(text, strlen(text));
    if (hal_host_channel_present(HAL_HOST_LOG))
        hal_host_channel_write(HAL_HOST_LOG, text, strlen(text));
}

[[noreturn]] void hal_refuse(const char *reason)
{
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
    hal_gic_leave(); // a pending interrupt would end every wfi
    for (;;)
        __asm__ volatile("dsb sy; wfi");
}

/* The boot thread runs on the boot stack with preemption off, until a thread of the scheduler's
 * takes its place. Called before anything else in C. */
void hal_boot_cpu_init(void)
{
    hal_boot_thread.preempt = 1;
    hal_boot_thread.kernel_stack = (uintptr_t)hal_boot_stack + PAGE_SIZE;
    hal_boot_thread.kernel_top = (uintptr_t)hal_boot_stack + BOOT_STACK_BYTES;
    boot_cpu.current = &hal_boot_thread;
    boot_cpu.fault_stack = (uintptr_t)boot_fault_stack.stack + FAULT_STACK_BYTES;
    boot_cpu.started = true;
    hal_cpus[0] = &boot_cpu;
    system_write("tpidr_el1", &boot_cpu);
    system_write("sp_el0", &hal_boot_thread);
    system_write("vbar_el1", hal_vectors);
    barrier_instructions();
    __asm__ volatile("msr daifclr, #4" : : : "memory");
}

/* The RAM of the image's gigabyte, of which the early tables map only the image yet. */
static void map_near(const struct boot_info *info, u64 from, u64 to)
{
    for (unsigned i = 0; i < info->memory_count; i++) {
        const struct boot_memory_range *range = &info->memory[i];
        u64 at = max(align_up(range->base.raw, SIZE_2M), from);
        u64 end = min(align_down(range->base.raw + range->bytes, SIZE_2M), to);
        for (; range->kind == BOOT_MEMORY_USABLE && at < end; at += SIZE_2M)
            hal_early_near[level_index(at, 2)] = at | BLOCK_BITS | PTE_UXN;
    }
    barrier_tables();
    barrier_instructions();
}

/* The lower half has only served to get here; the direct map has all of it. */
static void switch_tables(void)
{
    const u64 empty = virt_to_phys(hal_empty_root).raw;
    barrier_tables();
    hal_tables_switch(hal_kernel_space()->root.raw, empty,
                      virt_to_phys(hal_tables_switch_here).raw);
    system_write("ttbr0_el1", empty);
    barrier_instructions();
    __asm__ volatile("tlbi vmalle1; dsb nsh; isb" : : : "memory");
}

static void open_holes(void)
{
    hal_kernel_unmap((uintptr_t)hal_boot_stack, PAGE_SIZE);
    hal_kernel_unmap((uintptr_t)boot_fault_stack.hole, FAULT_STACK_BYTES);
}

[[noreturn]] void hal_entry(struct boot_info *info)
{
    const u64 gigabyte = align_down(hal_image_phys, SIZE_1G);
    hal_features_detect();
    hal_features_enable();
    hal_page_table_init();
    info->kernel_base = virt_to_phys(__kernel_start);
    info->kernel_bytes = (u64)(__kernel_end - __kernel_start);
    boot_cpu.hardware_id = info->boot_cpu & MPIDR_AFFINITY;
    map_near(info, gigabyte, gigabyte + SIZE_1G);
    hal_early_frames_take(info, gigabyte, gigabyte + SIZE_1G);
    hal_kernel_map_build(info);
    switch_tables();
    hal_tree_open(info->device_tree);
    hal_console_init_early();
    open_holes();
    kernel_main(info);
}
