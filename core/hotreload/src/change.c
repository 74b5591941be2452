/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * One change of a provider. For stop gates everything between closing and opening runs inside
 * stop_world(), so it is bounded and allocation-free; for sleeping gates the same code runs in the
 * calling thread with the gate closed.
 */
#include <helix/execution/stop.h>
#include <helix/hal/time.h>
#include <helix/hotreload/hotreload.h>
#include <helix/lib/assert.h>

static const char *const step_names[] = {
    "prepare", "quiesce", "save_state", "restore_state", "carry", "start", "done",
};

const char *hotreload_step_name(enum hotreload_step step)
{
    return step < array_count(step_names) ? step_names[step] : "?";
}

/* Run @call_, an expression that assigns a status, with a landing point around it. */
#define GUARD(change_, call_)             \
    do {                                  \
        struct hal_landing landing_;      \
        if (hal_landing_set(&landing_)) { \
            land((change_), &landing_);   \
            return HELIX_E_MODULE_FAULT;  \
        }                                 \
        call_;                            \
        hal_landing_clear(&landing_);     \
    } while (0)

static void land(struct hotreload_change *change, const struct hal_landing *landing)
{
    if (landing->preempt_at_fault > landing->preempt)
        helix_panic("%s: a module crashed in %s while it held a lock", change->binding->interface,
                    hotreload_step_name(change->reached));
    change->faulted = true;
}

static struct gate_provider provider_of(const struct hotreload_party *party)
{
    return (struct gate_provider){
        .ops = party->ops,
        .self = party->self,
        .module = party->module,
        .slot = party->slot,
    };
}

static helix_status save(struct hotreload_change *change)
{
    const struct hotreload_party *old = change->old;
    helix_status volatile st = HELIX_OK;
    change->reached = HOTRELOAD_SAVE;
    change->state->bytes = 0;
    if (old->record->save_state == NULL)
        return HELIX_OK;
    GUARD(change, st = old->record->save_state(old->self, change->state));
    if (st == HELIX_OK && change->state->bytes > change->state->capacity)
        return HELIX_E_CORRUPT;
    return st;
}

static helix_status restore(struct hotreload_change *change)
{
    const struct hotreload_party *next = change->next;
    helix_status volatile st = HELIX_OK;
    struct helix_state state = {
        .data = change->state->data,
        .bytes = change->state->bytes,
        .version = change->old != NULL ? change->old->record->state_version : change->state_version,
        .module = change->old != NULL ? change->old->record->name : change->state_module,
    };
    change->reached = HOTRELOAD_RESTORE;
    if (next->record->restore_state == NULL)
        return state.bytes == 0 ? HELIX_OK : HELIX_E_MODULE_STATE;
    if (state.module == NULL)
        return HELIX_OK;
    GUARD(change, st = next->record->restore_state(next->self, &state));
    return st;
}

static helix_status carry(struct hotreload_change *change)
{
    const struct gate_transfer *transfer = change->binding->transfer;
    helix_status volatile st = HELIX_OK;
    change->reached = HOTRELOAD_CARRY;
    if (transfer == NULL)
        return HELIX_OK;
    struct gate_provider next = provider_of(change->next);
    GUARD(change, st = transfer->carry(change->binding, &next, change->plan));
    return st;
}

static helix_status start(struct hotreload_change *change)
{
    const struct hotreload_party *next = change->next;
    helix_status volatile st = HELIX_OK;
    change->reached = HOTRELOAD_START;
    GUARD(change, st = next->record->start(next->self));
    return st;
}

/* Cannot fail by contract; one that crashes all the same is a failed start. */
static helix_status adopt(struct hotreload_change *change)
{
    GUARD(change, change->next->record->adopt(change->next->self, change->old->self));
    return HELIX_OK;
}

static bool same_lineage(const struct helix_module *old, const struct helix_module *next)
{
    const char *a = old->name;
    const char *b = next->name;
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b && old->state_version == next->state_version;
}

/* The gate is closed and nobody inside. */
static helix_status exchange(struct hotreload_change *change)
{
    const struct hotreload_party *next = change->next;
    helix_status st = change->old != NULL ? save(change) : HELIX_OK;
    if (st == HELIX_OK)
        st = restore(change);
    if (st == HELIX_OK)
        st = carry(change);
    if (st == HELIX_OK)
        st = start(change);
    if (st == HELIX_OK && change->old != NULL && next->record->adopt != NULL &&
        same_lineage(change->old->record, next->record))
        st = adopt(change);
    if (st != HELIX_OK)
        return st;
    gate_commit(change->binding, next->ops, next->self, next->module, next->slot);
    change->reached = HOTRELOAD_DONE;
    return HELIX_OK;
}

struct stopped {
    struct hotreload_change *change;
    helix_status status;
    bool was_failed;
};

static void exchange_stopped(void *context)
{
    struct stopped *stopped = context;
    struct gate_binding *binding = stopped->change->binding;
    stopped->was_failed = binding->state == GATE_FAILED;
    // A recovery came in between: what this change knows of the old one, its slot too, is not true
    // any more.
    if (binding->module != stopped->change->expected) {
        stopped->status = HELIX_E_AGAIN;
        return;
    }
    stopped->status = gate_close(binding, 0);
    if (stopped->status != HELIX_OK)
        return;
    stopped->status = exchange(stopped->change);
    // After an error the old one goes on, unless it had crashed before.
    if (stopped->status == HELIX_OK || !stopped->was_failed)
        gate_open(binding);
    else
        __atomic_store_n(&binding->state, (u32)GATE_FAILED, __ATOMIC_RELEASE);
}

static helix_status apply_stop(struct hotreload_change *change)
{
    struct stopped stopped = {.change = change, .status = HELIX_E_BUSY};
    helix_status st = stop_world(exchange_stopped, &stopped, hal_clock_now() + change->patience,
                                 &change->blocker);
    return st == HELIX_OK ? stopped.status : st;
}

static helix_status apply_sleeping(struct hotreload_change *change)
{
    bool was_failed = __atomic_load_n(&change->binding->state, __ATOMIC_ACQUIRE) == GATE_FAILED;
    helix_status st = gate_close(change->binding, hal_clock_now() + change->patience);
    if (st != HELIX_OK)
        return st;
    st = exchange(change);
    if (st == HELIX_OK || !was_failed)
        gate_open(change->binding);
    else
        __atomic_store_n(&change->binding->state, (u32)GATE_FAILED, __ATOMIC_RELEASE);
    return st;
}

/* The first provider of a binding: nothing to close. One thread does it. */
static helix_status apply_first(struct hotreload_change *change)
{
    struct irq_key key = hal_irq_save();
    helix_status st = exchange(change);
    if (st == HELIX_OK)
        gate_open(change->binding);
    hal_irq_restore(key);
    return st;
}

helix_status hotreload_prepare(struct hotreload_change *change)
{
    const struct gate_transfer *transfer = change->binding->transfer;
    helix_status volatile st = HELIX_OK;
    change->reached = HOTRELOAD_PREPARE;
    change->faulted = false;
    if (change->prepared || transfer == NULL || transfer->prepare == NULL)
        return HELIX_OK;
    struct gate_provider next = provider_of(change->next);
    GUARD(change, st = transfer->prepare(change->binding, &next, &change->plan));
    change->prepared = st == HELIX_OK;
    return st;
}

void hotreload_finish(struct hotreload_change *change, bool committed)
{
    const struct gate_transfer *transfer = change->binding->transfer;
    if (change->prepared && transfer != NULL && transfer->finish != NULL)
        transfer->finish(change->binding, change->plan, committed);
    change->prepared = false;
}

static void keep_record(struct hotreload_change *change, helix_status st, nanos began,
                        u64 instructions)
{
    change->pause = hal_clock_now() - began;
    u64 now = hal_instructions();
    change->instructions = now > instructions ? now - instructions : 0;
    if (st == HELIX_OK)
        gate_record_pause(change->binding, change->pause, change->instructions);
    else
        gate_record_failure(change->binding);
}

helix_status hotreload_apply(struct hotreload_change *change)
{
    bool first = change->binding->ops == NULL;
    helix_status st = hotreload_prepare(change);
    if (st != HELIX_OK) {
        gate_record_failure(change->binding);
        return st;
    }
    change->reached = HOTRELOAD_QUIESCE;
    u64 instructions = hal_instructions();
    nanos began = hal_clock_now();
    if (first)
        st = apply_first(change);
    else if (change->binding->kind == GATE_STOP)
        st = apply_stop(change);
    else
        st = apply_sleeping(change);
    if (!first)
        keep_record(change, st, began, instructions);
    hotreload_finish(change, st == HELIX_OK);
    return st;
}

helix_status hotreload_take_over(struct hotreload_change *change)
{
    helix_status st = exchange(change);
    if (st == HELIX_OK)
        gate_open(change->binding);
    return st;
}
