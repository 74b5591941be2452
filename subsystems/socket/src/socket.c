/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The table of families, and what all sockets have in common. */
#include <helix/hal/time.h>
#include <helix/lib/assert.h>
#include <helix/lib/atomic.h>

#include <helix/socket/netlink.h>

#include "socket_private.h"
#include "unix/unix.h"

static struct socket_family *families; // changed at init only
static const struct socket_hooks *hooks;

void socket_family_register(struct socket_family *family)
{
    family->next = families;
    families = family;
}

void socket_start(void)
{
    socket_files_start();
    unix_start();
    netlink_start();
}

struct socket_family *socket_family_of(u32 number)
{
    struct socket_family *family = families;
    while (family != NULL && family->number != number)
        family = family->next;
    return family;
}

void socket_set_hooks(const struct socket_hooks *wanted)
{
    hooks = wanted;
}

void socket_ids_here(struct socket_ids *ids_out)
{
    *ids_out = (struct socket_ids){0};
    if (hooks != NULL)
        hooks->ids(ids_out);
}

void socket_effective_ids_here(struct socket_ids *ids_out)
{
    *ids_out = (struct socket_ids){0};
    if (hooks != NULL)
        hooks->effective_ids(ids_out);
}

u64 socket_flight_limit_here(void)
{
    return hooks != NULL ? hooks->files_in_flight_limit() : UINT64_MAX;
}

void socket_urgent_here(struct file *file)
{
    if (hooks != NULL)
        hooks->urgent(file);
}

static bool ops_are_complete(const struct socket_ops *ops)
{
    return ops->pair && ops->bind && ops->connect && ops->listen && ops->accept && ops->own_name &&
           ops->peer_name && ops->peer_ids && ops->send && ops->receive && ops->poll &&
           ops->shutdown && ops->count && ops->listening && ops->describe && ops->release;
}

void socket_init(struct socket *socket, const struct socket_ops *ops, u16 family, u32 type,
                 u32 protocol)
{
    helix_assert(ops_are_complete(ops));
    *socket = (struct socket){
        .object = {.type = &socket_object_type, .id = object_id_new()},
        .ops = ops,
        .family = family,
        .type = (u16)type,
        .protocol = protocol,
        .send_bytes = SOCKET_BUFFER_DEFAULT,
        .receive_bytes = SOCKET_RECEIVE_DEFAULT,
        .low_water = 1,
        .peek_offset = -1,
    };
}

helix_status socket_create(u32 family, u32 type, u32 protocol, struct socket **socket_out)
{
    struct socket_family *found = socket_family_of(family);
    if (found == NULL)
        return HELIX_E_ADDRESS_FAMILY;
    return found->create(type, protocol, socket_out);
}

/* ---- Errors ---- */

/* The ones that reach a socket without a call that could return them. */
static const helix_status late_errors[] = {HELIX_E_CONNECTION_RESET, HELIX_E_CONNECTION_REFUSED};

helix_status socket_take_error(struct socket *socket)
{
    if (likely(atomic_load_relaxed(&socket->error) == 0))
        return HELIX_OK;
    const u32 number = atomic_exchange_acq_rel(&socket->error, 0u);
    for (size_t i = 0; i < array_count(late_errors); i++) {
        if ((u32)helix_status_errno(late_errors[i]) == number)
            return late_errors[i];
    }
    return HELIX_OK;
}

void socket_set_error(struct socket *socket, helix_status error)
{
    atomic_store_release(&socket->error, (u32)helix_status_errno(error));
}

/* ---- Waiting ---- */

nanos socket_deadline(nanos time)
{
    return time == 0 ? NANOS_NEVER : hal_clock_now() + time;
}

helix_status socket_wait_status(helix_status status, nanos deadline)
{
    if (status == HELIX_E_TIMEOUT)
        return HELIX_E_WOULD_BLOCK;
    if (status == HELIX_E_INTERRUPTED && deadline != NANOS_NEVER)
        return HELIX_E_INTERRUPTED_ONCE;
    return status;
}
