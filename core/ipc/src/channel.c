/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/ipc/channel.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#define CAPACITY_MOST 65536u

helix_status channel_create(u32 capacity, struct channel **channel_out)
{
    if (capacity == 0 || capacity > CAPACITY_MOST)
        return HELIX_E_INVAL;
    // The ring tells full from free by the slot's number: one slot is not enough for that.
    u64 slots = 1ull << log2_ceil(max(capacity, 2u));
    struct channel *channel = kzalloc(sizeof *channel + slots * sizeof channel->slots[0]);
    if (channel == NULL)
        return HELIX_E_NOMEM;
    channel->object = (struct object){.type = &channel_object_type, .id = object_id_new()};
    ref_init(&channel->references);
    mpsc_init(&channel->ring, channel->slots, slots);
    wait_queue_init(&channel->readable);
    *channel_out = channel;
    return HELIX_OK;
}

void channel_get(struct channel *channel)
{
    ref_get(&channel->references);
}

void channel_put(struct channel *channel)
{
    if (ref_put(&channel->references))
        kfree(channel);
}

helix_status channel_send(struct channel *channel, u64 word)
{
    if (atomic_load_acquire(&channel->closed))
        return HELIX_E_CLOSED;
    if (!mpsc_push(&channel->ring, word))
        return HELIX_E_WOULD_BLOCK;
    if (wait_queue_active(&channel->readable))
        wait_wake_one(&channel->readable);
    return HELIX_OK;
}

helix_status channel_try_receive(struct channel *channel, u64 *word_out)
{
    // Looked at first: what was sent before the closing is still found after it.
    bool closed = atomic_load_acquire(&channel->closed) != 0;
    if (mpsc_pop(&channel->ring, word_out))
        return HELIX_OK;
    return closed ? HELIX_E_CLOSED : HELIX_E_WOULD_BLOCK;
}

helix_status channel_receive(struct channel *channel, nanos deadline, enum wait_mode mode,
                             u64 *word_out)
{
    helix_status got = HELIX_E_WOULD_BLOCK;
    helix_status st = WAIT_FOR(
        &channel->readable, (got = channel_try_receive(channel, word_out)) != HELIX_E_WOULD_BLOCK,
        deadline, mode, "channel");
    return st == HELIX_OK ? got : st;
}

void channel_close(struct channel *channel)
{
    atomic_store_seq(&channel->closed, 1u);
    wait_wake_all(&channel->readable);
}

u64 channel_count(const struct channel *channel)
{
    return mpsc_count(&channel->ring);
}

/* ---- As an object: capacity, closed, and the words that wait
 * ------------------------------------------------------- */

struct channel_record {
    u64 capacity;
    u64 closed;
    u64 count;
};

/* Consistent only while nobody sends or receives, as every description of a live object. */
static helix_status describe(const struct object *object, struct object_writer *writer)
{
    const struct channel *channel = container_of(object, struct channel, object);
    struct channel_record record = {
        .capacity = channel->ring.mask + 1,
        .closed = atomic_load_relaxed(&channel->closed),
        .count = mpsc_count(&channel->ring),
    };
    struct object_record header = {
        .kind = OBJECT_CHANNEL,
        .version = channel_object_type.version,
        .id = object->id,
        .bytes = sizeof record + record.count * sizeof(u64),
    };
    object_write(writer, &header, sizeof header);
    object_write(writer, &record, sizeof record);
    for (u64 i = 0; i < record.count; i++) {
        const struct mpsc_slot *slot =
            &channel->slots[(channel->ring.head + i) & channel->ring.mask];
        object_write(writer, &slot->value, sizeof slot->value);
    }
    return HELIX_OK;
}

static helix_status refill(struct channel *channel, struct object_reader *reader, u64 count)
{
    for (u64 i = 0; i < count; i++) {
        u64 word;
        helix_status st = object_read(reader, &word, sizeof word);
        if (st != HELIX_OK)
            return st;
        if (!mpsc_push(&channel->ring, word))
            return HELIX_E_CORRUPT;
    }
    return HELIX_OK;
}

static helix_status recreate(struct object_reader *reader, const struct object_record *header,
                             struct object **object_out)
{
    struct channel_record record;
    struct channel *channel;
    if (header->kind != OBJECT_CHANNEL || header->version != channel_object_type.version)
        return HELIX_E_NOTSUP;
    helix_status st = object_read(reader, &record, sizeof record);
    if (st != HELIX_OK)
        return st;
    if (record.capacity > CAPACITY_MOST || record.count > record.capacity)
        return HELIX_E_CORRUPT;
    st = channel_create((u32)record.capacity, &channel);
    if (st != HELIX_OK)
        return st == HELIX_E_INVAL ? HELIX_E_CORRUPT : st;
    st = refill(channel, reader, record.count);
    if (st != HELIX_OK) {
        channel_put(channel);
        return st;
    }
    channel->closed = record.closed != 0;
    *object_out = &channel->object;
    return HELIX_OK;
}

static void discard(struct object *object)
{
    channel_put(container_of(object, struct channel, object));
}

static bool equal(const struct object *left, const struct object *right)
{
    const struct channel *a = container_of(left, struct channel, object);
    const struct channel *b = container_of(right, struct channel, object);
    u64 count = mpsc_count(&a->ring);
    if (a->ring.mask != b->ring.mask || a->closed != b->closed || count != mpsc_count(&b->ring))
        return false;
    for (u64 i = 0; i < count; i++) {
        if (a->slots[(a->ring.head + i) & a->ring.mask].value !=
            b->slots[(b->ring.head + i) & b->ring.mask].value)
            return false;
    }
    return true;
}

const struct object_type channel_object_type = {
    .kind = OBJECT_CHANNEL,
    .version = 1,
    .name = "channel",
    .describe = describe,
    .recreate = recreate,
    .discard = discard,
    .equal = equal,
};
OBJECT_TYPE_ENTRY(channel_object_type);

/* ---- One word
 * ----------------------------------------------------------------------------------------------------------
 */

enum { SHOT_EMPTY, SHOT_SETTING, SHOT_SET, SHOT_CLOSED };

void one_shot_init(struct one_shot *shot)
{
    *shot = (struct one_shot){.state = SHOT_EMPTY};
    wait_queue_init(&shot->done);
}

helix_status one_shot_send(struct one_shot *shot, u64 word)
{
    u32 empty = SHOT_EMPTY;
    if (!atomic_cas_acq_rel(&shot->state, &empty, (u32)SHOT_SETTING))
        return empty == SHOT_CLOSED ? HELIX_E_CLOSED : HELIX_E_STATE;
    shot->word = word;
    atomic_store_release(&shot->state, (u32)SHOT_SET);
    wait_wake_all(&shot->done);
    return HELIX_OK;
}

helix_status one_shot_receive(struct one_shot *shot, nanos deadline, enum wait_mode mode,
                              u64 *word_out)
{
    helix_status st = WAIT_FOR(&shot->done, atomic_load_acquire(&shot->state) >= SHOT_SET, deadline,
                               mode, "one-shot");
    if (st != HELIX_OK)
        return st;
    if (atomic_load_acquire(&shot->state) == SHOT_CLOSED)
        return HELIX_E_CLOSED;
    *word_out = shot->word;
    return HELIX_OK;
}

void one_shot_close(struct one_shot *shot)
{
    u32 empty = SHOT_EMPTY;
    // Too late when a word is there: then that is what the receiver gets.
    if (atomic_cas_acq_rel(&shot->state, &empty, (u32)SHOT_CLOSED))
        wait_wake_all(&shot->done);
}
