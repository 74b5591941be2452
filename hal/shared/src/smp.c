/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The other CPUs: their areas, who is there, messages between them. */
#include "smp.h"

#include <helix/hal/time.h>
#include <helix/hal_shared/glue.h>
#include <helix/lib/atomic.h>

#include "cpu_local.h"
#include "page_table.h"
#include "thread_private.h"
#include "trap_internal.h"

#define WINDOW_CPU   (2ul * FAULT_STACKS * FAULT_STACK_BYTES + FAULT_STACK_BYTES)
#define WINDOW_BYTES align_up(WINDOW_CPU + sizeof(struct hal_cpu), 2 * FAULT_STACK_BYTES)

struct hal_cpu *hal_cpus[HELIX_MAX_CPUS];
static unsigned cpu_count = 1;
static cpu_mask online = 1;

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

helix_status hal_smp_add(u64 hardware_id)
{
    if (cpu_count == HELIX_MAX_CPUS)
        return HELIX_E_LIMIT;
    uintptr_t window = SMP_WINDOW_BASE + cpu_count * WINDOW_BYTES;
    uintptr_t stacks[FAULT_STACKS];
    helix_status status = map_pages(
        window + WINDOW_CPU, window + WINDOW_CPU + align_up(sizeof(struct hal_cpu), PAGE_SIZE));
    for (unsigned i = 0; i < FAULT_STACKS && status == HELIX_OK; i++) {
        uintptr_t stack = window + (2 * i + 1) * FAULT_STACK_BYTES;
        status = map_pages(stack, stack + FAULT_STACK_BYTES);
        stacks[i] = stack + FAULT_STACK_BYTES;
    }
    if (status != HELIX_OK)
        return status;
    struct hal_cpu *cpu = (struct hal_cpu *)(window + WINDOW_CPU);
    cpu->id = cpu_count;
    cpu->hardware_id = hardware_id;
    hal_cpu_prepare(cpu, stacks);
    hal_cpus[cpu_count++] = cpu;
    return HELIX_OK;
}

bool hal_smp_wait(const bool *started, nanos span)
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
    thread_cpu_take(hal_cpus[id], idle);
    return hal_cpu_boot(hal_cpus[id]);
}

void hal_smp_arrived(struct hal_cpu *cpu)
{
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
        hal_ipi_raise(hal_cpus[__builtin_ctzll(targets)], ipi);
    hal_irq_restore(key);
}

void hal_ipi_arrived(unsigned kind)
{
    if (kind == HAL_IPI_TLB)
        hal_tlb_serve();
    else
        hal_handlers_table.ipi((enum hal_ipi)kind);
}
