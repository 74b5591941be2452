/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Contexts of asynchronous I/O: records, and what they leave behind. */
#include <helix/abi/linux.h>
#include <helix/lib/test.h>
#include <helix/memory/space.h>
#include <helix/vfs/special.h>

#include "aio/aio.h"
#include "trip.h"

static helix_status wait_for_data(struct aio_context *context, struct file *file, u64 iocb)
{
    const struct aio_request like = {
        .context = context, .file = file, .iocb = iocb, .data = 7, .events = LINUX_POLLIN};
    const helix_status status = aio_reserve(context);
    return status == HELIX_OK ? aio_poll(&like) : status;
}

HELIX_TEST(object, a_context_of_asynchronous_io_makes_the_round_trip)
{
    struct aio_context *context;
    struct vm_space *space;
    struct object *again;
    struct file *ends[2];
    u64 id;
    REQUIRE(t, pipe_create(0, &ends[0], &ends[1]) == HELIX_OK);
    REQUIRE(t, vm_space_create(&space) == HELIX_OK);
    REQUIRE(t, aio_context_create(space, 3, &context) == HELIX_OK);
    EXPECT(t, aio_context_map(context, &id) == HELIX_OK);
    EXPECT(t, wait_for_data(context, ends[0], 64) == HELIX_OK);
    EXPECT(t, wait_for_data(context, ends[0], 128) == HELIX_OK);
    EXPECT(t, wait_for_data(context, ends[0], 192) == HELIX_OK);
    EXPECT(t, !aio_has_events(context));
    EXPECT(t, aio_cancel(context, 192) && !aio_cancel(context, 192) && aio_has_events(context));
    trip_known[0] = &ends[0]->object;
    trip_known[1] = vm_space_object(space);
    trip_known[2] = &context->memory->object;
    REQUIRE(t, trip_object(&context->object, 0, &again) == HELIX_OK);
    EXPECT(t, again->type->equal(&context->object, again));
    again->type->discard(again);
    EXPECT(t, trip_object(&context->object, 1, &again) == HELIX_E_CORRUPT);
    for (unsigned i = 0; i < 3; i++) {
        trip_known[i] = NULL;
        EXPECT(t, trip_object(&context->object, 0, &again) == HELIX_E_CORRUPT);
    }
    aio_context_put(context);
    vm_space_put(space); // ends it, with what waits
    work_flush();
    file_put(ends[0]);
    file_put(ends[1]);
}
