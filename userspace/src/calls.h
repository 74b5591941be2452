/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/core/syscall.h>

/* The handlers of all calls in calls.def. Their contract is that of syscall_handler. */
#define CALL(name, first, generic) i64 sys_##name(const u64 *arguments);
#define CALL_LEGACY(name, first)   i64 sys_##name(const u64 *arguments);
#include "calls.def"
#undef CALL
#undef CALL_LEGACY

/* userspace/<arch>: the table by this architecture's numbers. */
extern const struct syscall_entry call_table[];
extern const unsigned call_table_count;
