/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>
#include <helix/lib/refcount.h>
#include <helix/profile.h>

/* Who acts. Immutable once shared: changing means copying (userspace/credentials). The VFS checks
 * permissions against fs ids and capabilities. */
struct credentials {
    struct refcount references;
    u32 uid, euid, suid, fsuid;
    u32 gid, egid, sgid, fsgid;
    u64 cap_effective, cap_permitted, cap_inheritable, cap_bounding,
        cap_ambient; // bit n: Linux capability n
    u32 securebits;
    u32 group_count;
    u32 *groups; // sorted, owned
};

/* Linux capability numbers the VFS itself asks for; the full list is in core/capability. */
enum {
    CRED_CAP_CHOWN = 0,
    CRED_CAP_DAC_OVERRIDE = 1,
    CRED_CAP_DAC_READ_SEARCH = 2,
    CRED_CAP_FOWNER = 3,
    CRED_CAP_FSETID = 4,
    CRED_CAP_MKNOD = 27,
    CRED_CAP_LEASE = 28,
    CRED_CAP_SETFCAP = 31,
    CRED_CAP_SYS_ADMIN = 21,
    CRED_CAP_SYS_RESOURCE = 24,
    CRED_CAP_SYS_CHROOT = 18,
};

static inline bool credentials_capable(const struct credentials *credentials, unsigned capability)
{
    // A profile without capabilities grants everything to everyone.
    return !HELIX_SECURITY_CAPABILITIES || ((credentials->cap_effective >> capability) & 1);
}
bool credentials_in_group(const struct credentials *credentials, u32 gid);
void credentials_get(struct credentials *credentials);
void credentials_put(struct credentials *credentials);
struct credentials *credentials_root(void); // full rights, for the kernel itself; with a reference
