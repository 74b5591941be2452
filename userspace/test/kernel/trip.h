/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/object.h>
#include <helix/abi/status.h>

/* What references in records are resolved to. */
#define TRIP_KNOWN 4
extern struct object *trip_known[TRIP_KNOWN];

/* Describe @object and recreate it from a record that lacks its last @cut bytes. */
helix_status trip_object(const struct object *object, size_t cut, struct object **again_out);
