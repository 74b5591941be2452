/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/module.h>
#include <helix/abi/status.h>
#include <helix/lib/list.h>

/*
 * The event bus: topics are enum helix_event_kind. Subscribers of a topic are called in the
 * publishing thread, higher priority first, equal ones in the order they came. An event is not
 * kept: who was not there did not get it.
 *
 * Context: publish from threads, no spinlock held; handlers may sleep. From interrupts:
 * bus_publish_later(), which keeps up to 64 events and says false when it is full.
 */
struct bus_subscriber {
    struct list link; // the bus's
    enum helix_event_kind kind;
    u8 priority; // 255 first
    enum helix_event_response (*handle)(const struct helix_event *event, void *context);
    void *context;
    u32 inside; // handlers running, atomic; the bus's
};

void bus_subscribe(struct bus_subscriber *subscriber);
void bus_unsubscribe(struct bus_subscriber *subscriber); // returns when its handler does not run
                                                         // any more; not from the handler

/* How many handled it, and how many answered ERROR. */
struct bus_result {
    u32 handled, failed;
};
struct bus_result bus_publish(const struct helix_event *event);
bool bus_publish_later(
    const struct helix_event *event); // no CUSTOM: its data would have to live on
