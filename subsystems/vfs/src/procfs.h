/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/vfs/path.h>
#include <helix/vfs/special.h>

#include "fs_type.h"

/*
 * procfs in three parts: the tree of registered entries (proc_entries.c), the folders of processes
 * (proc_process.c), and the file system over both (procfs.c, proc_file.c). Nothing is kept per
 * process: an inode number says what it is.
 */
enum proc_kind {
    PROC_ENTRY = 0,  // index: number of a node of the tree; 1 is the root
    PROC_PROCESS,    // /proc/PID
    PROC_FILE,       // index: into the provider's files; tid 0 or a thread's
    PROC_LINK,       // index: into exe, cwd, root
    PROC_TASKS,      // /proc/PID/task
    PROC_THREAD,     // /proc/PID/task/TID
    PROC_FDS,        // /proc/PID/fd
    PROC_FD,         // index: descriptor
    PROC_MOUNT_FILE, // index: mounts, mountinfo
    PROC_SELF,
    PROC_THREAD_SELF,
    PROC_MOUNTS_LINK, // /proc/mounts
    PROC_FDINFOS,     // /proc/PID/fdinfo
    PROC_FDINFO,      // index: descriptor
};

struct proc_id {
    enum proc_kind kind;
    u32 index;    // 16 bits
    u32 pid, tid; // 22 bits each
};

#define PROC_ID_BITS    22u
#define PROC_INDEX_BITS 16u
#define PROC_ROOT_INODE 1u

static inline u64 proc_inode(const struct proc_id *id)
{
    return (u64)id->kind << (2 * PROC_ID_BITS + PROC_INDEX_BITS) |
           (u64)id->tid << (PROC_ID_BITS + PROC_INDEX_BITS) | (u64)id->pid << PROC_INDEX_BITS |
           id->index;
}

static inline struct proc_id proc_id_of(u64 inode)
{
    const u32 id_mask = (1u << PROC_ID_BITS) - 1;
    return (struct proc_id){
        .kind = (enum proc_kind)(inode >> (2 * PROC_ID_BITS + PROC_INDEX_BITS)),
        .index = (u32)inode & ((1u << PROC_INDEX_BITS) - 1),
        .pid = (u32)(inode >> PROC_INDEX_BITS) & id_mask,
        .tid = (u32)(inode >> (PROC_ID_BITS + PROC_INDEX_BITS)) & id_mask,
    };
}

/* ---- The tree of registered entries ---- */
struct proc_node {
    u32 number;
    const char *name;
    u32 name_length;
    u32 parent;
    const struct proc_entry *entry; // NULL: a folder
};
const struct proc_node *proc_node_get(u32 number); // NULL: none
const struct proc_node *proc_node_find(u32 parent, const char *name, u32 length);
const struct proc_node *proc_node_next(u32 parent, u32 after); // children in order of registration
bool proc_node_is_folder(const struct proc_node *node);
void proc_own_entries_register(void); // filesystems, devices

/* ---- Processes ---- */
extern const struct proc_process_ops *proc_ops; // never NULL

/* The member @name of the folder @folder; HELIX_E_NOENT. */
helix_status proc_process_lookup(const struct proc_id *folder, const char *name, u32 length,
                                 struct proc_id *found_out);

/* Members from @cursor on, as fs_readdir_fn wants them. */
helix_status proc_process_read(const struct proc_id *folder, u64 cursor, fs_readdir_fn *entry,
                               void *context);
bool proc_process_exists(u32 pid);

/* Where a link leads; NOTSUP: it is a text. */
helix_status proc_process_follow(const struct proc_id *link, struct path *path_out);
helix_status proc_process_read_link(const struct proc_id *link, char *target, u32 capacity,
                                    u32 *length_out);
u32 proc_process_mode(const struct proc_id *id);

/* The text of any file of procfs, and what a write to it does. */
helix_status proc_show(const struct proc_id *id, struct text_writer *writer);
helix_status proc_store(const struct proc_id *id, const char *text, size_t bytes);
helix_status proc_file_open(struct file *file, struct vnode *vnode);

/* Lists of mounts, seen from the root. */
helix_status proc_show_mounts(struct text_writer *writer, bool full);

extern struct fs_type procfs_type;
