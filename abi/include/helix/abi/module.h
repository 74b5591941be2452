/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>

/*
 * The module contract. A module is a const record and functions; its only writable memory is the
 * state block @self that the kernel allocates (self_size bytes, zeroed, 64-byte aligned) and passes
 * to every function. So two versions of a module live side by side, and a crashed one can start
 * again. The same source builds as a static and as a dynamic module.
 *
 * Life: loaded -> init -> start -> running -> stop -> gone. On replacement the new module gets
 * init, then restore_state with what the old one's save_state wrote, then start; the old one is
 * stopped only after the trial period.
 */
#define HELIX_ABI_MAGIC   0x48454c49584d4f44ull // "HELIXMOD"
#define HELIX_ABI_VERSION 1u                    // rises with any incompatible change of abi/

#define HELIX_VERSION(major, minor, patch) \
    (((u32)(major) << 20) | ((u32)(minor) << 10) | (u32)(patch))
#define HELIX_VERSION_MAJOR(v) ((v) >> 20)
#define HELIX_VERSION_MINOR(v) (((v) >> 10) & 1023)
#define HELIX_VERSION_PATCH(v) ((v) & 1023)

enum helix_module_flag {
    HELIX_FLAG_ESSENTIAL =
        1u << 0, // cannot be unloaded; the kernel panics when it cannot be healed
    HELIX_FLAG_HOT_RELOADABLE = 1u << 1, // supports live replacement
    HELIX_FLAG_USERSPACE = 1u << 2,      // runs in ring 3; handle_request and IPC only
    HELIX_FLAG_DRIVER = 1u << 3,
    HELIX_FLAG_FILESYSTEM = 1u << 4,
    HELIX_FLAG_SCHEDULER = 1u << 5,
    HELIX_FLAG_ALLOCATOR = 1u << 6,
    HELIX_FLAG_SECURITY = 1u << 7,
    HELIX_FLAG_EXPERIMENTAL = 1u << 8,
};

/* Every interface's ops table begins with this. All function slots are non-NULL; the registry
 * checks it once. */
struct helix_ops_header {
    const char *interface; // "helix.scheduler"
    u32 version;           // of the interface, from its header
    u32 size;              // sizeof the whole table
};

enum helix_event_kind {
    HELIX_EVENT_TICK,
    HELIX_EVENT_SHUTDOWN,
    HELIX_EVENT_MEMORY_PRESSURE,
    HELIX_EVENT_CPU_HOTPLUG,
    HELIX_EVENT_PROCESS,
    HELIX_EVENT_INTERRUPT,
    HELIX_EVENT_CUSTOM,
};

enum helix_memory_pressure {
    HELIX_PRESSURE_NONE,
    HELIX_PRESSURE_LOW,
    HELIX_PRESSURE_MEDIUM,
    HELIX_PRESSURE_CRITICAL,
};

/* Events live only during the call; a module copies what it keeps. */
struct helix_event {
    enum helix_event_kind kind;
    union {
        struct {
            nanos timestamp;
        } tick;
        struct {
            enum helix_memory_pressure level;
        } memory;
        struct {
            u32 cpu;
            bool online;
        } cpu;
        struct {
            u32 pid;
            u32 what;
        } process; // what: 0 started, 1 ended
        struct {
            u32 line;
        } interrupt;
        struct {
            const char *name;
            const void *data;
            size_t bytes;
        } custom;
    };
};

enum helix_event_response {
    HELIX_EVENT_IGNORED,
    HELIX_EVENT_HANDLED,
    HELIX_EVENT_ERROR,
};

/* A request from another module, the shell or the kernel. The callee fills response bytes up to
 * capacity. */
struct helix_request {
    const char *source;
    const char *type;
    const void *payload;
    size_t bytes;
};

struct helix_response {
    void *payload; // the caller's buffer
    size_t capacity;
    size_t bytes;      // written
    const char *error; // static text, or NULL
};

/* State carried from one module version to the next. */
struct helix_state_writer {
    void *data;
    size_t capacity; // at least what state_bound() said
    size_t bytes;    // written so far
};

struct helix_state {
    const void *data;
    size_t bytes;
    u32 version;        // the state_version of the module that wrote it
    const char *module; // its name
};

enum helix_value_kind {
    HELIX_VALUE_I64,
    HELIX_VALUE_TEXT,
};

/* An argument or result of an exported function. Text is borrowed for the time of the call. */
struct helix_value {
    enum helix_value_kind kind;
    i64 number;
    char text[128];
};

/* One entry of a module's lexicon: reachable as module:<module>:<name>. Ends with name NULL. */
struct helix_export {
    const char *name;
    const char *summary;
    helix_status (*call)(void *self, const struct helix_value *arguments, unsigned count,
                         struct helix_value *result_out);
};

struct helix_module;

/* What a module is given when it starts. Valid until its last function has returned. */
struct helix_context {
    const struct helix_module *module;
    void *kernel; // the kernel's handle of this module instance, opaque; first argument of many
                  // table functions
    u32 slot;     // 0 or 1: which private slot of shared kernel objects is this instance's
    u32 generation;

    /* Setting @key of this module from helix.toml or the load command; @fallback when it is not
     * set. Never NULL unless @fallback is. */
    const char *(*config_or)(const struct helix_context *context, const char *key,
                             const char *fallback);

    /* A kernel table by name ("helix.log", ".memory", ".thread", ".sync", ".time", ".irq", ".vfs",
     * ".bus"); NULL: not here in this version. */
    const void *(*table)(const struct helix_context *context, const char *name, u32 version);
};

struct helix_module {
    u64 magic;
    u32 abi_version;
    u32 record_size;
    u64 abi_hash; // of all abi headers the module was built against

    const char *name;
    u32 version;
    u32 flags;
    const char *description;
    const char *author;
    const char *license;
    const char *const *dependencies; // interface or module names, NULL-terminated; NULL: none
    const char *const *provides;     // interface names, the same
    const struct helix_ops_header *const
        *ops; // one table per provided kernel interface, NULL-terminated; NULL: none
    const struct helix_export *exports;

    size_t self_size;
    u32 state_version;

    /* Required. init may use only what earlier phases gave; start begins work; stop is idempotent
     * and gives all back. */
    helix_status (*init)(void *self, const struct helix_context *context);
    helix_status (*start)(void *self);
    void (*stop)(void *self);

    /* Optional: NULL takes the default named here. */
    void (*onload)(void *self); // nothing
    enum helix_event_response (*handle_event)(void *self,
                                              const struct helix_event *event); // IGNORED
    helix_status (*handle_request)(void *self, const struct helix_request *request,
                                   struct helix_response *response); // NOTSUP
    bool (*is_healthy)(const void *self); // true. Asked while calls run on other CPUs: look only at
                                          // what always holds
    size_t (*state_bound)(const void *self); // 0
    helix_status (*save_state)(
        const void *self, struct helix_state_writer *writer); // empty state; never changes self
    helix_status (*restore_state)(void *self,
                                  const struct helix_state *state); // accepts an empty state only
    void (*adopt)(void *self, void *old_self); // same module name and state_version: take objects
                                               // over in place; cannot fail
};

#define HELIX_NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define HELIX_OPS(...)   ((const struct helix_ops_header *const[]){__VA_ARGS__, NULL})

/* Set by the build: a 64-bit hash over abi/. */
#ifndef HELIX_ABI_HASH
#define HELIX_ABI_HASH 0ull
#endif

#define HELIX_MODULE(name_, ...)                                                                \
    static const struct helix_module name_##_module_record = {.magic = HELIX_ABI_MAGIC,         \
                                                              .abi_version = HELIX_ABI_VERSION, \
                                                              .record_size =                    \
                                                                  sizeof(struct helix_module),  \
                                                              .abi_hash = HELIX_ABI_HASH,       \
                                                              .name = #name_,                   \
                                                              __VA_ARGS__};                     \
    __attribute__((used, retain, section("helix_modules"))) static const struct helix_module    \
        *const name_##_module_pointer = &name_##_module_record
