/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Tables of System V objects: ids, keys, rights. */
#include "ipc/records.h"

#include <helix/capability/linux.h>
#include <helix/core/syscall.h>
#include <helix/execution/timer.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#define FIRST_SLOTS 16u
#define INDEX_MASK  ((1 << IPC_INDEX_BITS) - 1)

struct ipc_object *ipc_at(struct ipc_table *table, i32 index)
{
    return index >= 0 && (u32)index < table->capacity ? table->slots[index] : NULL;
}

helix_status ipc_find(struct ipc_table *table, i32 id, struct ipc_object **object_out)
{
    struct ipc_object *object = id < 0 ? NULL : ipc_at(table, id & INDEX_MASK);
    if (!object || object->id != id)
        return HELIX_E_INVAL;
    *object_out = object;
    return HELIX_OK;
}

struct ipc_object *ipc_find_key(struct ipc_table *table, i32 key)
{
    for (u32 i = 0; key != IPC_PRIVATE && i < table->capacity; i++)
        if (table->slots[i] && table->slots[i]->key == key)
            return table->slots[i];
    return NULL;
}

static helix_status grow(struct ipc_table *table) HELIX_REQUIRES(&table->lock)
{
    const u32 wanted = table->capacity ? table->capacity * 2 : FIRST_SLOTS;
    if (wanted > IPC_OBJECTS_MOST)
        return HELIX_E_NO_SPACE;
    struct ipc_object **slots = kzalloc(wanted * sizeof *slots);
    if (!slots)
        return HELIX_E_NOMEM;
    if (table->slots)
        memcpy(slots, table->slots, table->capacity * sizeof *slots);
    kfree(table->slots);
    table->slots = slots;
    table->capacity = wanted;
    return HELIX_OK;
}

/* At the place that its id names. */
static void enter(struct ipc_table *table, struct ipc_object *object) HELIX_REQUIRES(&table->lock)
{
    object->object = (struct object){.type = table->type, .id = object_id_new()};
    ref_init(&object->references);
    table->slots[object->id & INDEX_MASK] = object;
    table->used++;
}

helix_status ipc_add(struct ipc_table *table, struct ipc_object *object, i32 key, u32 flags)
{
    const struct credentials *who = task_current()->credentials;
    u32 index = 0;
    if (table->used >= READ_ONCE(*table->most))
        return HELIX_E_NO_SPACE;
    while (index < table->capacity && table->slots[index])
        index++;
    if (index == table->capacity) {
        const helix_status status = grow(table);
        if (status != HELIX_OK)
            return status;
    }
    table->sequence = (table->sequence + 1) & 0xffff;
    object->id = (i32)(table->sequence & 0x7fff) << IPC_INDEX_BITS | (i32)index;
    object->key = key;
    object->uid = object->creator_uid = who->euid;
    object->gid = object->creator_gid = who->egid;
    object->mode = flags & IPC_MODE;
    enter(table, object);
    return HELIX_OK;
}

void ipc_put(struct ipc_table *table, struct ipc_object *object)
{
    if (ref_put(&object->references))
        table->destroy(object);
}

void ipc_remove(struct ipc_table *table, struct ipc_object *object)
{
    object->removed = true;
    table->slots[object->id & INDEX_MASK] = NULL;
    table->used--;
    ipc_put(table, object);
}

i32 ipc_highest(struct ipc_table *table)
{
    i32 highest = 0;
    for (u32 i = 0; i < table->capacity; i++)
        if (table->slots[i])
            highest = (i32)i;
    return highest;
}

helix_status ipc_allowed(const struct ipc_object *object, u32 wanted)
{
    const struct credentials *who = task_current()->credentials;
    u32 granted = object->mode;
    if (who->euid == object->uid || who->euid == object->creator_uid)
        granted >>= 6;
    else if (credentials_in_group(who, object->gid) ||
             credentials_in_group(who, object->creator_gid))
        granted >>= 3;
    const u32 asked = (wanted >> 6 | wanted >> 3 | wanted) & 7;
    return (asked & ~granted & 7) == 0 || task_capable(CAP_IPC_OWNER) ? HELIX_OK : HELIX_E_ACCESS;
}

helix_status ipc_owned(const struct ipc_object *object)
{
    const u32 euid = task_current()->credentials->euid;
    return euid == object->uid || euid == object->creator_uid || task_capable(CAP_SYS_ADMIN)
               ? HELIX_OK
               : HELIX_E_PERM;
}

void ipc_perm_get(const struct ipc_object *object, struct linux_ipc_perm *to)
{
    *to = (struct linux_ipc_perm){
        .key = object->key,
        .uid = object->uid,
        .gid = object->gid,
        .creator_uid = object->creator_uid,
        .creator_gid = object->creator_gid,
        .mode = object->mode,
        .sequence = (u16)(object->id >> IPC_INDEX_BITS),
    };
}

void ipc_perm_set(struct ipc_object *object, const struct linux_ipc_perm *from)
{
    object->uid = from->uid;
    object->gid = from->gid;
    object->mode = (object->mode & ~IPC_MODE) | (from->mode & IPC_MODE);
}

helix_status ipc_get(struct ipc_table *table, i32 key, u32 flags, struct ipc_object **object_out)
{
    *object_out = ipc_find_key(table, key);
    if (!*object_out)
        return key == IPC_PRIVATE || (flags & IPC_CREAT) ? HELIX_OK : HELIX_E_NOENT;
    if ((flags & (IPC_CREAT | IPC_EXCL)) == (IPC_CREAT | IPC_EXCL))
        return HELIX_E_EXIST;
    return ipc_allowed(*object_out, flags & IPC_MODE);
}

/* ---- Records ---- */

struct ipc_object *ipc_of_object(const struct object *object)
{
    return container_of(object, struct ipc_object, object);
}

void ipc_record_fill(const struct ipc_object *object, struct ipc_record *record_out)
{
    *record_out = (struct ipc_record){
        .id = object->id,
        .key = object->key,
        .uid = object->uid,
        .gid = object->gid,
        .creator_uid = object->creator_uid,
        .creator_gid = object->creator_gid,
        .mode = object->mode,
    };
}

helix_status ipc_restore(struct ipc_table *table, struct ipc_object *object,
                         const struct ipc_record *record)
{
    const u32 index = (u32)record->id & INDEX_MASK;
    if (record->id < 0)
        return HELIX_E_CORRUPT;
    while (index >= table->capacity) {
        const helix_status status = grow(table);
        if (status != HELIX_OK)
            return status;
    }
    if (table->slots[index] || ipc_find_key(table, record->key))
        return HELIX_E_EXIST;
    object->id = record->id;
    object->key = record->key;
    object->uid = record->uid;
    object->gid = record->gid;
    object->creator_uid = record->creator_uid;
    object->creator_gid = record->creator_gid;
    object->mode = record->mode;
    enter(table, object);
    return HELIX_OK;
}

bool ipc_equal(const struct ipc_object *left, const struct ipc_object *right)
{
    struct ipc_record l, r;
    ipc_record_fill(left, &l);
    ipc_record_fill(right, &r);
    return memcmp(&l, &r, sizeof l) == 0;
}

void ipc_write_padded(struct object_writer *writer, const void *data, size_t bytes)
{
    static const u8 padding[8];
    object_write(writer, data, bytes);
    object_write(writer, padding, align_up(bytes, 8) - bytes);
}

helix_status ipc_read_padded(struct object_reader *reader, void *data, size_t bytes)
{
    u8 padding[8];
    const helix_status status = object_read(reader, data, bytes);
    return status == HELIX_OK ? object_read(reader, padding, align_up(bytes, 8) - bytes) : status;
}

i64 ipc_now(void)
{
    return wall_clock_now() / (i64)NANOS_PER_SECOND;
}

i64 ipc_result(helix_status status)
{
    return status == HELIX_E_INTERRUPTED ? SYSCALL_RESTART_NO_HANDLER : syscall_result(status);
}
