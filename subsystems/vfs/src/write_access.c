/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Who writes a file and who runs it exclude each other. vnode->writers counts the former upwards
 * from zero and the latter downwards; an open file keeps its share until it ends.
 */
#include <helix/lib/atomic.h>
#include <helix/vfs/special.h>

#include "file_kinds.h"
#include "vnode.h"

/* One more on the side of @step, unless the other side is there. */
static bool join(struct vnode *vnode, i32 step)
{
    i32 now = atomic_load_relaxed(&vnode->writers);
    do {
        if (now * step < 0)
            return false;
    } while (!atomic_cas_acquire(&vnode->writers, &now, now + step));
    return true;
}

static helix_status hold(struct file *file, i8 step)
{
    if (file->write_share != 0 || file->vnode == NULL)
        return HELIX_OK;
    if (!join(file->vnode, step))
        return HELIX_E_TEXT_BUSY;
    file->write_share = step;
    if (step < 0 || file->mount == NULL)
        return HELIX_OK;
    (void)atomic_fetch_add_relaxed(&file->mount->writers, 1u);
    atomic_fence_seq(); // a remount that makes it read-only looks the other way round
    return mount_may_write(file->mount);
}

helix_status file_begin_sharing(struct file *file)
{
    if (file->access & 2)
        return hold(file, 1);
    file->reads = true;
    (void)atomic_fetch_add_relaxed(&file->vnode->readers, 1u);
    return HELIX_OK;
}

helix_status file_deny_writing(struct file *file)
{
    return hold(file, -1);
}

void file_end_sharing(struct file *file)
{
    if (file->write_share != 0)
        (void)atomic_fetch_sub_release(&file->vnode->writers, (i32)file->write_share);
    if (file->write_share > 0 && file->mount != NULL)
        (void)atomic_fetch_sub_release(&file->mount->writers, 1u);
    if (file->reads)
        (void)atomic_fetch_sub_release(&file->vnode->readers, 1u);
}

/* ---- Leases ---- */

static helix_status (*lease_hook)(const struct vnode *vnode, u32 flags);
u32 vfs_leases;

void vfs_set_lease_hook(helix_status (*hook)(const struct vnode *vnode, u32 flags))
{
    lease_hook = hook;
}

void vfs_count_lease(i32 step)
{
    (void)atomic_fetch_add_relaxed(&vfs_leases, (u32)step);
    atomic_fence_seq(); // before one looks who has the file open
}

helix_status vnode_break_leases(const struct vnode *vnode, u32 flags)
{
    return lease_hook(vnode, flags);
}

bool file_has_company(const struct file *file, bool any)
{
    const struct vnode *vnode = file->vnode;
    const i32 writers = atomic_load_relaxed(&vnode->writers);
    if (!any)
        return writers > 0;
    return writers != (file->write_share > 0) ||
           atomic_load_relaxed(&vnode->readers) != (u32)file->reads;
}

helix_status vnode_may_write(const struct vnode *vnode)
{
    return atomic_load_relaxed(&vnode->writers) < 0 ? HELIX_E_TEXT_BUSY : HELIX_OK;
}
