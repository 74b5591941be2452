/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Loading, unloading, replacing and calling modules: calls 1001 and 1005 to 1007. */
#include "helix/helix_calls.h"

#include <helix/capability/linux.h>
#include <helix/core/syscall.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>
#include <helix/modules/modules.h>

#include "task/tasks.h"

#define SETTINGS_MOST 64u

void helix_result_fill(struct helix_user_result *to, const struct module_result *from)
{
    *to = (struct helix_user_result){
        .status = from->status,
        .pause_ns = from->pause,
        .instructions = from->instructions,
    };
    strlcpy(to->reason, from->reason, sizeof to->reason);
}

static void refuse(struct module_result *result, helix_status status, const char *reason)
{
    result->status = status;
    strlcpy(result->reason, reason, sizeof result->reason);
}

/* True: the running task may change modules; else @result says so. */
static bool may_change(struct module_result *result)
{
    if (task_capable(CAP_SYS_MODULE))
        return true;
    refuse(result, HELIX_E_PERM, "changing modules needs CAP_SYS_MODULE");
    return false;
}

static i64 answer(u64 user_struct, const void *call, size_t bytes, struct helix_user_result *user,
                  const struct module_result *result)
{
    helix_result_fill(user, result);
    return helix_struct_out(user_struct, call, bytes, result->status);
}

/* ---- 1001: replacement ---- */

/* The texts and the image of a hot_reload call, copied in. */
struct reload_input {
    char *binding, *name, *path;
    void *image;
};

static void reload_input_free(struct reload_input *input)
{
    kfree(input->binding);
    kfree(input->name);
    kfree(input->path);
    if (input->image)
        kvm_free(input->image);
}

static helix_status reload_input_read(const struct helix_user_hot_reload *call,
                                      struct reload_input *input)
{
    *input = (struct reload_input){0};
    helix_status status = helix_text_in(call->binding, &input->binding);
    if (status == HELIX_OK)
        status = helix_text_in(call->name, &input->name);
    if (status == HELIX_OK)
        status = helix_text_in(call->path, &input->path);
    if (status == HELIX_OK && call->image)
        status = helix_image_in(call->image, call->image_size, &input->image);
    if (status != HELIX_OK)
        reload_input_free(input);
    return status;
}

static void reload_run(const struct helix_user_hot_reload *call, const struct reload_input *input,
                       struct module_result *result)
{
    const bool two_sources = input->path && input->image;
    switch (call->operation) {
    case HELIX_HOT_RELOAD_SWAP:
        if (input->binding && input->name)
            return modules_swap(input->binding, input->name, result);
        break;
    case HELIX_HOT_RELOAD_RELOAD:
        if (!input->name || two_sources)
            break;
        if (input->image)
            return modules_reload_image(input->name, input->image, call->image_size, result);
        return modules_reload(input->name, input->path, result);
    case HELIX_HOT_RELOAD_ROLLBACK:
        return modules_rollback(input->binding, result);
    case HELIX_HOT_RELOAD_CHECK:
        if (two_sources)
            break;
        if (input->image)
            return modules_check(input->image, call->image_size, result);
        if (input->path)
            return modules_check_file(input->path, result);
        break;
    default:
        return refuse(result, HELIX_E_INVAL, "no such operation");
    }
    refuse(result, HELIX_E_INVAL, "the operation needs other arguments");
}

i64 helix_hot_reload(const u64 *arguments)
{
    struct helix_user_hot_reload call;
    struct module_result result = {0};
    struct reload_input input;
    helix_status status = helix_struct_in(&call, arguments[0], sizeof call);
    if (status != HELIX_OK)
        return syscall_result(status);
    if (call.flags != 0) {
        refuse(&result, HELIX_E_INVAL, "unknown flags");
    } else if (may_change(&result)) {
        status = reload_input_read(&call, &input);
        if (status == HELIX_OK) {
            reload_run(&call, &input, &result);
            reload_input_free(&input);
        } else {
            refuse(&result, status, "the arguments cannot be read");
        }
    }
    return answer(arguments[0], &call, sizeof call, &call.result, &result);
}

/* ---- 1005: loading ---- */

static void settings_free(char **settings)
{
    for (unsigned i = 0; settings && settings[i]; i++)
        kfree(settings[i]);
    kfree(settings);
}

/* Addresses of texts, ended by 0. */
static helix_status settings_read(u64 user_settings, char ***settings_out)
{
    *settings_out = NULL;
    if (!user_settings)
        return HELIX_OK;
    char **settings = kzalloc((SETTINGS_MOST + 1) * sizeof *settings);
    if (!settings)
        return HELIX_E_NOMEM;
    helix_status status = HELIX_OK;
    for (unsigned i = 0; status == HELIX_OK; i++) {
        u64 at;
        status = user_copy_in(&at, vaddr_of(user_settings + i * sizeof at), sizeof at);
        if (status != HELIX_OK || !at)
            break;
        status = i < SETTINGS_MOST ? helix_text_in(at, &settings[i]) : HELIX_E_TOO_BIG;
    }
    if (status == HELIX_OK)
        *settings_out = settings;
    else
        settings_free(settings);
    return status;
}

static helix_status load_with(const struct helix_user_module_load *call, char **settings,
                              struct module_result *result)
{
    const char *const *given = (const char *const *)settings;
    if (!call->path == !call->image) {
        refuse(result, HELIX_E_INVAL, "a module comes from a path or from an image");
        return HELIX_OK;
    }
    if (call->path) {
        char *path;
        const helix_status status = helix_text_in(call->path, &path);
        if (status == HELIX_OK)
            modules_load_file(path, given, result);
        kfree(path);
        return status;
    }
    void *image;
    const helix_status status = helix_image_in(call->image, call->image_size, &image);
    if (status == HELIX_OK) {
        modules_load(image, call->image_size, given, result);
        kvm_free(image);
    }
    return status;
}

i64 helix_module_load(const u64 *arguments)
{
    struct helix_user_module_load call;
    struct module_result result = {0};
    char **settings;
    helix_status status = helix_struct_in(&call, arguments[0], sizeof call);
    if (status != HELIX_OK)
        return syscall_result(status);
    if (may_change(&result)) {
        status = settings_read(call.settings, &settings);
        if (status == HELIX_OK) {
            status = load_with(&call, settings, &result);
            settings_free(settings);
        }
        if (status != HELIX_OK)
            refuse(&result, status, "the arguments cannot be read");
    }
    return answer(arguments[0], &call, sizeof call, &call.result, &result);
}

/* ---- 1006: unloading ---- */

i64 helix_module_unload(const u64 *arguments)
{
    struct helix_user_module_unload call;
    struct module_result result = {0};
    char *name;
    helix_status status = helix_struct_in(&call, arguments[0], sizeof call);
    if (status != HELIX_OK)
        return syscall_result(status);
    if (may_change(&result)) {
        status = call.name ? helix_text_in(call.name, &name) : HELIX_E_FAULT;
        if (status == HELIX_OK) {
            modules_unload(name, &result);
            kfree(name);
        } else {
            refuse(&result, status, "the name cannot be read");
        }
    }
    return answer(arguments[0], &call, sizeof call, &call.result, &result);
}

/* ---- 1007: calling ---- */

struct call_texts {
    char *path;
    char *arguments[HELIX_USER_CALL_ARGUMENTS];
};

static void call_texts_free(struct call_texts *texts)
{
    kfree(texts->path);
    for (unsigned i = 0; i < HELIX_USER_CALL_ARGUMENTS; i++)
        kfree(texts->arguments[i]);
}

static helix_status call_texts_read(const struct helix_user_module_call *call,
                                    struct call_texts *texts)
{
    u64 at[HELIX_USER_CALL_ARGUMENTS];
    *texts = (struct call_texts){0};
    if (!call->path || call->count > HELIX_USER_CALL_ARGUMENTS)
        return HELIX_E_INVAL;
    helix_status status = helix_text_in(call->path, &texts->path);
    if (status == HELIX_OK)
        status = user_copy_in(at, vaddr_of(call->arguments), call->count * sizeof at[0]);
    for (unsigned i = 0; status == HELIX_OK && i < call->count; i++)
        status = at[i] ? helix_text_in(at[i], &texts->arguments[i]) : HELIX_E_FAULT;
    if (status != HELIX_OK)
        call_texts_free(texts);
    return status;
}

static void call_value_fill(struct helix_user_module_call *call, const struct helix_value *value)
{
    memset(call->text, 0, sizeof call->text);
    call->number = 0;
    if (value->kind == HELIX_VALUE_TEXT) {
        call->kind = HELIX_USER_VALUE_TEXT;
        strlcpy(call->text, value->text, sizeof call->text);
    } else {
        call->kind = HELIX_USER_VALUE_NUMBER;
        call->number = value->number;
    }
}

i64 helix_module_call(const u64 *arguments)
{
    struct helix_user_module_call call;
    struct module_result result = {0};
    struct call_texts texts;
    struct helix_value value = {0};
    helix_status status = helix_struct_in(&call, arguments[0], sizeof call);
    if (status != HELIX_OK)
        return syscall_result(status);
    if (may_change(&result)) {
        status = call_texts_read(&call, &texts);
        if (status == HELIX_OK) {
            modules_call(texts.path, (const char *const *)texts.arguments, call.count, &value,
                         &result);
            call_texts_free(&texts);
        } else {
            refuse(&result, status, "the arguments cannot be read");
        }
    }
    call_value_fill(&call, &value);
    return answer(arguments[0], &call, sizeof call, &call.result, &result);
}
