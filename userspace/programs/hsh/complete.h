/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include "arena.h"
#include "edit.h"

/* What could stand where the cursor is. */
struct completion {
    size_t from;           // the word being completed begins here
    struct pointers names; // each a whole word, sorted
    char *common; // what all of them begin with, escaped for the line; a single one ends with ' '
                  // or '/'
};

/*
 * Complete the word before byte @cursor of @line: a command (a name of @builtins, ended by NULL, or
 * a program on PATH) where a command stands, else a path.
 */
void complete(struct arena *arena, const char *const *builtins, const char *line, size_t cursor,
              struct completion *completion_out);
