/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>

/* The first line of a `#!` script. Pure. */
#define SCRIPT_HEAD_BYTES 256 // of the file; what does not fit there does not count, as on Linux

struct script_line {
    char interpreter[SCRIPT_HEAD_BYTES];
    char argument[SCRIPT_HEAD_BYTES]; // "" with have_argument false: none
    bool have_argument;
};

/* NOT_EXEC: no `#!`, no interpreter named, or its name is cut off. */
helix_status script_read_line(const char *head, size_t bytes, struct script_line *line_out);
