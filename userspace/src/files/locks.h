/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/linux.h>
#include <helix/abi/status.h>
#include <helix/vfs/file.h>

/*
 * Advisory locks: flock(2) locks belong to the open file, POSIX record locks to the process. Both
 * live in one table by vnode.
 */
struct linux_flock {
    i16 type;
    i16 whence;
    i64 start;
    i64 length;
    i32 pid;
};

/* Once, before the first process. */
void file_locks_init(void);

/* fcntl(F_GETLK, F_SETLK, F_SETLKW). @lock is changed by F_GETLK only. */
helix_status file_record_lock(struct file *file, int command, struct linux_flock *lock);

/* flock(2) with LOCK_SH, LOCK_EX, LOCK_UN and LOCK_NB. */
helix_status file_flock(struct file *file, int operation);

/* A process closes a descriptor of the file: its record locks on that file go. */
void file_locks_drop_process(struct file *file);
