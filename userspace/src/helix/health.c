/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Call 1002: how modules are, and healing them on request. */
#include "helix/helix_calls.h"

#include <helix/capability/linux.h>
#include <helix/core/syscall.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/modules/modules.h>

#include "task/tasks.h"

static void health_fill(struct helix_user_self_heal *call, const struct module_health *health)
{
    memset(call->module, 0, sizeof call->module);
    strlcpy(call->module, health->module, sizeof call->module);
    call->health = (u32)health->state;
    call->restarts = health->restarts;
    call->faults = health->faults;
    call->last_recovery_ns = health->last_recovery;
}

static void refuse(struct module_result *result, helix_status status, const char *reason)
{
    result->status = status;
    strlcpy(result->reason, reason, sizeof result->reason);
}

static void query(const struct helix_user_self_heal *call, struct module_health *health,
                  struct module_result *result)
{
    if (!modules_health(call->index, health))
        refuse(result, HELIX_E_NOENT, "there are no more modules");
}

/* What changes something also answers how the module is afterwards. */
static void change(const struct helix_user_self_heal *call, const char *name,
                   struct module_health *health, struct module_result *result)
{
    struct module_result after;
    if (!task_capable(CAP_SYS_MODULE))
        return refuse(result, HELIX_E_PERM, "changing modules needs CAP_SYS_MODULE");
    if (call->operation == HELIX_SELF_HEAL_RESTART)
        modules_restart(name, result);
    else
        modules_inject_fault(name, result);
    if (result->status == HELIX_OK)
        modules_health_check(name, health, &after);
}

static void run(const struct helix_user_self_heal *call, struct module_health *health,
                struct module_result *result)
{
    char *name;
    if (call->operation == HELIX_SELF_HEAL_QUERY)
        return query(call, health, result);
    if (call->operation < HELIX_SELF_HEAL_CHECK || call->operation > HELIX_SELF_HEAL_INJECT)
        return refuse(result, HELIX_E_INVAL, "no such operation");
    const helix_status status = call->name ? helix_text_in(call->name, &name) : HELIX_E_FAULT;
    if (status != HELIX_OK)
        return refuse(result, status, "the name cannot be read");
    if (call->operation == HELIX_SELF_HEAL_CHECK)
        modules_health_check(name, health, result);
    else
        change(call, name, health, result);
    kfree(name);
}

i64 helix_self_heal(const u64 *arguments)
{
    struct helix_user_self_heal call;
    struct module_health health = {0};
    struct module_result result = {0};
    const helix_status status = helix_struct_in(&call, arguments[0], sizeof call);
    if (status != HELIX_OK)
        return syscall_result(status);
    run(&call, &health, &result);
    health_fill(&call, &health);
    helix_result_fill(&call.result, &result);
    return helix_struct_out(arguments[0], &call, sizeof call, result.status);
}
