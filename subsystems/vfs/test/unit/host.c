/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "host.h"

#include <stdlib.h>
#include <string.h>

#include <helix/abi/boot_info.h>
#include <helix/abi/kernel_tables.h>
#include <helix/abi/linux.h>
#include <helix/hal/mmu.h>
#include <helix/memory/frame.h>
#include <helix/memory/heap.h>

#include "ramfs_types.h"
#include "vfs_start.h"

/* Memory's own, which boot steps call in the kernel. */
helix_status heap_init(void);

#define MACHINE_BYTES (64ull << 20)

struct walk_context host_walk;
struct credentials host_user = {.references = {1},
                                .uid = 1000,
                                .euid = 1000,
                                .suid = 1000,
                                .fsuid = 1000,
                                .gid = 1000,
                                .egid = 1000,
                                .sgid = 1000,
                                .fsgid = 1000};

/* ---- Tables for the module ---- */

static void *table_alloc(void *kernel, size_t bytes)
{
    (void)kernel;
    return kzalloc(bytes);
}

static void table_free(void *kernel, void *memory)
{
    (void)kernel;
    kfree(memory);
}

static struct helix_lock *lock_create(void *kernel, u32 rank)
{
    (void)kernel, (void)rank;
    return kzalloc(16);
}

static void lock_destroy(void *kernel, struct helix_lock *lock)
{
    (void)kernel;
    kfree(lock);
}

static void lock_take(struct helix_lock *lock)
{
    int *held = (int *)(void *)lock;
    helix_assert(*held == 0);
    *held = 1;
}

static void lock_give(struct helix_lock *lock)
{
    int *held = (int *)(void *)lock;
    *held = 0;
}

static const struct helix_memory_table memory_table = {.alloc = table_alloc, .free = table_free};
static const struct helix_sync_table sync_table = {.lock_create = lock_create,
                                                   .lock_destroy = lock_destroy,
                                                   .lock = lock_take,
                                                   .unlock = lock_give};

static const void *table_of(const struct helix_context *context, const char *name, u32 version)
{
    (void)context, (void)version;
    if (strcmp(name, "helix.memory") == 0)
        return &memory_table;
    return strcmp(name, "helix.sync") == 0 ? &sync_table : NULL;
}

extern const struct helix_module *const __start_helix_modules[];
extern const struct helix_module *const __stop_helix_modules[];

static const struct helix_module *find_module(const char *name)
{
    for (const struct helix_module *const *m = __start_helix_modules; m < __stop_helix_modules; m++)
        if (strcmp((*m)->name, name) == 0)
            return *m;
    return NULL;
}

static void *fresh_ramfs(const struct helix_module **module_out)
{
    static struct helix_context context = {.table = table_of};
    const struct helix_module *module = find_module("ramfs");
    helix_assert(module != NULL);
    void *self = kzalloc(module->self_size);
    helix_assert(self != NULL && module->init(self, &context) == HELIX_OK);
    *module_out = module;
    return self;
}

static void start_ramfs(void)
{
    const struct helix_module *module;
    void *self = fresh_ramfs(&module);
    helix_assert(module->start(self) == HELIX_OK);
    gate_bind(&ramfs_binding, module->ops[0], self, NULL, 0);
}

void *host_save_ramfs(size_t *bytes_out)
{
    const struct helix_module *module = find_module("ramfs");
    struct helix_state_writer writer = {.capacity = module->state_bound(ramfs_binding.self)};
    writer.data = malloc(writer.capacity);
    helix_assert(module->save_state(ramfs_binding.self, &writer) == HELIX_OK);
    *bytes_out = writer.bytes;
    return writer.data;
}

static helix_status restore(const struct helix_module *module, void *self, const void *data,
                            size_t bytes)
{
    const struct helix_state state = {
        .data = data, .bytes = bytes, .version = module->state_version, .module = module->name};
    return module->restore_state(self, &state);
}

helix_status host_try_ramfs(const void *state, size_t bytes)
{
    const struct helix_module *module;
    void *self = fresh_ramfs(&module);
    helix_status st = restore(module, self, state, bytes);
    module->stop(self);
    kfree(self);
    return st;
}

helix_status host_replace_ramfs(void)
{
    const struct helix_module *module;
    void *old = ramfs_binding.self;
    void *self = fresh_ramfs(&module);
    size_t bytes;
    void *data = host_save_ramfs(&bytes);
    helix_status st = restore(module, self, data, bytes);
    free(data);
    if (st != HELIX_OK)
        return st;
    ramfs_binding.self = self;
    module->stop(old);
    kfree(old);
    return HELIX_OK;
}

/* ---- The machine ---- */

static void start_memory(void)
{
    static struct boot_info info = {
        .memory = {{{0x100000}, MACHINE_BYTES - 0x100000, BOOT_MEMORY_USABLE}},
        .memory_count = 1,
        .modules = {{{0x1000000}, 0x800000}},
        .module_count = 1,
        .kernel_base = {0x100000},
        .kernel_bytes = 0x100000,
    };
    hal_host_memory_create(MACHINE_BYTES);
    helix_assert(frame_init(&info) == HELIX_OK);
    helix_assert(heap_init() == HELIX_OK);
}

void host_start(void)
{
    static bool started;
    if (started)
        return;
    started = true;
    start_memory();
    helix_assert(vfs_start(MACHINE_BYTES / PAGE_SIZE) == HELIX_OK);
    start_ramfs();
    helix_assert(vfs_start_root() == HELIX_OK);
    helix_assert(fs_context_create(&host_walk.fs) == HELIX_OK);
    host_walk.credentials = credentials_root();
}

helix_status host_open(const char *path, u32 flags, u32 mode, struct file **file_out)
{
    return vfs_open(&host_walk, path, flags, mode, file_out);
}

helix_status host_write_file(const char *path, const void *data, size_t bytes)
{
    struct file *file;
    size_t done = 0;
    helix_status st = host_open(path, LINUX_O_CREAT | LINUX_O_WRONLY | LINUX_O_TRUNC, 0644, &file);
    if (st != HELIX_OK)
        return st;
    st = file_write_kernel(file, 0, data, bytes, &done);
    file_put(file);
    return st == HELIX_OK && done != bytes ? HELIX_E_IO : st;
}

helix_status host_read_file(const char *path, void *data, size_t capacity, size_t *bytes_out)
{
    struct file *file;
    *bytes_out = 0;
    helix_status st = host_open(path, LINUX_O_RDONLY, 0, &file);
    if (st != HELIX_OK)
        return st;
    st = file_read_kernel(file, 0, data, capacity, bytes_out);
    file_put(file);
    return st;
}

helix_status host_stat(const char *path, unsigned flags, struct fs_attributes *attributes_out)
{
    u64 device;
    return vfs_stat_at(&host_walk, path, flags, attributes_out, &device);
}

u64 host_held(void)
{
    struct memory_counts counts;
    frame_reclaim(1u << 20);
    memory_counts(&counts);
    return counts.total - counts.free;
}
