/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/object.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>
#include <helix/execution/wait.h>
#include <helix/lib/mpsc.h>
#include <helix/lib/refcount.h>

/*
 * A channel: many senders, one receiver, a ring of 64-bit words without a lock. Words are numbers
 * or pointers, as the two sides agree; what a word owns passes to the receiver. Closing lets the
 * receiver take what is queued and then says CLOSED.
 */
struct channel {
    struct object object; // OBJECT_CHANNEL
    struct refcount references;
    struct mpsc ring;
    struct wait_queue readable;
    u32 closed; // atomic
    struct mpsc_slot slots[];
};

helix_status channel_create(
    u32 capacity,
    struct channel **channel_out); // capacity rounded up to a power of two from 2 on, at most 65536
void channel_get(struct channel *channel);
void channel_put(struct channel *channel);

helix_status channel_send(struct channel *channel,
                          u64 word); // any context. WOULD_BLOCK full; CLOSED
helix_status channel_try_receive(struct channel *channel,
                                 u64 *word_out); // WOULD_BLOCK empty; CLOSED closed and empty
helix_status channel_receive(struct channel *channel, nanos deadline, enum wait_mode mode,
                             u64 *word_out); // TIMEOUT, INTERRUPTED too
void channel_close(struct channel *channel);
u64 channel_count(const struct channel *channel);

/* A channel for one word: the second send is refused with STATE. */
struct one_shot {
    struct wait_queue done;
    u32 state; // 0 empty, 1 being set, 2 set, 3 closed; atomic
    u64 word;
};
void one_shot_init(struct one_shot *shot);
helix_status one_shot_send(struct one_shot *shot, u64 word); // any context
helix_status one_shot_receive(struct one_shot *shot, nanos deadline, enum wait_mode mode,
                              u64 *word_out);
void one_shot_close(struct one_shot *shot);

extern const struct object_type channel_object_type;
