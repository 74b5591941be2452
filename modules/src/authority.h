/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>

#pragma GCC visibility push(hidden)

/*
 * What an instance may use of the kernel's. At its creation the kernel makes it the owner of one
 * capability for each authority that the setting `may_use` names (all of them without the setting);
 * the tables check it at every use, so revoking one takes effect at once. All go with the instance.
 */
enum authority {
    AUTHORITY_MEMORY, // helix.memory
    AUTHORITY_THREAD, // helix.thread
    AUTHORITY_IRQ,    // helix.irq
    AUTHORITY_BUS,    // helix.bus
    AUTHORITIES,
};

struct authorities {
    u64 owner;            // never used again
    u64 ids[AUTHORITIES]; // 0: not granted
};

/* @may_use: names separated by spaces or commas; NULL: all. INVAL: an unknown name, which
 * *bad_out is. NOMEM. On an error nothing was granted. */
helix_status authority_grant(struct authorities *authorities, const char *may_use,
                             const char **bad_out);
void authority_end(struct authorities *authorities);

/* HELIX_OK, PERM (never granted) or STALE (revoked). */
helix_status authority_check(const struct authorities *authorities, enum authority authority);

const char *authority_name(enum authority authority);

#pragma GCC visibility pop
