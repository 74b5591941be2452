/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* Numbers of the Linux socket interface; the same on all 64-bit architectures that Helix runs on.
 */
#define LINUX_AF_UNSPEC  0u
#define LINUX_AF_UNIX    1u
#define LINUX_AF_NETLINK 16u

#define LINUX_SOCK_STREAM    1u
#define LINUX_SOCK_DGRAM     2u
#define LINUX_SOCK_RAW       3u
#define LINUX_SOCK_SEQPACKET 5u
#define LINUX_SOCK_TYPE_MASK 0xfu
#define LINUX_SOCK_NONBLOCK  04000u
#define LINUX_SOCK_CLOEXEC   02000000u

#define LINUX_MSG_OOB          0x1u
#define LINUX_MSG_PEEK         0x2u
#define LINUX_MSG_CTRUNC       0x8u
#define LINUX_MSG_TRUNC        0x20u
#define LINUX_MSG_DONTWAIT     0x40u
#define LINUX_MSG_EOR          0x80u
#define LINUX_MSG_WAITALL      0x100u
#define LINUX_MSG_ERRQUEUE     0x2000u
#define LINUX_MSG_NOSIGNAL     0x4000u
#define LINUX_MSG_WAITFORONE   0x10000u
#define LINUX_MSG_CMSG_CLOEXEC 0x40000000u

#define LINUX_SOL_SOCKET      1u
#define LINUX_SCM_RIGHTS      1u
#define LINUX_SCM_CREDENTIALS 2u

enum {
    LINUX_SO_DEBUG = 1,
    LINUX_SO_REUSEADDR,
    LINUX_SO_TYPE,
    LINUX_SO_ERROR,
    LINUX_SO_DONTROUTE,
    LINUX_SO_BROADCAST,
    LINUX_SO_SNDBUF,
    LINUX_SO_RCVBUF,
    LINUX_SO_KEEPALIVE,
    LINUX_SO_OOBINLINE,
    LINUX_SO_NO_CHECK,
    LINUX_SO_PRIORITY,
    LINUX_SO_LINGER,
    LINUX_SO_BSDCOMPAT,
    LINUX_SO_REUSEPORT,
    LINUX_SO_PASSCRED,
    LINUX_SO_PEERCRED,
    LINUX_SO_RCVLOWAT,
    LINUX_SO_SNDLOWAT,
    LINUX_SO_RCVTIMEO,
    LINUX_SO_SNDTIMEO,
    LINUX_SO_PEERNAME = 28,
    LINUX_SO_TIMESTAMP = 29,
    LINUX_SO_PEEK_OFF = 42,
    LINUX_SO_ACCEPTCONN = 30,
    LINUX_SO_SNDBUFFORCE = 32,
    LINUX_SO_RCVBUFFORCE = 33,
    LINUX_SO_PROTOCOL = 38,
    LINUX_SO_DOMAIN = 39,
};

#define SOCKET_ADDRESS_MOST 128u // struct sockaddr_storage
#define SOCKET_FILES_MOST   253u // in one message, as Linux
#define SOCKET_BACKLOG_MOST 4096u

/* struct sockaddr_un */
#define UNIX_PATH_MOST    108u
#define UNIX_ADDRESS_MOST 110u
#define UNIX_PATH_AT      2u
