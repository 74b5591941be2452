/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/module.h>
#include <helix/memory/frame.h>

#pragma GCC visibility push(hidden) // names of memory's own

/*
 * Find module @name in the image, give it a state block, run init and start; gives its table for
 * @binding's interface. Boot only, interrupts off, before the runs of free memory are given away or
 * after. Errors: HELIX_E_NODEV it is not linked in; HELIX_E_MODULE_INTERFACE it has no such table;
 * HELIX_E_NOMEM; the module's own.
 */
helix_status boot_provider_start(struct gate_binding *binding, const char *name,
                                 struct memory_boot_provider **provider_out,
                                 const struct helix_ops_header **ops_out);

#pragma GCC visibility pop
