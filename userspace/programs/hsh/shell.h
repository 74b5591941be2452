/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <sys/types.h>

#include "edit.h"
#include "expand.h"

struct job;

/* One running hsh. */
struct shell {
    struct history history;
    struct expand_context expand; // last status, arguments
    struct job *jobs;
    pid_t group;     // the shell's own process group
    int interactive; // has a terminal and gives it to its jobs
    int ended;       // `exit` was called; the status is in expand.status
};

/* Run a line of text; its status, which also becomes $?. */
int shell_run(struct shell *shell, const char *text);
