/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* From names to an order, and what is wrong with the names. */
#include <helix/init/init.h>
#include <helix/lib/format.h>
#include <helix/lib/order.h>
#include <helix/lib/string.h>

#include "table.h"

struct init_slot init_slots[INIT_SUBSYSTEMS];

static char problem[256];

const char *init_problem(void)
{
    return problem;
}

struct init_slot *init_slot_find(const char *name)
{
    for (unsigned i = 0; i < INIT_SUBSYSTEMS; i++) {
        if (init_slots[i].subsystem != NULL && strcmp(init_slots[i].subsystem->name, name) == 0)
            return &init_slots[i];
    }
    return NULL;
}

static helix_status needs_of(const struct init_subsystem *table, unsigned count, unsigned index,
                             u64 *needs_out)
{
    u64 needs = 0;
    for (unsigned d = 0; d < INIT_DEPENDENCY_MOST && table[index].dependencies[d] != NULL; d++) {
        unsigned at = 0;
        while (at < count && strcmp(table[at].name, table[index].dependencies[d]) != 0)
            at++;
        if (at == count) {
            lib_format(problem, sizeof problem, "%s needs %s, which is no subsystem",
                       table[index].name, table[index].dependencies[d]);
            return HELIX_E_NOENT;
        }
        needs |= 1ull << at;
    }
    *needs_out = needs;
    return HELIX_OK;
}

/* "a needs b needs c needs a" */
static void report_cycle(const char *const *names, const u8 *cycle, unsigned length)
{
    size_t used = lib_format_append(problem, sizeof problem, 0, "circle: ");
    for (unsigned i = 0; i < length; i++)
        used = lib_format_append(problem, sizeof problem, used, "%s needs ", names[cycle[i]]);
    lib_format_append(problem, sizeof problem, used, "%s", names[cycle[0]]);
}

helix_status init_order_subsystems(const struct init_subsystem *table, unsigned count,
                                   u8 *order_out)
{
    u64 needs[LIB_ORDER_MOST];
    u32 priority[LIB_ORDER_MOST];
    const char *names[LIB_ORDER_MOST];
    unsigned cycle;
    for (unsigned i = 0; i < count; i++) {
        helix_status st = needs_of(table, count, i, &needs[i]);
        if (st != HELIX_OK)
            return st;
        names[i] = table[i].name;
        // A phase is a barrier: everything of an earlier one comes before.
        priority[i] = (u32)table[i].phase * 1000 + table[i].priority;
    }
    unsigned ordered = lib_order_solve(needs, priority, count, order_out, &cycle);
    if (ordered == count)
        return HELIX_OK;
    report_cycle(names, order_out + ordered, cycle);
    return HELIX_E_MODULE_CYCLE;
}

static helix_status collect_steps(const struct init_step *const *first,
                                  const struct init_step *const *end)
{
    for (const struct init_step *const *p = first; p != end; p++) {
        struct init_slot *slot = init_slot_find((*p)->subsystem);
        if (slot == NULL || slot->step_count == INIT_STEPS_MOST) {
            lib_format(problem, sizeof problem, "step %s: %s %s", (*p)->name, (*p)->subsystem,
                       slot == NULL ? "is no subsystem" : "has too many steps");
            return HELIX_E_NOENT;
        }
        // By name, so that the order does not depend on the linker.
        unsigned at = slot->step_count++;
        while (at > 0 && strcmp(slot->steps[at - 1]->name, (*p)->name) > 0) {
            slot->steps[at] = slot->steps[at - 1];
            at--;
        }
        slot->steps[at] = *p;
    }
    return HELIX_OK;
}

static u64 steps_named(const struct init_slot *slot, const char *const *names)
{
    u64 set = 0;
    for (; names != NULL && *names != NULL; names++) {
        for (unsigned i = 0; i < slot->step_count; i++) {
            if (strcmp(slot->steps[i]->name, *names) == 0)
                set |= 1ull << i;
        }
    }
    return set;
}

static helix_status order_steps(struct init_slot *slot)
{
    static const u32 equal[INIT_STEPS_MOST];
    const struct init_step *unordered[INIT_STEPS_MOST];
    const char *names[INIT_STEPS_MOST];
    u64 needs[INIT_STEPS_MOST];
    u8 order[INIT_STEPS_MOST];
    unsigned cycle;
    for (unsigned i = 0; i < slot->step_count; i++) {
        unordered[i] = slot->steps[i];
        names[i] = slot->steps[i]->name;
        needs[i] = steps_named(slot, slot->steps[i]->after);
    }
    unsigned ordered = lib_order_solve(needs, equal, slot->step_count, order, &cycle);
    if (ordered < slot->step_count) {
        report_cycle(names, order + ordered, cycle);
        return HELIX_E_MODULE_CYCLE;
    }
    for (unsigned i = 0; i < slot->step_count; i++)
        slot->steps[i] = unordered[order[i]];
    return HELIX_OK;
}

helix_status init_solve(const struct init_step *const *first, const struct init_step *const *end)
{
    u8 order[INIT_SUBSYSTEMS];
    problem[0] = '\0';
    helix_status st = init_order_subsystems(init_subsystems, INIT_SUBSYSTEMS, order);
    if (st != HELIX_OK)
        return st;
    for (unsigned i = 0; i < INIT_SUBSYSTEMS; i++)
        init_slots[i] = (struct init_slot){.subsystem = &init_subsystems[order[i]]};
    st = collect_steps(first, end);
    for (unsigned i = 0; i < INIT_SUBSYSTEMS && st == HELIX_OK; i++) {
        st = order_steps(&init_slots[i]);
        init_slots[i].result =
            init_slots[i].step_count == 0 ? INIT_RESULT_ABSENT : INIT_RESULT_PENDING;
    }
    return st;
}
