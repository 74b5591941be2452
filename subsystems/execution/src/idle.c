/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* What a CPU does when it has nothing to do, and how CPUs come to that. */
#include <helix/execution/entry.h>
#include <helix/execution/stop.h>
#include <helix/init/init.h>
#include <helix/lib/log.h>
#include <helix/profile.h>

#include "cpu.h"

cpu_mask execution_cpus(void)
{
    return atomic_load_relaxed(&cpus_running);
}

static bool has_work(const struct cpu *cpu)
{
    return READ_ONCE(cpu->ready) != 0 ||
           (atomic_load_relaxed(&hal_current()->work) & HAL_WORK_RESCHEDULE) != 0;
}

[[noreturn]] void execution_idle(void)
{
    for (;;) {
        hal_irq_disable();
        struct cpu *cpu = this_cpu();
        if (has_work(cpu) || balance_steal(cpu))
            thread_schedule();
        else
            hal_cpu_idle(); // an interrupt that came since the look ends it at once
    }
}

helix_status execution_init(void)
{
    struct cpu *cpu = this_cpu();
    scheduler_gate_define();
    struct thread *idle = thread_make_idle(hal_cpu_id());
    if (idle == NULL)
        return HELIX_E_NOMEM;
    cpu_init(cpu, hal_cpu_id(), idle);
    thread_adopt_boot(idle);
    atomic_store_relaxed(&cpus_running, CPU_MASK_OF(cpu->id));
    stop_init();
    sleep_start();
    wall_clock_start();
    return work_start();
}

INIT_STEP(scheduler, execution, .run = execution_init);

void execution_cpu_started(unsigned id)
{
    struct cpu *cpu = &cpus[id];
    cpu->accounted = hal_clock_now();
    atomic_fetch_or_acq_rel(&cpus_running, CPU_MASK_OF(id));
    execution_idle();
}

static helix_status start_cpu(unsigned id)
{
    struct thread *idle = thread_make_idle(id);
    if (idle == NULL)
        return HELIX_E_NOMEM;
    cpu_init(&cpus[id], id, idle);
    helix_status st = hal_cpu_start(id, &idle->hal);
    // A CPU that is late might still come up on this stack: it is not given back.
    if (st != HELIX_OK)
        log_warn("execution", "CPU %u stays parked: %s", id, helix_status_text(st));
    return HELIX_OK;
}

/* maxcpus= as Linux has it. */
static unsigned cpus_wanted(void)
{
    u64 most;
    if (!init_option_number("maxcpus", &most))
        return hal_cpu_count();
    return (unsigned)min(most, (u64)hal_cpu_count());
}

helix_status execution_start_cpus(void)
{
    if (!HELIX_PROFILE_FEATURES_MULTICORE) {
        log_info("execution", "the profile leaves all CPUs but the first parked");
        return HELIX_OK;
    }
    for (unsigned id = 0; id < cpus_wanted(); id++) {
        if (execution_cpus() & CPU_MASK_OF(id))
            continue;
        helix_status st = start_cpu(id);
        if (st != HELIX_OK)
            return st;
    }
    return HELIX_OK;
}

INIT_STEP(drivers, cpus, .run = execution_start_cpus);

void execution_ipi(enum hal_ipi ipi)
{
    switch (ipi) {
    case HAL_IPI_CALL:
        call_serve();
        break;
    case HAL_IPI_STOP:
        stop_interrupt();
        break;
    case HAL_IPI_HALT:
        hal_cpu_halt();
    case HAL_IPI_RESCHEDULE:
        break; // the interrupt's exit looks at the flag
    }
}
