/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/vfs/file.h>

/* fcntl(2): whose files these are, and the signals that say when they are ready (O_ASYNC). */

/* F_SETOWN, F_SETSIG and their kin. False: @command is another. */
bool file_owner_control(struct file *file, int command, u64 argument, i64 *result_out);

/* FIOSETOWN and FIOGETOWN by their other names too. INVAL, NO_PROCESS. */
helix_status file_owner_set(struct file *file, i32 who);
i32 file_owner_get(const struct file *file);

/* O_ASYNC of @file, which the caller knows as @fd. NOT_TTY: its kind never tells. */
helix_status file_set_async(struct file *file, int fd, bool on);

/* SIGURG, and what O_ASYNC says of an urgent byte. */
void file_tell_urgent(struct file *file);

/* As O_ASYNC tells, with POLL_MSG, whoever owns @file, known as @fd. */
void file_tell_message(struct file *file, int fd);

/* Without an owner it gets the running process. */
void file_owner_default(struct file *file);

void file_owner_forget(struct file *file);

/* notify.c: F_NOTIFY, and its end for @process (NULL: for all). NOT_DIR, NOMEM. */
helix_status file_notify(struct file *file, int fd, u32 mask);
struct process;
void file_notices_end(struct file *file, const struct process *process);

void file_owners_start(void);
