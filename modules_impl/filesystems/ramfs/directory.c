/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Directories: entries by name, and in the order in which they were made. */
#include <helix/lib/string.h>

#include "ramfs.h"

#define BYTES_PER_ENTRY 20
#define RENAME_EXCHANGE 2u
#define RENAME_WHITEOUT 4u

static int compare_texts(const char *left, u32 left_length, const char *right, u32 right_length)
{
    if (left_length != right_length)
        return left_length < right_length ? -1 : 1;
    return memcmp(left, right, left_length);
}

struct name_key {
    const char *name;
    u32 length;
};

static int compare_name(const void *key, const struct rb_node *node)
{
    const struct name_key *wanted = key;
    const struct ramfs_entry *entry = container_of(node, struct ramfs_entry, by_name);
    return compare_texts(wanted->name, wanted->length, entry->name, entry->length);
}

static bool name_less(const struct rb_node *left, const struct rb_node *right)
{
    const struct ramfs_entry *l = container_of(left, struct ramfs_entry, by_name);
    const struct ramfs_entry *r = container_of(right, struct ramfs_entry, by_name);
    return compare_texts(l->name, l->length, r->name, r->length) < 0;
}

static int compare_order(const void *key, const struct rb_node *node)
{
    u64 wanted = *(const u64 *)key;
    u64 order = container_of(node, struct ramfs_entry, by_order)->order;
    return wanted < order ? -1 : wanted > order;
}

static bool order_less(const struct rb_node *left, const struct rb_node *right)
{
    return container_of(left, struct ramfs_entry, by_order)->order <
           container_of(right, struct ramfs_entry, by_order)->order;
}

static bool is_directory(const struct ramfs_inode *inode)
{
    return (inode->attributes.mode & LINUX_S_IFMT) == LINUX_S_IFDIR;
}

struct ramfs_entry *ramfs_entry_find(struct ramfs_inode *directory, const char *name, u32 length)
{
    const struct name_key key = {name, length};
    struct rb_node *node = rb_find(&directory->names, &key, compare_name);
    return node != NULL ? container_of(node, struct ramfs_entry, by_name) : NULL;
}

static struct ramfs_entry *entry_make(struct ramfs *ramfs, const char *name, u32 length,
                                      struct ramfs_inode *inode)
{
    struct ramfs_entry *entry = ramfs_alloc(ramfs, sizeof *entry + length);
    if (entry == NULL)
        return NULL;
    entry->inode = inode;
    entry->length = length;
    memcpy(entry->name, name, length);
    return entry;
}

static i64 state_bytes(const struct ramfs_entry *entry)
{
    return (i64)(sizeof(struct ramfs_state_entry) + ramfs_state_padded(entry->length));
}

static void entry_place(struct ramfs *ramfs, struct ramfs_inode *directory,
                        struct ramfs_entry *entry)
{
    rb_insert(&directory->names, &entry->by_name, name_less);
    rb_insert(&directory->orders, &entry->by_order, order_less);
    directory->entries++;
    ramfs_state_grows(ramfs, state_bytes(entry));
}

static void entry_insert(struct ramfs *ramfs, struct ramfs_inode *directory,
                         struct ramfs_entry *entry)
{
    entry->order = directory->next_order++;
    entry_place(ramfs, directory, entry);
    directory->attributes.size += BYTES_PER_ENTRY;
}

helix_status ramfs_entry_restore(struct ramfs *ramfs, struct ramfs_inode *directory,
                                 const char *name, u32 length, struct ramfs_inode *inode, u64 order)
{
    struct ramfs_entry *entry = entry_make(ramfs, name, length, inode);
    if (entry == NULL)
        return HELIX_E_NOMEM;
    entry->order = order;
    entry_place(ramfs, directory, entry);
    return HELIX_OK;
}

helix_status ramfs_entry_add(struct ramfs *ramfs, struct ramfs_inode *directory, const char *name,
                             u32 length, struct ramfs_inode *inode)
{
    struct ramfs_entry *entry = entry_make(ramfs, name, length, inode);
    if (entry == NULL)
        return HELIX_E_NOMEM;
    entry_insert(ramfs, directory, entry);
    if (is_directory(inode))
        directory->attributes.links++;
    return HELIX_OK;
}

void ramfs_entry_remove(struct ramfs *ramfs, struct ramfs_inode *directory,
                        struct ramfs_entry *entry)
{
    rb_erase(&directory->names, &entry->by_name);
    rb_erase(&directory->orders, &entry->by_order);
    directory->entries--;
    ramfs_state_grows(ramfs, -state_bytes(entry));
    directory->attributes.size -= BYTES_PER_ENTRY;
    if (is_directory(entry->inode))
        directory->attributes.links--;
    ramfs_free(ramfs, entry);
}

void ramfs_directory_clear(struct ramfs *ramfs, struct ramfs_inode *directory)
{
    struct rb_node *node;
    while ((node = rb_first(&directory->names)) != NULL) {
        struct ramfs_entry *entry = container_of(node, struct ramfs_entry, by_name);
        rb_erase(&directory->names, node);
        rb_erase(&directory->orders, &entry->by_order);
        ramfs_state_grows(ramfs, -state_bytes(entry));
        ramfs_free(ramfs, entry);
    }
}

helix_status ramfs_lookup(void *self, u64 mount, u64 directory, const char *name, u32 length,
                          struct fs_attributes *found_out)
{
    struct ramfs_inode *inode = ramfs_inode_find(self, mount, directory);
    if (inode == NULL)
        return HELIX_E_STALE;
    const struct ramfs_entry *entry = ramfs_entry_find(inode, name, length);
    if (entry == NULL)
        return HELIX_E_NOENT;
    *found_out = entry->inode->attributes;
    return HELIX_OK;
}

helix_status ramfs_create(void *self, u64 mount_id, u64 directory_number, const char *name,
                          u32 length, const struct fs_create_args *args,
                          struct fs_attributes *made_out)
{
    struct ramfs *ramfs = self;
    struct ramfs_mount *mount = ramfs_mount_find(ramfs, mount_id);
    struct ramfs_inode *directory = ramfs_inode_find(ramfs, mount_id, directory_number);
    if (directory == NULL)
        return HELIX_E_STALE;
    if (ramfs_entry_find(directory, name, length) != NULL)
        return HELIX_E_EXIST;
    struct ramfs_inode *inode;
    helix_status st = ramfs_inode_create(ramfs, mount, args, &inode);
    if (st != HELIX_OK)
        return st;
    st = ramfs_entry_add(ramfs, directory, name, length, inode);
    if (st != HELIX_OK) {
        ramfs_inode_destroy(ramfs, mount, inode);
        return st;
    }
    *made_out = inode->attributes;
    return HELIX_OK;
}

helix_status ramfs_link(void *self, u64 mount, u64 directory_number, const char *name, u32 length,
                        u64 number)
{
    struct ramfs *ramfs = self;
    struct ramfs_inode *directory = ramfs_inode_find(ramfs, mount, directory_number);
    struct ramfs_inode *inode = ramfs_inode_find(ramfs, mount, number);
    if (directory == NULL || inode == NULL)
        return HELIX_E_STALE;
    if (ramfs_entry_find(directory, name, length) != NULL)
        return HELIX_E_EXIST;
    helix_status st = ramfs_entry_add(ramfs, directory, name, length, inode);
    if (st == HELIX_OK)
        inode->attributes.links++;
    return st;
}

/* @inode lost a name. Its memory goes with forget(). */
static void lose_name(struct ramfs_inode *inode)
{
    if (is_directory(inode))
        inode->attributes.links = 0;
    else
        inode->attributes.links--;
}

helix_status ramfs_unlink(void *self, u64 mount, u64 directory_number, const char *name, u32 length,
                          u64 number)
{
    struct ramfs *ramfs = self;
    struct ramfs_inode *directory = ramfs_inode_find(ramfs, mount, directory_number);
    if (directory == NULL)
        return HELIX_E_STALE;
    struct ramfs_entry *entry = ramfs_entry_find(directory, name, length);
    if (entry == NULL || entry->inode->attributes.inode != number)
        return HELIX_E_NOENT;
    struct ramfs_inode *inode = entry->inode;
    if (is_directory(inode) && inode->entries > 0)
        return HELIX_E_NOT_EMPTY;
    ramfs_entry_remove(ramfs, directory, entry);
    lose_name(inode);
    return HELIX_OK;
}

static void swap_entries(struct ramfs_inode *from, struct ramfs_entry *left, struct ramfs_inode *to,
                         struct ramfs_entry *right)
{
    i32 moved = (i32)is_directory(left->inode) - (i32)is_directory(right->inode);
    struct ramfs_inode *inode = left->inode;
    left->inode = right->inode;
    right->inode = inode;
    from->attributes.links = (u32)((i32)from->attributes.links - moved);
    to->attributes.links = (u32)((i32)to->attributes.links + moved);
}

/* What takes the place of @old: a device that says "removed" to overlays. The kernel gives it owner
 * and times. */
static helix_status whiteout_make(struct ramfs *ramfs, u64 mount, const struct ramfs_entry *old,
                                  struct ramfs_entry **entry_out)
{
    const struct fs_create_args args = {.mode = LINUX_S_IFCHR};
    struct ramfs_mount *in = ramfs_mount_find(ramfs, mount);
    struct ramfs_inode *inode;
    helix_status st = ramfs_inode_create(ramfs, in, &args, &inode);
    if (st != HELIX_OK)
        return st;
    *entry_out = entry_make(ramfs, old->name, old->length, inode);
    if (*entry_out != NULL)
        return HELIX_OK;
    ramfs_inode_destroy(ramfs, in, inode);
    return HELIX_E_NOMEM;
}

helix_status ramfs_rename(void *self, u64 mount, u64 from_number, const char *from_name,
                          u32 from_length, u64 to_number, const char *to_name, u32 to_length,
                          u32 flags)
{
    struct ramfs *ramfs = self;
    struct ramfs_inode *from = ramfs_inode_find(ramfs, mount, from_number);
    struct ramfs_inode *to = ramfs_inode_find(ramfs, mount, to_number);
    if (from == NULL || to == NULL)
        return HELIX_E_STALE;
    struct ramfs_entry *old = ramfs_entry_find(from, from_name, from_length);
    struct ramfs_entry *target = ramfs_entry_find(to, to_name, to_length);
    if (old == NULL || (target == NULL && (flags & RENAME_EXCHANGE)))
        return HELIX_E_NOENT;
    if (flags & RENAME_EXCHANGE) {
        swap_entries(from, old, to, target);
        return HELIX_OK;
    }
    if (target != NULL && is_directory(target->inode) && target->inode->entries > 0)
        return HELIX_E_NOT_EMPTY;
    struct ramfs_entry *whiteout = NULL;
    if (flags & RENAME_WHITEOUT) {
        helix_status st = whiteout_make(ramfs, mount, old, &whiteout);
        if (st != HELIX_OK)
            return st;
    }
    struct ramfs_entry *entry = entry_make(ramfs, to_name, to_length, old->inode);
    if (entry == NULL) {
        if (whiteout != NULL) {
            ramfs_inode_destroy(ramfs, ramfs_mount_find(ramfs, mount), whiteout->inode);
            ramfs_free(ramfs, whiteout);
        }
        return HELIX_E_NOMEM;
    }
    if (target != NULL) {
        struct ramfs_inode *replaced = target->inode;
        ramfs_entry_remove(ramfs, to, target);
        lose_name(replaced);
    }
    ramfs_entry_remove(ramfs, from, old);
    entry_insert(ramfs, to, entry);
    if (is_directory(entry->inode))
        to->attributes.links++;
    if (whiteout != NULL)
        entry_insert(ramfs, from, whiteout);
    return HELIX_OK;
}

helix_status ramfs_read_directory(void *self, u64 mount, u64 directory, u64 cursor,
                                  fs_readdir_fn *entry, void *context)
{
    struct ramfs_inode *inode = ramfs_inode_find(self, mount, directory);
    if (inode == NULL)
        return HELIX_E_STALE;
    struct rb_node *node = rb_lower_bound(&inode->orders, &cursor, compare_order);
    for (; node != NULL; node = rb_next(node)) {
        const struct ramfs_entry *e = container_of(node, struct ramfs_entry, by_order);
        const struct fs_attributes *a = &e->inode->attributes;
        if (!entry(context, e->name, e->length, a->inode, a->mode, e->order + 1))
            break;
    }
    return HELIX_OK;
}
