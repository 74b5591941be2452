/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include "arena.h"

/*
 * From a line of text to what is to be done. Words keep their quotes and dollars; expand.h takes
 * those away at run time.
 *
 *     line      = list of and_or, each ended by ; or & or the end
 *     and_or    = pipelines joined by && and ||
 *     pipeline  = commands joined by |
 *     command   = words and redirections (< > >> with an optional number before them, >&N)
 */
enum redirection_kind {
    REDIRECT_READ,
    REDIRECT_WRITE,
    REDIRECT_APPEND,
    REDIRECT_SAME, // as descriptor number `target` has
};

struct redirection {
    enum redirection_kind kind;
    int fd;
    char *target;
};

struct command {
    char **words; // ended by NULL
    size_t word_count;
    struct redirection **redirections; // ended by NULL
};

struct pipeline {
    struct command **commands;
    size_t count;
};

enum joint {
    JOINT_FIRST,
    JOINT_AND, // run when the one before succeeded
    JOINT_OR,  // run when it failed
};

struct and_or {
    struct pipeline **pipelines;
    enum joint *joints; // of each pipeline with the one before
    size_t count;
    int background;
    char *source; // its text, for the list of jobs
};

struct line {
    struct and_or **lists;
    size_t count;
};

/* Parse @source. On an error NULL and a message in *error_out. All memory is the arena's. */
struct line *parse_line(struct arena *arena, const char *source, const char **error_out);

/* The end of the word that begins at @at: quotes and backslashes are obeyed. NULL when a quote
 * stays open. */
const char *parse_word_end(const char *at);
