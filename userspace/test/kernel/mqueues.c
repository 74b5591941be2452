/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Records of message queues. */
#include <helix/abi/linux.h>
#include <helix/lib/string.h>
#include <helix/lib/test.h>

#include "mqueue/mqueue.h"
#include "trip.h"

static helix_status put(struct mq *queue, const char *text, u32 priority)
{
    struct mq_message *message = mq_message_allocate(strlen(text));
    if (!message)
        return HELIX_E_NOMEM;
    message->priority = priority;
    memcpy(message->data, text, strlen(text));
    return mq_send(queue, message, 0, true);
}

HELIX_TEST(object, a_message_queue_makes_the_round_trip)
{
    const struct mq_sizes sizes = {4, 16};
    struct mq *queue;
    struct object *again;
    struct file *file;
    REQUIRE(t, mq_create(&sizes, "name", 4, &queue) == HELIX_OK);
    EXPECT(t, put(queue, "low", 1) == HELIX_OK && put(queue, "high", 2) == HELIX_OK);
    REQUIRE(t, trip_object(&queue->object, 0, &again) == HELIX_OK);
    EXPECT(t, mq_object_type.equal(&queue->object, again));
    EXPECT(t, put(queue, "more", 0) == HELIX_OK);
    EXPECT(t, !mq_object_type.equal(&queue->object, again));
    EXPECT(t, mq_file_object.open(again, LINUX_O_RDWR, &file) == HELIX_OK);
    EXPECT(t, mq_of_file(file) == container_of(again, struct mq, object));
    again->type->discard(again);
    EXPECT(t, trip_object(&queue->object, 1, &again) == HELIX_E_CORRUPT);
    file_put(file);
    mq_put(queue);
}
