/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include "arena.h"

/* What $?, $$ and the arguments of a script are. */
struct expand_context {
    int status;
    char **arguments; // $0 and on, ended by NULL
};

/*
 * Turn a word as written into fields: $NAME ${NAME} $? $$ $# $0 to $9 $@ outside single quotes, ~
 * at the start, quotes and backslashes taken away, unquoted results split at white space, unquoted
 * * ? [ matched against files (left as they are when none match). Adds them to @fields.
 */
void expand_word(const struct expand_context *context, const char *word, struct pointers *fields);

/* The same without splitting and matching: exactly one text. For targets of redirections and
 * assignments. */
char *expand_single(struct arena *arena, const struct expand_context *context, const char *word);

/* The length of the name in "NAME=value"; 0 when @word is no assignment. */
size_t expand_assignment(const char *word);
