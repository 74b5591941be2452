/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include "edit.h"

/* The terminal side of line editing: raw mode, drawing, lists of completions. */
struct terminal {
    struct history *history;
    const char *const *builtins; // for completion, ended by NULL
};

enum terminal_result {
    TERMINAL_LINE,
    TERMINAL_CANCELLED,
    TERMINAL_END,
};

/* Let the user edit one line. @to has EDIT_LINE_SIZE bytes. The terminal is as before on return. */
enum terminal_result terminal_read_line(const struct terminal *terminal, const char *prompt,
                                        char *to);
