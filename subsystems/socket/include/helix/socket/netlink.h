/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/socket/socket.h>

/*
 * AF_NETLINK as far as the C library needs it: sockets that receive what the kernel sends to them,
 * for mq_notify(3), and answers of a machine without a network, for if_nameindex(3) and
 * getaddrinfo(3): its lists of interfaces and addresses are empty.
 */
struct netlink_note;

/* A message to @file's socket that cannot fail any more; it keeps the socket, not the file.
 * NOT_SOCKET, INVAL: it is of another family. NOMEM. */
helix_status netlink_note_create(struct file *file, const void *data, size_t bytes,
                                 struct netlink_note **note_out);
void *netlink_note_data(struct netlink_note *note);
void netlink_note_send(struct netlink_note *note); // thread context
void netlink_note_free(struct netlink_note *note);

void netlink_start(void);
