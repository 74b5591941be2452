/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * A descriptor table as a record: the number of open descriptors, then for each its number, its
 * flags and the id of its file.
 */
#include "files/file_table_object.h"

#include <helix/abi/linux.h>
#include <helix/lib/compiler.h>
#include <helix/userspace/file_table.h>

#include "files/owner.h"
#include "record.h"

#define SLOT_CLOSE_ON_EXEC 1u
#define SLOTS_MOST         (1u << 20)

struct slot_record {
    u32 fd;
    u32 flags;
    u64 file;
};

static struct file_table *table_of(const struct object *object)
{
    return container_of(object, struct file_table, object);
}

static helix_status describe(const struct object *object, struct object_writer *writer)
{
    struct file_table *table = table_of(object);
    spin_lock(&table->lock);
    u32 count = 0;
    for (u32 fd = 0; fd < table->capacity; fd++)
        count += table->slots[fd].file != NULL;
    record_begin(object, sizeof count + count * sizeof(struct slot_record), writer);
    object_write(writer, &count, sizeof count);
    for (u32 fd = 0; fd < table->capacity; fd++) {
        const struct file_slot *slot = &table->slots[fd];
        if (!slot->file)
            continue;
        const struct slot_record record = {.fd = fd,
                                           .flags = slot->close_on_exec ? SLOT_CLOSE_ON_EXEC : 0,
                                           .file = slot->file->object.id};
        object_write(writer, &record, sizeof record);
    }
    spin_unlock(&table->lock);
    return HELIX_OK;
}

static helix_status recreate_slot(struct object_reader *reader, struct file_table *table)
{
    struct slot_record record;
    helix_status status = object_read(reader, &record, sizeof record);
    if (status != HELIX_OK)
        return status;
    struct object *object = reader->resolve(reader->context, OBJECT_FILE, record.file);
    if (!object || record.fd >= SLOTS_MOST)
        return HELIX_E_CORRUPT;
    struct file *file = container_of(object, struct file, object);
    file_get(file);
    status = file_table_place(table, record.fd, file, record.flags & SLOT_CLOSE_ON_EXEC);
    if (status != HELIX_OK)
        file_put(file);
    else if ((file->flags & LINUX_O_ASYNC) && !file->async)
        status = file_set_async(file, (int)record.fd, true);
    return status;
}

static helix_status recreate(struct object_reader *reader, const struct object_record *record,
                             struct object **object_out)
{
    (void)record;
    u32 count;
    helix_status status = object_read(reader, &count, sizeof count);
    if (status != HELIX_OK)
        return status;
    struct file_table *table;
    status = file_table_create(&table);
    if (status != HELIX_OK)
        return status;
    for (u32 i = 0; i < count && status == HELIX_OK; i++)
        status = recreate_slot(reader, table);
    if (status != HELIX_OK) {
        file_table_put(table);
        return status;
    }
    *object_out = &table->object;
    return HELIX_OK;
}

static void discard(struct object *object)
{
    file_table_put(table_of(object));
}

/* Two tables are equal when the same descriptors hold the same files with the same flags. */
HELIX_NO_THREAD_SAFETY static bool equal(const struct object *left, const struct object *right)
{
    const struct file_table *a = table_of(left), *b = table_of(right);
    const u32 most = a->capacity > b->capacity ? a->capacity : b->capacity;
    for (u32 fd = 0; fd < most; fd++) {
        const struct file_slot x = fd < a->capacity ? a->slots[fd] : (struct file_slot){0};
        const struct file_slot y = fd < b->capacity ? b->slots[fd] : (struct file_slot){0};
        if (x.file != y.file || x.close_on_exec != y.close_on_exec)
            return false;
    }
    return true;
}

const struct object_type file_table_object_type = {
    .kind = OBJECT_FILE_TABLE,
    .version = 1,
    .name = "file table",
    .describe = describe,
    .recreate = recreate,
    .discard = discard,
    .equal = equal,
};
