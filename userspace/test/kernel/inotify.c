/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Records of inotify. */
#include <helix/abi/linux.h>
#include <helix/lib/test.h>

#include "inotify/inotify.h"
#include "trip.h"

static helix_status watch(struct inotify *inotify, const char *name, u32 mask)
{
    struct fs_context *fs;
    struct path path;
    i32 number;
    helix_status status = fs_context_create(&fs);
    if (status != HELIX_OK)
        return status;
    const struct walk_context walk = {.fs = fs, .credentials = credentials_root()};
    status = path_walk(&walk, name, 0, &path);
    credentials_put(walk.credentials);
    fs_context_put(fs);
    if (status != HELIX_OK)
        return status;
    status = inotify_watch_path(inotify, &path, mask, &number);
    path_put(&path);
    return status;
}

HELIX_TEST(object, an_inotify_makes_the_round_trip)
{
    const struct linux_inotify_event event = {.watch = 1, .mask = WATCH_CREATE};
    struct inotify *inotify;
    struct object *again;
    struct file *file;
    REQUIRE(t, inotify_create(7, &inotify) == HELIX_OK);
    EXPECT(t, watch(inotify, "/dev", WATCH_CREATE | IN_ONESHOT) == HELIX_OK);
    EXPECT(t, watch(inotify, "/root", WATCH_DELETE) == HELIX_OK);
    inotify_queue(inotify, &event, "name", 4);
    REQUIRE(t, trip_object(&inotify->object, 0, &again) == HELIX_OK);
    EXPECT(t, inotify_object_type.equal(&inotify->object, again));
    EXPECT(t, inotify_open(container_of(again, struct inotify, object), LINUX_O_RDONLY, &file) ==
                  HELIX_OK);
    again->type->discard(again);
    file_put(file);
    EXPECT(t, trip_object(&inotify->object, 1, &again) == HELIX_E_CORRUPT);
    inotify_put(inotify);
}
