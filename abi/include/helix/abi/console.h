/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/module.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>

/*
 * helix.console:<name>: characters out and in. Many instances, stop gate: it is written from
 * interrupt context and in panics.
 *
 * The kernel keeps the line discipline, the buffers and the window size, so a replaced console goes
 * on where the old one stopped.
 */
#define HELIX_CONSOLE         "helix.console"
#define HELIX_CONSOLE_VERSION 1u

enum console_flag {
    CONSOLE_INPUT = 1u << 0,
    CONSOLE_COLOUR = 1u << 1,
    CONSOLE_SIZED = 1u << 2, // knows its size in characters
};

struct console_size {
    u16 columns, rows; // 0, 0: unknown
};

struct console_sink {
    void (*received)(void *terminal, const char *bytes, size_t count); // interrupt context
    void (*resized)(void *terminal, struct console_size size);
};

struct console_ops {
    struct helix_ops_header header;

    size_t (*write)(void *self, const char *bytes,
                    size_t count);  // never waits; returns how many it took
    bool (*drained)(void *self);    // everything taken is out
    u32 (*flags)(const void *self); // enum console_flag
    struct console_size (*size)(const void *self);
    helix_status (*attach)(void *self, const struct console_sink *sink,
                           void *terminal); // input begins
    void (*detach)(void *self);
    helix_status (*set_speed)(void *self, u32 baud); // NOTSUP where it means nothing
    void (*panic)(void *self);                       // from now on only polled output, no locks
};
