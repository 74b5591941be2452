/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/object.h>
#include <helix/lib/refcount.h>

#include "dentry.h"

/*
 * Where volumes hang in the tree. The tree holds one reference to every mount in it; walks without
 * locks take theirs with ref_try_get(), so taking a mount down is taking its count from one to
 * zero. mount_lock (sleeping) guards the tree.
 */
struct mount {
    struct object object;
    struct refcount references;
    u64 id;
    u32 flags;       // MS_* of this mount, atomic
    u32 writers;     // files that are open for writing through it, atomic
    u32 propagation; // MS_PRIVATE, MS_SHARED, MS_SLAVE or MS_UNBINDABLE; under mount_lock
    bool expiring;   // nobody came by since umount2() with MNT_EXPIRE asked, atomic
    struct volume *volume;
    struct dentry *root;                      // reference
    struct mount *parent;                     // NULL: a root, or taken out
    struct dentry *point;                     // in the parent, reference
    struct mount *first_child, *next_sibling; // read in sections
    struct list all_link;                     // in order of mounting
    struct quiesce_head free;
};

extern struct sleep_lock mount_lock;

#define LINUX_MS_UNBINDABLE (1u << 17)
#define LINUX_MS_PRIVATE    (1u << 18)
#define LINUX_MS_SLAVE      (1u << 19)
#define LINUX_MS_SHARED     (1u << 20)

/* What mount(2) may set on a mount. */
#define MOUNT_FLAGS                                                                            \
    (LINUX_MS_RDONLY | LINUX_MS_NOSUID | LINUX_MS_NODEV | LINUX_MS_NOEXEC | LINUX_MS_NOATIME | \
     LINUX_MS_NODIRATIME | LINUX_MS_RELATIME)

/* mount_lock is held for these. @root's reference is taken; a mount is born with one. */
struct mount *mount_allocate(struct volume *volume, struct dentry *root, u32 flags);
void mount_attach(struct mount *mount, struct mount *parent, struct dentry *point);
void mount_take_out(struct mount *mount); // walks do not find it any more; its children stay
void mount_take_out_tree(struct mount *mount);
void mount_put_locked(struct mount *mount);

/* Everything of mount(2) but new file systems. @source: of a bind or a move. mount_lock is held. */
helix_status mount_change(const struct walk_context *walk, const char *source,
                          const struct path *target, u32 flags, const char *options);

/* In a section: what is mounted on @dentry in @mount, or NULL. */
static inline struct mount *mount_on(const struct mount *mount, const struct dentry *dentry)
{
    struct mount *child = atomic_load_acquire(&mount->first_child);
    while (child != NULL && child->point != dentry)
        child = atomic_load_acquire(&child->next_sibling);
    return child;
}

void mount_get(struct mount *mount);
void mount_put(struct mount *mount);

/* The first one; NULL before vfs_mount_root(). */
struct mount *mount_root(void);

/* HELIX_E_READ_ONLY when nothing may be changed through @mount. */
helix_status mount_may_write(const struct mount *mount);

struct list *mount_list(void); // all of them, mount_lock held

/* Take @mount, of which the caller has a reference, out of the tree with all below it. */
void mount_detach(struct mount *mount);

/* Visit all in order, mount_lock held: for /proc/mounts. */
void mount_for_each(void (*visit)(struct mount *mount, void *context), void *context);

/* A mount of @type at no place, for the kernel's own walks; it stays for ever. */
helix_status mount_nowhere(const char *type, struct path *root_out);

/*
 * A volume of a type, or the one there is of a single type; mount_lock is held. Whoever gets one
 * that no mount has shuts it: it goes with its last vnode.
 */
helix_status volume_open_type(const char *source, const char *type_name, u32 flags,
                              const char *options, struct volume **volume_out);
void volume_shut(struct volume *volume);

/* Make a volume without a place, for the kernel's own use: pipes. */
helix_status volume_create_anonymous(const char *name, struct volume **volume_out);
