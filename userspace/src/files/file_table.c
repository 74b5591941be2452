/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Descriptor tables.
 *
 * Slots are changed under table->lock. A task that is the only user of its table reads slots
 * without it: nobody else can change them, and readers through /proc take the lock and a reference
 * of their own. A file leaves its slot under the lock and is put outside it, because the last put
 * may sleep.
 */
#include <helix/userspace/file_table.h>

#include <helix/abi/linux.h>
#include <helix/lib/atomic.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/userspace/task.h>

#include "files/fd.h"
#include "files/file_table_object.h"
#include "files/limits.h"

#define FIRST_CAPACITY 32u

static struct kmem_cache table_cache = KMEM_CACHE(file_table);

/* No lock: nobody else knows the table yet. */
HELIX_NO_THREAD_SAFETY helix_status file_table_create(struct file_table **table_out)
{
    struct file_table *table = kmem_alloc(&table_cache);
    if (!table)
        return HELIX_E_NOMEM;
    table->slots = kzalloc(FIRST_CAPACITY * sizeof *table->slots);
    if (!table->slots) {
        kmem_free(&table_cache, table);
        return HELIX_E_NOMEM;
    }
    table->object = (struct object){.type = &file_table_object_type, .id = object_id_new()};
    ref_init(&table->references);
    spinlock_init(&table->lock, LOCK_RANK_FILES);
    table->capacity = FIRST_CAPACITY;
    *table_out = table;
    return HELIX_OK;
}

void file_table_get(struct file_table *table)
{
    ref_get(&table->references);
}

/* No lock around the slots: the last reference is ours. */
HELIX_NO_THREAD_SAFETY void file_table_put(struct file_table *table)
{
    if (!ref_put(&table->references))
        return;
    for (u32 fd = 0; fd < table->capacity; fd++)
        if (table->slots[fd].file)
            helix_ignore(fd_close_file(table->slots[fd].file)); // nobody is left to be told
    kfree(table->slots);
    kmem_free(&table_cache, table);
}

/* Grow to hold @fd. Called without the lock; another task may grow at the same time, the larger one
 * wins. */
static helix_status grow(struct file_table *table, u32 fd)
{
    if (fd >= fd_most())
        return HELIX_E_TOO_MANY_FILES;
    u32 wanted = FIRST_CAPACITY;
    while (wanted <= fd)
        wanted *= 2;
    struct file_slot *slots = kzalloc(wanted * sizeof *slots);
    if (!slots)
        return HELIX_E_NOMEM;

    spin_lock(&table->lock);
    struct file_slot *unused = slots;
    if (wanted > table->capacity) {
        memcpy(slots, table->slots, table->capacity * sizeof *slots);
        unused = table->slots;
        table->slots = slots;
        table->capacity = wanted;
    }
    spin_unlock(&table->lock);
    kfree(unused);
    return HELIX_OK;
}

static u32 last_used(const struct file_table *table) HELIX_REQUIRES(&table->lock)
{
    u32 used = table->capacity;
    while (used > 0 && !table->slots[used - 1].file)
        used--;
    return used;
}

/* Copy slots into @copy, which is private to the caller. NOMEM: @copy is too small by now;
 * *needed_out slots are there. */
HELIX_NO_THREAD_SAFETY static bool copy_slots(struct file_table *from, struct file_table *copy,
                                              u32 *needed_out)
{
    spin_lock(&from->lock);
    const u32 used = last_used(from);
    *needed_out = used;
    const bool fits = used <= copy->capacity;
    for (u32 fd = 0; fits && fd < used; fd++) {
        copy->slots[fd] = from->slots[fd];
        if (copy->slots[fd].file)
            file_get(copy->slots[fd].file);
    }
    copy->lowest_free = from->lowest_free;
    spin_unlock(&from->lock);
    return fits;
}

helix_status file_table_copy(struct file_table *from, struct file_table **table_out)
{
    struct file_table *copy;
    helix_status status = file_table_create(&copy);
    if (status != HELIX_OK)
        return status;
    u32 needed;
    while (!copy_slots(from, copy, &needed)) {
        status = grow(copy, needed - 1);
        if (status != HELIX_OK) {
            file_table_put(copy);
            return status;
        }
    }
    *table_out = copy;
    return HELIX_OK;
}

/* Take @fd out of its slot; NULL: it was empty. Lock held. */
static struct file *take_locked(struct file_table *table, u32 fd) HELIX_REQUIRES(&table->lock)
{
    if (fd >= table->capacity)
        return NULL;
    struct file *file = table->slots[fd].file;
    table->slots[fd] = (struct file_slot){0};
    if (fd < table->lowest_free)
        table->lowest_free = fd;
    return file;
}

void file_table_close_on_exec(struct file_table *table)
{
    for (u32 fd = 0; fd < table->capacity; fd++) {
        spin_lock(&table->lock);
        struct file *file = NULL;
        if (table->slots[fd].close_on_exec)
            file = take_locked(table, fd);
        spin_unlock(&table->lock);
        if (file)
            helix_ignore(fd_close_file(file)); // exec goes on
    }
}

helix_status file_table_lookup(struct file_table *table, u32 fd, struct file **file_out)
{
    helix_status status = HELIX_E_BAD_FD;
    spin_lock(&table->lock);
    if (fd < table->capacity && table->slots[fd].file) {
        *file_out = table->slots[fd].file;
        file_get(*file_out);
        status = HELIX_OK;
    }
    spin_unlock(&table->lock);
    return status;
}

bool file_table_next(struct file_table *table, u32 *fd)
{
    bool found = false;
    spin_lock(&table->lock);
    for (u32 i = *fd; i < table->capacity && !found; i++) {
        found = table->slots[i].file != NULL;
        *fd = i;
    }
    spin_unlock(&table->lock);
    return found;
}

helix_status file_table_place(struct file_table *table, u32 fd, struct file *file,
                              bool close_on_exec)
{
    if (fd >= table->capacity) {
        const helix_status status = grow(table, fd);
        if (status != HELIX_OK)
            return status;
    }
    helix_status status = HELIX_E_EXIST;
    spin_lock(&table->lock);
    if (!table->slots[fd].file) {
        table->slots[fd] = (struct file_slot){file, close_on_exec};
        status = HELIX_OK;
    }
    spin_unlock(&table->lock);
    return status;
}

helix_status fd_get(int fd, struct file **file_out)
{
    return file_table_lookup(task_current()->files, (u32)fd, file_out);
}

helix_status fd_borrow(int fd, struct fd_ref *ref)
{
    struct file_table *table = task_current()->files;
    ref->owned = atomic_load_relaxed(&table->references.count) != 1;
    if (unlikely(ref->owned))
        return file_table_lookup(table, (u32)fd, &ref->file);
    return fd_peek(table, (u32)fd, &ref->file);
}

helix_status fd_borrow_opened(int fd, struct fd_ref *ref)
{
    const helix_status status = fd_borrow(fd, ref);
    if (status != HELIX_OK || !(ref->file->flags & LINUX_O_PATH))
        return status;
    fd_release(ref);
    return HELIX_E_BAD_FD;
}

/* The lowest empty slot from @lowest on, or capacity. */
static u32 find_free(const struct file_table *table, u32 lowest) HELIX_REQUIRES(&table->lock)
{
    u32 fd = lowest > table->lowest_free ? lowest : table->lowest_free;
    while (fd < table->capacity && table->slots[fd].file)
        fd++;
    return fd;
}

helix_status fd_room(void)
{
    struct file_table *table = task_current()->files;
    const u64 limit = process_limit(LINUX_RLIMIT_NOFILE);
    spin_lock(&table->lock);
    const u32 fd = find_free(table, 0);
    spin_unlock(&table->lock);
    return fd < limit ? HELIX_OK : HELIX_E_TOO_MANY_FILES;
}

helix_status fd_install(struct file *file, int lowest, bool close_on_exec, int *fd_out)
{
    struct file_table *table = task_current()->files;
    const u64 limit = process_limit(LINUX_RLIMIT_NOFILE);
    for (;;) {
        spin_lock(&table->lock);
        const u32 fd = find_free(table, (u32)lowest);
        const bool room = fd < table->capacity && fd < limit;
        if (room) {
            table->slots[fd] = (struct file_slot){file, close_on_exec};
            if ((u32)lowest <= table->lowest_free)
                table->lowest_free = fd + 1;
        }
        spin_unlock(&table->lock);
        if (room) {
            *fd_out = (int)fd;
            return HELIX_OK;
        }
        if (fd >= limit)
            return HELIX_E_TOO_MANY_FILES;
        const helix_status status = grow(table, fd);
        if (status != HELIX_OK)
            return status;
    }
}

helix_status fd_close(int fd)
{
    struct file_table *table = task_current()->files;
    spin_lock(&table->lock);
    struct file *file = take_locked(table, (u32)fd);
    spin_unlock(&table->lock);
    if (!file)
        return HELIX_E_BAD_FD;
    return fd_close_file(file);
}

/* Put @file, with the caller's reference, into slot @to, which has room; what was there is closed.
 */
static void replace_slot(struct file_table *table, struct file *file, u32 to, bool close_on_exec)
{
    spin_lock(&table->lock);
    struct file *old = take_locked(table, to);
    table->slots[to] = (struct file_slot){file, close_on_exec};
    spin_unlock(&table->lock);
    if (old)
        helix_ignore(fd_close_file(old)); // dup2(2) does not report it
}

helix_status fd_duplicate(int from, int to, bool close_on_exec)
{
    struct file_table *table = task_current()->files;
    if (to < 0 || (u64)to >= process_limit(LINUX_RLIMIT_NOFILE))
        return HELIX_E_BAD_FD;
    struct file *file;
    helix_status status = fd_get(from, &file);
    if (status != HELIX_OK)
        return status;
    if ((u32)to >= table->capacity) {
        status = grow(table, (u32)to);
        if (status != HELIX_OK) {
            file_put(file);
            return status;
        }
    }
    replace_slot(table, file, (u32)to, close_on_exec);
    return HELIX_OK;
}

helix_status fd_flags(int fd, bool *close_on_exec_out)
{
    struct file_table *table = task_current()->files;
    helix_status status = HELIX_E_BAD_FD;
    spin_lock(&table->lock);
    if ((u32)fd < table->capacity && table->slots[fd].file) {
        *close_on_exec_out = table->slots[fd].close_on_exec;
        status = HELIX_OK;
    }
    spin_unlock(&table->lock);
    return status;
}

helix_status fd_set_flags(int fd, bool close_on_exec)
{
    struct file_table *table = task_current()->files;
    helix_status status = HELIX_E_BAD_FD;
    spin_lock(&table->lock);
    if ((u32)fd < table->capacity && table->slots[fd].file) {
        table->slots[fd].close_on_exec = close_on_exec;
        status = HELIX_OK;
    }
    spin_unlock(&table->lock);
    return status;
}
