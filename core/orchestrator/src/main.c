/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * From the boot code's hand-over to a running kernel. The boot stack runs the phases boot, early
 * and core; then a kernel thread takes over, because later steps may sleep, and the boot stack
 * becomes the first CPU's idle loop.
 */
#include <helix/abi/boot_info.h>
#include <helix/debug/log.h>
#include <helix/debug/test.h>
#include <helix/execution/entry.h>
#include <helix/execution/thread.h>
#include <helix/hal/cpu.h>
#include <helix/hal/power.h>
#include <helix/hal/time.h>
#include <helix/init/init.h>
#include <helix/lib/assert.h>
#include <helix/lib/log.h>
#include <helix/panic/panic.h>
#include <helix/profile.h>

#include "state.h"

extern const struct init_step *const __start_helix_subsystems[];
extern const struct init_step *const __stop_helix_subsystems[];

/* Parts still on their way: the boot ends on the boot stack without them. */
extern __typeof__(thread_spawn_kernel) thread_spawn_kernel HELIX_WEAK;
extern __typeof__(execution_idle) execution_idle HELIX_WEAK;

static void note_panic(void)
{
    // Refused only when the state is PANIC already.
    helix_ignore(kernel_move(KERNEL_PANIC));
}

static u64 running_thread(void)
{
    return thread_current()->id;
}

static helix_status start_hal(void)
{
    return hal_init(init_boot_info());
}
INIT_STEP(boot, hal, .run = start_hal);

static helix_status start_log(void)
{
    static const struct panic_hooks hooks = {
        .entered = note_panic,
    };
    const struct boot_info *info = init_boot_info();
    log_start();
    log_info("helix", "Helix 0.5.0 on %s, profile %s, booted by %s %s", hal_arch_name(),
             HELIX_PROFILE_NAME, info->protocol, info->loader != NULL ? info->loader : "");
    log_info("helix", "%s %s: %s", HELIX_PROFILE_NAME, HELIX_PROFILE_VERSION,
             HELIX_PROFILE_DESCRIPTION);
    log_info("helix", "command line: %s", info->cmdline);
    panic_set_hooks(&hooks);
    return HELIX_OK;
}
INIT_STEP(boot, log, .run = start_log, .after = HELIX_INIT_NAMES("boot.hal"));

static helix_status name_cpu(void)
{
    log_info("cpu", "%s", hal_cpu_model());
    return HELIX_OK;
}
INIT_STEP(cpu, model, .run = name_cpu);

/* Everything that waits relies on a clock that goes. */
static helix_status check_clock(void)
{
    u64 rate = hal_cycles_per_second();
    log_debug("timers", "counter at %llu Hz", (unsigned long long)rate);
    return rate > 0 ? HELIX_OK : HELIX_E_FIRMWARE;
}
INIT_STEP(timers, clock, .run = check_clock);

/* The machine's devices, once memory is there. */
static helix_status start_devices(void)
{
    return hal_init_devices();
}
INIT_STEP(interrupts, devices, .run = start_devices);

static void run_phase(enum init_phase phase, unsigned skip)
{
    helix_status st = init_run_phase(phase, skip);
    if (st != HELIX_OK)
        helix_panic("init phase %s: %s", init_phase_name(phase), helix_status_text(st));
}

static void report(void)
{
    struct init_report r;
    u64 total = hal_clock_now() / NANOS_PER_US;
    for (unsigned i = 0; init_report_get(i, &r); i++)
        log_debug("init", "%s %s %llu us", r.name, init_result_name(r.result),
                  (unsigned long long)r.microseconds);
    log_info("init", "kernel is up after %llu us", (unsigned long long)total);
}

[[noreturn]] static void test_and_leave(const char *which)
{
    unsigned failed = test_run(which);
    hal_debug_exit(failed != 0);
    // No emulator to leave: end as a machine does.
    kernel_shut_down(KERNEL_END_POWER_OFF);
}

/* The kernel thread that finishes the boot, with the name "kmain". */
static void finish_boot(void *unused)
{
    static const struct panic_hooks hooks = {
        .thread_id = running_thread,
        .thread_end = thread_exit,
    };
    (void)unused;
    if (thread_spawn_kernel != NULL)
        panic_set_hooks(&hooks);
    const char *tests = init_option("helix.test");
    unsigned skip = tests != NULL || HELIX_PROFILE_FEATURES_USERSPACE == 0 ? INIT_STEP_PROGRAM : 0;
    run_phase(INIT_PHASE_LATE, skip);
    run_phase(INIT_PHASE_RUNTIME, skip);
    helix_status st = kernel_move(KERNEL_RUNNING);
    if (st != HELIX_OK)
        helix_panic("kernel state: %s", helix_status_text(st));
    report();
    if (tests != NULL)
        test_and_leave(tests);
    if (thread_spawn_kernel != NULL)
        thread_exit();
}

/* The guard changes in its middle, so its own frame must not check it. */
__attribute__((no_stack_protector)) void kernel_main(const struct boot_info *info)
{
    struct thread *main_thread;
    panic_seed_stack_guard();
    init_set_boot_info(info);
    helix_status st = init_solve(__start_helix_subsystems, __stop_helix_subsystems);
    // The console comes first, so that whatever is wrong can be said.
    if (st == HELIX_OK)
        run_phase(INIT_PHASE_BOOT, 0);
    else
        helix_panic("init: %s", init_problem());
    st = kernel_move(KERNEL_INITIALIZING);
    run_phase(INIT_PHASE_EARLY, 0);
    run_phase(INIT_PHASE_CORE, 0);
    if (thread_spawn_kernel == NULL) {
        finish_boot(NULL);
        hal_cpu_halt();
    }
    if (st == HELIX_OK)
        st = thread_spawn_kernel("kmain", finish_boot, NULL, &main_thread);
    if (st != HELIX_OK)
        helix_panic("kmain: %s", helix_status_text(st));
    thread_put(main_thread);
    execution_idle();
}

void kernel_shut_down(enum kernel_end how)
{
    // Refused when another thread is at it already: then that one ends the machine, and this one
    // need not return.
    if (kernel_move(KERNEL_SHUTTING_DOWN) != HELIX_OK)
        thread_exit();
    init_shutdown();
    log_info("helix", "going down");
    hal_irq_disable();
    hal_ipi_send(hal_cpu_online(), HAL_IPI_HALT);
    if (how == KERNEL_END_REBOOT)
        hal_reboot();
    if (how == KERNEL_END_POWER_OFF)
        hal_power_off();
    hal_cpu_halt();
}
