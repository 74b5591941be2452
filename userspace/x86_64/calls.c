/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "calls.h"

#include <helix/lib/compiler.h>

#define CALL(name_, x86_64, generic) [x86_64] = {.handler = sys_##name_, .name = #name_},
#define CALL_LEGACY(name_, x86_64)   [x86_64] = {.handler = sys_##name_, .name = #name_},
const struct syscall_entry call_table[] = {
#include "calls.def"
};
#undef CALL
#undef CALL_LEGACY

const unsigned call_table_count = array_count(call_table);
