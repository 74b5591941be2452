/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>
#include <helix/lib/list.h>

/* Names of code addresses: of the image by the table of tools/ksyms, of loaded modules by their
 * sources. Any context. */
struct symbol {
    const char *name;
    const char *module; // NULL: the image
    u64 offset;
};
bool symbol_find(uintptr_t address, struct symbol *symbol_out);

/* "name+0x12 [module]", or the bare number. */
void symbol_format(uintptr_t address, char *text, size_t capacity);

/*
 * Whoever puts code outside the image answers for it here. find() is called from any context, also
 * in a panic: no locks. Sources are added at boot and stay.
 */
struct symbol_source {
    bool (*find)(uintptr_t address, struct symbol *symbol_out);
    struct symbol_source *next;
};
void symbol_add_source(struct symbol_source *source);
