/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The other CPUs: their areas, their start. */
#include "smp.h"

#include <helix/hal/cpu.h>
#include <helix/hal/time.h>
#include <helix/lib/assert.h>
#include <helix/lib/atomic.h>
#include <helix/lib/log.h>
#include <helix/lib/string.h>

#include "cpu_local.h"
#include "features.h"
#include "fpu_internal.h"
#include "lapic.h"
#include "machine.h"
#include "page_table.h"
#include "platform.h"
#include "syscall_setup.h"
#include "tlb.h"
#include "trampoline.h"
#include "trap_internal.h"

/*
 * One window of kernel addresses per CPU: three fault stacks, each with a hole below it, and the
 * CPU's own data.
 *
 *   0x0000 hole  0x2000 NMI  0x4000 hole  0x6000 double fault  0x8000 hole  0xa000 machine check
 * 0xc000 hole  0xe000 struct hal_cpu
 */
#define WINDOW_BASE  0xfffffffff0000000ul
#define WINDOW_BYTES 0x10000ul
#define WINDOW_CPU   0xe000ul

#define EFER_LME (1u << 8)
#define EFER_NXE (1u << 11)

#define INIT_NANOS      (200 * NANOS_PER_US)
#define STARTUP_NANOS   (10 * NANOS_PER_MS)
#define LIFE_SIGN_NANOS NANOS_PER_SECOND

static_assert(sizeof(struct hal_cpu) <= WINDOW_BYTES - WINDOW_CPU);

extern const u8 hal_trampoline_start[], hal_trampoline_end[];
extern u64 hal_boot_root[];

void hal_smp_entry(void);
[[noreturn]] void hal_smp_started(struct hal_cpu *cpu);

static u64 trampoline;
static unsigned cpu_count = 1;
static cpu_mask online = 1;

void hal_smp_trampoline_set(u64 page)
{
    trampoline = page;
}

unsigned hal_cpu_count(void)
{
    return cpu_count;
}

cpu_mask hal_cpu_online(void)
{
    return atomic_load_relaxed(&online);
}

void hal_smp_leave(void)
{
    hal_space_activate(NULL);
    atomic_fetch_and_acq_rel(&online, ~CPU_MASK_OF(hal_cpu_id()));
    hal_tlb_serve();
}

static helix_status map_pages(uintptr_t from, uintptr_t to)
{
    for (; from < to; from += PAGE_SIZE) {
        paddr frame;
        helix_status status = hal_page_table_frame(&frame);
        if (status == HELIX_OK)
            status = hal_space_map(hal_kernel_space(), vaddr_of(from), frame, PAGE_SIZE,
                                   HAL_PROT_READ | HAL_PROT_WRITE | HAL_PROT_GLOBAL);
        if (status != HELIX_OK)
            return status;
    }
    return HELIX_OK;
}

static helix_status add_cpu(unsigned id, u32 apic_id)
{
    uintptr_t window = WINDOW_BASE + id * WINDOW_BYTES;
    uintptr_t ist[IST_COUNT];
    helix_status status = map_pages(
        window + WINDOW_CPU, window + WINDOW_CPU + align_up(sizeof(struct hal_cpu), PAGE_SIZE));
    for (unsigned i = 0; i < IST_COUNT && status == HELIX_OK; i++) {
        uintptr_t stack = window + (2 * i + 1) * IST_STACK_BYTES;
        status = map_pages(stack, stack + IST_STACK_BYTES);
        ist[i] = stack + IST_STACK_BYTES;
    }
    if (status != HELIX_OK)
        return status;
    struct hal_cpu *cpu = (struct hal_cpu *)(window + WINDOW_CPU);
    cpu->self = cpu;
    cpu->id = id;
    cpu->apic_id = apic_id;
    hal_gdt_fill(cpu, ist);
    hal_cpus[id] = cpu;
    return HELIX_OK;
}

void hal_smp_init(void)
{
    for (unsigned i = 0; i < hal_platform.cpu_count && trampoline != 0; i++) {
        if (hal_platform.cpus[i] == hal_cpus[0]->apic_id)
            continue;
        if (add_cpu(cpu_count, hal_platform.cpus[i]) != HELIX_OK) {
            log_warn("hal", "no memory for CPU %u and those after it", cpu_count);
            break;
        }
        cpu_count++;
    }
    if (hal_platform.cpus_left_out > 0)
        log_warn("hal", "%u CPUs left out", hal_platform.cpus_left_out);
}

static void put32(u64 offset, u32 value)
{
    memcpy((u8 *)phys_to_virt(paddr_of(trampoline)) + offset, &value, sizeof(value));
}

static void put64(u64 offset, u64 value)
{
    memcpy((u8 *)phys_to_virt(paddr_of(trampoline)) + offset, &value, sizeof(value));
}

static void fill_trampoline(struct hal_cpu *cpu)
{
    memcpy(phys_to_virt(paddr_of(trampoline)), hal_trampoline_start,
           (size_t)(hal_trampoline_end - hal_trampoline_start));
    put32(TRAMPOLINE_ROOT, (u32)(uintptr_t)hal_boot_root);
    put32(TRAMPOLINE_EFER, EFER_LME | (hal_features.nx ? EFER_NXE : 0));
    put64(TRAMPOLINE_KERNEL_CR3, hal_kernel_space()->root.raw);
    put64(TRAMPOLINE_STACK, cpu->current->kernel_top);
    put64(TRAMPOLINE_ARGUMENT, (u64)cpu);
    put64(TRAMPOLINE_ENTRY, (u64)hal_smp_entry);
}

/* Wait up to @span, or until @started gets set. */
static bool wait_for(const bool *started, nanos span)
{
    nanos end = hal_clock_now() + span;
    while (hal_clock_now() < end) {
        if (started != NULL && atomic_load_acquire(started))
            return true;
        hal_cpu_relax();
    }
    return started != NULL && atomic_load_acquire(started);
}

helix_status hal_cpu_start(unsigned id, struct hal_thread *idle)
{
    if (id == 0 || id >= cpu_count)
        return HELIX_E_INVAL;
    struct hal_cpu *cpu = hal_cpus[id];
    cpu->current = idle;
    cpu->kernel_top = idle->kernel_top;
    cpu->tss.stack[0] = idle->kernel_top;
    fill_trampoline(cpu);
    hal_lapic_send_init(cpu->apic_id);
    wait_for(NULL, INIT_NANOS);
    // The second start-up is for CPUs that missed the first; one that runs already ignores it.
    for (unsigned i = 0; i < 2; i++) {
        hal_lapic_send_startup(cpu->apic_id, (u8)(trampoline >> PAGE_SHIFT));
        if (wait_for(&cpu->started, i == 0 ? STARTUP_NANOS : LIFE_SIGN_NANOS))
            return HELIX_OK;
    }
    hal_lapic_send_init(cpu->apic_id); // parked again, so that it cannot wake into a trampoline
                                       // that is used for the next one
    return HELIX_E_CPU_START;
}

void hal_smp_started(struct hal_cpu *cpu)
{
    hal_gdt_load(cpu);
    hal_idt_load();
    hal_features_enable();
    hal_syscall_enable();
    hal_fpu_init_cpu();
    hal_lapic_init_cpu();
    atomic_fetch_or_acq_rel(&online, CPU_MASK_OF(cpu->id));
    atomic_store_release(&cpu->started, true);
    hal_handlers_table.cpu_started(cpu->id);
    hal_cpu_halt();
}

void hal_ipi_send(cpu_mask targets, enum hal_ipi ipi)
{
    struct irq_key key = hal_irq_save();
    targets &= hal_cpu_online() & ~CPU_MASK_OF(hal_cpu_id());
    for (; targets != 0; targets &= targets - 1)
        hal_lapic_send(hal_cpus[__builtin_ctzll(targets)]->apic_id, (u8)(VECTOR_IPI_FIRST + ipi));
    hal_irq_restore(key);
}
