/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/execution/thread.h>
#include <helix/hal/time.h>
#include <helix/ipc/bus.h>
#include <helix/ipc/channel.h>
#include <helix/ipc/router.h>
#include <helix/lib/string.h>
#include <helix/lib/test.h>

static char order[8];
static unsigned ordered;

static enum helix_event_response note(const struct helix_event *event, void *context)
{
    (void)event;
    order[ordered++ % 8] = *(const char *)context;
    return HELIX_EVENT_HANDLED;
}

HELIX_TEST(bus, calls_by_priority_and_only_for_the_topic)
{
    struct bus_subscriber low = {
        .kind = HELIX_EVENT_INTERRUPT, .priority = 1, .handle = note, .context = "l"};
    struct bus_subscriber high = {
        .kind = HELIX_EVENT_INTERRUPT, .priority = 9, .handle = note, .context = "h"};
    struct bus_subscriber other = {
        .kind = HELIX_EVENT_PROCESS, .priority = 9, .handle = note, .context = "o"};
    struct helix_event event = {.kind = HELIX_EVENT_INTERRUPT};
    ordered = 0;
    bus_subscribe(&low);
    bus_subscribe(&high);
    bus_subscribe(&other);
    EXPECT(t, bus_publish(&event).handled == 2);
    EXPECT(t, ordered == 2 && order[0] == 'h' && order[1] == 'l');
    bus_unsubscribe(&high);
    bus_unsubscribe(&low);
    EXPECT(t, bus_publish(&event).handled == 0);
    bus_unsubscribe(&other);
}

#define WORDS 1000u

static void send_words(void *argument)
{
    struct channel *channel = argument;
    for (u64 i = 1; i <= WORDS; i++) {
        while (channel_send(channel, i) == HELIX_E_WOULD_BLOCK)
            thread_yield();
    }
    channel_put(channel);
}

HELIX_TEST(channel, carries_every_word_of_many_senders)
{
    struct channel *channel;
    struct thread *senders[3];
    u64 sum = 0;
    REQUIRE(t, channel_create(16, &channel) == HELIX_OK);
    for (unsigned i = 0; i < 3; i++) {
        channel_get(channel);
        REQUIRE(t, thread_spawn_kernel("sender", send_words, channel, &senders[i]) == HELIX_OK);
    }
    for (unsigned i = 0; i < 3 * WORDS; i++) {
        u64 word = 0;
        nanos deadline = hal_clock_now() + 300 * NANOS_PER_SECOND;
        REQUIRE(t, channel_receive(channel, deadline, WAIT_UNINTERRUPTIBLE, &word) == HELIX_OK);
        sum += word;
    }
    EXPECT(t, sum == 3ull * WORDS * (WORDS + 1) / 2);
    for (unsigned i = 0; i < 3; i++)
        thread_put(senders[i]);
    channel_put(channel);
}

HELIX_TEST(channel, gives_what_was_sent_before_the_closing)
{
    struct channel *channel;
    u64 word = 0;
    REQUIRE(t, channel_create(2, &channel) == HELIX_OK);
    EXPECT(t, channel_try_receive(channel, &word) == HELIX_E_WOULD_BLOCK);
    EXPECT(t, channel_send(channel, 7) == HELIX_OK);
    EXPECT(t, channel_send(channel, 8) == HELIX_OK);
    EXPECT(t, channel_send(channel, 9) == HELIX_E_WOULD_BLOCK);
    channel_close(channel);
    EXPECT(t, channel_send(channel, 9) == HELIX_E_CLOSED);
    EXPECT(t, channel_try_receive(channel, &word) == HELIX_OK && word == 7);
    EXPECT(t, channel_try_receive(channel, &word) == HELIX_OK && word == 8);
    EXPECT(t, channel_receive(channel, NANOS_NEVER, WAIT_UNINTERRUPTIBLE, &word) == HELIX_E_CLOSED);
    channel_put(channel);
}

HELIX_TEST(channel, times_out_when_nobody_sends)
{
    struct channel *channel;
    u64 word = 0;
    REQUIRE(t, channel_create(4, &channel) == HELIX_OK);
    nanos deadline = hal_clock_now() + 2 * NANOS_PER_MS;
    EXPECT(t, channel_receive(channel, deadline, WAIT_UNINTERRUPTIBLE, &word) == HELIX_E_TIMEOUT);
    EXPECT(t, hal_clock_now() >= deadline);
    channel_put(channel);
}

HELIX_TEST(one_shot, takes_one_word_and_no_second)
{
    struct one_shot shot;
    u64 word = 0;
    one_shot_init(&shot);
    EXPECT(t, one_shot_send(&shot, 5) == HELIX_OK);
    EXPECT(t, one_shot_send(&shot, 6) == HELIX_E_STATE);
    one_shot_close(&shot);
    EXPECT(t, one_shot_receive(&shot, NANOS_NEVER, WAIT_UNINTERRUPTIBLE, &word) == HELIX_OK);
    EXPECT(t, word == 5);
}

HELIX_TEST(router, delivers_by_name_and_priority)
{
    struct endpoint *a;
    struct endpoint *b;
    struct message *message;
    REQUIRE(t, endpoint_create("test.a", 2, &a) == HELIX_OK);
    REQUIRE(t, endpoint_create("test.b", 2, &b) == HELIX_OK);
    EXPECT(t, endpoint_create("test.a", 2, &b) == HELIX_E_EXIST);
    struct message_args args = {
        .name = "test.b", .priority = MESSAGE_LOW, .type = 1, .data = "x", .bytes = 1};
    EXPECT(t, router_send(a, &args) == HELIX_OK);
    args.priority = MESSAGE_CRITICAL;
    args.type = 2;
    EXPECT(t, router_send(a, &args) == HELIX_OK);
    EXPECT(t, router_send(a, &args) == HELIX_E_WOULD_BLOCK);
    args.name = "test.nobody";
    EXPECT(t, router_send(a, &args) == HELIX_E_NOENT);
    REQUIRE(t, router_receive(b, NANOS_NEVER, WAIT_UNINTERRUPTIBLE, &message) == HELIX_OK);
    EXPECT(t, message->type == 2 && message->from == endpoint_id(a));
    message_free(message);
    EXPECT(t, router_broadcast(a, &args) >= 1);
    endpoint_destroy(b);
    endpoint_destroy(a);
}

static void answer_one(void *argument)
{
    struct message *message;
    struct endpoint *endpoint = argument;
    if (router_receive(endpoint, NANOS_NEVER, WAIT_UNINTERRUPTIBLE, &message) != HELIX_OK)
        return;
    helix_ignore(router_answer(message, HELIX_E_RANGE, "answer", 7)); // the asker's test sees it
    message_free(message);
}

HELIX_TEST(router, brings_an_answer_back_to_the_asker)
{
    struct endpoint *a;
    struct endpoint *b;
    struct thread *thread;
    char data[16] = "";
    struct answer answer = {.data = data, .capacity = sizeof data};
    REQUIRE(t, endpoint_create("test.asker", 4, &a) == HELIX_OK);
    REQUIRE(t, endpoint_create("test.server", 4, &b) == HELIX_OK);
    REQUIRE(t, thread_spawn_kernel("server", answer_one, b, &thread) == HELIX_OK);
    struct message_args args = {.name = "test.server"};
    nanos deadline = hal_clock_now() + 300 * NANOS_PER_SECOND;
    EXPECT(t, router_request(a, &args, deadline, &answer) == HELIX_OK);
    EXPECT(t, answer.status == HELIX_E_RANGE && answer.bytes == 7 && strcmp(data, "answer") == 0);
    deadline = hal_clock_now() + NANOS_PER_MS;
    EXPECT(t, router_request(a, &args, deadline, &answer) == HELIX_E_TIMEOUT);
    thread_put(thread);
    endpoint_destroy(b);
    endpoint_destroy(a);
}

/* Describe, recreate, compare, and the same cut short and from another version. */
static void round_trip(struct helix_test_run *t, const struct object *object,
                       struct object *(*resolve)(void *, u32, u64))
{
    u8 data[256];
    struct object *copy = NULL;
    struct object_record record;
    struct object_writer writer = {.data = data, .capacity = sizeof data};
    REQUIRE(t, object->type->describe(object, &writer) == HELIX_OK && writer.bytes <= sizeof data);
    struct object_reader reader = {.data = data, .bytes = writer.bytes, .resolve = resolve};
    REQUIRE(t, object_read(&reader, &record, sizeof record) == HELIX_OK);
    EXPECT(t, record.kind == object->type->kind && record.bytes == writer.bytes - sizeof record);
    REQUIRE(t, object->type->recreate(&reader, &record, &copy) == HELIX_OK);
    EXPECT(t, copy->id != object->id && object->type->equal(object, copy));
    object->type->discard(copy);
    reader = (struct object_reader){
        .data = data, .bytes = writer.bytes - 1, .at = sizeof record, .resolve = resolve};
    EXPECT(t, object->type->recreate(&reader, &record, &copy) == HELIX_E_CORRUPT);
    record.version++;
    EXPECT(t, object->type->recreate(&reader, &record, &copy) == HELIX_E_NOTSUP);
}

HELIX_TEST(object, a_channel_makes_the_round_trip)
{
    struct channel *channel;
    REQUIRE(t, channel_create(8, &channel) == HELIX_OK);
    EXPECT(t, channel_send(channel, 11) == HELIX_OK && channel_send(channel, 22) == HELIX_OK);
    channel_close(channel);
    round_trip(t, &channel->object, NULL);
    channel_put(channel);
}
