/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <stddef.h>

/* The longest command that init takes; the kernel's command line is shorter. */
#define COMMAND_MAX 4096

/*
 * Find value of word @key in the kernel command line @line: words end at white space, double quotes
 * protect it and are dropped. Returns 1 and the value (the last one wins), or 0 when it is not
 * there, is empty or does not fit.
 */
int command_line_value(const char *line, const char *key, char *to, size_t size);

/* The command that the host wants run: HELIX_CMD of the environment, else helix.cmd= of
 * /proc/cmdline. 0: none. */
int command_from_host(char *to, size_t size);
