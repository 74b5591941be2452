/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Names of sockets in the tree. What is bound to them is the socket layer's business. */
#include <helix/abi/linux.h>

#include "create.h"
#include "permission.h"

/* A vnode's address tells it from all others as long as somebody holds it. */
static u64 node_of(const struct path *place)
{
    return (u64)(uintptr_t)place->dentry->vnode;
}

helix_status vfs_socket_make(const struct walk_context *walk, const char *path, u32 mode,
                             struct path *place_out, u64 *node_out)
{
    const struct creation what = {.mode = LINUX_S_IFSOCK | (mode & 0777)};
    helix_status st = place_make(walk, path, &what, place_out);
    if (st == HELIX_OK)
        *node_out = node_of(place_out);
    return st;
}

helix_status vfs_socket_find(const struct walk_context *walk, const char *path,
                             struct path *place_out, u64 *node_out)
{
    struct path found;
    helix_status st = path_walk(walk, path, WALK_FOLLOW, &found);
    if (st != HELIX_OK)
        return st;
    const struct vnode *vnode = found.dentry->vnode;
    st = permission_check(vnode, ACCESS_WRITE, walk->credentials);
    if (st == HELIX_OK && vnode_type(vnode) != LINUX_S_IFSOCK)
        st = HELIX_E_CONNECTION_REFUSED;
    if (st != HELIX_OK) {
        path_put(&found);
        return st;
    }
    *place_out = found;
    *node_out = node_of(&found);
    return HELIX_OK;
}
