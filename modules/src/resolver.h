/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/module.h>
#include <helix/abi/status.h>

#define RESOLVER_MOST 64

/*
 * The order in which @records start, from what they depend on and provide. Among ready ones
 * @priority decides (lower first), then the place in the table. @known says which names are there
 * already (modules and interfaces of a running system); NULL: none.
 *
 * Errors: HELIX_E_MODULE_DEPENDENCY a name nobody provides; HELIX_E_MODULE_CYCLE; HELIX_E_LIMIT
 * more than RESOLVER_MOST. The names are in @reason.
 */
helix_status resolver_order(const struct helix_module *const *records, const u32 *priority,
                            unsigned count, bool (*known)(const char *name), u8 *order_out,
                            char *reason, size_t capacity);

bool record_provides(const struct helix_module *record, const char *interface);
