/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/object.h>

/* How the VFS's objects are described and made again. */
extern const struct object_type file_object_type;
extern const struct object_type pipe_object_type;
extern const struct object_type mount_object_type;
extern const struct object_type tty_object_type;
