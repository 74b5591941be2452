/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The links of /proc/PID: exe, cwd, root and fd/N. */
#include "proc/proc.h"

#include <helix/lib/string.h>
#include <helix/userspace/file_table.h>
#include <helix/vfs/path.h>

#include "files/fd.h"
#include "task/tasks.h"

static helix_status link_program(const struct proc_subject *subject, struct path *path_out)
{
    struct file *program = process_program_get(subject->process);
    if (!program)
        return HELIX_E_NOENT;
    const helix_status status = path_of_file(program, path_out);
    file_put(program);
    return status;
}

static helix_status link_place(const struct proc_subject *subject, bool root, struct path *path_out)
{
    struct fs_context *fs = proc_fs(subject);
    if (!fs)
        return HELIX_E_NOENT;
    mutex_lock(&fs->lock);
    *path_out = root ? (struct path){fs->root_mount, fs->root_dentry}
                     : (struct path){fs->cwd_mount, fs->cwd_dentry};
    path_get(path_out);
    mutex_unlock(&fs->lock);
    fs_context_put(fs);
    return HELIX_OK;
}

helix_status proc_link(u32 pid, const char *name, struct path *path_out)
{
    struct proc_subject subject;
    helix_status status = proc_subject_find(pid, 0, &subject);
    if (status != HELIX_OK)
        return status;
    if (!proc_may_inspect(&subject))
        status = HELIX_E_ACCESS;
    else if (strcmp(name, "exe") == 0)
        status = link_program(&subject, path_out);
    else if (strcmp(name, "cwd") == 0)
        status = link_place(&subject, false, path_out);
    else if (strcmp(name, "root") == 0)
        status = link_place(&subject, true, path_out);
    else
        status = HELIX_E_NOENT;
    proc_subject_put(&subject);
    return status;
}

/* The table of descriptors, where the running task may see it. */
static helix_status files_of(u32 pid, struct file_table **files_out)
{
    struct proc_subject subject;
    helix_status status = proc_subject_find(pid, 0, &subject);
    if (status != HELIX_OK)
        return status;
    if (proc_may_inspect(&subject)) {
        *files_out = proc_files(&subject);
        status = *files_out ? HELIX_OK : HELIX_E_NO_PROCESS;
    } else {
        status = HELIX_E_ACCESS;
    }
    proc_subject_put(&subject);
    return status;
}

bool proc_next_fd(u32 pid, u32 *fd)
{
    struct file_table *files;
    if (files_of(pid, &files) != HELIX_OK)
        return false;
    const bool found = file_table_next(files, fd);
    file_table_put(files);
    return found;
}

helix_status proc_fd_file(u32 pid, u32 fd, struct file **file_out)
{
    struct file_table *files;
    helix_status status = files_of(pid, &files);
    if (status != HELIX_OK)
        return status;
    status = file_table_lookup(files, fd, file_out);
    file_table_put(files);
    return status == HELIX_E_BAD_FD ? HELIX_E_NOENT : status;
}
