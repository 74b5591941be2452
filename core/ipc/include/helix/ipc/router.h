/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>
#include <helix/execution/wait.h>
#include <helix/lib/list.h>

/*
 * Messages between named endpoints: to an id, to a name, or to all. Each endpoint has a queue per
 * priority; the most urgent is taken first, equal ones in order. A request carries a ticket; the
 * answer to it comes back to the thread that waits in router_request().
 */
enum message_priority {
    MESSAGE_CRITICAL,
    MESSAGE_HIGH,
    MESSAGE_NORMAL,
    MESSAGE_LOW,
    MESSAGE_PRIORITIES,
};

#define MESSAGE_BYTES_MOST 4096

struct message {
    struct list link;
    u64 from;   // endpoint id
    u64 ticket; // of a request; 0: no answer is waited for
    enum message_priority priority;
    u32 type;
    u32 bytes;
    unsigned char data[];
};

struct endpoint;

helix_status endpoint_create(const char *name, u32 capacity,
                             struct endpoint **endpoint_out); // EXIST: the name is taken
void endpoint_destroy(
    struct endpoint *endpoint); // queued messages are dropped, waiting requests get CLOSED
u64 endpoint_id(const struct endpoint *endpoint);

struct message_args {
    u64 to;           // id; 0: by name
    const char *name; // NULL: by id
    enum message_priority priority;
    u32 type;
    const void *data;
    u32 bytes;
};
helix_status
router_send(struct endpoint *from,
            const struct message_args *args); // NOENT, WOULD_BLOCK full, TOO_BIG, NOMEM
u32 router_broadcast(struct endpoint *from,
                     const struct message_args *args); // to all others; how many took it

/* The next message; the caller frees it with message_free(). */
helix_status router_receive(struct endpoint *endpoint, nanos deadline, enum wait_mode mode,
                            struct message **message_out);
void message_free(struct message *message);

/* Ask and wait. The answer is cut at @capacity; *bytes_out is its whole length. */
struct answer {
    void *data;
    u32 capacity, bytes;
    helix_status status; // what the other side said
};
helix_status router_request(struct endpoint *from, const struct message_args *args, nanos deadline,
                            struct answer *answer);
helix_status router_answer(const struct message *request, helix_status status, const void *data,
                           u32 bytes); // NOENT: nobody waits any more
