/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Epolls that watch epolls: no circles, and no more than EPOLL_DEPTH_MOST in a row. */
#include "epoll/epoll.h"

#include <helix/lib/compiler.h>

/*
 * The longest row of epolls from @epoll down, itself included. LOOP: @forbidden is in one of them,
 * or a row is longer than @most. The nest lock keeps edges from being added, each epoll's own lock
 * keeps them from going while they are looked at. Recursion ends at EPOLL_DEPTH_MOST.
 */
static helix_status depth_below(struct epoll *epoll, const struct epoll *forbidden, u32 most,
                                u32 *depth_out)
{
    helix_status status = epoll == forbidden || most == 0 ? HELIX_E_LOOP : HELIX_OK;
    u32 deepest = 0;
    if (status != HELIX_OK)
        return status;
    mutex_lock(&epoll->lock);
    rb_for_each(node, &epoll->items) {
        struct epoll *inner = epoll_of_file(container_of(node, struct epoll_item, node)->file);
        u32 depth = 0;
        if (inner)
            status = depth_below(inner, forbidden, most - 1, &depth);
        if (status != HELIX_OK)
            break;
        deepest = max(deepest, depth);
    }
    mutex_unlock(&epoll->lock);
    *depth_out = deepest + 1;
    return status;
}

/* The longest row of epolls that watch @epoll, itself included; past @most it is not counted on.
 * Who watches an epoll changes under the nest lock only. */
static u32 depth_above(const struct epoll *epoll, u32 most)
{
    u32 deepest = 0;
    if (most == 0)
        return 1;
    for (const struct epoll_item *item = epoll->file->watchers; item; item = item->file_next)
        deepest = max(deepest, depth_above(item->epoll, most - 1));
    return deepest + 1;
}

helix_status epoll_may_nest(struct epoll *epoll, struct epoll *target)
{
    u32 below;
    helix_status status = depth_below(target, epoll, EPOLL_DEPTH_MOST, &below);
    if (status == HELIX_OK && below + depth_above(epoll, EPOLL_DEPTH_MOST) > EPOLL_DEPTH_MOST)
        status = HELIX_E_LOOP;
    return status;
}
