/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Run the solved order and keep what happened. */
#include <helix/hal/time.h>
#include <helix/init/init.h>
#include <helix/lib/log.h>

#include "table.h"

static const char *const phase_names[] = {"boot", "early", "core", "late", "runtime"};
static const char *const result_names[] = {"ABSENT", "PENDING", "OK", "FAILED", "SKIPPED"};

const char *init_phase_name(enum init_phase phase)
{
    return phase < INIT_PHASES ? phase_names[phase] : "?";
}

const char *init_result_name(enum init_result result)
{
    return result < array_count(result_names) ? result_names[result] : "?";
}

/* Absent ones stop nobody: whoever needs what is missing finds out by itself and says so. */
static const char *broken_dependency(const struct init_subsystem *subsystem)
{
    for (unsigned d = 0; d < INIT_DEPENDENCY_MOST && subsystem->dependencies[d] != NULL; d++) {
        const struct init_slot *slot = init_slot_find(subsystem->dependencies[d]);
        if (slot->result == INIT_RESULT_FAILED || slot->result == INIT_RESULT_SKIPPED)
            return subsystem->dependencies[d];
    }
    return NULL;
}

static helix_status run_step(struct init_slot *slot, const struct init_step *step)
{
    helix_status st = step->run != NULL ? step->run() : HELIX_OK;
    if (st == HELIX_OK)
        return st;
    slot->result = INIT_RESULT_FAILED;
    slot->status = st;
    slot->failed_step = step->name;
    log_error("init", "%s failed: %s", step->name, helix_status_text(st));
    return st;
}

static helix_status run_steps(struct init_slot *slot, unsigned skip_flags)
{
    for (unsigned i = 0; i < slot->step_count; i++) {
        if ((slot->steps[i]->flags & skip_flags) == 0) {
            helix_status st = run_step(slot, slot->steps[i]);
            if (st != HELIX_OK)
                return st;
        }
        slot->ran = i + 1;
    }
    slot->result = INIT_RESULT_OK;
    return HELIX_OK;
}

static helix_status run_subsystem(struct init_slot *slot, unsigned skip_flags)
{
    if (slot->result != INIT_RESULT_PENDING)
        return HELIX_OK;
    const char *broken = broken_dependency(slot->subsystem);
    if (broken != NULL) {
        slot->result = INIT_RESULT_SKIPPED;
        slot->status = HELIX_E_MODULE_DEPENDENCY;
        log_error("init", "%s skipped: %s failed", slot->subsystem->name, broken);
        return HELIX_E_MODULE_DEPENDENCY;
    }
    // The clock may start inside the first subsystem; before that it stands at zero.
    nanos start = slot->subsystem->phase == INIT_PHASE_BOOT ? 0 : hal_clock_now();
    helix_status st = run_steps(slot, skip_flags);
    if (st == HELIX_OK || slot->subsystem->phase != INIT_PHASE_BOOT)
        slot->microseconds = (hal_clock_now() - start) / NANOS_PER_US;
    return st;
}

helix_status init_run_phase(enum init_phase phase, unsigned skip_flags)
{
    for (unsigned i = 0; i < INIT_SUBSYSTEMS; i++) {
        if (init_slots[i].subsystem == NULL || init_slots[i].subsystem->phase != phase)
            continue;
        helix_status st = run_subsystem(&init_slots[i], skip_flags);
        if (st != HELIX_OK && phase <= INIT_PHASE_CORE)
            return st;
    }
    return HELIX_OK;
}

void init_shutdown(void)
{
    for (unsigned i = INIT_SUBSYSTEMS; i-- > 0;) {
        struct init_slot *slot = &init_slots[i];
        while (slot->ran > 0) {
            const struct init_step *step = slot->steps[--slot->ran];
            if (step->shutdown != NULL)
                step->shutdown();
        }
    }
}

static bool slot_is_healthy(const struct init_slot *slot)
{
    if (slot->result != INIT_RESULT_OK)
        return slot->result == INIT_RESULT_ABSENT || slot->result == INIT_RESULT_PENDING;
    for (unsigned i = 0; i < slot->step_count; i++) {
        if (slot->steps[i]->is_healthy != NULL && !slot->steps[i]->is_healthy())
            return false;
    }
    return true;
}

bool init_is_healthy(const char **subsystem_out)
{
    for (unsigned i = 0; i < INIT_SUBSYSTEMS; i++) {
        if (init_slots[i].subsystem != NULL && !slot_is_healthy(&init_slots[i])) {
            *subsystem_out = init_slots[i].subsystem->name;
            return false;
        }
    }
    return true;
}

bool init_report_get(unsigned index, struct init_report *report_out)
{
    if (index >= INIT_SUBSYSTEMS || init_slots[index].subsystem == NULL)
        return false;
    const struct init_slot *slot = &init_slots[index];
    *report_out = (struct init_report){
        .name = slot->subsystem->name,
        .phase = slot->subsystem->phase,
        .priority = slot->subsystem->priority,
        .microseconds = slot->microseconds,
        .result = slot->result,
        .status = slot->status,
        .step = slot->failed_step,
    };
    return true;
}
