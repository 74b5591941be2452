/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The smallest module: a greeting, a counter that survives a reload, and an export that crashes
 * when asked to. */
#include <helix/abi/kernel_tables.h>
#include <helix/abi/module.h>
#include <helix/lib/assert.h>
#include <helix/lib/format.h>
#include <helix/lib/string.h>

struct hello {
    const struct helix_context *context;
    u64 greeted;
    u64 events;
    bool ready; // onload ran
};

static helix_status hello_init(void *self, const struct helix_context *context)
{
    struct hello *hello = self;
    hello->context = context;
    return HELIX_OK;
}

static helix_status hello_start(void *self)
{
    struct hello *hello = self;
    const struct helix_log_table *log =
        hello->context->table(hello->context, "helix.log", HELIX_TABLE_VERSION);
    if (log == NULL)
        return HELIX_E_MODULE_DEPENDENCY;
    log->write(hello->context->kernel, 2, "hello");
    return HELIX_OK;
}

static void hello_stop(void *self)
{
    (void)self;
}

static void hello_onload(void *self)
{
    struct hello *hello = self;
    hello->ready = true;
}

static enum helix_event_response hello_event(void *self, const struct helix_event *event)
{
    struct hello *hello = self;
    if (event->kind != HELIX_EVENT_CUSTOM)
        return HELIX_EVENT_IGNORED;
    hello->events++;
    return HELIX_EVENT_HANDLED;
}

static helix_status hello_request(void *self, const struct helix_request *request,
                                  struct helix_response *response)
{
    (void)self;
    if (request->bytes > response->capacity)
        return HELIX_E_RANGE;
    memcpy(response->payload, request->payload, request->bytes);
    response->bytes = request->bytes;
    return HELIX_OK;
}

static size_t hello_state_bound(const void *self)
{
    (void)self;
    return sizeof(u64);
}

static helix_status hello_save(const void *self, struct helix_state_writer *writer)
{
    const struct hello *hello = self;
    if (writer->capacity < sizeof hello->greeted)
        return HELIX_E_RANGE;
    memcpy(writer->data, &hello->greeted, sizeof hello->greeted);
    writer->bytes = sizeof hello->greeted;
    return HELIX_OK;
}

static helix_status hello_restore(void *self, const struct helix_state *state)
{
    struct hello *hello = self;
    if (state->bytes == 0)
        return HELIX_OK;
    if (state->bytes != sizeof hello->greeted)
        return HELIX_E_MODULE_STATE;
    memcpy(&hello->greeted, state->data, sizeof hello->greeted);
    return HELIX_OK;
}

static helix_status hello_greet(void *self, const struct helix_value *arguments, unsigned count,
                                struct helix_value *result_out)
{
    struct hello *hello = self;
    const char *name =
        count > 0 ? arguments[0].text : hello->context->config_or(hello->context, "name", "world");
    result_out->kind = HELIX_VALUE_TEXT;
    lib_format(result_out->text, sizeof result_out->text, "hello, %s (%llu)", name,
               (unsigned long long)++hello->greeted);
    return HELIX_OK;
}

static helix_status hello_count(void *self, const struct helix_value *arguments, unsigned count,
                                struct helix_value *result_out)
{
    const struct hello *hello = self;
    (void)arguments;
    (void)count;
    result_out->number = (i64)(hello->greeted * 100 + hello->events * 10 + hello->ready);
    return HELIX_OK;
}

static helix_status hello_crash(void *self, const struct helix_value *arguments, unsigned count,
                                struct helix_value *result_out)
{
    (void)self;
    (void)result_out;
    if (count > 0 && arguments[0].kind == HELIX_VALUE_I64)
        helix_assert(arguments[0].number == 0);
    *(volatile u64 *)16 = 1;
    return HELIX_OK;
}

static helix_status hello_hold(void *self, const struct helix_value *arguments, unsigned count,
                               struct helix_value *result_out)
{
    struct hello *hello = self;
    const struct helix_memory_table *memory =
        hello->context->table(hello->context, "helix.memory", HELIX_TABLE_VERSION);
    u64 bytes = count > 0 ? (u64)arguments[0].number : 1;
    result_out->number = memory != NULL && memory->alloc(hello->context->kernel, bytes) != NULL;
    return HELIX_OK;
}

static const struct helix_export hello_exports[] = {
    {"greet", "greet [name]: a greeting, and how many there were", hello_greet},
    {"count", "count: greetings, custom events, onload as digits", hello_count},
    {"crash", "crash [n]: fail an assertion unless n is 0, then write to nowhere", hello_crash},
    {"hold", "hold bytes: allocate and keep; 1 when there was memory", hello_hold},
    {NULL, NULL, NULL},
};

HELIX_MODULE(hello, .version = HELIX_VERSION(1, 0, 0), .description = "A module for tests",
             .author = "the Helix authors", .license = "MIT",
             .flags = HELIX_FLAG_HOT_RELOADABLE | HELIX_FLAG_EXPERIMENTAL, .exports = hello_exports,
             .self_size = sizeof(struct hello), .state_version = 1, .init = hello_init,
             .start = hello_start, .stop = hello_stop, .onload = hello_onload,
             .handle_event = hello_event, .handle_request = hello_request,
             .state_bound = hello_state_bound, .save_state = hello_save,
             .restore_state = hello_restore);
