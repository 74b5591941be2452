/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Calls by name: requests to a module, and the exports of its lexicon. */
#include <helix/hal/time.h>
#include <helix/lib/format.h>
#include <helix/lib/parse.h>
#include <helix/lib/string.h>

#include "framework.h"

void result_set(struct module_result *result, helix_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    result->status = status;
    lib_format_args(result->reason, sizeof result->reason, format, args);
    va_end(args);
}

/* Counted in; NULL: no such module runs. */
static struct instance *enter_by_name(const char *name)
{
    // The instance may go between finding and entering: the change lock keeps it.
    modules_lock();
    struct instance *instance = instance_of_name(name);
    if (instance != NULL && !instance_enter(instance))
        instance = NULL;
    modules_unlock();
    return instance;
}

helix_status modules_request(const char *module, const struct helix_request *request,
                             struct helix_response *response)
{
    helix_status volatile st = HELIX_E_NOTSUP;
    struct instance *instance = enter_by_name(module);
    if (instance == NULL)
        return HELIX_E_NOENT;
    const struct helix_module *record = instance->module->record;
    helix_status guarded = HELIX_OK;
    if (record->handle_request != NULL)
        guarded =
            INSTANCE_CALL(instance, st = record->handle_request(instance->self, request, response));
    else
        response->error = "Not implemented";
    instance_leave(instance);
    return guarded != HELIX_OK ? guarded : st;
}

/* "module:<name>:<export>"; false: not of this form. */
static bool split_path(const char *path, char name[NAME_BYTES], const char **export_out)
{
    if (lib_starts_with(path, "module:"))
        path += strlen("module:");
    else if (lib_starts_with(path, "library:"))
        path += strlen("library:");
    else
        return false;
    const char *colon = strchr(path, ':');
    if (colon == NULL || colon == path || colon[1] == '\0' || colon - path >= NAME_BYTES)
        return false;
    memcpy(name, path, (size_t)(colon - path));
    name[colon - path] = '\0';
    *export_out = colon + 1;
    return true;
}

static const struct helix_export *export_of(const struct helix_module *record, const char *name)
{
    for (const struct helix_export *e = record->exports; e != NULL && e->name != NULL; e++) {
        if (strcmp(e->name, name) == 0)
            return e;
    }
    return NULL;
}

#define ARGUMENTS_MOST 16

static helix_status read_argument(const char *text, struct helix_value *value)
{
    if (strlen(text) >= sizeof value->text)
        return HELIX_E_TOO_BIG;
    strlcpy(value->text, text, sizeof value->text);
    value->kind = parse_i64(text, &value->number) == HELIX_OK ? HELIX_VALUE_I64 : HELIX_VALUE_TEXT;
    return HELIX_OK;
}

static void call_export(struct instance *instance, const char *name,
                        const struct helix_value *values, unsigned count,
                        struct helix_value *value_out, struct module_result *result)
{
    helix_status volatile st = HELIX_OK;
    const struct helix_module *record = instance->module->record;
    const struct helix_export *export = export_of(record, name);
    if (export == NULL) {
        result_set(result, HELIX_E_NOENT, "%s exports no %s", record->name, name);
        return;
    }
    *value_out = (struct helix_value){.kind = HELIX_VALUE_I64};
    helix_status guarded =
        INSTANCE_CALL(instance, st = export->call(instance->self, values, count, value_out));
    value_out->text[sizeof value_out->text - 1] = '\0';
    if (guarded != HELIX_OK)
        st = guarded;
    if (st != HELIX_OK)
        result_set(result, st, "%s:%s: %s", record->name, name, helix_status_text(st));
}

void modules_call(const char *path, const char *const *arguments, unsigned count,
                  struct helix_value *value_out, struct module_result *result)
{
    // Large for a kernel stack, but callers come with little on it; 16 values are 2.3 KB.
    struct helix_value values[ARGUMENTS_MOST];
    char name[NAME_BYTES];
    const char *export;
    *result = (struct module_result){0};
    if (!split_path(path, name, &export) || count > ARGUMENTS_MOST) {
        result_set(result, HELIX_E_INVAL, "%s is not module:<name>:<export>", path);
        return;
    }
    for (unsigned i = 0; i < count; i++) {
        if (read_argument(arguments[i], &values[i]) != HELIX_OK) {
            result_set(result, HELIX_E_TOO_BIG, "argument %u is too long", i + 1);
            return;
        }
    }
    struct instance *instance = enter_by_name(name);
    if (instance == NULL) {
        result_set(result, HELIX_E_NOENT, "module %s is not running", name);
        return;
    }
    call_export(instance, export, values, count, value_out, result);
    instance_leave(instance);
}
