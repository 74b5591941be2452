/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include "ipc/ipc.h"

/* System V objects as records (abi/object.h). They get their old ids again, which programs have
 * kept: so those must be free. */

/* What each begins with. */
struct ipc_record {
    i32 id, key;
    u32 uid, gid, creator_uid, creator_gid;
    u32 mode, spare;
};

struct segment_record {
    struct ipc_record ipc;
    u64 memory; // object id
    u64 bytes;
    i64 attached, detached, changed;
    u32 creator_pid, last_pid, locker_uid, spare;
};

/* Values and undos follow. */
struct sem_set_record {
    struct ipc_record ipc;
    i64 operated, changed;
    u32 count, undos;
};

struct semaphore_record {
    i32 value;
    u32 pid;
};

/* An adjustment for each semaphore follows, padded to 8 bytes. */
struct undo_record {
    u64 process; // object id
};

/* Messages follow. */
struct message_queue_record {
    struct ipc_record ipc;
    u64 count, bytes_most;
    i64 sent, received, changed;
    u32 sender_pid, receiver_pid;
};

struct message_record {
    i64 type;
    u64 bytes; // that follow, padded to 8
};

struct ipc_object *ipc_of_object(const struct object *object);
void ipc_record_fill(const struct ipc_object *object, struct ipc_record *record_out);

/* @object enters @table with what @record says. EXIST: its id or key is in use. */
helix_status ipc_restore(struct ipc_table *table, struct ipc_object *object,
                         const struct ipc_record *record) HELIX_REQUIRES(&table->lock);
bool ipc_equal(const struct ipc_object *left, const struct ipc_object *right);

/* @bytes of data and what pads them to 8. */
void ipc_write_padded(struct object_writer *writer, const void *data, size_t bytes);
helix_status ipc_read_padded(struct object_reader *reader, void *data, size_t bytes);

extern const struct object_type shared_memory_object_type, sem_set_object_type,
    messages_object_type;
