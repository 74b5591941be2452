/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/object.h>
#include <helix/lib/compiler.h>

extern const struct object_type thread_object_type HELIX_HIDDEN;
