/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>
#include <helix/hal/spinlock.h>

/*
 * Who uses how much. An account belongs to an owner (a module instance, a process, a user) and may
 * hang below another: what it reserves counts there too. Crossing a soft limit is noted and told
 * once; a hard limit refuses. A bundle is reserved whole or not at all.
 *
 * Context: any; the lock of one account is a leaf, parents are taken after their children.
 */
enum resource_kind {
    RESOURCE_CPU_TIME,      // nanoseconds
    RESOURCE_MEMORY,        // bytes of the kernel's
    RESOURCE_ADDRESS_SPACE, // bytes
    RESOURCE_DESCRIPTORS,
    RESOURCE_SOCKETS,
    RESOURCE_IO_BANDWIDTH, // bytes a second
    RESOURCE_IRQS,
    RESOURCE_KINDS,
};

#define RESOURCE_UNLIMITED UINT64_MAX

struct resource_limit {
    u64 soft, hard;
};

struct resource_account {
    struct spinlock lock;            // LOCK_RANK_OBJECT
    struct resource_account *parent; // NULL: none. Lives longer than this one
    u64 owner;
    u64 used[RESOURCE_KINDS] HELIX_GUARDED_BY(&lock);
    u64 peak[RESOURCE_KINDS] HELIX_GUARDED_BY(&lock);
    struct resource_limit limits[RESOURCE_KINDS] HELIX_GUARDED_BY(&lock);
    u32 over_soft; // 1 << kind, while above the soft limit; atomic
    /* Told when a soft limit is crossed, without the lock; NULL: nobody. */
    void (*crossed)(struct resource_account *account, enum resource_kind kind);
};

void resource_account_init(struct resource_account *account, struct resource_account *parent,
                           u64 owner);
void resource_limit_set(struct resource_account *account, enum resource_kind kind,
                        struct resource_limit limit);

/* HELIX_E_LIMIT: a hard limit, here or above, would be crossed; nothing was taken. */
helix_status resource_reserve(struct resource_account *account, enum resource_kind kind,
                              u64 amount);
void resource_release(struct resource_account *account, enum resource_kind kind, u64 amount);

struct resource_request {
    enum resource_kind kind;
    u64 amount;
};
/* All or none: what was taken is rolled back when one is refused. */
helix_status resource_reserve_all(struct resource_account *account,
                                  const struct resource_request *requests, unsigned count);
void resource_release_all(struct resource_account *account, const struct resource_request *requests,
                          unsigned count);

struct resource_usage {
    u64 used, peak;
    struct resource_limit limit;
};
struct resource_usage resource_usage(struct resource_account *account, enum resource_kind kind);
const char *resource_kind_name(enum resource_kind kind);
