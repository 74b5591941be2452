/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/socket/socket.h>

#include "files/fd.h"

/* Private to the socket calls: what they get from user memory and give back. */

void socket_calls_start(void);

/* A descriptor that is a socket. BAD_FD, NOT_SOCKET. */
struct socket_ref {
    struct fd_ref fd;
    struct socket *socket;
};
helix_status socket_borrow(int fd, struct socket_ref *ref);

static inline void socket_return(const struct socket_ref *ref)
{
    fd_release(&ref->fd);
}

/* LINUX_MSG_DONTWAIT where the file says O_NONBLOCK. */
u32 socket_wait_flags(const struct socket_ref *ref);

/* An address of @bytes at @user. INVAL: longer than any. */
helix_status socket_address_get(struct socket_address *address, u64 user, u64 bytes);

/* Write @address to @user, as much as the length at @user_bytes says, and its own length there. */
helix_status socket_address_put(const struct socket_address *address, u64 user, u64 user_bytes);

/* struct msghdr */
struct linux_message {
    u64 name;
    u32 name_bytes, pad;
    u64 spans, span_count;
    u64 control, control_bytes;
    u32 flags, pad_2;
};

/* Control messages: what @message says to send; and what was received, whose files become
 * descriptors. The rest of @control is given up. */
helix_status socket_control_get(struct socket_control *control, u64 user, u64 bytes);
helix_status socket_control_put(struct socket_control *control, struct linux_message *message,
                                u32 flags);
void socket_control_drop(struct socket_control *control);
