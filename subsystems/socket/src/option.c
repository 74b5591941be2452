/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Options of level SOL_SOCKET: socket(7). */
#include <helix/abi/linux.h>
#include <helix/lib/atomic.h>
#include <helix/lib/string.h>

#include "socket_private.h"

#define MICROSECONDS 1000000

struct linger {
    i32 on, seconds;
};

static const struct {
    u32 name, flag;
} switches[] = {
    {LINUX_SO_PASSCRED, SOCKET_PASS_IDS},    {LINUX_SO_REUSEADDR, SOCKET_REUSE_ADDRESS},
    {LINUX_SO_KEEPALIVE, SOCKET_KEEP_ALIVE}, {LINUX_SO_BROADCAST, SOCKET_BROADCAST},
    {LINUX_SO_OOBINLINE, SOCKET_OOB_INLINE}, {LINUX_SO_DONTROUTE, SOCKET_DONT_ROUTE},
    {LINUX_SO_TIMESTAMP, SOCKET_TIMESTAMP},  {LINUX_SO_REUSEPORT, SOCKET_REUSE_PORT},
};

/* 0: @name is no switch. */
static u32 switch_of(u32 name)
{
    for (size_t i = 0; i < array_count(switches); i++) {
        if (switches[i].name == name)
            return switches[i].flag;
    }
    return 0;
}

/* Half of the room is for the kernel's own records, so what is asked for is doubled. */
static u32 buffer_size(u32 wanted, u32 most, u32 least)
{
    if (wanted > most)
        wanted = most;
    return wanted * 2 < least ? least : wanted * 2;
}

static helix_status set_time(nanos *time, const void *value, u32 bytes)
{
    struct linux_timeval wanted;
    if (bytes < sizeof wanted)
        return HELIX_E_INVAL;
    memcpy(&wanted, value, sizeof wanted);
    if (wanted.microseconds < 0 || wanted.microseconds >= MICROSECONDS)
        return HELIX_E_DOMAIN;
    // A time in the past: do not wait at all, for which the shortest wait stands.
    nanos span = 1;
    if (wanted.seconds >= 0) {
        const u64 most = NANOS_NEVER / NANOS_PER_SECOND / 4;
        const u64 seconds = min((u64)wanted.seconds, most);
        span = seconds * NANOS_PER_SECOND + (nanos)wanted.microseconds * 1000;
        if (seconds == most)
            span = 0;
    }
    WRITE_ONCE(*time, span);
    return HELIX_OK;
}

static helix_status set_linger(struct socket *socket, const void *value, u32 bytes)
{
    struct linger wanted;
    if (bytes < sizeof wanted)
        return HELIX_E_INVAL;
    memcpy(&wanted, value, sizeof wanted);
    socket->linger_on = wanted.on != 0;
    socket->linger_seconds = (u32)wanted.seconds;
    return HELIX_OK;
}

static helix_status set_priority(struct socket *socket, i32 wanted, bool privileged)
{
    if ((wanted < 0 || wanted > 6) && !privileged)
        return HELIX_E_PERM;
    socket->priority = wanted;
    return HELIX_OK;
}

static helix_status set_number(struct socket *socket, u32 name, i32 wanted, bool privileged)
{
    const u32 flag = switch_of(name);
    if (flag != 0) {
        if (wanted)
            atomic_fetch_or_relaxed(&socket->flags, flag);
        else
            atomic_fetch_and_relaxed(&socket->flags, ~flag);
        return HELIX_OK;
    }
    switch (name) {
    case LINUX_SO_DEBUG:
        return wanted && !privileged ? HELIX_E_ACCESS : HELIX_OK;
    case LINUX_SO_SNDBUFFORCE:
    case LINUX_SO_RCVBUFFORCE:
        if (!privileged)
            return HELIX_E_PERM;
        const u32 forced = wanted < 0 ? 0 : (u32)wanted & 0x3fffffff;
        if (name == LINUX_SO_SNDBUFFORCE)
            WRITE_ONCE(socket->send_bytes, buffer_size(forced, 0x3fffffff, SOCKET_SEND_LEAST));
        else
            WRITE_ONCE(socket->receive_bytes,
                       buffer_size(forced, 0x3fffffff, SOCKET_RECEIVE_LEAST));
        return HELIX_OK;
    case LINUX_SO_SNDBUF:
        WRITE_ONCE(socket->send_bytes,
                   buffer_size((u32)wanted, SOCKET_BUFFER_MOST, SOCKET_SEND_LEAST));
        return HELIX_OK;
    case LINUX_SO_RCVBUF:
        WRITE_ONCE(socket->receive_bytes,
                   buffer_size((u32)wanted, SOCKET_BUFFER_MOST, SOCKET_RECEIVE_LEAST));
        return HELIX_OK;
    case LINUX_SO_PRIORITY:
        return set_priority(socket, wanted, privileged);
    case LINUX_SO_RCVLOWAT:
        socket->low_water = wanted < 0 ? INT32_MAX : wanted == 0 ? 1 : (u32)wanted;
        return HELIX_OK;
    case LINUX_SO_PEEK_OFF:
        if (socket->family != LINUX_AF_UNIX)
            return HELIX_E_NOTSUP;
        WRITE_ONCE(socket->peek_offset, wanted);
        return HELIX_OK;
    case LINUX_SO_NO_CHECK:
    case LINUX_SO_BSDCOMPAT:
        return HELIX_OK;
    default: // SO_TYPE, SO_ERROR and their like are only read
        return HELIX_E_NO_PROTOCOL_OPTION;
    }
}

helix_status socket_set_option(struct socket *socket, u32 name, const void *value, u32 bytes,
                               bool privileged)
{
    i32 number;
    if (bytes < sizeof number)
        return HELIX_E_INVAL;
    memcpy(&number, value, sizeof number);
    switch (name) {
    case LINUX_SO_RCVTIMEO:
        return set_time(&socket->receive_time, value, bytes);
    case LINUX_SO_SNDTIMEO:
        return set_time(&socket->send_time, value, bytes);
    case LINUX_SO_LINGER:
        return set_linger(socket, value, bytes);
    default:
        return set_number(socket, name, number, privileged);
    }
}

/* ---- Asking ---- */

static void give(void *value, u32 *bytes, const void *from, u32 count)
{
    *bytes = min(*bytes, count);
    memcpy(value, from, *bytes);
}

static void give_time(void *value, u32 *bytes, nanos time)
{
    const struct linux_timeval shown = {
        .seconds = (i64)(time / NANOS_PER_SECOND),
        .microseconds = (i64)(time % NANOS_PER_SECOND / 1000),
    };
    give(value, bytes, &shown, sizeof shown);
}

static helix_status give_peer_name(struct socket *socket, void *value, u32 *bytes)
{
    struct socket_address address;
    helix_status st = socket->ops->peer_name(socket, &address);
    if (st != HELIX_OK)
        return st;
    if (address.bytes < *bytes)
        return HELIX_E_INVAL;
    give(value, bytes, address.data, address.bytes);
    return HELIX_OK;
}

static helix_status give_peer_ids(struct socket *socket, void *value, u32 *bytes)
{
    struct socket_ids ids;
    helix_status st = socket->ops->peer_ids(socket, &ids);
    if (st == HELIX_OK)
        give(value, bytes, &ids, sizeof ids);
    return st;
}

static helix_status number_of(struct socket *socket, u32 name, i32 *number_out)
{
    const u32 flag = switch_of(name);
    if (flag != 0) {
        *number_out = (atomic_load_relaxed(&socket->flags) & flag) != 0;
        return HELIX_OK;
    }
    switch (name) {
    case LINUX_SO_DEBUG:
    case LINUX_SO_NO_CHECK:
    case LINUX_SO_BSDCOMPAT:
        *number_out = 0;
        return HELIX_OK;
    case LINUX_SO_TYPE:
        *number_out = socket->type;
        return HELIX_OK;
    case LINUX_SO_DOMAIN:
        *number_out = socket->family;
        return HELIX_OK;
    case LINUX_SO_PROTOCOL:
        *number_out = (i32)socket->protocol;
        return HELIX_OK;
    case LINUX_SO_ERROR:
        *number_out = (i32)atomic_exchange_acq_rel(&socket->error, 0u);
        return HELIX_OK;
    case LINUX_SO_SNDBUF:
        *number_out = (i32)READ_ONCE(socket->send_bytes);
        return HELIX_OK;
    case LINUX_SO_RCVBUF:
        *number_out = (i32)READ_ONCE(socket->receive_bytes);
        return HELIX_OK;
    case LINUX_SO_PRIORITY:
        *number_out = socket->priority;
        return HELIX_OK;
    case LINUX_SO_RCVLOWAT:
        *number_out = (i32)socket->low_water;
        return HELIX_OK;
    case LINUX_SO_SNDLOWAT:
        *number_out = 1;
        return HELIX_OK;
    case LINUX_SO_PEEK_OFF:
        if (socket->family != LINUX_AF_UNIX)
            return HELIX_E_NOTSUP;
        *number_out = READ_ONCE(socket->peek_offset);
        return HELIX_OK;
    case LINUX_SO_ACCEPTCONN:
        *number_out = socket->ops->listening(socket);
        return HELIX_OK;
    default:
        return HELIX_E_NO_PROTOCOL_OPTION;
    }
}

helix_status socket_get_option(struct socket *socket, u32 name, void *value, u32 *bytes)
{
    i32 number;
    switch (name) {
    case LINUX_SO_RCVTIMEO:
        give_time(value, bytes, READ_ONCE(socket->receive_time));
        return HELIX_OK;
    case LINUX_SO_SNDTIMEO:
        give_time(value, bytes, READ_ONCE(socket->send_time));
        return HELIX_OK;
    case LINUX_SO_LINGER: {
        const struct linger linger = {(i32)socket->linger_on, (i32)socket->linger_seconds};
        give(value, bytes, &linger, sizeof linger);
        return HELIX_OK;
    }
    case LINUX_SO_PEERCRED:
        return give_peer_ids(socket, value, bytes);
    case LINUX_SO_PEERNAME:
        return give_peer_name(socket, value, bytes);
    default:
        break;
    }
    helix_status st = number_of(socket, name, &number);
    if (st == HELIX_OK)
        give(value, bytes, &number, sizeof number);
    return st;
}
