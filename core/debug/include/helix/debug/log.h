/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>
#include <helix/lib/log.h>

/*
 * The kernel log: a ring of records, newest over oldest, read by sequence number. Each record also
 * goes to the sinks: the host's log channel where the emulator offers it, else the console; only
 * records below the console level are shown there.
 *
 * `loglevel=N` (0 to 8, as Linux counts: 3 error, 4 warning, 6 info, 7 debug; N and above are not
 * shown) and `quiet` (same as loglevel=4) set the level; the ring keeps everything. All functions:
 * any context.
 */
#define LOG_TEXT_BYTES 232

struct log_record {
    u64 sequence; // counts from 0
    nanos time;
    unsigned level; // enum log_level
    u32 length;
    char text[LOG_TEXT_BYTES]; // "component: message", NUL-terminated, no newline
};

void log_start(void); // read the options; output is held back in the ring before
void log_set_console_level(unsigned linux_level);
unsigned log_console_level(void);

/* The record @sequence, or the oldest one kept after it. False: not written yet. */
bool log_read(u64 sequence, struct log_record *record_out);
u64 log_end(void); // sequence number of the next record

/* Called after each record, in the context that wrote it: must only wake waiters. */
void log_set_notify(void (*notify)(void));

/* From now on output takes no lock and goes to the console as well: the system is going down. */
void log_panic_mode(void);
