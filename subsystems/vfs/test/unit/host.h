/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/lib/test.h>
#include <helix/vfs/file.h>
#include <helix/vfs/path.h>

/*
 * A machine for the VFS's unit tests: real frames and heap, the real ramfs, one thread. Waiting
 * does not wait: what would block gives HELIX_E_INTERRUPTED.
 */
void host_start(void); // once per program: memory, VFS, ramfs, root

/* Root's walk, at the root. */
extern struct walk_context host_walk;

/* Somebody without rights, uid and gid 1000. */
extern struct credentials host_user;

/* Small things that tests do all the time. */
helix_status host_write_file(const char *path, const void *data, size_t bytes);
helix_status host_read_file(const char *path, void *data, size_t capacity, size_t *bytes_out);
helix_status host_stat(const char *path, unsigned flags, struct fs_attributes *attributes_out);
helix_status host_open(const char *path, u32 flags, u32 mode, struct file **file_out);

/* Put a fresh ramfs in the place of the one in charge, with its state. */
helix_status host_replace_ramfs(void);

/* The state of the ramfs in charge, malloc'ed; and whether a fresh one would take @state. */
void *host_save_ramfs(size_t *bytes_out);
helix_status host_try_ramfs(const void *state, size_t bytes);

/* Everything that is given out now, in frames and heap objects; to compare with later. */
u64 host_held(void);
