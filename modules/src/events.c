/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Events to modules. The receivers are counted in under the list lock and called without it. */
#include "events.h"

#include <helix/hal/time.h>
#include <helix/ipc/bus.h>
#include <helix/lib/atomic.h>
#include <helix/lib/sort.h>
#include <helix/memory/heap.h>

#include "framework.h"

#define RECEIVERS_MOST 64

struct receivers {
    enum helix_event_kind kind;
    struct instance *list[RECEIVERS_MOST];
    unsigned count;
};

static void collect(struct instance *instance, void *context)
{
    struct receivers *receivers = context;
    u32 wants = atomic_load_relaxed(&instance->subscriptions);
    if (instance->module->record->handle_event == NULL || receivers->count == RECEIVERS_MOST)
        return;
    if (wants != 0 && (wants & 1u << receivers->kind) == 0)
        return;
    if (instance_enter(instance))
        receivers->list[receivers->count++] = instance;
}

static int by_priority(const void *a, const void *b, void *context)
{
    const struct receivers *receivers = context;
    const struct instance *left = *(struct instance *const *)a;
    const struct instance *right = *(struct instance *const *)b;
    return right->priorities[receivers->kind] - left->priorities[receivers->kind];
}

/* Counted in by collect(). A crash is noted by the call and counts as an error. */
static enum helix_event_response give(struct instance *instance, const struct helix_event *event)
{
    enum helix_event_response volatile response = HELIX_EVENT_ERROR;
    helix_status st = INSTANCE_CALL(
        instance, response = instance->module->record->handle_event(instance->self, event));
    instance_leave(instance);
    return st == HELIX_OK ? response : HELIX_EVENT_ERROR;
}

unsigned events_dispatch(const struct helix_event *event)
{
    struct receivers receivers = {.kind = event->kind};
    instance_for_each(collect, &receivers);
    lib_sort(receivers.list, receivers.count, sizeof receivers.list[0], by_priority, &receivers);
    unsigned handled = 0;
    for (unsigned i = 0; i < receivers.count; i++)
        handled += give(receivers.list[i], event) == HELIX_EVENT_HANDLED;
    return handled;
}

helix_status events_subscribe(void *kernel, enum helix_event_kind kind, unsigned priority)
{
    struct instance *instance = kernel;
    if (kind > HELIX_EVENT_CUSTOM || priority > 255)
        return HELIX_E_INVAL;
    instance->priorities[kind] = (u8)priority;
    atomic_fetch_or_relaxed(&instance->subscriptions, 1u << kind);
    return HELIX_OK;
}

helix_status events_publish_from(void *kernel, const struct helix_event *event)
{
    (void)kernel;
    if (event->kind > HELIX_EVENT_CUSTOM)
        return HELIX_E_INVAL;
    bus_publish(event);
    return HELIX_OK;
}

helix_status events_request_from(void *kernel, const char *module,
                                 const struct helix_request *request,
                                 struct helix_response *response)
{
    (void)kernel;
    return modules_request(module, request, response);
}
