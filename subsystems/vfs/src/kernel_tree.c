/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* File systems that other parts of the kernel bring. */
#include <helix/memory/heap.h>
#include <helix/vfs/special.h>

#include "fs_type.h"
#include "mount.h"

struct tree_type {
    struct fs_type type;
    struct kernel_tree *tree;
};

static helix_status open_in_tree(struct file *file, struct vnode *vnode)
{
    return container_of(vnode->volume->type, struct tree_type, type)
        ->tree->open(file, vnode->attributes.inode);
}

static helix_status follow_none(struct vnode *vnode, struct path *path_out)
{
    (void)vnode, (void)path_out;
    return HELIX_E_NOTSUP;
}

helix_status kernel_tree_register(struct kernel_tree *tree)
{
    static const struct fs_native native = {.open = open_in_tree, .follow = follow_none};
    struct tree_type *made = kzalloc(sizeof *made);
    if (made == NULL)
        return HELIX_E_NOMEM;
    made->tree = tree;
    made->type = (struct fs_type){
        .name = tree->name, .ops = tree->ops, .native = &native, .single = true, .nodev = true};
    fs_type_register(&made->type);
    return mount_nowhere(tree->name, &tree->root);
}
