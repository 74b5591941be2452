/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/abi/settings.h>
#include <helix/gate/gate.h>
#include <helix/lib/compiler.h>
#include <helix/lib/string.h>

#include "boot_provider.h"
#include "frame_private.h"

extern const struct helix_module *const __start_helix_modules[];
extern const struct helix_module *const __stop_helix_modules[];

/* State blocks of the two modules: a framework that unloads one of them finds it in the image. */
static HELIX_ALIGNED(HELIX_CACHE_LINE) u8 blocks[8192];
static size_t blocks_used;

static struct memory_boot_provider providers[MEMORY_BOOT_PROVIDERS];
static struct helix_context contexts[MEMORY_BOOT_PROVIDERS];
static unsigned provider_count;

const struct memory_boot_provider *memory_boot_provider(unsigned index)
{
    return index < provider_count ? &providers[index] : NULL;
}

static const char *boot_config_or(const struct helix_context *context, const char *key,
                                  const char *fallback)
{
    for (const struct helix_setting *s = helix_settings; s->module != NULL; s++) {
        if (strcmp(s->module, context->module->name) == 0 && strcmp(s->key, key) == 0)
            return s->value;
    }
    return fallback;
}

static const void *boot_table(const struct helix_context *context, const char *name, u32 version)
{
    (void)context;
    (void)name;
    (void)version;
    return NULL; // none exists yet
}

static void *block_take(size_t bytes)
{
    bytes = align_up(bytes, HELIX_CACHE_LINE);
    if (bytes > sizeof(blocks) - blocks_used)
        return NULL;
    void *block = blocks + blocks_used;
    blocks_used += bytes;
    return block;
}

static const struct helix_module *record_find(const char *name)
{
    for (const struct helix_module *const *at = __start_helix_modules; at < __stop_helix_modules;
         at++) {
        if (strcmp((*at)->name, name) == 0)
            return *at;
    }
    return NULL;
}

static const struct helix_ops_header *table_find(const struct helix_module *record,
                                                 const char *interface)
{
    for (unsigned i = 0; record->ops != NULL && record->ops[i] != NULL; i++) {
        if (strcmp(record->ops[i]->interface, interface) == 0)
            return record->ops[i];
    }
    return NULL;
}

helix_status boot_provider_start(struct gate_binding *binding, const char *name,
                                 struct memory_boot_provider **provider_out,
                                 const struct helix_ops_header **ops_out)
{
    const struct helix_module *record = record_find(name);
    if (record == NULL || provider_count == MEMORY_BOOT_PROVIDERS)
        return HELIX_E_NODEV;
    const struct helix_ops_header *ops = table_find(record, binding->interface);
    if (ops == NULL)
        return HELIX_E_MODULE_INTERFACE;
    void *self = block_take(record->self_size);
    if (self == NULL)
        return HELIX_E_NOMEM;
    struct helix_context *context = &contexts[provider_count];
    *context =
        (struct helix_context){.module = record, .config_or = boot_config_or, .table = boot_table};
    helix_status st = record->init(self, context);
    if (st == HELIX_OK)
        st = record->start(self);
    if (st != HELIX_OK)
        return st;
    struct memory_boot_provider *provider = &providers[provider_count++];
    *provider = (struct memory_boot_provider){
        .binding = binding, .record = record, .self = self, .context = context};
    *provider_out = provider;
    *ops_out = ops;
    return HELIX_OK;
}
