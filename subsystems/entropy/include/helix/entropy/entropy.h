/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/*
 * The kernel's random numbers: one cryptographic generator, seeded at boot from the CPU, the loader
 * and timing. Any context. Nothing here blocks; before the seed is in (the first init phase) output
 * is predictable, and only tests ask that early.
 */
void entropy_fill(void *to, size_t bytes);
u64 entropy_u64(void);

/* Stir in what may or may not be secret: never makes the pool weaker. */
void entropy_mix(const void *data, size_t bytes);

/* Where the seed came from, for people. */
const char *entropy_source(void);
