/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/userspace/file_table.h>
#include <helix/userspace/task.h>
#include <helix/vfs/file.h>
#include <helix/vfs/path.h>

/* Private to the file calls: descriptors and user paths with little ceremony. */

/* A file for the time of one call. Without a second user of the table no reference is taken. */
struct fd_ref {
    struct file *file;
    bool owned;
};
helix_status fd_borrow(int fd, struct fd_ref *ref);

/* The same for calls that need more than a place: BAD_FD for what was opened with O_PATH. */
helix_status fd_borrow_opened(int fd, struct fd_ref *ref);

/* The file in @fd's slot without a reference: for the only user of @table. */
static inline helix_status fd_peek(struct file_table *table, u32 fd,
                                   struct file **file_out) HELIX_NO_THREAD_SAFETY
{
    if (fd >= table->capacity || !table->slots[fd].file)
        return HELIX_E_BAD_FD;
    *file_out = table->slots[fd].file;
    return HELIX_OK;
}

static inline void fd_release(const struct fd_ref *ref)
{
    if (ref->owned)
        file_put(ref->file);
}

/* Is a descriptor free below the limit? TOO_MANY_FILES. For calls that would lose what they take.
 */
helix_status fd_room(void);

helix_status fd_flags(int fd, bool *close_on_exec_out);
helix_status fd_set_flags(int fd, bool close_on_exec);

u32 file_shown_flags(const struct file *file); // open(2)'s, as F_GETFL tells them

/* What close(2) does to an open file that has left its slot: drops the process's record locks,
 * flushes, puts. */
helix_status fd_close_file(struct file *file);

/* Install @file in the lowest free descriptor and give the number, or put it and give a negative
 * errno. */
i64 fd_publish(struct file *file, bool close_on_exec);

/* A path from user memory. Short ones stay on the stack. */
struct user_path {
    const char *text;
    char *heap; // NULL: in `small`
    char small[192];
};
helix_status user_path_get(struct user_path *path, u64 user_address);
void user_path_put(struct user_path *path);

/* A path and where it starts, as every *at call takes them. */
struct path_call {
    struct walk_start start;
    struct user_path path;
};
helix_status path_call_begin(struct path_call *call, int dirfd, u64 user_path);
void path_call_end(struct path_call *call);

/* Walk a user path to a place; path_put() it. */
helix_status path_of_user(int dirfd, u64 user_path, unsigned walk_flags, struct path *path_out);

/* The place of an open file, with references; NODEV for pipes and sockets. */
helix_status path_of_file(const struct file *file, struct path *path_out);

/* WALK_FOLLOW unless AT_SYMLINK_NOFOLLOW, WALK_EMPTY with AT_EMPTY_PATH. */
unsigned walk_flags_of_at(u32 at_flags);
