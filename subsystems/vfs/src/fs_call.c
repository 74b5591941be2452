/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "fs_call.h"

/* Evaluate @call_ with `ops` and `self` of the type's provider; its status, or the gate's. NOTSUP
 * for anonymous files (memfd_create, pipes), whose volume has no type: they are in memory alone. */
#define FS_CALL(type_, call_)                                                             \
    __extension__({                                                                       \
        const struct fs_type *fs_t_ = (type_);                                            \
        helix_status volatile fs_st_ = HELIX_E_NODEV;                                     \
        if (fs_t_ == NULL) {                                                              \
            fs_st_ = HELIX_E_NOTSUP;                                                      \
        } else if (fs_t_->binding == NULL) {                                              \
            const struct filesystem_ops *ops = fs_t_->ops;                                \
            void *self = fs_t_->self;                                                     \
            fs_st_ = (call_);                                                             \
        } else {                                                                          \
            helix_status fs_gate_ =                                                       \
                GATE_SLEEP_CALL(fs_t_->binding, struct filesystem_ops, fs_st_ = (call_)); \
            if (fs_gate_ != HELIX_OK)                                                     \
                fs_st_ = fs_gate_;                                                        \
        }                                                                                 \
        (helix_status) fs_st_;                                                            \
    })

/* The same for operations that cannot fail. What a crashed module does not free is in its ledger.
 */
#define FS_CALL_VOID(type_, call_) helix_ignore(FS_CALL((type_), ((call_), HELIX_OK)))

static inline const struct fs_type *type_of(const struct vnode *vnode)
{
    return vnode->volume->type;
}

helix_status fs_mount(const struct fs_type *type, const struct fs_mount_args *args, u64 *mount_out,
                      struct fs_attributes *root_out)
{
    return FS_CALL(type, ops->mount(self, args, mount_out, root_out));
}

void fs_unmount(struct volume *volume)
{
    FS_CALL_VOID(volume->type, ops->unmount(self, volume->handle));
}

helix_status fs_statistics(struct volume *volume, struct fs_statistics *statistics_out)
{
    return FS_CALL(volume->type, ops->statistics(self, volume->handle, statistics_out));
}

helix_status fs_sync(struct volume *volume)
{
    if (volume->type == NULL)
        return HELIX_OK;
    return FS_CALL(volume->type, ops->sync(self, volume->handle));
}

helix_status fs_lookup(struct vnode *directory, const char *name, u32 length,
                       struct fs_attributes *found_out)
{
    return FS_CALL(type_of(directory),
                   ops->lookup(self, directory->volume->handle, directory->attributes.inode, name,
                               length, found_out));
}

helix_status fs_set_attributes(struct vnode *vnode, u32 mask, const struct fs_attributes *wanted,
                               struct fs_attributes *now_out)
{
    if (type_of(vnode) == NULL)
        return HELIX_OK; // the caller takes them over into the vnode
    return FS_CALL(type_of(vnode),
                   ops->set_attributes(self, vnode->volume->handle, vnode->attributes.inode, mask,
                                       wanted, now_out));
}

helix_status fs_get_attributes(struct vnode *vnode, struct fs_attributes *attributes_out)
{
    if (type_of(vnode) == NULL) {
        *attributes_out = vnode->attributes;
        return HELIX_OK;
    }
    return FS_CALL(type_of(vnode), ops->get_attributes(self, vnode->volume->handle,
                                                       vnode->attributes.inode, attributes_out));
}

helix_status fs_create(struct vnode *directory, const char *name, u32 length,
                       const struct fs_create_args *args, struct fs_attributes *made_out)
{
    return FS_CALL(type_of(directory),
                   ops->create(self, directory->volume->handle, directory->attributes.inode, name,
                               length, args, made_out));
}

helix_status fs_create_unnamed(struct volume *volume, const struct fs_create_args *args,
                               struct fs_attributes *made_out)
{
    return FS_CALL(volume->type, ops->create_unnamed(self, volume->handle, args, made_out));
}

helix_status fs_link(struct vnode *directory, const char *name, u32 length, struct vnode *vnode)
{
    return FS_CALL(type_of(directory),
                   ops->link(self, directory->volume->handle, directory->attributes.inode, name,
                             length, vnode->attributes.inode));
}

helix_status fs_unlink(struct vnode *directory, const char *name, u32 length, u64 inode)
{
    return FS_CALL(type_of(directory),
                   ops->unlink(self, directory->volume->handle, directory->attributes.inode, name,
                               length, inode));
}

helix_status fs_rename(const struct fs_rename_args *args)
{
    return FS_CALL(type_of(args->from),
                   ops->rename(self, args->from->volume->handle, args->from->attributes.inode,
                               args->from_name, args->from_length, args->to->attributes.inode,
                               args->to_name, args->to_length, args->flags));
}

helix_status fs_read_link(struct vnode *vnode, char *target, u32 capacity, u32 *length_out)
{
    return FS_CALL(type_of(vnode),
                   ops->read_link(self, vnode->volume->handle, vnode->attributes.inode, target,
                                  capacity, length_out));
}

helix_status fs_read_directory(struct vnode *directory, u64 cursor, fs_readdir_fn *entry,
                               void *context)
{
    return FS_CALL(type_of(directory),
                   ops->read_directory(self, directory->volume->handle, directory->attributes.inode,
                                       cursor, entry, context));
}

helix_status fs_read_page(struct vnode *vnode, u64 index, void *page)
{
    return FS_CALL(type_of(vnode), ops->read_page(self, vnode->volume->handle,
                                                  vnode->attributes.inode, index, page));
}

helix_status fs_write_page(struct vnode *vnode, u64 index, const void *page, u32 bytes)
{
    return FS_CALL(type_of(vnode), ops->write_page(self, vnode->volume->handle,
                                                   vnode->attributes.inode, index, page, bytes));
}

void fs_forget(struct volume *volume, u64 inode)
{
    FS_CALL_VOID(volume->type, ops->forget(self, volume->handle, inode));
}

helix_status fs_get_xattr(struct vnode *vnode, const char *name, void *value, u32 capacity,
                          u32 *bytes_out)
{
    return FS_CALL(type_of(vnode),
                   ops->get_xattr(self, vnode->volume->handle, vnode->attributes.inode, name, value,
                                  capacity, bytes_out));
}

helix_status fs_set_xattr(struct vnode *vnode, const char *name, const void *value, u32 bytes,
                          u32 flags)
{
    return FS_CALL(type_of(vnode),
                   ops->set_xattr(self, vnode->volume->handle, vnode->attributes.inode, name, value,
                                  bytes, flags));
}

helix_status fs_list_xattr(struct vnode *vnode, char *names, u32 capacity, u32 *bytes_out)
{
    return FS_CALL(type_of(vnode),
                   ops->list_xattr(self, vnode->volume->handle, vnode->attributes.inode, names,
                                   capacity, bytes_out));
}

helix_status fs_remove_xattr(struct vnode *vnode, const char *name)
{
    return FS_CALL(type_of(vnode),
                   ops->remove_xattr(self, vnode->volume->handle, vnode->attributes.inode, name));
}
