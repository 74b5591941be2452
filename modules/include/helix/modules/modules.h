/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/module.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>

/*
 * The module framework as the system-call layer, the shell and /proc see it. The caller has checked
 * CAP_SYS_MODULE. Thread context, may sleep; changes are serialized by one sleeping lock, readers
 * never wait for a swap.
 */
struct module_result {
    helix_status status;
    nanos pause;      // that callers of the gate saw; 0: no gate was closed
    u64 instructions; // inside the pause; 0: not countable
    char reason[160]; // for people, "" on success
};

/* Where a swap's old side remains in force, status says why. @settings: "key=value" texts,
 * NULL-terminated; NULL: none. */
void modules_load(const void *image, size_t bytes, const char *const *settings,
                  struct module_result *result);
void modules_load_file(const char *path, const char *const *settings, struct module_result *result);
void modules_check(const void *image, size_t bytes,
                   struct module_result *result); // verify only, change nothing
void modules_check_file(const char *path, struct module_result *result);
void modules_unload(const char *name, struct module_result *result);

/* @binding: "interface" or "interface:instance". @module: name or alias of a loaded, static or
 * loadable module. */
void modules_swap(const char *binding, const char *module, struct module_result *result);
/* The same module in a newer file, every binding of it; @path NULL: the file it came from, a static
 * one starts afresh. */
void modules_reload(const char *name, const char *path, struct module_result *result);
void modules_reload_image(const char *name, const void *image, size_t bytes,
                          struct module_result *result);
/* Back to the module before the last swap, while it is in its trial; @binding NULL or "": the last
 * swap of all. */
void modules_rollback(const char *binding, struct module_result *result);

/* "module:<name>:<export>", also "library:<name>:<export>". Texts that are whole decimal numbers
 * arrive as numbers. */
helix_status modules_request(const char *module, const struct helix_request *request,
                             struct helix_response *response);
void modules_call(const char *path, const char *const *arguments, unsigned count,
                  struct helix_value *value_out, struct module_result *result);

/* ---- Health: what helixctl health, hsh and system call 1002 show and ask for
 * ------------------------------------------ */

enum module_health_state { // as enum helix_user_health
    MODULE_HEALTHY,
    MODULE_DEGRADED,     // restarted not long ago, or in its trial
    MODULE_UNRESPONSIVE, // a caller has been inside for long
    MODULE_CRASHED,
    MODULE_RECOVERING,
};

struct module_health {
    char module[64];
    enum module_health_state state;
    u32 restarts;
    u64 faults;
    nanos last_recovery; // from the fault to the gate's opening; 0: never
};
bool modules_health(unsigned index, struct module_health *health_out); // false: past the last
const char *module_health_name(enum module_health_state state);
/* Ask now; restart as after a crash; make its next call crash (NOTSUP: not behind a stop gate of
 * functions only). */
void modules_health_check(const char *name, struct module_health *health_out,
                          struct module_result *result);
void modules_restart(const char *name, struct module_result *result);
void modules_inject_fault(const char *name, struct module_result *result);

struct modules_counts {
    u32 modules, interfaces;
    u64 swaps, failures;
};
void modules_counts(struct modules_counts *counts_out);

/* How files are read: the VFS is told here, by whoever knows it. Gives kmalloc'ed or kvm memory
 * that release() frees. */
struct module_file_source {
    helix_status (*read)(const char *path, void **data_out, size_t *bytes_out);
    void (*release)(void *data);
};
void modules_set_file_source(const struct module_file_source *source);

/* Send an event to every started module (and the bus's subscribers). Thread context. */
void modules_publish(const struct helix_event *event);

/* ---- Contents of /proc/helix: text, written in pieces
 * --------------------------------------------------------------- */
struct text_sink {
    void (*write)(void *context, const char *text, size_t bytes);
    void *context;
};
/* Fields apart by blanks, "-" where there is nothing, no headings. */
void proc_write_modules(const struct text_sink *sink); // name version state kind flags memory
                                                       // (bytes) time (us) interfaces
void proc_write_interfaces(
    const struct text_sink *sink); // interface[:instance] provider others gate state generation
void proc_write_init(const struct text_sink *sink); // name phase priority microseconds result
void proc_write_swaps(
    const struct text_sink *sink); // binding swaps failures p50 p99 max (ns) p99 (instructions)
void proc_write_state(const struct text_sink *sink);
void proc_write_health(const struct text_sink *sink); // name health restarts faults recovery (ns)
