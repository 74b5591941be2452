/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/module.h>

/* Module side of the bus: entries of the table "helix.bus". */
helix_status events_subscribe(void *kernel, enum helix_event_kind kind, unsigned priority);
helix_status events_publish_from(void *kernel, const struct helix_event *event);
helix_status events_request_from(void *kernel, const char *module,
                                 const struct helix_request *request,
                                 struct helix_response *response);

/* To every running module with handle_event; where it subscribed, only for those kinds. Higher
 * priority first. */
unsigned events_dispatch(const struct helix_event *event);
