/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/*
 * Functions and constants that loaded modules may call. A pointer to the record sits in section
 * "helix_exports"; the loader resolves a module's undefined symbols against this table and nothing
 * else.
 *
 *     HELIX_EXPORT(lib_format);
 */
struct helix_symbol {
    const char *name;
    const void *address;
};

#define HELIX_EXPORT(symbol_)                                                                     \
    static const struct helix_symbol helix_symbol_##symbol_ = {#symbol_, (const void *)&symbol_}; \
    __attribute__((used, retain, section("helix_exports"))) static const struct helix_symbol      \
        *const helix_symbol_##symbol_##_pointer = &helix_symbol_##symbol_
