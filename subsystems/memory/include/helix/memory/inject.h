/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/*
 * Allocation faults on purpose. Every allocation call passes a site (its return address).
 * inject_fail_nth(n) makes the n-th allocation from now on fail in the calling thread only;
 * inject_fail_site() makes one site fail at its @hit-th call, whoever comes. 0 switches off.
 */
void inject_fail_nth(u64 n);
void inject_fail_site(uintptr_t site, u64 hit);

/* Every @n-th allocation by threads of programs fails; "helix.faults=N" on the command line says so
 * from the start. */
void inject_fail_every(u64 n);
u64 inject_fired(void); // failures given since boot

/* Count the calls of each site from now on; normal running does not. At most 1024 sites are told
 * apart. */
void inject_count_sites(void);

/* Visit every site seen since counting began with its count of calls. */
void inject_for_each_site(void (*visit)(uintptr_t site, u64 calls, void *context), void *context);
