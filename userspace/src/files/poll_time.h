/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>

/* The time limit and the signal mask that waiting calls take. */
struct poll_time {
    nanos deadline; // absolute; 0: do not wait; NANOS_NEVER: no limit
    bool limited;
};

/* From user memory; address 0: no limit. INVAL: not a time. */
helix_status poll_time_from_timespec(struct poll_time *time, u64 user_timespec);
helix_status poll_time_from_timeval(struct poll_time *time, u64 user_timeval);

/* Write what is left back, where the call promises it. A read-only timeout is not an error, as on
 * Linux. */
void poll_time_store_timespec(const struct poll_time *time, u64 user_timespec);
void poll_time_store_timeval(const struct poll_time *time, u64 user_timeval);

/* Wait under another signal mask: install it (address 0: keep), and afterwards put the old one
 * back, at once or, when the wait was interrupted, after the handler has run under the new one. */
helix_status poll_mask_install(u64 user_mask, u64 bytes);
void poll_mask_finish(bool interrupted);
