/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/linux.h>
#include <helix/abi/object.h>
#include <helix/execution/mutex.h>
#include <helix/lib/refcount.h>
#include <helix/userspace/task.h>

/*
 * System V IPC: what the three kinds share. Each kind has a table under one mutex, which guards the
 * objects too; who waits for one keeps a reference, lets go of the mutex and sleeps on the object's
 * queue. An object that was removed stays until its last waiter has seen that.
 *
 * An id is the slot's index and a sequence number that changes with each use of the slot.
 */
#define IPC_CREAT        01000u
#define IPC_EXCL         02000u
#define IPC_NOWAIT       04000u
#define IPC_MODE         0777u
#define IPC_PRIVATE      0
#define IPC_RMID         0
#define IPC_SET          1
#define IPC_STAT         2
#define IPC_INFO         3
#define IPC_INDEX_BITS   15u
#define IPC_OBJECTS_MOST (1u << IPC_INDEX_BITS)
#define IPC_READ         0444u
#define IPC_WRITE        0222u

/* struct ipc64_perm, the same on every 64-bit architecture. */
struct linux_ipc_perm {
    i32 key;
    u32 uid, gid, creator_uid, creator_gid;
    u32 mode;
    u16 sequence, pad;
    u64 unused[2];
};
static_assert(sizeof(struct linux_ipc_perm) == 48);

struct ipc_object {
    struct object object;
    struct refcount references; // the table's, and one per waiter
    i32 id, key;
    u32 uid, gid, creator_uid, creator_gid;
    u32 mode;
    bool removed;
};

struct ipc_table {
    struct mutex lock;
    struct ipc_object **slots HELIX_GUARDED_BY(&lock);
    u32 capacity, used;
    const u64 *most;
    const struct object_type *type;
    u32 sequence;
    void (*destroy)(struct ipc_object *object); // last reference
};
#define IPC_TABLE(name_, most_, type_, destroy_)          \
    {                                                     \
        .lock = MUTEX_INIT((name_).lock, LOCK_RANK_NONE), \
        .most = (most_),                                  \
        .type = (type_),                                  \
        .destroy = (destroy_),                            \
    }

/* All below with table->lock held. */

/* INVAL: no such id, or no longer. */
helix_status ipc_find(struct ipc_table *table, i32 id, struct ipc_object **object_out)
    HELIX_REQUIRES(&table->lock);
struct ipc_object *ipc_at(struct ipc_table *table, i32 index) HELIX_REQUIRES(&table->lock);
struct ipc_object *ipc_find_key(struct ipc_table *table, i32 key) HELIX_REQUIRES(&table->lock);
helix_status ipc_add(struct ipc_table *table, struct ipc_object *object, i32 key, u32 flags)
    HELIX_REQUIRES(&table->lock);
void ipc_remove(struct ipc_table *table, struct ipc_object *object) HELIX_REQUIRES(&table->lock);
i32 ipc_highest(struct ipc_table *table) HELIX_REQUIRES(&table->lock);

/* May the caller? @wanted: IPC_READ, IPC_WRITE or the low bits of a get call. ACCESS. */
helix_status ipc_allowed(const struct ipc_object *object, u32 wanted);
helix_status ipc_owned(const struct ipc_object *object); // may change and remove it; PERM

void ipc_perm_get(const struct ipc_object *object, struct linux_ipc_perm *to);
void ipc_perm_set(struct ipc_object *object, const struct linux_ipc_perm *from);

/* What a get call finds: EXIST, NOENT, ACCESS, or OK with the object, NULL when one is to be made.
 */
helix_status ipc_get(struct ipc_table *table, i32 key, u32 flags, struct ipc_object **object_out)
    HELIX_REQUIRES(&table->lock);

void ipc_put(struct ipc_table *table, struct ipc_object *object); // lock held or not
i64 ipc_now(void);                                                // seconds since 1970

/* These calls are never restarted after a handler. */
i64 ipc_result(helix_status status);

/* A process ends: what it asked to be undone, and segments that nobody uses any more. */
bool semaphores_undo_for(const struct process *process); // is there something to undo when it ends?
void semaphores_process_ended(struct process *process);
void shared_memory_reap(void);
