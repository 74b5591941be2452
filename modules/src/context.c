/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* What a module instance is given: settings and tables. */
#include <helix/abi/settings.h>
#include <helix/lib/string.h>

#include "framework.h"

static const char *setting_of_load(const struct module *module, const char *key)
{
    size_t length = strlen(key);
    const char *found = NULL;
    for (char **s = module->settings; s != NULL && *s != NULL; s++) {
        if (strncmp(*s, key, length) == 0 && (*s)[length] == '=')
            found = *s + length + 1;
    }
    return found;
}

static const char *setting_of_profile(const char *module, const char *key)
{
    for (const struct helix_setting *s = helix_settings; s->module != NULL; s++) {
        if (strcmp(s->key, key) == 0 && name_same_module(s->module, module))
            return s->value;
    }
    return NULL;
}

static const char *config_or(const struct helix_context *context, const char *key,
                             const char *fallback)
{
    const struct instance *instance = context->kernel;
    const char *value = setting_of_load(instance->module, key);
    if (value == NULL)
        value = setting_of_profile(instance->module->record->name, key);
    return value != NULL ? value : fallback;
}

static const void *table(const struct helix_context *context, const char *name, u32 version)
{
    return table_find(context->kernel, name, version);
}

void context_init(struct instance *instance, u32 slot)
{
    instance->context = (struct helix_context){
        .module = instance->module->record,
        .kernel = instance,
        .slot = slot,
        .generation = instance->module->generation,
        .config_or = config_or,
        .table = table,
    };
}
