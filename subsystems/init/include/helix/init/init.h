/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>
#include <helix/lib/compiler.h>

struct boot_info;

/*
 * How the kernel comes up. Five phases, thirteen subsystems (boot, cpu, debug, memory, interrupts,
 * timers, scheduler, ipc, drivers, filesystem, security, network, userland) with fixed
 * dependencies; the order is solved from the names, the priority breaks ties.
 *
 * A component contributes *steps* to a subsystem. The linker collects them; a subsystem without a
 * step is ABSENT. Steps of one subsystem run in the order their @after names ask for, else by name.
 * A name in @after that nobody brought orders nothing.
 *
 *     INIT_STEP(memory, frames, .run = memory_frames_start);                                  //
 * its name is "memory.frames" INIT_STEP(memory, heap, .run = heap_start, .after =
 * HELIX_INIT_NAMES("memory.frames"));
 *
 * Context: up to the scheduler steps run on the boot stack, interrupts off, and may not sleep.
 * Those of later subsystems run in the kernel thread "kmain".
 */
enum init_phase {
    INIT_PHASE_BOOT,
    INIT_PHASE_EARLY,
    INIT_PHASE_CORE,
    INIT_PHASE_LATE,
    INIT_PHASE_RUNTIME,
    INIT_PHASES,
};

enum init_step_flag {
    INIT_STEP_PROGRAM =
        1u << 0, // starts user programs: left out when the kernel only runs its tests
};

struct init_step {
    const char *subsystem;
    const char *name;
    const char *const *after; // names of steps of the same subsystem, NULL-terminated; NULL: none
    unsigned flags;           // enum init_step_flag
    helix_status (*run)(void);
    void (*shutdown)(void);   // in reverse order at power off; NULL: nothing to do
    bool (*is_healthy)(void); // NULL: yes
};

#define HELIX_INIT_NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

#define INIT_STEP(subsystem_, step_, ...)                                                    \
    static const struct init_step init_step_##subsystem_##_##step_ = {                       \
        .subsystem = #subsystem_, .name = #subsystem_ "." #step_, __VA_ARGS__};              \
    __attribute__((used, retain, section("helix_subsystems"))) static const struct init_step \
        *const init_step_##subsystem_##_##step_##_pointer = &init_step_##subsystem_##_##step_

/*
 * Use the tables between @first and @end (the linker section; tests bring their own) and solve the
 * order. Errors: HELIX_E_NOENT a step or dependency names no subsystem; HELIX_E_MODULE_CYCLE; the
 * names are in init_problem().
 */
helix_status init_solve(const struct init_step *const *first, const struct init_step *const *end);
const char *init_problem(void); // "" when there is none

/*
 * Run all subsystems of @phase. A failing step ends its subsystem; what depends on it is skipped.
 * In the phases boot, early and core the status of the first failure comes back at once; later ones
 * go on and are readable below.
 */
helix_status init_run_phase(enum init_phase phase, unsigned skip_flags);
void init_shutdown(void); // runs the shutdown of every step that ran, last first
bool init_is_healthy(const char **subsystem_out);

enum init_result {
    INIT_RESULT_ABSENT, // nothing of it is linked in
    INIT_RESULT_PENDING,
    INIT_RESULT_OK,
    INIT_RESULT_FAILED,
    INIT_RESULT_SKIPPED, // something it depends on failed
};

struct init_report {
    const char *name;
    enum init_phase phase;
    unsigned priority;
    u64 microseconds;
    enum init_result result;
    helix_status status; // of the failure
    const char *step;    // that failed, or NULL
};

/* In the order they run. False: no such index. */
bool init_report_get(unsigned index, struct init_report *report_out);
const char *init_result_name(enum init_result result);
const char *init_phase_name(enum init_phase phase);

/*
 * What boot handed over, from the first instruction of kernel_main() on.
 *
 * Options are words of the command line before "--": `name` or `name=value`, the value optionally
 * in double quotes. The last one wins. init_option() gives the value ("" for a bare word) in static
 * storage, NULL when it is not there.
 */
void init_set_boot_info(const struct boot_info *info);
const struct boot_info *init_boot_info(void);
const char *init_option(const char *name);
bool init_option_number(const char *name, u64 *number_out);

/* Words in order: options with their value as written, then everything after "--". For handing
 * unknown words to /init. */
unsigned init_word_count(void);
const char *init_word(unsigned index, bool *after_dashes_out);
