/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <stdio.h>

#include <helix/lib/log.h>

void helix_log_args(enum log_level level, const char *component, const char *format, va_list args)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    flockfile(stderr);
    fprintf(stderr, "%s: %s: ", component, names[level]);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    funlockfile(stderr);
}

void helix_log(enum log_level level, const char *component, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    helix_log_args(level, component, format, args);
    va_end(args);
}
