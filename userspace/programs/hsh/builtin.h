/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include "shell.h"

enum builtin_flag {
    BUILTIN_ONE_OF_16 = 1, // of the sixteen that help shows first
    BUILTIN_LONG = 2,      // may take long: runs as a job of its own, so that ctrl-c ends it
};

struct builtin {
    const char *name;
    const char *arguments;
    const char *summary;
    int (*run)(struct shell *shell, int argc, char **argv);
    unsigned flags;
};

/* Ended by an entry without a name. */
extern const struct builtin builtins[];

const struct builtin *builtin_find(const char *name);

/* The names alone, ended by NULL, for completion. */
const char *const *builtin_names(void);

/* Write the usage of @name to standard error; RUN_USAGE. */
int builtin_usage(const char *name);

int builtin_help(struct shell *shell, int argc, char **argv);
int builtin_exit(struct shell *shell, int argc, char **argv);
int builtin_echo(struct shell *shell, int argc, char **argv);
int builtin_clear(struct shell *shell, int argc, char **argv);
int builtin_set(struct shell *shell, int argc, char **argv);
int builtin_history(struct shell *shell, int argc, char **argv);
int builtin_cat(struct shell *shell, int argc, char **argv);
int builtin_run(struct shell *shell, int argc, char **argv);
int builtin_cd(struct shell *shell, int argc, char **argv);
/* system.c */
int builtin_ps(struct shell *shell, int argc, char **argv);
int builtin_mem(struct shell *shell, int argc, char **argv);
int builtin_uptime(struct shell *shell, int argc, char **argv);
int builtin_uname(struct shell *shell, int argc, char **argv);
int builtin_version(struct shell *shell, int argc, char **argv);
int builtin_stats(struct shell *shell, int argc, char **argv);
/* bench.c, demo.c */
int builtin_bench(struct shell *shell, int argc, char **argv);
int builtin_demo(struct shell *shell, int argc, char **argv);
