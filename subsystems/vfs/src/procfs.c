/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The file system "proc": names and attributes; contents are in proc_file.c. */
#include "procfs.h"

#include <helix/abi/linux.h>
#include <helix/lib/string.h>

#include "vnode.h"

#define PROC_MAGIC   0x9fa0u
#define FD_LINK_SIZE 64u // what Linux says, whatever the link's text

/* Cursors of the root: nodes by number, then the links, then processes. */
#define ROOT_LINKS     0x10000u
#define ROOT_PROCESSES 0x20000u

static const struct {
    const char *name;
    enum proc_kind kind;
} root_links[] = {
    {"self", PROC_SELF}, {"thread-self", PROC_THREAD_SELF}, {"mounts", PROC_MOUNTS_LINK}};

static u32 node_mode(const struct proc_node *node)
{
    return proc_node_is_folder(node) ? LINUX_S_IFDIR | 0555 : LINUX_S_IFREG | node->entry->mode;
}

static helix_status fill(const struct proc_id *id, struct fs_attributes *attributes_out)
{
    struct fs_time now = vfs_time_now();
    *attributes_out = (struct fs_attributes){
        .inode = proc_inode(id), .links = 1, .accessed = now, .modified = now, .changed = now};
    if (id->kind == PROC_ENTRY) {
        const struct proc_node *node = proc_node_get(id->index);
        if (node == NULL)
            return HELIX_E_STALE;
        attributes_out->mode = node_mode(node);
    } else {
        attributes_out->mode = proc_process_mode(id);
        // Whoever it belonged to, it is gone if this fails.
        if (id->pid != 0 &&
            proc_ops->owner(id->pid, &attributes_out->uid, &attributes_out->gid) != HELIX_OK)
            return HELIX_E_NOENT;
    }
    if ((attributes_out->mode & LINUX_S_IFMT) == LINUX_S_IFDIR)
        attributes_out->links = 2;
    if (id->kind == PROC_FD)
        attributes_out->size = FD_LINK_SIZE;
    return HELIX_OK;
}

static helix_status proc_mount(void *self, const struct fs_mount_args *args, u64 *mount_out,
                               struct fs_attributes *root_out)
{
    const struct proc_id root = {.kind = PROC_ENTRY, .index = PROC_ROOT_INODE};
    (void)self, (void)args;
    *mount_out = 1;
    return fill(&root, root_out);
}

static void proc_unmount(void *self, u64 mount)
{
    (void)self, (void)mount;
}

static helix_status proc_statistics(void *self, u64 mount, struct fs_statistics *statistics_out)
{
    (void)self, (void)mount;
    *statistics_out = (struct fs_statistics){
        .block_size = PAGE_SIZE, .magic = PROC_MAGIC, .name_max = LINUX_NAME_MAX};
    return HELIX_OK;
}

static helix_status proc_sync(void *self, u64 mount)
{
    (void)self, (void)mount;
    return HELIX_OK;
}

static helix_status lookup_root(const char *name, u32 length, struct proc_id *found)
{
    for (size_t i = 0; i < array_count(root_links); i++) {
        if (strlen(root_links[i].name) == length && memcmp(root_links[i].name, name, length) == 0) {
            *found = (struct proc_id){.kind = root_links[i].kind};
            return HELIX_OK;
        }
    }
    const struct proc_id root = {.kind = PROC_ENTRY, .index = PROC_ROOT_INODE};
    return proc_process_lookup(&root, name, length, found);
}

static helix_status proc_lookup(void *self, u64 mount, u64 directory, const char *name, u32 length,
                                struct fs_attributes *found_out)
{
    struct proc_id folder = proc_id_of(directory);
    struct proc_id found;
    helix_status st = HELIX_E_NOENT;
    (void)self, (void)mount;
    if (folder.kind == PROC_ENTRY) {
        const struct proc_node *node = proc_node_find(folder.index, name, length);
        if (node != NULL) {
            found = (struct proc_id){.kind = PROC_ENTRY, .index = node->number};
            st = HELIX_OK;
        } else if (folder.index == PROC_ROOT_INODE) {
            st = lookup_root(name, length, &found);
        }
    } else {
        st = proc_process_lookup(&folder, name, length, &found);
    }
    return st == HELIX_OK ? fill(&found, found_out) : st;
}

static helix_status proc_get_attributes(void *self, u64 mount, u64 inode,
                                        struct fs_attributes *attributes_out)
{
    struct proc_id id = proc_id_of(inode);
    (void)self, (void)mount;
    return fill(&id, attributes_out);
}

static helix_status proc_set_attributes(void *self, u64 mount, u64 inode, u32 mask,
                                        const struct fs_attributes *wanted,
                                        struct fs_attributes *now_out)
{
    (void)self, (void)mount, (void)inode, (void)mask, (void)wanted, (void)now_out;
    return HELIX_E_PERM;
}

static helix_status proc_create(void *self, u64 mount, u64 directory, const char *name, u32 length,
                                const struct fs_create_args *args, struct fs_attributes *made_out)
{
    (void)self, (void)mount, (void)directory, (void)name, (void)length, (void)args, (void)made_out;
    return HELIX_E_NOENT;
}

static helix_status proc_create_unnamed(void *self, u64 mount, const struct fs_create_args *args,
                                        struct fs_attributes *made_out)
{
    (void)self, (void)mount, (void)args, (void)made_out;
    return HELIX_E_NOTSUP;
}

static helix_status proc_link_name(void *self, u64 mount, u64 directory, const char *name,
                                   u32 length, u64 inode)
{
    (void)self, (void)mount, (void)directory, (void)name, (void)length, (void)inode;
    return HELIX_E_PERM;
}

static helix_status proc_rename(void *self, u64 mount, u64 from, const char *from_name,
                                u32 from_length, u64 to, const char *to_name, u32 to_length,
                                u32 flags)
{
    (void)self, (void)mount, (void)from, (void)from_name, (void)from_length, (void)to;
    (void)to_name, (void)to_length, (void)flags;
    return HELIX_E_PERM;
}

static helix_status proc_read_link(void *self, u64 mount, u64 inode, char *target, u32 capacity,
                                   u32 *length_out)
{
    struct proc_id id = proc_id_of(inode);
    (void)self, (void)mount;
    return proc_process_read_link(&id, target, capacity, length_out);
}

/* False: the reader has enough. */
static bool read_nodes(u32 folder, u64 cursor, u64 after_last, fs_readdir_fn *entry, void *context)
{
    const struct proc_node *node = proc_node_next(folder, (u32)cursor);
    for (; node != NULL; node = proc_node_next(folder, node->number)) {
        const struct proc_id id = {.kind = PROC_ENTRY, .index = node->number};
        bool last = proc_node_next(folder, node->number) == NULL;
        if (!entry(context, node->name, node->name_length, proc_inode(&id), node_mode(node),
                   last ? after_last : node->number))
            return false;
    }
    return true;
}

static bool read_root_links(u64 first, fs_readdir_fn *entry, void *context)
{
    for (u64 i = first; i < array_count(root_links); i++) {
        const struct proc_id id = {.kind = root_links[i].kind};
        u64 next = i + 1 < array_count(root_links) ? ROOT_LINKS + i + 1 : ROOT_PROCESSES;
        if (!entry(context, root_links[i].name, (u32)strlen(root_links[i].name), proc_inode(&id),
                   LINUX_S_IFLNK, next))
            return false;
    }
    return true;
}

/* Processes' cursors stand behind the others'. */
struct shifted {
    fs_readdir_fn *entry;
    void *context;
};

static bool shift(void *context, const char *name, u32 length, u64 inode, u32 mode, u64 next)
{
    const struct shifted *to = context;
    return to->entry(to->context, name, length, inode, mode, ROOT_PROCESSES + next);
}

static helix_status read_root(u64 cursor, fs_readdir_fn *entry, void *context)
{
    if (cursor < ROOT_LINKS) {
        if (!read_nodes(PROC_ROOT_INODE, cursor, ROOT_LINKS, entry, context))
            return HELIX_OK;
        cursor = ROOT_LINKS;
    }
    if (cursor < ROOT_PROCESSES) {
        if (!read_root_links(cursor - ROOT_LINKS, entry, context))
            return HELIX_OK;
        cursor = ROOT_PROCESSES;
    }
    const struct proc_id root = {.kind = PROC_ENTRY, .index = PROC_ROOT_INODE};
    struct shifted to = {entry, context};
    return proc_process_read(&root, cursor - ROOT_PROCESSES, shift, &to);
}

static helix_status proc_read_directory(void *self, u64 mount, u64 directory, u64 cursor,
                                        fs_readdir_fn *entry, void *context)
{
    struct proc_id folder = proc_id_of(directory);
    (void)self, (void)mount;
    if (folder.kind != PROC_ENTRY)
        return proc_process_read(&folder, cursor, entry, context);
    if (folder.index == PROC_ROOT_INODE)
        return read_root(cursor, entry, context);
    read_nodes(folder.index, cursor, ROOT_LINKS, entry, context);
    return HELIX_OK;
}

static helix_status proc_read_page(void *self, u64 mount, u64 inode, u64 index, void *page)
{
    (void)self, (void)mount, (void)inode, (void)index, (void)page;
    return HELIX_E_IO; // nothing of it is cached in pages
}

static helix_status proc_write_page(void *self, u64 mount, u64 inode, u64 index, const void *page,
                                    u32 bytes)
{
    (void)self, (void)mount, (void)inode, (void)index, (void)page, (void)bytes;
    return HELIX_E_IO;
}

static void proc_forget(void *self, u64 mount, u64 inode)
{
    (void)self, (void)mount, (void)inode;
}

static helix_status proc_get_xattr(void *self, u64 mount, u64 inode, const char *name, void *value,
                                   u32 capacity, u32 *bytes_out)
{
    (void)self, (void)mount, (void)inode, (void)name, (void)value, (void)capacity, (void)bytes_out;
    return HELIX_E_NOTSUP;
}

static helix_status proc_set_xattr(void *self, u64 mount, u64 inode, const char *name,
                                   const void *value, u32 bytes, u32 flags)
{
    (void)self, (void)mount, (void)inode, (void)name, (void)value, (void)bytes, (void)flags;
    return HELIX_E_NOTSUP;
}

static helix_status proc_list_xattr(void *self, u64 mount, u64 inode, char *names, u32 capacity,
                                    u32 *bytes_out)
{
    (void)self, (void)mount, (void)inode, (void)names, (void)capacity;
    *bytes_out = 0;
    return HELIX_OK;
}

static helix_status proc_remove_xattr(void *self, u64 mount, u64 inode, const char *name)
{
    (void)self, (void)mount, (void)inode, (void)name;
    return HELIX_E_NOTSUP;
}

static const struct filesystem_ops proc_fs_ops = {
    .header = {HELIX_FILESYSTEM, HELIX_FILESYSTEM_VERSION, sizeof(struct filesystem_ops)},
    .type = "proc",
    .flags = FS_TYPE_NO_STORE | FS_TYPE_NO_DCACHE,
    .mount = proc_mount,
    .unmount = proc_unmount,
    .statistics = proc_statistics,
    .sync = proc_sync,
    .lookup = proc_lookup,
    .get_attributes = proc_get_attributes,
    .set_attributes = proc_set_attributes,
    .create = proc_create,
    .create_unnamed = proc_create_unnamed,
    .link = proc_link_name,
    .unlink = proc_link_name,
    .rename = proc_rename,
    .read_link = proc_read_link,
    .read_directory = proc_read_directory,
    .read_page = proc_read_page,
    .write_page = proc_write_page,
    .forget = proc_forget,
    .get_xattr = proc_get_xattr,
    .set_xattr = proc_set_xattr,
    .list_xattr = proc_list_xattr,
    .remove_xattr = proc_remove_xattr,
};

static helix_status proc_follow(struct vnode *vnode, struct path *path_out)
{
    struct proc_id id = proc_id_of(vnode->attributes.inode);
    return proc_process_follow(&id, path_out);
}

static const struct fs_native native = {.open = proc_file_open, .follow = proc_follow};

struct fs_type procfs_type = {
    .name = "proc", .ops = &proc_fs_ops, .native = &native, .single = true, .nodev = true};

u32 proc_folder_process(const struct file *file)
{
    const struct vnode *vnode = file->vnode;
    if (vnode == NULL || vnode->volume->type != &procfs_type)
        return 0;
    const struct proc_id id = proc_id_of(vnode->attributes.inode);
    return id.kind == PROC_PROCESS ? id.pid : 0;
}
