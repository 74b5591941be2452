/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/socket/socket.h>

#define SOCKET_BUFFER_DEFAULT  212992u // net.core.wmem_default and rmem_default
#define SOCKET_BUFFER_MOST     212992u // wmem_max and rmem_max; what an option asks for is doubled
#define SOCKET_SEND_LEAST      4608u
#define SOCKET_RECEIVE_LEAST   2304u
#define SOCKET_RECEIVE_DEFAULT 212992u

extern const struct object_type socket_object_type;
struct socket_family *socket_family_of(u32 number); // NULL: nobody registered it

void socket_files_start(void); // socket_file.c: records of files find their sockets
