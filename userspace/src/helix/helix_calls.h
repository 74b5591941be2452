/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>
#include <helix/abi/user.h>

/*
 * Helix's own system calls, from 1000 up. Before the first process: gives the dispatcher their
 * table, and the module framework a way to files.
 */
void helix_calls_start(void);
void helix_files_start(void);

/* The first program is about to run: the boot is over. */
void helix_boot_ended(void);

/*
 * The argument struct of a call. @bytes: its size in this version, the only one there is; another
 * size or version is INVAL. helix_struct_out() writes it back.
 */
helix_status helix_struct_in(void *to, u64 user_struct, size_t bytes);
i64 helix_struct_out(u64 user_struct, const void *from, size_t bytes, helix_status status);

/* A text of the program in kernel memory, to be kfree()d; NULL for address 0. */
helix_status helix_text_in(u64 user_text, char **text_out);

/* Memory of the program in kernel memory, to be kvm_free()d. TOO_BIG: more than a module can have.
 */
helix_status helix_image_in(u64 user_image, u64 bytes, void **image_out);

/* The calls. Their contract is that of syscall_handler. */
i64 helix_hot_reload(const u64 *arguments);
i64 helix_self_heal(const u64 *arguments);
i64 helix_benchmark(const u64 *arguments);
i64 helix_kernel_info(const u64 *arguments);
i64 helix_module_load(const u64 *arguments);
i64 helix_module_unload(const u64 *arguments);
i64 helix_module_call(const u64 *arguments);

struct module_result;
void helix_result_fill(struct helix_user_result *to, const struct module_result *from);

/* A benchmark: what runs @rounds times, each time measured. */
struct measure {
    const char *name;
    helix_status (*begin)(void **context_out); // NULL: nothing to do
    helix_status (*round)(void *context);
    void (*end)(void *context); // NULL: nothing to do
};
struct measure_list {
    const struct measure *measures;
    size_t count;
};
extern const struct measure_list measures_scheduler, measures_memory, measures_ipc;
