/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/*
 * Names as people write them, made into the ones the registry knows. Pure text, also built for the
 * host.
 *
 * The seed's names resolve: "helix-scheduler-round-robin" is the module round_robin, "scheduler"
 * and "cpu.scheduling" are helix.scheduler, "helix-execution" is part of the kernel.
 */
#define NAME_BYTES 64

/* A module's name: '-' is '_', and a family's prefix ("helix-scheduler-", ...) goes. */
void name_canonical_module(const char *name, char *canonical, size_t capacity);

/* An interface's name; an unknown one stays as it is. */
const char *name_canonical_interface(const char *name);

/* Is @name something the kernel itself gives (a table, a subsystem)? */
bool name_is_kernel(const char *name);

bool name_same_module(const char *left, const char *right);

/* Cut "interface:instance"; false: too long. */
bool name_split_binding(const char *text, char interface[NAME_BYTES], char instance[32]);
