/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Signal handlers as a record: how many signals have an action that is not the default one, then
 * each with its number. */
#include "record.h"
#include "signal/signals.h"
#include "task/tasks.h"

#include <helix/lib/compiler.h>

struct action_record {
    u64 number;
    u64 handler, flags, restorer, mask;
};

static struct signal_hand *hand_of(const struct object *object)
{
    return container_of(object, struct signal_hand, object);
}

static bool is_default(const struct signal_action *action)
{
    return action->handler.raw == SIG_DFL && action->flags == 0 && action->mask == 0;
}

static helix_status describe(const struct object *object, struct object_writer *writer)
{
    struct signal_hand *hand = hand_of(object);
    u64 count = 0;
    const struct irq_key key = spin_lock_irq(&hand->lock);
    for (unsigned i = 0; i < SIGNAL_COUNT; i++)
        count += !is_default(&hand->actions[i]);
    record_begin(object, sizeof count + count * sizeof(struct action_record), writer);
    object_write(writer, &count, sizeof count);
    for (unsigned i = 0; i < SIGNAL_COUNT; i++) {
        const struct signal_action *action = &hand->actions[i];
        if (is_default(action))
            continue;
        const struct action_record record = {i + 1, action->handler.raw, action->flags,
                                             action->restorer.raw, action->mask};
        object_write(writer, &record, sizeof record);
    }
    spin_unlock_irq(&hand->lock, key);
    return HELIX_OK;
}

static helix_status read_action(struct object_reader *reader,
                                struct signal_hand *hand) HELIX_NO_THREAD_SAFETY
{
    struct action_record record;
    const helix_status status = object_read(reader, &record, sizeof record);
    if (status != HELIX_OK)
        return status;
    if (record.number < 1 || record.number > SIGNAL_COUNT)
        return HELIX_E_CORRUPT;
    hand->actions[record.number - 1] =
        (struct signal_action){vaddr_of(record.handler), record.flags, vaddr_of(record.restorer),
                               record.mask & ~SIGNALS_UNBLOCKABLE};
    return HELIX_OK;
}

static helix_status recreate(struct object_reader *reader, const struct object_record *record,
                             struct object **object_out)
{
    (void)record;
    u64 count;
    helix_status status = object_read(reader, &count, sizeof count);
    if (status != HELIX_OK || count > SIGNAL_COUNT)
        return HELIX_E_CORRUPT;
    struct signal_hand *hand = signal_hand_create();
    if (!hand)
        return HELIX_E_NOMEM;
    for (u64 i = 0; i < count && status == HELIX_OK; i++)
        status = read_action(reader, hand);
    if (status != HELIX_OK) {
        signal_hand_put(hand);
        return status;
    }
    *object_out = &hand->object;
    return HELIX_OK;
}

static void discard(struct object *object)
{
    signal_hand_put(hand_of(object));
}

static bool equal(const struct object *left, const struct object *right) HELIX_NO_THREAD_SAFETY
{
    for (unsigned i = 0; i < SIGNAL_COUNT; i++) {
        const struct signal_action *a = &hand_of(left)->actions[i],
                                   *b = &hand_of(right)->actions[i];
        if (a->handler.raw != b->handler.raw || a->flags != b->flags ||
            a->restorer.raw != b->restorer.raw || a->mask != b->mask)
            return false;
    }
    return true;
}

const struct object_type signal_hand_object_type = {
    .kind = OBJECT_SIGNAL_STATE,
    .version = 1,
    .name = "signal handlers",
    .describe = describe,
    .recreate = recreate,
    .discard = discard,
    .equal = equal,
};
