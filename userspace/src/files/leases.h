/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/vfs/file.h>

/* F_SETLEASE and F_GETLEASE with F_RDLCK, F_WRLCK, F_UNLCK. ACCESS, INVAL, NOMEM; WOULD_BLOCK:
 * others have it open, or there is none to give up. */
helix_status file_lease_set(struct file *file, int fd, u64 type);
i32 file_lease_get(const struct file *file);

/* The last reference of @file is gone. */
void file_lease_end(struct file *file);

void file_leases_start(void);
