/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/*
 * The platform's serial console. Output is polled and works from hal_init() on, in any context,
 * with its own lock-free fallback in a panic; input arrives by interrupt once hal_console_start()
 * ran. write() is for text, whose newlines become what a terminal wants; send() passes bytes on as
 * they are.
 */
void hal_console_write(const char *text, size_t bytes);
void hal_console_send(const char *bytes, size_t count);

/* Deliver received bytes to @receive in interrupt context; set before hal_console_start(). */
void hal_console_start(void (*receive)(const char *bytes, size_t count), unsigned baud);

/* From now on output ignores locks: another CPU may have died holding one. */
void hal_console_panic(void);

/*
 * Channels to the host that runs the emulator, apart from the console: kernel log, output of a
 * command, its status. x86_64: debug console ports 0xe9, 0xea, 0xeb (a port that is there reads
 * back 0xe9).
 */
enum hal_host_channel {
    HAL_HOST_LOG,
    HAL_HOST_OUTPUT,
    HAL_HOST_STATUS,
};
bool hal_host_channel_present(enum hal_host_channel channel);
void hal_host_channel_write(enum hal_host_channel channel, const char *bytes, size_t count);
