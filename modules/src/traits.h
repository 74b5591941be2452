/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/module.h>
#include <helix/gate/gate.h>

/* What the framework knows about an interface of abi/. */
struct interface_traits {
    const char *name;
    u32 version;
    u32 size;       // of the ops table
    u32 first_slot; // offset of the first function; everything from there on is functions
    enum gate_kind kind;
    bool many; // one binding per instance
    /* The instance's name where there are many; NULL: the module's name. */
    const char *(*instance_name)(const struct helix_ops_header *ops);
};

const struct interface_traits *traits_find(const char *interface); // NULL: no such interface

/* Offset of the first function of such a table; of an unknown one, of everything behind the header.
 */
u32 traits_first_slot(const char *interface);

/* Version, size and slots of @ops. */
helix_status traits_check(const struct helix_ops_header *ops, char *reason, size_t capacity);
