/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* F_NOTIFY of fcntl(2): a signal to the owner of an open directory when something happens there. */
#include <helix/abi/linux.h>
#include <helix/lib/compiler.h>
#include <helix/memory/heap.h>
#include <helix/vfs/watch.h>

#include "files/owner.h"
#include "task/tasks.h"

#define DN_MULTISHOT (1u << 31)

struct notice_watch {
    struct watch watch;            // first
    struct list link;              // of all
    struct file *file;             // takes its watches along
    const struct process *process; // so does who asked, by closing any descriptor of it
    int fd;
    bool stays; // DN_MULTISHOT
};

static struct kmem_cache notice_cache = KMEM_CACHE(notice_watch);
static struct list notices = LIST_INIT(notices); // watch_lock

/* Of DN_ACCESS, and the five after it. */
static u32 watched_for(u32 mask)
{
    static const u32 bits[] = {
        WATCH_ACCESS,
        WATCH_MODIFY,
        WATCH_CREATE | WATCH_MOVED_TO,
        WATCH_DELETE | WATCH_MOVED_FROM,
        WATCH_MOVED_FROM,
        WATCH_ATTRIBUTES,
    };
    u32 wanted = 0;
    for (unsigned i = 0; i < array_count(bits); i++)
        if (mask & 1u << i)
            wanted |= bits[i];
    return wanted;
}

static bool hear(struct watch *watch, const struct watch_event *event)
{
    const struct notice_watch *own = container_of(watch, const struct notice_watch, watch);
    (void)event;
    file_tell_message(own->file, own->fd);
    return !own->stays;
}

static void hear_end(struct watch *watch)
{
    struct notice_watch *own = container_of(watch, struct notice_watch, watch);
    list_remove(&own->link);
    kmem_free(&notice_cache, own);
}

/* @process NULL: anybody's. */
static struct notice_watch *find(const struct file *file, const struct process *process)
    HELIX_REQUIRES(&watch_lock)
{
    list_for_each(struct notice_watch, own, &notices, link)
        if (own->file == file && (!process || own->process == process))
            return own;
    return NULL;
}

static void add(struct notice_watch *own, struct file *file) HELIX_REQUIRES(&watch_lock)
{
    const struct path path = {file->mount, file->dentry};
    own->watch.event = hear;
    own->watch.gone = hear_end;
    own->file = file;
    own->process = process_current();
    list_push_back(&notices, &own->link);
    watch_add(&own->watch, &path);
    file->owner.kept |= FILE_KEEPS_NOTICES;
}

void file_notices_end(struct file *file, const struct process *process)
{
    struct vnode *vnode;
    do {
        vnode = NULL;
        mutex_lock(&watch_lock);
        struct notice_watch *own = find(file, process);
        if (own) {
            vnode = watch_remove(&own->watch);
            hear_end(&own->watch);
        }
        mutex_unlock(&watch_lock);
        if (vnode)
            watch_vnode_put(vnode);
    } while (vnode);
}

static bool is_directory(struct file *file)
{
    struct fs_attributes attributes;
    u64 device;
    return file_stat(file, &attributes, &device) == HELIX_OK &&
           (attributes.mode & LINUX_S_IFMT) == LINUX_S_IFDIR;
}

helix_status file_notify(struct file *file, int fd, u32 mask)
{
    if ((mask & ~DN_MULTISHOT) == 0) {
        file_notices_end(file, process_current());
        return HELIX_OK;
    }
    if (!is_directory(file))
        return HELIX_E_NOT_DIR;
    struct notice_watch *fresh = kmem_alloc(&notice_cache);
    if (!fresh)
        return HELIX_E_NOMEM;
    mutex_lock(&watch_lock);
    struct notice_watch *own = find(file, process_current());
    if (!own) {
        own = fresh;
        fresh = NULL;
        add(own, file);
    }
    own->fd = fd;
    own->stays |= (mask & DN_MULTISHOT) != 0;
    own->watch.mask |= watched_for(mask);
    mutex_unlock(&watch_lock);
    if (fresh)
        kmem_free(&notice_cache, fresh);
    file_owner_default(file);
    return HELIX_OK;
}
