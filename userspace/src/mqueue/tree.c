/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The file system "mqueue": one flat directory of queues, and what queues may cost. */
#include <helix/abi/linux.h>
#include <helix/capability/linux.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>

#include "mqueue/mqueue.h"
#include "proc/proc.h"

#define MQUEUE_MAGIC     0x19800202u
#define ROOT_INODE       1u
#define STATE_FILE_BYTES 80u

/* What a message and a priority in use cost besides the data, as Linux charges them. */
#define MESSAGE_BYTES  48u
#define PRIORITY_BYTES 48u

static struct mutex mq_tree_lock = MUTEX_INIT(mq_tree_lock, LOCK_RANK_NONE);
static struct list queues = LIST_INIT(queues); // with an inode
static u32 names;
static u64 next_inode = ROOT_INODE;
static struct kernel_tree tree;

/* ---- Limits ---- */

static struct proc_tunable settings[] = {
    {"sys/fs/mqueue/queues_max", 256, 0, INT32_MAX},
    {"sys/fs/mqueue/msg_max", 10, 1, 65536},
    {"sys/fs/mqueue/msgsize_max", 8192, 128, 16777216},
    {"sys/fs/mqueue/msg_default", 10, 1, 65536},
    {"sys/fs/mqueue/msgsize_default", 8192, 128, 16777216},
};
#define QUEUES_MAX      settings[0].value
#define MSG_MAX         settings[1]
#define MSGSIZE_MAX     settings[2]
#define MSG_DEFAULT     settings[3].value
#define MSGSIZE_DEFAULT settings[4].value

static bool may_exceed(void)
{
    return task_capable(CAP_SYS_RESOURCE);
}

static helix_status check_sizes(const struct mq_sizes *sizes)
{
    const bool more = may_exceed();
    if ((i64)sizes->count <= 0 || (i64)sizes->bytes <= 0 ||
        sizes->count > (more ? MSG_MAX.most : MSG_MAX.value) ||
        sizes->bytes > (more ? MSGSIZE_MAX.most : MSGSIZE_MAX.value))
        return HELIX_E_INVAL;
    return HELIX_OK;
}

static u64 charge_of(const struct mq_sizes *sizes)
{
    return sizes->count * (sizes->bytes + MESSAGE_BYTES) +
           min(sizes->count, (u64)MQ_PRIORITIES) * PRIORITY_BYTES;
}

/* TOO_MANY_FILES: over the caller's RLIMIT_MSGQUEUE. */
static helix_status charge_locked(struct mq *queue)
{
    u64 sum = queue->charge = charge_of(&queue->sizes);
    queue->charged_uid = task_current()->credentials->uid;
    list_for_each(struct mq, other, &queues, link) {
        if (other->charged_uid == queue->charged_uid)
            sum += other->charge;
    }
    return sum > process_limit(LINUX_RLIMIT_MSGQUEUE) ? HELIX_E_TOO_MANY_FILES : HELIX_OK;
}

/* ---- Names ---- */

static struct mq *find_inode(u64 inode)
{
    list_for_each(struct mq, queue, &queues, link) {
        if (queue->attributes.inode == inode)
            return queue;
    }
    return NULL;
}

static struct mq *find_name(const char *name, u32 length)
{
    list_for_each(struct mq, queue, &queues, link) {
        if (queue->named && queue->name_length == length && memcmp(queue->name, name, length) == 0)
            return queue;
    }
    return NULL;
}

static helix_status mqueue_mount(void *self, const struct fs_mount_args *args, u64 *mount_out,
                                 struct fs_attributes *root_out)
{
    (void)self, (void)args;
    *mount_out = 1;
    *root_out = (struct fs_attributes){
        .inode = ROOT_INODE, .mode = LINUX_S_IFDIR | LINUX_S_ISVTX | 0777, .links = 2};
    return HELIX_OK;
}

static void mqueue_unmount(void *self, u64 mount)
{
    (void)self, (void)mount;
}

static helix_status mqueue_statistics(void *self, u64 mount, struct fs_statistics *statistics_out)
{
    (void)self, (void)mount;
    *statistics_out = (struct fs_statistics){
        .block_size = PAGE_SIZE, .magic = MQUEUE_MAGIC, .name_max = LINUX_NAME_MAX};
    return HELIX_OK;
}

static helix_status mqueue_sync(void *self, u64 mount)
{
    (void)self, (void)mount;
    return HELIX_OK;
}

static helix_status tell_attributes(const struct mq *queue, struct fs_attributes *attributes_out)
{
    if (!queue)
        return HELIX_E_NOENT;
    *attributes_out = queue->attributes;
    return HELIX_OK;
}

static helix_status mqueue_lookup(void *self, u64 mount, u64 directory, const char *name,
                                  u32 length, struct fs_attributes *found_out)
{
    (void)self, (void)mount, (void)directory;
    mutex_lock(&mq_tree_lock);
    const helix_status status = tell_attributes(find_name(name, length), found_out);
    mutex_unlock(&mq_tree_lock);
    return status;
}

static helix_status mqueue_get_attributes(void *self, u64 mount, u64 inode,
                                          struct fs_attributes *attributes_out)
{
    (void)self, (void)mount;
    mutex_lock(&mq_tree_lock);
    const helix_status status = tell_attributes(find_inode(inode), attributes_out);
    mutex_unlock(&mq_tree_lock);
    return status;
}

/* The kernel's own attributes are the ones that count. */
static helix_status mqueue_set_attributes(void *self, u64 mount, u64 inode, u32 mask,
                                          const struct fs_attributes *wanted,
                                          struct fs_attributes *now_out)
{
    (void)self, (void)mount, (void)inode;
    *now_out = *wanted;
    return mask & FS_SET_SIZE ? HELIX_E_INVAL : HELIX_OK;
}

static helix_status make_queue(const struct mq_making *making, const char *name, u32 length,
                               struct mq **queue_out)
{
    const struct mq_sizes standard = {min(MSG_DEFAULT, MSG_MAX.value),
                                      min(MSGSIZE_DEFAULT, MSGSIZE_MAX.value)};
    const struct mq_sizes *sizes = making && making->sizes ? making->sizes : &standard;
    if (making && making->again) {
        mq_get(making->again);
        *queue_out = making->again;
        return HELIX_OK;
    }
    if (names >= QUEUES_MAX && !may_exceed())
        return HELIX_E_NO_SPACE;
    helix_status status = check_sizes(sizes);
    if (status == HELIX_OK)
        status = mq_create(sizes, name, length, queue_out);
    if (status != HELIX_OK)
        return status;
    status = charge_locked(*queue_out);
    if (status != HELIX_OK)
        mq_put(*queue_out);
    return status;
}

static helix_status mqueue_create(void *self, u64 mount, u64 directory, const char *name,
                                  u32 length, const struct fs_create_args *args,
                                  struct fs_attributes *made_out)
{
    (void)self, (void)mount, (void)directory;
    struct mq_making *making = (struct mq_making *)(uintptr_t)args->making;
    struct mq *queue;
    if ((args->mode & LINUX_S_IFMT) != LINUX_S_IFREG)
        return HELIX_E_PERM;
    mutex_lock(&mq_tree_lock);
    const helix_status status = make_queue(making, name, length, &queue);
    if (status == HELIX_OK) {
        queue->attributes = (struct fs_attributes){
            .inode = ++next_inode,
            .mode = args->mode,
            .links = 1,
            .uid = args->uid,
            .gid = args->gid,
            .size = STATE_FILE_BYTES,
            .accessed = args->now,
            .modified = args->now,
            .changed = args->now,
        };
        queue->named = true;
        names++;
        list_push_back(&queues, &queue->link);
        *made_out = queue->attributes;
        if (making)
            making->made = true;
    }
    mutex_unlock(&mq_tree_lock);
    return status;
}

static helix_status mqueue_create_unnamed(void *self, u64 mount, const struct fs_create_args *args,
                                          struct fs_attributes *made_out)
{
    (void)self, (void)mount, (void)args, (void)made_out;
    return HELIX_E_NOTSUP;
}

static helix_status mqueue_link(void *self, u64 mount, u64 directory, const char *name, u32 length,
                                u64 inode)
{
    (void)self, (void)mount, (void)directory, (void)name, (void)length, (void)inode;
    return HELIX_E_PERM;
}

static helix_status mqueue_unlink(void *self, u64 mount, u64 directory, const char *name,
                                  u32 length, u64 inode)
{
    (void)self, (void)mount, (void)directory, (void)name, (void)length;
    mutex_lock(&mq_tree_lock);
    struct mq *queue = find_inode(inode);
    if (queue && queue->named) {
        queue->named = false;
        names--;
    }
    mutex_unlock(&mq_tree_lock);
    return queue ? HELIX_OK : HELIX_E_NOENT;
}

static void mqueue_forget(void *self, u64 mount, u64 inode)
{
    (void)self, (void)mount;
    mutex_lock(&mq_tree_lock);
    struct mq *queue = find_inode(inode);
    if (queue)
        list_remove(&queue->link);
    mutex_unlock(&mq_tree_lock);
    if (queue)
        mq_put(queue);
}

static helix_status mqueue_rename(void *self, u64 mount, u64 from, const char *from_name,
                                  u32 from_length, u64 to, const char *to_name, u32 to_length,
                                  u32 flags)
{
    (void)self, (void)mount, (void)from, (void)from_name, (void)from_length, (void)to;
    (void)to_name, (void)to_length, (void)flags;
    return HELIX_E_PERM;
}

static helix_status mqueue_read_link(void *self, u64 mount, u64 inode, char *target, u32 capacity,
                                     u32 *length_out)
{
    (void)self, (void)mount, (void)inode, (void)target, (void)capacity, (void)length_out;
    return HELIX_E_INVAL;
}

/* The cursor after a queue is its inode number: the list is in their order. */
static helix_status mqueue_read_directory(void *self, u64 mount, u64 directory, u64 cursor,
                                          fs_readdir_fn *entry, void *context)
{
    (void)self, (void)mount, (void)directory;
    mutex_lock(&mq_tree_lock);
    list_for_each(struct mq, queue, &queues, link) {
        const struct fs_attributes *a = &queue->attributes;
        if (queue->named && a->inode > cursor &&
            !entry(context, queue->name, queue->name_length, a->inode, a->mode, a->inode))
            break;
    }
    mutex_unlock(&mq_tree_lock);
    return HELIX_OK;
}

static helix_status mqueue_read_page(void *self, u64 mount, u64 inode, u64 index, void *page)
{
    (void)self, (void)mount, (void)inode, (void)index, (void)page;
    return HELIX_E_NOTSUP;
}

static helix_status mqueue_write_page(void *self, u64 mount, u64 inode, u64 index, const void *page,
                                      u32 bytes)
{
    (void)self, (void)mount, (void)inode, (void)index, (void)page, (void)bytes;
    return HELIX_E_NOTSUP;
}

static helix_status mqueue_get_xattr(void *self, u64 mount, u64 inode, const char *name,
                                     void *value, u32 capacity, u32 *bytes_out)
{
    (void)self, (void)mount, (void)inode, (void)name, (void)value, (void)capacity, (void)bytes_out;
    return HELIX_E_NOTSUP;
}

static helix_status mqueue_set_xattr(void *self, u64 mount, u64 inode, const char *name,
                                     const void *value, u32 bytes, u32 flags)
{
    (void)self, (void)mount, (void)inode, (void)name, (void)value, (void)bytes, (void)flags;
    return HELIX_E_NOTSUP;
}

static helix_status mqueue_list_xattr(void *self, u64 mount, u64 inode, char *list, u32 capacity,
                                      u32 *bytes_out)
{
    (void)self, (void)mount, (void)inode, (void)list, (void)capacity, (void)bytes_out;
    return HELIX_E_NOTSUP;
}

static helix_status mqueue_remove_xattr(void *self, u64 mount, u64 inode, const char *name)
{
    (void)self, (void)mount, (void)inode, (void)name;
    return HELIX_E_NOTSUP;
}

static const struct filesystem_ops tree_ops = {
    .header = {HELIX_FILESYSTEM, HELIX_FILESYSTEM_VERSION, sizeof(struct filesystem_ops)},
    .type = "mqueue",
    .flags = FS_TYPE_NO_STORE,
    .mount = mqueue_mount,
    .unmount = mqueue_unmount,
    .statistics = mqueue_statistics,
    .sync = mqueue_sync,
    .lookup = mqueue_lookup,
    .get_attributes = mqueue_get_attributes,
    .set_attributes = mqueue_set_attributes,
    .create = mqueue_create,
    .create_unnamed = mqueue_create_unnamed,
    .link = mqueue_link,
    .unlink = mqueue_unlink,
    .rename = mqueue_rename,
    .read_link = mqueue_read_link,
    .read_directory = mqueue_read_directory,
    .read_page = mqueue_read_page,
    .write_page = mqueue_write_page,
    .forget = mqueue_forget,
    .get_xattr = mqueue_get_xattr,
    .set_xattr = mqueue_set_xattr,
    .list_xattr = mqueue_list_xattr,
    .remove_xattr = mqueue_remove_xattr,
};

static helix_status open_inode(struct file *file, u64 inode)
{
    mutex_lock(&mq_tree_lock);
    struct mq *queue = find_inode(inode);
    const helix_status status = queue ? mq_open_file(file, queue) : HELIX_E_STALE;
    mutex_unlock(&mq_tree_lock);
    return status;
}

static struct kernel_tree tree = {.name = "mqueue", .ops = &tree_ops, .open = open_inode};

/* ---- Opening ---- */

helix_status mq_walk(const char *name, struct walk_context *walk_out)
{
    const struct task *task = task_current();
    if (name[0] == '\0')
        return HELIX_E_NOENT;
    if (strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return HELIX_E_ACCESS;
    *walk_out =
        (struct walk_context){.fs = task->fs, .credentials = task->credentials, .at = &tree.root};
    return HELIX_OK;
}

/* Under its old name where that is free; else without one. */
helix_status mq_open_again(struct mq *queue, u32 flags, struct file **file_out)
{
    char name[LINUX_NAME_MAX + 1];
    struct mq_making making = {.again = queue};
    struct walk_context walk;
    memcpy(name, queue->name, queue->name_length);
    name[queue->name_length] = '\0';
    if (task_current() && queue->named && mq_walk(name, &walk) == HELIX_OK) {
        walk.making = &making;
        if (vfs_open(&walk, name, flags | LINUX_O_CREAT | LINUX_O_EXCL,
                     queue->attributes.mode & 07777, file_out) == HELIX_OK)
            return HELIX_OK;
    }
    return mq_create_file(queue, flags, file_out);
}

void mq_tree_start(void)
{
    static struct proc_entry entries[array_count(settings)];
    proc_tunables_register(settings, entries, array_count(settings));
    const helix_status status = kernel_tree_register(&tree);
    helix_assert(status == HELIX_OK);
}
