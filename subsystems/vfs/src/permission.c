/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Who may do what: the rules of path_resolution(7) and capabilities(7). */
#include "permission.h"

static bool capable_instead(const struct vnode *vnode, unsigned wanted,
                            const struct credentials *who)
{
    bool directory = vnode_is_directory(vnode);
    if (credentials_capable(who, CRED_CAP_DAC_OVERRIDE))
        return directory || !(wanted & ACCESS_EXEC) || (vnode->attributes.mode & 0111);
    if (!credentials_capable(who, CRED_CAP_DAC_READ_SEARCH))
        return false;
    return wanted == ACCESS_READ || (directory && !(wanted & ACCESS_WRITE));
}

helix_status permission_check(const struct vnode *vnode, unsigned wanted,
                              const struct credentials *who)
{
    u32 mode = vnode->attributes.mode;
    if (who->fsuid == vnode->attributes.uid)
        mode >>= 6;
    else if (credentials_in_group(who, vnode->attributes.gid))
        mode >>= 3;
    if ((mode & wanted) == wanted || capable_instead(vnode, wanted, who))
        return HELIX_OK;
    return HELIX_E_ACCESS;
}

helix_status permission_create(const struct vnode *directory, const struct credentials *who)
{
    if (directory->flags & VNODE_REMOVED)
        return HELIX_E_NOENT;
    return permission_check(directory, ACCESS_WRITE | ACCESS_EXEC, who);
}

helix_status permission_delete(const struct vnode *directory, const struct vnode *victim,
                               const struct credentials *who)
{
    helix_status st = permission_check(directory, ACCESS_WRITE | ACCESS_EXEC, who);
    if (st != HELIX_OK)
        return st;
    bool sticky = (directory->attributes.mode & LINUX_S_ISVTX) != 0;
    if (sticky && victim->attributes.uid != who->fsuid && directory->attributes.uid != who->fsuid &&
        !credentials_capable(who, CRED_CAP_FOWNER))
        return HELIX_E_PERM;
    return HELIX_OK;
}
