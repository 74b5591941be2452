/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Records of the files that programs wait for. */
#include <helix/abi/linux.h>
#include <helix/lib/test.h>
#include <helix/userspace/task.h>
#include <helix/vfs/special.h>

#include "epoll/epoll.h"
#include "trip.h"

static void forget_known(void)
{
    for (unsigned i = 0; i < TRIP_KNOWN; i++)
        trip_known[i] = NULL;
}

static helix_status watch(struct epoll *epoll, struct file *file, int fd, u32 events)
{
    mutex_lock(&epoll->lock);
    const helix_status status = epoll_item_add(epoll, file, fd, events, (u64)fd * 3);
    mutex_unlock(&epoll->lock);
    return status;
}

HELIX_TEST(object, an_epoll_makes_the_round_trip)
{
    struct file *ends[2], *file, *file_again;
    struct object *again, *again_file;
    struct epoll *epoll;
    REQUIRE(t, pipe_create(0, &ends[0], &ends[1]) == HELIX_OK);
    REQUIRE(t, epoll_create_object(&epoll) == HELIX_OK);
    REQUIRE(t, epoll_open(epoll, LINUX_O_RDWR, &file) == HELIX_OK);
    EXPECT(t, watch(epoll, ends[0], 3, EPOLL_IN | EPOLL_EDGE) == HELIX_OK);
    EXPECT(t, watch(epoll, ends[1], 4, EPOLL_OUT) == HELIX_OK);
    trip_known[0] = &ends[0]->object;
    trip_known[1] = &ends[1]->object;
    REQUIRE(t, trip_object(&epoll->object, 0, &again) == HELIX_OK);
    EXPECT(t, epoll_object_type.equal(&epoll->object, again));
    EXPECT(t, epoll_has_ready(container_of(again, struct epoll, object)));
    trip_known[2] = again;
    EXPECT(t,
           trip_object(&file->object, 0, &again_file) == HELIX_E_CORRUPT); // not under its old id
    again->id = epoll->object.id;
    REQUIRE(t, trip_object(&file->object, 0, &again_file) == HELIX_OK);
    file_again = container_of(again_file, struct file, object);
    EXPECT(t, epoll_of_file(file_again) == container_of(again, struct epoll, object));
    again->type->discard(again);
    EXPECT(t, trip_object(&epoll->object, 1, &again) == HELIX_E_CORRUPT);
    forget_known();
    EXPECT(t, trip_object(&epoll->object, 0, &again) == HELIX_E_CORRUPT);
    file_put(file_again);
    file_put(ends[0]); // takes its item along
    mutex_lock(&epoll->lock);
    EXPECT(t, epoll->count == 1);
    mutex_unlock(&epoll->lock);
    file_put(file);
    file_put(ends[1]);
}
