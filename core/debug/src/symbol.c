/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/abi/ksyms.h>
#include <helix/debug/symbol.h>
#include <helix/init/init.h>
#include <helix/lib/atomic.h>
#include <helix/lib/format.h>
#include <helix/lib/log.h>
#include <helix/lib/string.h>

static struct symbol_source *sources;

extern const char __text_start[];
extern const char __init_text_end[];

static const char *name_of(u32 index)
{
    const char *name = helix_ksyms.names + helix_ksyms.marks[index / HELIX_KSYMS_STRIDE];
    for (u32 i = 0; i < index % HELIX_KSYMS_STRIDE; i++)
        name += strlen(name) + 1;
    return name;
}

/* The last function that starts at or before @offset. */
static u32 index_of(u32 offset)
{
    u32 low = 0;
    u32 high = helix_ksyms.count;
    while (high - low > 1) {
        u32 middle = low + (high - low) / 2;
        if (helix_ksyms.addresses[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static bool find_in_image(uintptr_t address, struct symbol *symbol_out)
{
    if (address < (uintptr_t)__text_start || address >= (uintptr_t)__init_text_end)
        return false;
    u64 offset = address - helix_ksyms.base;
    if (helix_ksyms.count == 0 || offset < helix_ksyms.addresses[0] || offset > UINT32_MAX)
        return false;
    u32 index = index_of((u32)offset);
    *symbol_out = (struct symbol){
        .name = name_of(index),
        .offset = offset - helix_ksyms.addresses[index],
    };
    return true;
}

bool symbol_find(uintptr_t address, struct symbol *symbol_out)
{
    if (find_in_image(address, symbol_out))
        return true;
    for (struct symbol_source *s = atomic_load_acquire(&sources); s != NULL; s = s->next) {
        if (s->find(address, symbol_out))
            return true;
    }
    return false;
}

void symbol_format(uintptr_t address, char *text, size_t capacity)
{
    struct symbol symbol;
    if (!symbol_find(address, &symbol)) {
        lib_format(text, capacity, "%#zx", (size_t)address);
        return;
    }
    size_t used = lib_format_append(text, capacity, 0, "%s+%#llx", symbol.name,
                                    (unsigned long long)symbol.offset);
    if (symbol.module != NULL)
        lib_format_append(text, capacity, used, " [%s]", symbol.module);
}

void symbol_add_source(struct symbol_source *source)
{
    source->next = atomic_load_relaxed(&sources);
    while (!atomic_cas_release(&sources, &source->next, source))
        ;
}

/* Backtraces work without the table too, with numbers. */
static helix_status start_symbols(void)
{
    log_debug("debug", "%u functions known by name", helix_ksyms.count);
    return HELIX_OK;
}
INIT_STEP(debug, symbols, .run = start_symbols);
