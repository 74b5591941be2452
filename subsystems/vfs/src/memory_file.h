/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/vfs/file.h>

#include "vnode.h"

/* Memory files and seals; memory_file_create() is public, in special.h. */
extern const struct file_ops memory_file_ops;
extern const struct object_type memory_file_object_type;

void memory_file_start(void); // at init

/* Do seals allow writing up to @end, or another size? The vnode's lock is held. PERM. */
helix_status vnode_check_write_locked(const struct vnode *vnode, u64 end);
helix_status vnode_check_resize_locked(const struct vnode *vnode, u64 bytes);
