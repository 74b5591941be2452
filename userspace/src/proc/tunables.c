/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* /proc/sys: the settings that an administrator may change. */
#include "proc/proc.h"

#include <helix/capability/linux.h>
#include <helix/lib/parse.h>
#include <helix/lib/string.h>
#include <helix/memory/frame.h>

#include "exec/exec.h"
#include "task/tasks.h"

#define NUMBER_BYTES 24u

/* The number that was written, with or without its newline. */
helix_status proc_number(const char *text, size_t bytes, u64 *number_out)
{
    char copy[NUMBER_BYTES];
    const char *end = memchr(text, '\n', bytes);
    const size_t length = end ? (size_t)(end - text) : bytes;
    if (length >= sizeof copy)
        return HELIX_E_INVAL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return parse_u64(copy, number_out);
}

static helix_status show_tunable(struct text_writer *writer, void *tunable)
{
    text_write(writer, "%llu\n",
               (unsigned long long)READ_ONCE(((struct proc_tunable *)tunable)->value));
    return HELIX_OK;
}

static helix_status store_tunable(const char *text, size_t bytes, void *context)
{
    struct proc_tunable *tunable = context;
    u64 value;
    if (proc_number(text, bytes, &value) != HELIX_OK || value < tunable->least ||
        value > tunable->most)
        return HELIX_E_INVAL;
    WRITE_ONCE(tunable->value, value);
    return HELIX_OK;
}

void proc_tunables_register(struct proc_tunable *tunables, struct proc_entry *entries,
                            unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        entries[i] = (struct proc_entry){.path = tunables[i].path,
                                         .mode = 0644,
                                         .show = show_tunable,
                                         .store = store_tunable,
                                         .context = &tunables[i]};
        proc_register(&entries[i]);
    }
}

static helix_status show_file_limit(struct text_writer *writer, void *unused)
{
    (void)unused;
    text_write(writer, "%llu\n", (unsigned long long)file_limit());
    return HELIX_OK;
}

static helix_status store_file_limit(const char *text, size_t bytes, void *unused)
{
    u64 most;
    (void)unused;
    const helix_status status = proc_number(text, bytes, &most);
    if (status != HELIX_OK || most > INT64_MAX)
        return HELIX_E_INVAL;
    file_limit_set(most);
    return HELIX_OK;
}

static helix_status show_randomize(struct text_writer *writer, void *unused)
{
    (void)unused;
    text_write(writer, "%u\n", READ_ONCE(exec_randomize));
    return HELIX_OK;
}

static helix_status store_randomize(const char *text, size_t bytes, void *unused)
{
    u64 value;
    (void)unused;
    const helix_status status = proc_number(text, bytes, &value);
    if (status != HELIX_OK || value > INT32_MAX)
        return HELIX_E_INVAL;
    WRITE_ONCE(exec_randomize, (u32)value);
    return HELIX_OK;
}

/* Open, free but kept (none here), and at most. */
static helix_status show_file_counts(struct text_writer *writer, void *unused)
{
    (void)unused;
    text_write(writer, "%llu\t0\t%llu\n", (unsigned long long)file_count(),
               (unsigned long long)file_limit());
    return HELIX_OK;
}

static helix_status show_areas_most(struct text_writer *writer, void *unused)
{
    (void)unused;
    text_write(writer, "%llu\n", (unsigned long long)vm_areas_most());
    return HELIX_OK;
}

static helix_status store_areas_most(const char *text, size_t bytes, void *unused)
{
    u64 most;
    (void)unused;
    const helix_status status = proc_number(text, bytes, &most);
    if (status != HELIX_OK || most > INT32_MAX)
        return HELIX_E_INVAL;
    vm_set_areas_most(most);
    return HELIX_OK;
}

/* vm.overcommit_memory, or with @context vm.overcommit_ratio. */
static helix_status show_commit(struct text_writer *writer, void *context)
{
    struct vm_commit commit;
    vm_commit_get(&commit);
    text_write(writer, "%u\n", context ? commit.percent : (unsigned)commit.policy);
    return HELIX_OK;
}

static helix_status store_commit(const char *text, size_t bytes, void *context)
{
    struct vm_commit commit;
    u64 number;
    const helix_status status = proc_number(text, bytes, &number);
    if (status != HELIX_OK || number > (context ? INT32_MAX : (u64)VM_COMMIT_STRICT))
        return HELIX_E_INVAL;
    vm_commit_get(&commit);
    if (context)
        vm_commit_set(commit.policy, (unsigned)number);
    else
        vm_commit_set((enum vm_commit_policy)number, commit.percent);
    return HELIX_OK;
}

static bool may_lock_memory(void)
{
    return task_current() && task_capable(CAP_IPC_LOCK);
}

static bool is_administrator(void)
{
    return task_capable(CAP_SYS_ADMIN);
}

/* A file takes about a kilobyte: files may fill a tenth of the memory, as Linux has it. */
static void set_file_limit(void)
{
    struct memory_counts counts;
    memory_counts(&counts);
    file_set_exemption(is_administrator);
    file_limit_set(counts.total * (PAGE_SIZE / 1024) / 10);
}

void proc_tunables_start(void)
{
    static bool with_ratio = true;
    static struct proc_entry entries[] = {
        {.path = "sys/fs/file-max",
         .mode = 0644,
         .show = show_file_limit,
         .store = store_file_limit},
        {.path = "sys/fs/file-nr", .mode = 0444, .show = show_file_counts},
        {.path = "sys/kernel/randomize_va_space",
         .mode = 0644,
         .show = show_randomize,
         .store = store_randomize},
        {.path = "sys/vm/max_map_count",
         .mode = 0644,
         .show = show_areas_most,
         .store = store_areas_most},
        {.path = "sys/vm/overcommit_memory",
         .mode = 0644,
         .show = show_commit,
         .store = store_commit},
        {.path = "sys/vm/overcommit_ratio",
         .mode = 0644,
         .show = show_commit,
         .store = store_commit,
         .context = &with_ratio},
    };
    vm_set_lock_exemption(may_lock_memory);
    set_file_limit();
    for (size_t i = 0; i < array_count(entries); i++)
        proc_register(&entries[i]);
}
