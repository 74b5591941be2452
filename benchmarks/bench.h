/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/*
 * What the parts of the program share. A measurement runs @count repetitions and returns the
 * nanoseconds they took; what it sets up before and takes down after is not in them.
 */
struct measurement {
    const char *name;
    uint64_t (*run)(unsigned count);
    unsigned count;
};

/* Each ends with a record without a name. */
extern const struct measurement call_measurements[];
extern const struct measurement file_measurements[];
extern const struct measurement message_measurements[];
extern const struct measurement memory_measurements[];
extern const struct measurement process_measurements[];

enum { CHUNK = 65536 };

/* In /tmp: an empty file, and one of FILE_BYTES. */
#define EMPTY_FILE "/tmp/bench-file"
#define LARGE_FILE "/tmp/bench-large"
enum { FILE_BYTES = 1 << 20 };

uint64_t ticks(void);

_Noreturn void give_up(const char *what);

/* @result, unless it is below zero: then the program ends. */
int check(int result, const char *what);

/* Waits for @child, which must have ended with 0. */
void reap(pid_t child);

/* What --parallel prints: wall-clock time of work shared by as many processes as there are CPUs. */
void parallel_measure(void);
