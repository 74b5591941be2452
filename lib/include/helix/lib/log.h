/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <stdarg.h>

#include <helix/lib/compiler.h>

enum log_level {
    LOG_ERROR = 0,
    LOG_WARN = 1,
    LOG_INFO = 2,
    LOG_DEBUG = 3,
};

/*
 * Write one line to the kernel log; a newline is added. The kernel's is in core/debug, the host's
 * in lib/src/host.
 *
 * Context: any, also interrupts and with spinlocks held; never blocks.
 */
void helix_log(enum log_level level, const char *component, const char *format, ...)
    HELIX_PRINTF(3, 4);
void helix_log_args(enum log_level level, const char *component, const char *format, va_list args)
    HELIX_PRINTF(3, 0);

/* log_info("memory", "%zu frames free", n); */
#define log_error(component, ...) helix_log(LOG_ERROR, component, __VA_ARGS__)
#define log_warn(component, ...)  helix_log(LOG_WARN, component, __VA_ARGS__)
#define log_info(component, ...)  helix_log(LOG_INFO, component, __VA_ARGS__)
#define log_debug(component, ...) helix_log(LOG_DEBUG, component, __VA_ARGS__)
