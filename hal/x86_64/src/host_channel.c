/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/console.h>

#include "machine.h"

/* QEMU's debug console answers a read with its first port number; an empty bus gives 0xff. */
#define DEBUGCON_FIRST_PORT 0xe9
#define DEBUGCON_ANSWER     0xe9

static u16 port_of(enum hal_host_channel channel)
{
    return (u16)(DEBUGCON_FIRST_PORT + channel);
}

bool hal_host_channel_present(enum hal_host_channel channel)
{
    return port_read8(port_of(channel)) == DEBUGCON_ANSWER;
}

void hal_host_channel_write(enum hal_host_channel channel, const char *bytes, size_t count)
{
    u16 port = port_of(channel);
    __asm__ volatile("rep outsb" : "+S"(bytes), "+c"(count) : "d"(port) : "memory");
}
