/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include "parse.h"
#include "shell.h"

enum run_status {
    RUN_FAILED = 1,
    RUN_USAGE = 2,
    RUN_NOT_RUNNABLE = 126,
    RUN_NOT_FOUND = 127,
    RUN_SIGNAL = 128, // plus the signal
};

/* Run what was parsed; the status of the last pipeline. */
int run_line(struct shell *shell, struct arena *arena, const struct line *line);

/* Say what ended or stopped in the background since the last call. */
void jobs_report(struct shell *shell);

/* The built-ins jobs, fg and bg. */
int jobs_list(struct shell *shell, int argc, char **argv);
int jobs_foreground(struct shell *shell, int argc, char **argv);
int jobs_background(struct shell *shell, int argc, char **argv);
