/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/userspace/task.h>

/*
 * Core files: what a process was when a signal ended it. The task that takes the signal writes it;
 * the others wait at their user boundary meanwhile, with their registers in memory, and end after
 * it.
 */

#define CORE_FILTER_DEFAULT 0x33u
#define CORE_FILTER_MASK    0x1ffu

/* /proc/PID/coredump_filter. */
enum core_filter {
    CORE_ANONYMOUS_PRIVATE = 1u << 0,
    CORE_ANONYMOUS_SHARED = 1u << 1,
    CORE_FILE_PRIVATE = 1u << 2,
    CORE_FILE_SHARED = 1u << 3,
    CORE_HEADERS = 1u << 4, // the first page of an ELF file
};

/* The running task takes @info and will end its process. True: a core file tells of it. */
bool core_dump(const struct signal_info *info);

/* Another task survives the running one. Does it write a core file? Then wait until it has. The
 * running task ends after that. */
bool core_dump_wait(struct process *process);

/* Before the first process: /proc/sys/kernel/core_pattern and core_uses_pid. */
void core_dump_start(void);
