/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/vfs/credentials.h>

#include "vnode.h"

enum access_bit {
    ACCESS_EXEC = 1,
    ACCESS_WRITE = 2,
    ACCESS_READ = 4,
};

/* May @who do all of @wanted (ACCESS_*)? HELIX_E_ACCESS. Any context. */
helix_status permission_check(const struct vnode *vnode, unsigned wanted,
                              const struct credentials *who);

/* Search permission, the common case without a call. */
static inline helix_status permission_search(const struct vnode *directory,
                                             const struct credentials *who)
{
    if ((directory->attributes.mode & 0111) == 0111)
        return HELIX_OK;
    return permission_check(directory, ACCESS_EXEC, who);
}

/* May @who make names in @directory / take the name of @victim out of it? */
helix_status permission_create(const struct vnode *directory, const struct credentials *who);
helix_status permission_delete(const struct vnode *directory, const struct vnode *victim,
                               const struct credentials *who);

static inline bool permission_is_owner(const struct vnode *vnode, const struct credentials *who)
{
    return vnode->attributes.uid == who->fsuid || credentials_capable(who, CRED_CAP_FOWNER);
}
