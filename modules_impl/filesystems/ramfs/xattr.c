/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Extended attributes: a list per inode, for there are few. */
#include <helix/lib/string.h>

#include "ramfs.h"

#define XATTR_CREATE  1u
#define XATTR_REPLACE 2u

static struct ramfs_xattr **find(struct ramfs_inode *inode, const char *name)
{
    struct ramfs_xattr **link = &inode->xattrs;
    while (*link != NULL && strcmp((*link)->name, name) != 0)
        link = &(*link)->next;
    return link;
}

static i64 state_bytes(const struct ramfs_xattr *xattr)
{
    return (i64)(sizeof(struct ramfs_state_xattr) + ramfs_state_padded(strlen(xattr->name) + 1) +
                 ramfs_state_padded(xattr->bytes));
}

static void destroy(struct ramfs *ramfs, struct ramfs_xattr *xattr)
{
    ramfs_state_grows(ramfs, -state_bytes(xattr));
    ramfs_free(ramfs, xattr->value);
    ramfs_free(ramfs, xattr);
}

void ramfs_xattrs_clear(struct ramfs *ramfs, struct ramfs_inode *inode)
{
    while (inode->xattrs != NULL) {
        struct ramfs_xattr *xattr = inode->xattrs;
        inode->xattrs = xattr->next;
        destroy(ramfs, xattr);
    }
}

helix_status ramfs_get_xattr(void *self, u64 mount, u64 number, const char *name, void *value,
                             u32 capacity, u32 *bytes_out)
{
    struct ramfs_inode *inode = ramfs_inode_find(self, mount, number);
    if (inode == NULL)
        return HELIX_E_STALE;
    const struct ramfs_xattr *xattr = *find(inode, name);
    if (xattr == NULL)
        return HELIX_E_NO_DATA;
    if (capacity != 0 && capacity < xattr->bytes)
        return HELIX_E_RANGE;
    if (capacity != 0)
        memcpy(value, xattr->value, xattr->bytes);
    *bytes_out = xattr->bytes;
    return HELIX_OK;
}

static struct ramfs_xattr *make(struct ramfs *ramfs, const char *name)
{
    size_t length = strlen(name);
    struct ramfs_xattr *xattr = ramfs_alloc(ramfs, sizeof *xattr + length + 1);
    if (xattr != NULL)
        memcpy(xattr->name, name, length + 1);
    return xattr;
}

helix_status ramfs_xattr_set_in(struct ramfs *ramfs, struct ramfs_inode *inode, const char *name,
                                const void *value, u32 bytes, u32 flags)
{
    struct ramfs_xattr **link = find(inode, name);
    if (*link != NULL && (flags & XATTR_CREATE))
        return HELIX_E_EXIST;
    if (*link == NULL && (flags & XATTR_REPLACE))
        return HELIX_E_NO_DATA;
    void *copy = ramfs_alloc(ramfs, bytes > 0 ? bytes : 1);
    if (copy == NULL)
        return HELIX_E_NOMEM;
    if (*link == NULL) {
        *link = make(ramfs, name);
        if (*link == NULL) {
            ramfs_free(ramfs, copy);
            return HELIX_E_NOMEM;
        }
        ramfs_state_grows(ramfs, state_bytes(*link));
    }
    if (bytes > 0)
        memcpy(copy, value, bytes);
    ramfs_free(ramfs, (*link)->value);
    ramfs_state_grows(ramfs,
                      (i64)ramfs_state_padded(bytes) - (i64)ramfs_state_padded((*link)->bytes));
    (*link)->value = copy;
    (*link)->bytes = bytes;
    return HELIX_OK;
}

helix_status ramfs_set_xattr(void *self, u64 mount, u64 number, const char *name, const void *value,
                             u32 bytes, u32 flags)
{
    struct ramfs_inode *inode = ramfs_inode_find(self, mount, number);
    return inode != NULL ? ramfs_xattr_set_in(self, inode, name, value, bytes, flags)
                         : HELIX_E_STALE;
}

helix_status ramfs_list_xattr(void *self, u64 mount, u64 number, char *names, u32 capacity,
                              u32 *bytes_out)
{
    const struct ramfs_inode *inode = ramfs_inode_find(self, mount, number);
    u32 bytes = 0;
    if (inode == NULL)
        return HELIX_E_STALE;
    for (const struct ramfs_xattr *x = inode->xattrs; x != NULL; x = x->next) {
        u32 length = (u32)strlen(x->name) + 1;
        if (capacity != 0 && bytes + length > capacity)
            return HELIX_E_RANGE;
        if (capacity != 0)
            memcpy(names + bytes, x->name, length);
        bytes += length;
    }
    *bytes_out = bytes;
    return HELIX_OK;
}

helix_status ramfs_remove_xattr(void *self, u64 mount, u64 number, const char *name)
{
    struct ramfs *ramfs = self;
    struct ramfs_inode *inode = ramfs_inode_find(ramfs, mount, number);
    if (inode == NULL)
        return HELIX_E_STALE;
    struct ramfs_xattr **link = find(inode, name);
    struct ramfs_xattr *xattr = *link;
    if (xattr == NULL)
        return HELIX_E_NO_DATA;
    *link = xattr->next;
    destroy(ramfs, xattr);
    return HELIX_OK;
}
