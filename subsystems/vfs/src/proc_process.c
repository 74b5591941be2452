/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The folders of processes, from what the provider tells. */
#include <helix/abi/linux.h>
#include <helix/lib/ctype.h>
#include <helix/lib/format.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#include "file_kinds.h"
#include "mount.h"
#include "pipe.h"
#include "procfs.h"

/* Before userspace has said what it knows there are no processes. */
static u32 no_next(u32 after)
{
    (void)after;
    return 0;
}

static u32 nobody(void)
{
    return 0;
}

static const char *const no_files[] = {NULL};
static const struct proc_process_ops no_processes = {
    .next_pid = no_next, .self_pid = nobody, .self_tid = nobody, .files = no_files};
const struct proc_process_ops *proc_ops = &no_processes;

void proc_set_process_ops(const struct proc_process_ops *ops)
{
    proc_ops = ops;
}

static const char *const link_names[] = {"cwd", "exe", "root"};
/* The last is the process's alone. */
static const struct {
    const char *name;
    enum proc_kind kind;
} folders[] = {{"fd", PROC_FDS}, {"fdinfo", PROC_FDINFOS}, {"task", PROC_TASKS}};
static const char *const mount_files[] = {"mountinfo", "mounts"};

bool proc_process_exists(u32 pid)
{
    return pid != 0 && pid < 1u << PROC_ID_BITS && proc_ops->next_pid(pid - 1) == pid;
}

static bool thread_exists(u32 pid, u32 tid)
{
    return tid != 0 && tid < 1u << PROC_ID_BITS && proc_ops->next_tid(pid, tid - 1) == tid;
}

/* A decimal number without leading zeros; false: @name is none. */
static bool parse_number(const char *name, u32 length, u32 *number_out)
{
    u32 number = 0;
    if (length == 0 || length > 9 || (name[0] == '0' && length > 1))
        return false;
    for (u32 i = 0; i < length; i++) {
        if (!char_is_digit(name[i]))
            return false;
        number = number * 10 + (u32)(name[i] - '0');
    }
    *number_out = number;
    return true;
}

static bool is_name(const char *text, const char *name, u32 length)
{
    return strlen(text) == length && memcmp(text, name, length) == 0;
}

/* ---- Members ---- */

/* The members of a process's folder, in the order in which they are listed. False: no more. */
static bool member(const struct proc_id *folder, u64 cursor, struct proc_id *id,
                   const char **name_out)
{
    bool thread = folder->kind == PROC_THREAD;
    *id = (struct proc_id){.pid = folder->pid, .tid = folder->tid, .index = (u32)cursor};
    u64 files = 0;
    while (proc_ops->files[files] != NULL)
        files++;
    if (cursor < files) {
        id->kind = PROC_FILE;
        *name_out = proc_ops->files[cursor];
        return true;
    }
    cursor -= files;
    if (cursor < array_count(mount_files)) {
        id->kind = PROC_MOUNT_FILE;
        id->index = (u32)cursor;
        *name_out = mount_files[cursor];
        return true;
    }
    cursor -= array_count(mount_files);
    if (cursor < array_count(link_names)) {
        id->kind = PROC_LINK;
        id->index = (u32)cursor;
        *name_out = link_names[cursor];
        return true;
    }
    cursor -= array_count(link_names);
    id->index = 0;
    if (cursor >= array_count(folders) - (thread ? 1 : 0))
        return false;
    id->kind = folders[cursor].kind;
    *name_out = folders[cursor].name;
    return true;
}

static helix_status lookup_member(const struct proc_id *folder, const char *name, u32 length,
                                  struct proc_id *found_out)
{
    const char *text;
    for (u64 cursor = 0; member(folder, cursor, found_out, &text); cursor++) {
        if (is_name(text, name, length))
            return HELIX_OK;
    }
    return HELIX_E_NOENT;
}

static enum proc_kind fd_kind(const struct proc_id *folder)
{
    return folder->kind == PROC_FDS ? PROC_FD : PROC_FDINFO;
}

static helix_status lookup_fd(const struct proc_id *folder, u32 number, struct proc_id *found_out)
{
    u32 fd = number;
    if (number >= 1u << PROC_INDEX_BITS || !proc_ops->next_fd(folder->pid, &fd) || fd != number)
        return HELIX_E_NOENT;
    *found_out = (struct proc_id){fd_kind(folder), fd, folder->pid, 0};
    return HELIX_OK;
}

helix_status proc_process_lookup(const struct proc_id *folder, const char *name, u32 length,
                                 struct proc_id *found_out)
{
    u32 number;
    if (folder->kind == PROC_ENTRY) {
        if (!parse_number(name, length, &number) || !proc_process_exists(number))
            return HELIX_E_NOENT;
        *found_out = (struct proc_id){.kind = PROC_PROCESS, .pid = number};
        return HELIX_OK;
    }
    if (!proc_process_exists(folder->pid))
        return HELIX_E_NOENT;
    if (folder->kind == PROC_FDS || folder->kind == PROC_FDINFOS)
        return parse_number(name, length, &number) ? lookup_fd(folder, number, found_out)
                                                   : HELIX_E_NOENT;
    if (folder->kind != PROC_TASKS)
        return lookup_member(folder, name, length, found_out);
    if (!parse_number(name, length, &number) || !thread_exists(folder->pid, number))
        return HELIX_E_NOENT;
    *found_out = (struct proc_id){PROC_THREAD, 0, folder->pid, number};
    return HELIX_OK;
}

/* ---- Listing ---- */

struct listing {
    fs_readdir_fn *entry;
    void *context;
};

static bool list_number(const struct listing *list, u32 number, const struct proc_id *id, u32 mode,
                        u64 next)
{
    char name[16];
    u32 length = (u32)lib_format(name, sizeof name, "%u", number);
    return list->entry(list->context, name, length, proc_inode(id), mode, next);
}

static void read_processes(u64 cursor, const struct listing *list)
{
    u32 pid = (u32)cursor;
    while ((pid = proc_ops->next_pid(pid)) != 0) {
        const struct proc_id id = {.kind = PROC_PROCESS, .pid = pid};
        if (!list_number(list, pid, &id, LINUX_S_IFDIR, pid))
            return;
    }
}

static void read_threads(u32 pid, u64 cursor, const struct listing *list)
{
    u32 tid = (u32)cursor;
    while ((tid = proc_ops->next_tid(pid, tid)) != 0) {
        const struct proc_id id = {PROC_THREAD, 0, pid, tid};
        if (!list_number(list, tid, &id, LINUX_S_IFDIR, tid))
            return;
    }
}

static void read_fds(const struct proc_id *folder, u64 cursor, const struct listing *list)
{
    u32 fd = (u32)cursor;
    const struct proc_id first = {fd_kind(folder), 0, folder->pid, 0};
    const u32 type = first.kind == PROC_FD ? LINUX_S_IFLNK : LINUX_S_IFREG;
    for (; proc_ops->next_fd(folder->pid, &fd) && fd < 1u << PROC_INDEX_BITS; fd++) {
        struct proc_id id = first;
        id.index = fd;
        if (!list_number(list, fd, &id, type, fd + 1))
            return;
    }
}

static void read_members(const struct proc_id *folder, u64 cursor, const struct listing *list)
{
    struct proc_id id;
    const char *name;
    for (; member(folder, cursor, &id, &name); cursor++) {
        if (!list->entry(list->context, name, (u32)strlen(name), proc_inode(&id),
                         proc_process_mode(&id), cursor + 1))
            return;
    }
}

helix_status proc_process_read(const struct proc_id *folder, u64 cursor, fs_readdir_fn *entry,
                               void *context)
{
    const struct listing list = {entry, context};
    if (folder->kind != PROC_ENTRY && !proc_process_exists(folder->pid))
        return HELIX_E_NOENT;
    switch (folder->kind) {
    case PROC_ENTRY:
        read_processes(cursor, &list);
        break;
    case PROC_TASKS:
        read_threads(folder->pid, cursor, &list);
        break;
    case PROC_FDS:
    case PROC_FDINFOS:
        read_fds(folder, cursor, &list);
        break;
    default:
        read_members(folder, cursor, &list);
        break;
    }
    return HELIX_OK;
}

/* As the file was opened: r-x and -wx. */
static u32 fd_mode(const struct proc_id *id)
{
    struct file *file;
    if (proc_ops->fd_file(id->pid, id->index, &file) != HELIX_OK)
        return 0;
    u32 mode = (file->access & 1 ? 0500u : 0) | (file->access & 2 ? 0300u : 0);
    file_put(file);
    return mode;
}

u32 proc_process_mode(const struct proc_id *id)
{
    switch (id->kind) {
    case PROC_FILE:
        return LINUX_S_IFREG | proc_ops->file_mode(proc_ops->files[id->index]);
    case PROC_MOUNT_FILE:
        return LINUX_S_IFREG | 0444;
    case PROC_LINK:
    case PROC_SELF:
    case PROC_THREAD_SELF:
    case PROC_MOUNTS_LINK:
        return LINUX_S_IFLNK | 0777;
    case PROC_FD:
        return LINUX_S_IFLNK | fd_mode(id);
    case PROC_FDINFO:
        return LINUX_S_IFREG | 0400;
    case PROC_FDS:
    case PROC_FDINFOS:
        return LINUX_S_IFDIR | 0500;
    default:
        return LINUX_S_IFDIR | 0555;
    }
}

/* ---- Links ---- */

static helix_status follow_fd(const struct proc_id *link, struct path *path_out)
{
    struct file *file;
    helix_status st = proc_ops->fd_file(link->pid, link->index, &file);
    if (st != HELIX_OK)
        return st;
    if (file->dentry != NULL) {
        *path_out = (struct path){file->mount, file->dentry};
        path_get(path_out);
    } else if (file->ops == &pipe_ops) {
        st = pipe_path(file, path_out);
    } else {
        st = HELIX_E_NXIO;
    }
    file_put(file);
    return st;
}

helix_status proc_process_follow(const struct proc_id *link, struct path *path_out)
{
    switch (link->kind) {
    case PROC_LINK:
        return proc_ops->link(link->pid, link_names[link->index], path_out);
    case PROC_FD:
        return follow_fd(link, path_out);
    default:
        return HELIX_E_NOTSUP;
    }
}

static helix_status label_path(const struct path *path, char *target, u32 capacity, u32 *length_out)
{
    struct fs_context *fs;
    const char *name;
    char *buffer = kmalloc(LINUX_PATH_MAX);
    if (buffer == NULL)
        return HELIX_E_NOMEM;
    helix_status st = fs_context_create(&fs);
    if (st == HELIX_OK) {
        st = path_label(path, fs, buffer, LINUX_PATH_MAX, &name);
        fs_context_put(fs);
    }
    if (st == HELIX_OK) {
        *length_out = min((u32)strlen(name), capacity);
        memcpy(target, name, *length_out);
    }
    kfree(buffer);
    return st;
}

static helix_status label_fd(const struct proc_id *link, char *target, u32 capacity,
                             u32 *length_out)
{
    struct file *file;
    helix_status st = proc_ops->fd_file(link->pid, link->index, &file);
    if (st != HELIX_OK)
        return st;
    // A nameless pipe that was opened again has a place, but no path.
    bool nameless =
        file->dentry == NULL || (file_is_pipe(file) && file->dentry->volume->type == NULL);
    if (nameless) {
        char label[64];
        file_label(file, label, sizeof label);
        *length_out = min((u32)strlen(label), capacity);
        memcpy(target, label, *length_out);
    } else {
        const struct path path = {file->mount, file->dentry};
        st = label_path(&path, target, capacity, length_out);
    }
    file_put(file);
    return st;
}

helix_status proc_process_read_link(const struct proc_id *link, char *target, u32 capacity,
                                    u32 *length_out)
{
    char text[48];
    switch (link->kind) {
    case PROC_FD:
        return label_fd(link, target, capacity, length_out);
    case PROC_LINK: {
        struct path path;
        helix_status st = proc_process_follow(link, &path);
        if (st != HELIX_OK)
            return st;
        st = label_path(&path, target, capacity, length_out);
        path_put(&path);
        return st;
    }
    case PROC_SELF:
        lib_format(text, sizeof text, "%u", proc_ops->self_pid());
        break;
    case PROC_THREAD_SELF:
        lib_format(text, sizeof text, "%u/task/%u", proc_ops->self_pid(), proc_ops->self_tid());
        break;
    default:
        strlcpy(text, "self/mounts", sizeof text);
        break;
    }
    if (text[0] == '0')
        return HELIX_E_NOENT; // a kernel thread asks
    *length_out = min((u32)strlen(text), capacity);
    memcpy(target, text, *length_out);
    return HELIX_OK;
}

/* ---- Contents ---- */

static helix_status show_fd(const struct proc_id *id, struct text_writer *writer)
{
    struct file *file;
    struct fs_attributes attributes;
    u64 device;
    helix_status st = proc_ops->fd_file(id->pid, id->index, &file);
    if (st != HELIX_OK)
        return st;
    st = file_stat(file, &attributes, &device);
    if (st == HELIX_OK)
        text_write(writer, "pos:\t%llu\nflags:\t0%o\nmnt_id:\t%llu\nino:\t%llu\n",
                   (unsigned long long)READ_ONCE(file->position), proc_ops->shown_flags(file),
                   file->mount != NULL ? (unsigned long long)file->mount->id : 0ull,
                   (unsigned long long)attributes.inode);
    file_put(file);
    return st;
}

helix_status proc_show(const struct proc_id *id, struct text_writer *writer)
{
    const struct proc_node *node;
    switch (id->kind) {
    case PROC_ENTRY:
        node = proc_node_get(id->index);
        return node->entry->show(writer, node->entry->context);
    case PROC_FILE:
        return proc_ops->show(id->pid, id->tid, proc_ops->files[id->index], writer);
    case PROC_MOUNT_FILE:
        return proc_show_mounts(writer, id->index == 0);
    case PROC_FDINFO:
        return show_fd(id, writer);
    default:
        return HELIX_E_INVAL;
    }
}

helix_status proc_store(const struct proc_id *id, const char *text, size_t bytes)
{
    const struct proc_node *node;
    switch (id->kind) {
    case PROC_ENTRY:
        node = proc_node_get(id->index);
        return node->entry->store != NULL ? node->entry->store(text, bytes, node->entry->context)
                                          : HELIX_E_ACCESS;
    case PROC_FILE:
        return proc_ops->store(id->pid, id->tid, proc_ops->files[id->index], text, bytes);
    default:
        return HELIX_E_ACCESS;
    }
}
