/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "task/tasks.h"

#include <helix/userspace/file_table.h>

static helix_status unshare_files(struct task *task)
{
    struct file_table *copy;
    const helix_status status = file_table_copy(task->files, &copy);
    if (status != HELIX_OK)
        return status;
    struct file_table *old = task->files;
    const struct irq_key key = spin_lock_irq(&task->process->lock);
    task->files = copy;
    spin_unlock_irq(&task->process->lock, key);
    file_table_put(old);
    return HELIX_OK;
}

static helix_status unshare_fs(struct task *task)
{
    struct fs_context *copy;
    const helix_status status = fs_context_copy(task->fs, &copy);
    if (status != HELIX_OK)
        return status;
    struct fs_context *old = task->fs;
    const struct irq_key key = spin_lock_irq(&task->process->lock);
    task->fs = copy;
    spin_unlock_irq(&task->process->lock, key);
    fs_context_put(old);
    return HELIX_OK;
}

i64 task_unshare(u64 flags)
{
    struct task *task = task_current();
    helix_status status = HELIX_OK;
    if ((flags & CLONE_FILES) && ref_count(&task->files->references) > 1)
        status = unshare_files(task);
    if (status == HELIX_OK && (flags & CLONE_FS) && ref_count(&task->fs->references) > 1)
        status = unshare_fs(task);
    return syscall_result(status);
}
