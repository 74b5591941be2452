/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The state that goes to another version: mounts, their inodes with links and extended attributes,
 * then the entries of their directories. Data are not in it: they are the kernel's. A state that
 * does not fit together is refused, and the module is as before.
 */
#include <helix/lib/atomic.h>
#include <helix/lib/string.h>

#include "ramfs.h"

#define STATE_MAGIC 0x736d6172u // "rams"

struct state_header {
    u32 magic;
    u32 spare;
    u64 last_mount;
    u64 mounts;
};

/* More than is there now: names go on being made until the gate closes. */
#define BOUND_SLACK 65536u

void ramfs_state_grows(struct ramfs *ramfs, i64 by)
{
    atomic_fetch_add_relaxed(&ramfs->state_bytes, (u64)by);
}

size_t ramfs_state_bound(const void *self)
{
    const struct ramfs *ramfs = self;
    u64 bytes = atomic_load_relaxed(&ramfs->state_bytes);
    return (size_t)(bytes + bytes / 8 + BOUND_SLACK);
}

/* ---- Writing ---- */

static void put(struct helix_state_writer *writer, const void *data, size_t bytes)
{
    if (writer->bytes + bytes <= writer->capacity && bytes > 0)
        memcpy((u8 *)writer->data + writer->bytes, data, bytes);
    writer->bytes += bytes;
}

static void put_padded(struct helix_state_writer *writer, const void *data, size_t bytes)
{
    const u64 zero = 0;
    put(writer, data, bytes);
    put(writer, &zero, (size_t)(ramfs_state_padded(bytes) - bytes));
}

static void save_xattrs(const struct ramfs_inode *inode, struct helix_state_writer *writer)
{
    for (const struct ramfs_xattr *x = inode->xattrs; x != NULL; x = x->next) {
        const struct ramfs_state_xattr s = {(u32)strlen(x->name) + 1, x->bytes};
        put(writer, &s, sizeof s);
        put_padded(writer, x->name, s.name_bytes);
        put_padded(writer, x->value, s.value_bytes);
    }
}

static void save_inode(const struct ramfs_inode *inode, struct helix_state_writer *writer)
{
    struct ramfs_state_inode s = {.attributes = inode->attributes, .next_order = inode->next_order};
    for (const struct ramfs_xattr *x = inode->xattrs; x != NULL; x = x->next)
        s.xattrs++;
    if (inode->target != NULL)
        s.target_bytes = (u32)strlen(inode->target) + 1;
    put(writer, &s, sizeof s);
    put_padded(writer, inode->target, s.target_bytes);
    save_xattrs(inode, writer);
}

static void save_entries(const struct ramfs_inode *directory, struct helix_state_writer *writer)
{
    rb_for_each(node, &directory->orders) {
        const struct ramfs_entry *entry = container_of(node, struct ramfs_entry, by_order);
        const struct ramfs_state_entry s = {.directory = directory->attributes.inode,
                                            .inode = entry->inode->attributes.inode,
                                            .order = entry->order,
                                            .length = entry->length};
        put(writer, &s, sizeof s);
        put_padded(writer, entry->name, entry->length);
    }
}

/* Visit the inodes of a mount in the order of their numbers. */
static void for_each_inode(const struct ramfs_mount *mount,
                           void (*visit)(const struct ramfs_inode *inode,
                                         struct helix_state_writer *writer),
                           struct helix_state_writer *writer)
{
    for (u64 chunk = 0; chunk < mount->chunk_count; chunk++) {
        for (u32 i = 0; i < RAMFS_CHUNK; i++) {
            const struct ramfs_inode *inode = mount->chunks[chunk]->inodes[i];
            if (inode != NULL)
                visit(inode, writer);
        }
    }
}

static u64 count_entries(const struct ramfs_mount *mount)
{
    u64 entries = 0;
    for (u64 chunk = 0; chunk < mount->chunk_count; chunk++) {
        for (u32 i = 0; i < RAMFS_CHUNK; i++) {
            const struct ramfs_inode *inode = mount->chunks[chunk]->inodes[i];
            entries += inode != NULL ? inode->entries : 0;
        }
    }
    return entries;
}

helix_status ramfs_save_state(const void *self, struct helix_state_writer *writer)
{
    const struct ramfs *ramfs = self;
    const struct state_header header = {.magic = STATE_MAGIC,
                                        .last_mount = ramfs->last_mount,
                                        .mounts = list_length(&ramfs->mounts)};
    put(writer, &header, sizeof header);
    list_for_each(struct ramfs_mount, mount, &ramfs->mounts, link) {
        const struct ramfs_state_mount s = {mount->id, mount->generation, mount->inodes,
                                            count_entries(mount)};
        put(writer, &s, sizeof s);
        for_each_inode(mount, save_inode, writer);
        for_each_inode(mount, save_entries, writer);
    }
    return writer->bytes <= writer->capacity ? HELIX_OK : HELIX_E_TOO_BIG;
}

/* ---- Reading ---- */

struct reader {
    const u8 *data;
    size_t bytes;
    size_t at;
};

/* The next @bytes, padded to 8, in place; NULL: there are not so many. */
static const void *take(struct reader *reader, u64 bytes)
{
    const void *found = reader->data + reader->at;
    u64 padded = ramfs_state_padded(bytes);
    if (padded < bytes || padded > reader->bytes - reader->at)
        return NULL;
    reader->at += (size_t)padded;
    return found;
}

static helix_status take_copy(struct ramfs *ramfs, struct reader *reader, u32 bytes,
                              void **copy_out)
{
    const void *data = take(reader, bytes);
    if (data == NULL)
        return HELIX_E_MODULE_STATE;
    *copy_out = ramfs_alloc(ramfs, bytes > 0 ? bytes : 1);
    if (*copy_out == NULL)
        return HELIX_E_NOMEM;
    memcpy(*copy_out, data, bytes);
    return HELIX_OK;
}

static helix_status restore_xattr(struct ramfs *ramfs, struct ramfs_inode *inode,
                                  struct reader *reader)
{
    const struct ramfs_state_xattr *s = take(reader, sizeof *s);
    const char *name = s != NULL ? take(reader, s->name_bytes) : NULL;
    const void *value = name != NULL ? take(reader, s->value_bytes) : NULL;
    if (value == NULL || s->name_bytes == 0 || name[s->name_bytes - 1] != '\0')
        return HELIX_E_MODULE_STATE;
    return ramfs_xattr_set_in(ramfs, inode, name, value, s->value_bytes, 0);
}

static helix_status restore_inode(struct ramfs *ramfs, struct ramfs_mount *mount,
                                  struct reader *reader)
{
    const struct ramfs_state_inode *s = take(reader, sizeof *s);
    if (s == NULL || s->attributes.inode == 0 ||
        s->attributes.inode >= (u64)RAMFS_CHUNK * (reader->bytes + RAMFS_CHUNK) ||
        ramfs_inode_in(mount, s->attributes.inode) != NULL)
        return HELIX_E_MODULE_STATE;
    struct ramfs_inode *inode = ramfs_alloc(ramfs, sizeof *inode);
    if (inode == NULL)
        return HELIX_E_NOMEM;
    inode->attributes = s->attributes;
    inode->next_order = s->next_order;
    rb_init(&inode->names, NULL);
    rb_init(&inode->orders, NULL);
    if (!ramfs_inode_enter_at(ramfs, mount, s->attributes.inode, inode)) {
        ramfs_free(ramfs, inode);
        return HELIX_E_NOMEM;
    }
    // From here on freeing the mount frees the inode.
    ramfs_state_grows(ramfs, (i64)sizeof *s);
    if (s->target_bytes > 0) {
        void *target;
        helix_status st = take_copy(ramfs, reader, s->target_bytes, &target);
        if (st != HELIX_OK)
            return st;
        inode->target = target;
        inode->target[s->target_bytes - 1] = '\0';
        ramfs_state_grows(ramfs, (i64)ramfs_state_padded(strlen(inode->target) + 1));
    }
    helix_status st = HELIX_OK;
    for (u32 i = 0; i < s->xattrs && st == HELIX_OK; i++)
        st = restore_xattr(ramfs, inode, reader);
    return st;
}

static helix_status restore_entry(struct ramfs *ramfs, struct ramfs_mount *mount,
                                  struct reader *reader)
{
    const struct ramfs_state_entry *s = take(reader, sizeof *s);
    const char *name = s != NULL ? take(reader, s->length) : NULL;
    if (name == NULL || s->length > LINUX_NAME_MAX)
        return HELIX_E_MODULE_STATE;
    struct ramfs_inode *directory = ramfs_inode_in(mount, s->directory);
    struct ramfs_inode *inode = ramfs_inode_in(mount, s->inode);
    if (directory == NULL || inode == NULL || ramfs_entry_find(directory, name, s->length) != NULL)
        return HELIX_E_MODULE_STATE;
    return ramfs_entry_restore(ramfs, directory, name, s->length, inode, s->order);
}

static helix_status restore_mount(struct ramfs *ramfs, struct reader *reader, struct list *mounts)
{
    const struct ramfs_state_mount *s = take(reader, sizeof *s);
    if (s == NULL)
        return HELIX_E_MODULE_STATE;
    struct ramfs_mount *mount = ramfs_alloc(ramfs, sizeof *mount);
    if (mount == NULL)
        return HELIX_E_NOMEM;
    mount->id = s->id;
    mount->generation = s->generation;
    mount->lowest_free = 1;
    list_push_back(mounts, &mount->link);
    helix_status st = HELIX_OK;
    for (u64 i = 0; i < s->inodes && st == HELIX_OK; i++)
        st = restore_inode(ramfs, mount, reader);
    for (u64 i = 0; i < s->entries && st == HELIX_OK; i++)
        st = restore_entry(ramfs, mount, reader);
    return st;
}

static void free_mounts(struct ramfs *ramfs, struct list *mounts)
{
    struct list *link;
    while ((link = list_pop_front(mounts)) != NULL)
        ramfs_mount_free(ramfs, list_entry(link, struct ramfs_mount, link));
}

helix_status ramfs_restore_state(void *self, const struct helix_state *state)
{
    struct ramfs *ramfs = self;
    struct reader reader = {state->data, state->bytes, 0};
    struct list mounts = LIST_INIT(mounts);
    if (state->bytes == 0)
        return HELIX_OK;
    const struct state_header *header = take(&reader, sizeof *header);
    if (header == NULL || header->magic != STATE_MAGIC || strcmp(state->module, "ramfs") != 0)
        return HELIX_E_MODULE_STATE;
    helix_status st = HELIX_OK;
    for (u64 i = 0; i < header->mounts && st == HELIX_OK; i++)
        st = restore_mount(ramfs, &reader, &mounts);
    if (st != HELIX_OK) {
        free_mounts(ramfs, &mounts);
        return st;
    }
    free_mounts(ramfs, &ramfs->mounts);
    list_splice_back(&ramfs->mounts, &mounts);
    ramfs->last_mount = header->last_mount;
    return HELIX_OK;
}
