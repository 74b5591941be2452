/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* From the boot protocol's code to kernel_main(): the running CPU's own structures, its
 * protections, the kernel's map. */
#include <helix/abi/boot_info.h>
#include <helix/hal/console.h>
#include <helix/lib/string.h>

#include "board.h"
#include "clock.h"
#include "cpu_local.h"
#include "csr.h"
#include "features.h"
#include "mmu.h"
#include "page_table.h"
#include "sbi.h"
#include "serial.h"
#include "smp.h"
#include "thread_private.h"
#include "tree.h"

#define DIRECT_BYTES (HAL_DIRECT_END - HAL_DIRECT_BASE)

extern const u8 __kernel_start[], __kernel_end[];
extern const u8 hal_trap_entry[];

HELIX_ALIGNED(PAGE_SIZE) u8 hal_boot_stack[BOOT_STACK_BYTES];

static struct hal_thread boot_thread;
static struct hal_cpu boot_cpu;

/* Below the fault stack of the boot CPU lies a hole, as below those of the others. */
static HELIX_ALIGNED(PAGE_SIZE) struct {
    u8 hole[PAGE_SIZE];
    u8 stack[FAULT_STACK_BYTES];
} boot_fault;

static void tell(const char *text)
{
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

/* With an interrupt enabled and pending, wfi would not wait. */
[[noreturn]] void hal_cpu_halt(void)
{
    hal_irq_disable();
    if (hal_cpus[0] != NULL)
        hal_smp_leave();
    csr_write(sie, 0);
    for (;;)
        __asm__ volatile("wfi");
}

/* The boot thread runs on the boot stack with preemption off, until a thread of the scheduler's
 * takes its place. From here on traps find their way. */
static void take_cpu(u64 hart)
{
    boot_thread.preempt = 1;
    boot_thread.kernel_stack = (uintptr_t)hal_boot_stack + PAGE_SIZE;
    boot_thread.kernel_top = (uintptr_t)hal_boot_stack + BOOT_STACK_BYTES;
    boot_cpu.hardware_id = hart;
    boot_cpu.fault_stack = (uintptr_t)boot_fault.stack + FAULT_STACK_BYTES;
    boot_cpu.started = true;
    boot_cpu.current = &boot_thread;
    __asm__ volatile("mv tp, %0" : : "r"(&boot_cpu) : "memory");
    thread_cpu_take(&boot_cpu, &boot_thread);
    csr_write(stvec, (u64)hal_trap_entry);
    hal_cpus[0] = &boot_cpu;
}

/* What the direct map has no room for is not used. */
static void leave_out_far_memory(struct boot_info *info)
{
    for (unsigned i = 0; i < info->memory_count; i++) {
        struct boot_memory_range *range = &info->memory[i];
        if (range->base.raw >= DIRECT_BYTES)
            range->kind = BOOT_MEMORY_RESERVED;
        else
            range->bytes = min(range->bytes, DIRECT_BYTES - range->base.raw);
    }
}

static void map_kernel(struct boot_info *info)
{
    leave_out_far_memory(info);
    info->kernel_base = virt_to_phys(__kernel_start);
    info->kernel_bytes = (u64)(__kernel_end - __kernel_start);
    hal_mmu_choose(info->cmdline);
    hal_page_table_init();
    hal_early_frames_take(info, PAGE_SIZE, DIRECT_BYTES);
    hal_kernel_map_build(info);
    hal_serial_map();
    hal_mmu_load_kernel();
    hal_kernel_unmap((uintptr_t)hal_boot_stack, PAGE_SIZE);
    hal_kernel_unmap((uintptr_t)boot_fault.hole, PAGE_SIZE);
}

[[noreturn]] void hal_entry(struct boot_info *info)
{
    take_cpu(info->boot_cpu);
    hal_sbi_detect();
    hal_board_read(info->device_tree, info->boot_cpu);
    hal_serial_find(&hal_tree, hal_board.console);
    hal_clock_start(info->entry_cycles, hal_board.timebase);
    map_kernel(info);
    hal_features_detect(hal_board.isa);
    hal_features_enable();
    kernel_main(info);
}
