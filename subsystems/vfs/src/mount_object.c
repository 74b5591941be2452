/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* A mount as a record: what, where and how. Made again, a fresh volume of the type is mounted on
 * the place; what was in the old one are records of files. */
#include <helix/abi/linux.h>
#include <helix/lib/format.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/vfs/path.h>

#include "mount.h"
#include "objects.h"

struct mount_payload {
    u32 flags;
    u32 type_bytes, source_bytes, target_bytes; // strings with their NULs, each padded to 8; follow
    u64 limit_bytes;
};

#define STRING_BYTES_MAX LINUX_PATH_MAX

static const struct mount *mount_of(const struct object *object)
{
    return container_of(object, const struct mount, object);
}

/* Where @mount hangs, from the root; kmalloc'ed. */
static helix_status target_of(const struct mount *mount, char **target_out)
{
    struct fs_context *fs;
    const char *name;
    const struct path root = {(struct mount *)(uintptr_t)mount, mount->root};
    char *buffer = kmalloc(LINUX_PATH_MAX);
    if (buffer == NULL)
        return HELIX_E_NOMEM;
    helix_status st = fs_context_create(&fs);
    if (st == HELIX_OK) {
        st = path_name(&root, fs, buffer, LINUX_PATH_MAX, &name);
        fs_context_put(fs);
    }
    if (st != HELIX_OK) {
        kfree(buffer);
        return st;
    }
    memmove(buffer, name, strlen(name) + 1);
    *target_out = buffer;
    return HELIX_OK;
}

static u32 padded(const char *text)
{
    return (u32)align_up(strlen(text) + 1, 8);
}

static void write_string(struct object_writer *writer, const char *text)
{
    const u64 zero = 0;
    size_t bytes = strlen(text) + 1;
    object_write(writer, text, bytes);
    object_write(writer, &zero, padded(text) - bytes);
}

static helix_status mount_describe(const struct object *object, struct object_writer *writer)
{
    const struct mount *mount = mount_of(object);
    const struct volume *volume = mount->volume;
    char *target;
    if (volume->type == NULL || mount->root != volume->root)
        return HELIX_E_NOTSUP; // the kernel's own, or a part of another: described by what it is a
                               // part of
    helix_status st = target_of(mount, &target);
    if (st != HELIX_OK)
        return st;
    const struct mount_payload payload = {
        .flags = mount_flags(mount),
        .type_bytes = padded(volume->type->name),
        .source_bytes = padded(volume->source),
        .target_bytes = padded(target),
        .limit_bytes = volume->page_limit * PAGE_SIZE,
    };
    objects_write_header(
        object, sizeof payload + payload.type_bytes + payload.source_bytes + payload.target_bytes,
        writer);
    object_write(writer, &payload, sizeof payload);
    write_string(writer, volume->type->name);
    write_string(writer, volume->source);
    write_string(writer, target);
    kfree(target);
    return HELIX_OK;
}

static helix_status read_string(struct object_reader *reader, u32 bytes, char **text_out)
{
    if (bytes == 0 || bytes > STRING_BYTES_MAX)
        return HELIX_E_CORRUPT;
    char *text = kzalloc(bytes + 1);
    if (text == NULL)
        return HELIX_E_NOMEM;
    helix_status st = object_read(reader, text, bytes);
    if (st != HELIX_OK) {
        kfree(text);
        return st;
    }
    *text_out = text;
    return HELIX_OK;
}

struct mount_strings {
    char *type, *source, *target;
};

static void strings_free(const struct mount_strings *strings)
{
    kfree(strings->type);
    kfree(strings->source);
    kfree(strings->target);
}

static helix_status strings_read(struct object_reader *reader, const struct mount_payload *payload,
                                 struct mount_strings *strings)
{
    helix_status st = read_string(reader, payload->type_bytes, &strings->type);
    if (st == HELIX_OK)
        st = read_string(reader, payload->source_bytes, &strings->source);
    return st == HELIX_OK ? read_string(reader, payload->target_bytes, &strings->target) : st;
}

static helix_status mount_again(const struct mount_payload *payload,
                                const struct mount_strings *strings, struct path *root_out)
{
    char options[32] = "";
    struct fs_context *fs;
    helix_status st = fs_context_create(&fs);
    if (st != HELIX_OK)
        return st;
    if (payload->limit_bytes != 0)
        lib_format(options, sizeof options, "size=%llu", (unsigned long long)payload->limit_bytes);
    const struct walk_context walk = {.fs = fs, .credentials = credentials_root()};
    st = vfs_mount(&walk, strings->source, strings->target, strings->type, payload->flags, options);
    if (st == HELIX_OK)
        st = path_walk(&walk, strings->target, WALK_FOLLOW, root_out);
    credentials_put(walk.credentials);
    fs_context_put(fs);
    return st;
}

static helix_status mount_recreate(struct object_reader *reader, const struct object_record *record,
                                   struct object **object_out)
{
    struct mount_payload payload;
    struct mount_strings strings = {0};
    struct path root;
    if (record->version != 1)
        return HELIX_E_NOTSUP;
    helix_status st = object_read(reader, &payload, sizeof payload);
    if (st == HELIX_OK)
        st = strings_read(reader, &payload, &strings);
    if (st == HELIX_OK)
        st = mount_again(&payload, &strings, &root);
    strings_free(&strings);
    if (st != HELIX_OK)
        return st;
    dentry_put(root.dentry);
    *object_out = &root.mount->object; // the reference is the caller's
    return HELIX_OK;
}

static void mount_discard(struct object *object)
{
    struct mount *mount = container_of(object, struct mount, object);
    mount_detach(mount);
    mount_put(mount);
}

static bool mount_equal(const struct object *left, const struct object *right)
{
    const struct mount *l = mount_of(left);
    const struct mount *r = mount_of(right);
    char *left_target, *right_target;
    if (l->volume->type != r->volume->type || strcmp(l->volume->source, r->volume->source) != 0 ||
        mount_flags(l) != mount_flags(r) || l->volume->page_limit != r->volume->page_limit)
        return false;
    if (target_of(l, &left_target) != HELIX_OK)
        return false;
    bool equal = target_of(r, &right_target) == HELIX_OK;
    if (equal) {
        equal = strcmp(left_target, right_target) == 0;
        kfree(right_target);
    }
    kfree(left_target);
    return equal;
}

const struct object_type mount_object_type = {
    .kind = OBJECT_MOUNT,
    .version = 1,
    .name = "mount",
    .describe = mount_describe,
    .recreate = mount_recreate,
    .discard = mount_discard,
    .equal = mount_equal,
};
OBJECT_TYPE_ENTRY(mount_object_type);
