/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/object.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>
#include <helix/hal/spinlock.h>
#include <helix/lib/refcount.h>
#include <helix/vfs/file.h>

/*
 * Descriptors of a task, shared with CLONE_FILES. Grows by doubling up to RLIMIT_NOFILE. Looking up
 * takes the lock shortly and a reference on the file; a table with one user skips both
 * (file_table_borrow).
 */
struct file_slot {
    struct file *file;
    bool close_on_exec;
};
struct file_table {
    struct object object;
    struct refcount references;
    struct spinlock lock; // LOCK_RANK_FILES
    struct file_slot *slots HELIX_GUARDED_BY(&lock);
    u32 capacity;
    u32 lowest_free; // hint: nothing free below
};

helix_status file_table_create(struct file_table **table_out);
helix_status file_table_copy(struct file_table *from, struct file_table **table_out);
void file_table_get(struct file_table *table);
void file_table_put(struct file_table *table); // last put closes all
void file_table_close_on_exec(struct file_table *table);

/* All of these act on the running task's table. */
helix_status fd_get(int fd, struct file **file_out); // with a reference; BAD_FD
helix_status fd_install(struct file *file, int lowest, bool close_on_exec,
                        int *fd_out); // takes over the caller's reference on success
helix_status fd_close(int fd);
helix_status fd_duplicate(int from, int to, bool close_on_exec); // dup2/dup3

/* Put @file, with the caller's reference, into the empty slot @fd. EXIST: it is taken. */
helix_status file_table_place(struct file_table *table, u32 fd, struct file *file,
                              bool close_on_exec);

/* Of another table, for /proc/PID/fd. */
helix_status file_table_lookup(struct file_table *table, u32 fd, struct file **file_out);
bool file_table_next(struct file_table *table, u32 *fd);
