/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/object.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>

/*
 * The capability broker: who may do what with which kernel resource. A capability is known by its
 * id (never used again), belongs to an owner, and was made by the kernel or derived from another
 * one with at most its rights and life. Revoking takes all that was derived from it along. Linux's
 * capabilities of processes are another thing: linux.h.
 *
 * Context: any but from interrupts; nothing sleeps but for memory.
 */
enum capability_kind {
    CAPABILITY_MEMORY,
    CAPABILITY_PROCESS,
    CAPABILITY_THREAD,
    CAPABILITY_IO_PORT,
    CAPABILITY_INTERRUPT,
    CAPABILITY_FILE,
    CAPABILITY_CHANNEL,
    CAPABILITY_DEVICE,
    CAPABILITY_MODULE,
    CAPABILITY_KINDS,
};

enum capability_right {
    CAPABILITY_READ = 1u << 0,
    CAPABILITY_WRITE = 1u << 1,
    CAPABILITY_EXECUTE = 1u << 2,
    CAPABILITY_DELETE = 1u << 3,
    CAPABILITY_DUPLICATE = 1u << 4, // derive for oneself
    CAPABILITY_TRANSFER = 1u << 5,  // give away
    CAPABILITY_GRANT = 1u << 6,     // derive for others
    CAPABILITY_REVOKE = 1u << 7,    // take back what was derived from it
    CAPABILITY_MANAGE = 1u << 8,    // change limits and settings of the resource
    CAPABILITY_ALL = (1u << 9) - 1,
};

struct capability_args {
    u64 owner;
    enum capability_kind kind;
    u64 resource;  // id or address, as the kind has it
    u32 rights;    // enum capability_right bits
    nanos expires; // NANOS_NEVER: not
};

/* From the kernel itself. */
helix_status capability_create(const struct capability_args *args, u64 *id_out);

/*
 * By @owner of @id: a narrower one for @to. PERM: not the owner, or without DUPLICATE (for oneself)
 * or GRANT (for others), or rights that @id lacks. STALE: revoked or expired. A later expiry is cut
 * to the parent's.
 */
helix_status capability_derive(u64 id, u64 owner, u64 to, u32 rights, nanos expires,
                               u64 *derived_out);
helix_status capability_transfer(u64 id, u64 owner, u64 to);

/* May @owner do all of @rights with that resource by @id? PERM, STALE. */
helix_status capability_validate(u64 id, u64 owner, enum capability_kind kind, u64 resource,
                                 u32 rights);

/* Take @id and all below it away; by its owner, or by the owner of one above it with REVOKE.
 * *count_out: how many went. */
helix_status capability_revoke(u64 id, u64 owner, u32 *count_out);
u32 capability_revoke_owner(
    u64 owner); // an owner ends: everything of its, and what was derived from it

u32 capability_count(void);

/* The object behind @id, for describing; NULL: none. Nobody may revoke it meanwhile. */
struct object *capability_object(u64 id);

extern const struct object_type capability_object_type;
