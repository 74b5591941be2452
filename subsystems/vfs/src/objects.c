/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Open files and pipes as records. A file with a path is described by it, and made again by opening
 * the path; a removed file cannot be (HELIX_E_STALE). A pipe's record holds the bytes in it, and
 * its ends refer to it by id.
 */
#include "objects.h"

#include <helix/abi/linux.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#include "file_kinds.h"
#include "pipe.h"

/* ---- Pipes ---- */

struct pipe_payload {
    u32 page_count;
    u32 spare;
    u64 bytes; // of data that follow
};

static struct pipe *pipe_of_object(const struct object *object)
{
    return container_of(object, struct pipe, object);
}

static helix_status pipe_describe(const struct object *object, struct object_writer *writer)
{
    struct pipe *pipe = pipe_of_object(object);
    const struct pipe_payload payload = {.page_count = pipe->page_count,
                                         .bytes = pipe->tail - pipe->head};
    objects_write_header(object, sizeof payload + payload.bytes, writer);
    object_write(writer, &payload, sizeof payload);
    u8 chunk[256];
    for (u64 at = 0; at < payload.bytes;) {
        size_t n = pipe_peek(pipe, at, chunk, sizeof chunk);
        if (n == 0)
            return HELIX_E_AGAIN; // somebody read meanwhile
        object_write(writer, chunk, n);
        at += n;
    }
    return HELIX_OK;
}

static helix_status pipe_read_payload(struct pipe *pipe, struct object_reader *reader,
                                      const struct pipe_payload *payload)
{
    u8 chunk[256];
    for (u64 left = payload->bytes; left > 0;) {
        size_t n = (size_t)min(left, (u64)sizeof chunk);
        helix_status st = object_read(reader, chunk, n);
        if (st == HELIX_OK)
            st = pipe_fill(pipe, chunk, n);
        if (st != HELIX_OK)
            return st;
        left -= n;
    }
    return HELIX_OK;
}

static helix_status pipe_recreate(struct object_reader *reader, const struct object_record *record,
                                  struct object **object_out)
{
    struct pipe_payload payload;
    struct pipe *pipe;
    if (record->version != 1)
        return HELIX_E_NOTSUP;
    helix_status st = object_read(reader, &payload, sizeof payload);
    if (st != HELIX_OK)
        return st;
    if (payload.page_count == 0 || payload.page_count > PIPE_PAGES_MAX ||
        !is_power_of_two(payload.page_count) || payload.bytes > payload.page_count * PAGE_SIZE)
        return HELIX_E_CORRUPT;
    st = pipe_make(&pipe);
    if (st != HELIX_OK)
        return st;
    st = pipe_set_pages(pipe, payload.page_count);
    if (st == HELIX_OK)
        st = pipe_read_payload(pipe, reader, &payload);
    if (st != HELIX_OK) {
        pipe_destroy(pipe);
        return st;
    }
    *object_out = &pipe->object;
    return HELIX_OK;
}

static void pipe_discard(struct object *object)
{
    pipe_destroy(pipe_of_object(object));
}

static bool pipe_equal(const struct object *left, const struct object *right)
{
    struct pipe *l = pipe_of_object(left);
    struct pipe *r = pipe_of_object(right);
    u8 a[256], b[256];
    if (l->page_count != r->page_count || l->tail - l->head != r->tail - r->head)
        return false;
    for (u64 at = 0;; at += sizeof a) {
        size_t n = pipe_peek(l, at, a, sizeof a);
        if (pipe_peek(r, at, b, sizeof b) != n || memcmp(a, b, n) != 0)
            return false;
        if (n < sizeof a)
            return true;
    }
}

const struct object_type pipe_object_type = {
    .kind = OBJECT_PIPE,
    .version = 1,
    .name = "pipe",
    .describe = pipe_describe,
    .recreate = pipe_recreate,
    .discard = pipe_discard,
    .equal = pipe_equal,
};
OBJECT_TYPE_ENTRY(pipe_object_type);

/* ---- Files ---- */

enum file_form {
    FILE_FORM_PATH = 1,
    FILE_FORM_PIPE,
    FILE_FORM_OBJECT,
};

struct file_payload {
    u32 form;
    u32 flags;
    u32 access;
    struct file_owner owner;
    u32 path_bytes; // with the NUL, padded to 8; follow
    u64 position;
    u64 object_id; // of the pipe or object
    u32 object_kind;
    u32 spare;
};

static struct file_object_ops *object_kinds; // changed at init only

void file_object_register(struct file_object_ops *ops)
{
    ops->next = object_kinds;
    object_kinds = ops;
}

static const struct file *file_of_object(const struct object *object)
{
    return container_of(object, const struct file, object);
}

static helix_status describe_path(const struct file *file, struct file_payload *payload,
                                  struct object_writer *writer)
{
    struct fs_context *fs;
    const char *name;
    char *buffer = kzalloc(LINUX_PATH_MAX + 8);
    if (buffer == NULL)
        return HELIX_E_NOMEM;
    helix_status st = fs_context_create(&fs);
    if (st == HELIX_OK) {
        const struct path path = {file->mount, file->dentry};
        st = path_name(&path, fs, buffer, LINUX_PATH_MAX, &name);
        fs_context_put(fs);
    }
    if (st == HELIX_OK) {
        size_t length = strlen(name);
        memmove(buffer, name, length + 1);
        payload->path_bytes = (u32)align_up(length + 1, 8);
        memset(buffer + length, 0, payload->path_bytes - length);
        objects_write_header(&file->object, sizeof *payload + payload->path_bytes, writer);
        object_write(writer, payload, sizeof *payload);
        object_write(writer, buffer, payload->path_bytes);
    }
    kfree(buffer);
    return st == HELIX_E_NOENT ? HELIX_E_STALE : st;
}

static void write_plain(const struct object *object, const struct file_payload *payload,
                        struct object_writer *writer)
{
    objects_write_header(object, sizeof *payload, writer);
    object_write(writer, payload, sizeof *payload);
}

static struct file *changeable(const struct file *file)
{
    return container_of(&file->object, struct file, object);
}

static helix_status file_describe(const struct object *object, struct object_writer *writer)
{
    const struct file *file = file_of_object(object);
    struct file_payload payload = {
        .flags = file->flags,
        .access = file->access,
        .owner = file->owner,
        .position = file->position,
    };
    if (file->ops == &pipe_ops && !((struct pipe *)file->private_data)->is_fifo) {
        payload.form = FILE_FORM_PIPE;
        payload.object_id = ((const struct pipe *)file->private_data)->object.id;
        payload.object_kind = OBJECT_PIPE;
        write_plain(object, &payload, writer);
        return HELIX_OK;
    }
    if (file->ops->object != NULL) {
        payload.form = FILE_FORM_OBJECT;
        payload.object_id = file->ops->object->object(changeable(file))->id;
        payload.object_kind = (u32)file->ops->object->kind;
        write_plain(object, &payload, writer);
        return HELIX_OK;
    }
    if (file->dentry == NULL)
        return HELIX_E_NOTSUP;
    payload.form = FILE_FORM_PATH;
    return describe_path(file, &payload, writer);
}

static helix_status recreate_pipe_end(struct object_reader *reader,
                                      const struct file_payload *payload, struct file **file_out)
{
    struct object *pipe = reader->resolve(reader->context, OBJECT_PIPE, payload->object_id);
    if (pipe == NULL)
        return HELIX_E_CORRUPT;
    helix_status st = file_allocate_kind(&pipe_ops, payload->flags, file_out);
    if (st != HELIX_OK)
        return st;
    (*file_out)->private_data = pipe_of_object(pipe);
    pipe_attach(pipe_of_object(pipe), (*file_out)->access);
    return HELIX_OK;
}

static helix_status recreate_of_object(struct object_reader *reader,
                                       const struct file_payload *payload, struct file **file_out)
{
    struct object *object =
        reader->resolve(reader->context, payload->object_kind, payload->object_id);
    if (object == NULL)
        return HELIX_E_CORRUPT;
    for (const struct file_object_ops *ops = object_kinds; ops != NULL; ops = ops->next)
        if ((u32)ops->kind == payload->object_kind)
            return ops->open(object, payload->flags, file_out);
    return HELIX_E_NOTSUP;
}

static helix_status open_again(const char *name, u32 flags, struct file **file_out)
{
    struct fs_context *fs;
    helix_status st = fs_context_create(&fs);
    if (st != HELIX_OK)
        return st;
    const struct walk_context walk = {.fs = fs, .credentials = credentials_root()};
    st =
        vfs_open(&walk, name, flags & ~(LINUX_O_CREAT | LINUX_O_EXCL | LINUX_O_TRUNC), 0, file_out);
    credentials_put(walk.credentials);
    fs_context_put(fs);
    return st;
}

static helix_status recreate_path(struct object_reader *reader, const struct file_payload *payload,
                                  struct file **file_out)
{
    if (payload->path_bytes == 0 || payload->path_bytes > LINUX_PATH_MAX)
        return HELIX_E_CORRUPT;
    char *name = kzalloc(payload->path_bytes + 1);
    if (name == NULL)
        return HELIX_E_NOMEM;
    helix_status st = object_read(reader, name, payload->path_bytes);
    if (st == HELIX_OK)
        st = open_again(name, payload->flags, file_out);
    kfree(name);
    return st;
}

static helix_status file_recreate(struct object_reader *reader, const struct object_record *record,
                                  struct object **object_out)
{
    struct file_payload payload;
    struct file *file;
    if (record->version != 3)
        return HELIX_E_NOTSUP;
    helix_status st = object_read(reader, &payload, sizeof payload);
    if (st != HELIX_OK)
        return st;
    switch (payload.form) {
    case FILE_FORM_PIPE:
        st = recreate_pipe_end(reader, &payload, &file);
        break;
    case FILE_FORM_OBJECT:
        st = recreate_of_object(reader, &payload, &file);
        break;
    case FILE_FORM_PATH:
        st = recreate_path(reader, &payload, &file);
        break;
    default:
        return HELIX_E_CORRUPT;
    }
    if (st != HELIX_OK)
        return st;
    file->position = payload.position;
    file->owner = payload.owner;
    file->owner.kept = 0;
    *object_out = &file->object;
    return HELIX_OK;
}

static void file_discard(struct object *object)
{
    file_put(container_of(object, struct file, object));
}

static bool file_equal(const struct object *left, const struct object *right)
{
    const struct file *l = file_of_object(left);
    const struct file *r = file_of_object(right);
    return l->ops == r->ops && l->flags == r->flags && l->access == r->access &&
           l->position == r->position && l->vnode == r->vnode && l->owner.id == r->owner.id &&
           l->owner.type == r->owner.type && l->owner.signal == r->owner.signal;
}

const struct object_type file_object_type = {
    .kind = OBJECT_FILE,
    .version = 3,
    .name = "file",
    .describe = file_describe,
    .recreate = file_recreate,
    .discard = file_discard,
    .equal = file_equal,
};
OBJECT_TYPE_ENTRY(file_object_type);
