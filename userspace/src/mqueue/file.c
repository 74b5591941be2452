/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Open files of message queues: what is not mq_*() about them. */
#include <helix/abi/linux.h>
#include <helix/lib/format.h>

#include "linux_task.h"
#include "mqueue/mqueue.h"

#define STATE_BYTES 80u

static size_t show(struct mq *queue, char text[STATE_BYTES])
{
    spin_lock(&queue->lock);
    const struct mq_notification note = queue->notification;
    const u32 pid = note.owner ? note.owner->pid : 0;
    const u64 bytes = queue->bytes;
    spin_unlock(&queue->lock);
    return lib_format(text, STATE_BYTES, "QSIZE:%-10llu NOTIFY:%-5d SIGNO:%-5d NOTIFY_PID:%-6u\n",
                      (unsigned long long)bytes, pid ? note.how : 0,
                      pid && note.how == SIGEV_SIGNAL ? note.signal : 0, pid);
}

static helix_status mq_read(struct file *file, struct io_buffer *to, u64 *position,
                            size_t *done_out)
{
    char text[STATE_BYTES];
    const size_t length = show(file->private_data, text);
    if (*position >= length)
        return HELIX_OK;
    const size_t bytes = min(to->remaining, length - (size_t)*position);
    const helix_status status = io_copy_out(to, text + *position, bytes);
    if (status == HELIX_OK) {
        *position += bytes;
        *done_out = bytes;
    }
    return status;
}

static helix_status mq_seek(struct file *file, i64 offset, int whence, u64 *position_out)
{
    i64 at = offset;
    if (whence == LINUX_SEEK_CUR)
        at += (i64)file->position;
    else if (whence == LINUX_SEEK_END)
        at += STATE_BYTES;
    else if (whence != LINUX_SEEK_SET)
        return HELIX_E_INVAL;
    if (at < 0)
        return HELIX_E_INVAL;
    *position_out = file->position = (u64)at;
    return HELIX_OK;
}

static u32 mq_poll(struct file *file, struct poll_table *table)
{
    struct mq *queue = file->private_data;
    if (table->add)
        table->add(table, &queue->pollers);
    spin_lock(&queue->lock);
    const u64 count = queue->count;
    spin_unlock(&queue->lock);
    return (count > 0 ? LINUX_POLLIN | LINUX_POLLRDNORM : 0) |
           (count < queue->sizes.count ? LINUX_POLLOUT | LINUX_POLLWRNORM : 0);
}

/* Whoever closes a descriptor of the queue is told of nothing any more. */
static helix_status mq_flush(struct file *file)
{
    return task_current() ? mq_register(file->private_data, NULL) : HELIX_OK;
}

static void mq_release(struct file *file)
{
    mq_put(file->private_data);
}

static struct object *object_of(struct file *file)
{
    return &((struct mq *)file->private_data)->object;
}

static helix_status open_object(struct object *object, u32 flags, struct file **file_out)
{
    return mq_open_again(container_of(object, struct mq, object), flags, file_out);
}

struct file_object_ops mq_file_object = {
    .kind = OBJECT_MESSAGE_QUEUE,
    .object = object_of,
    .open = open_object,
};

static const struct file_ops mq_ops = {
    .name = "mqueue",
    .object = &mq_file_object,
    .read = mq_read,
    .write = file_write_none,
    .seek = mq_seek,
    .poll = mq_poll,
    .ioctl = file_ioctl_none,
    .map = file_map_none,
    .read_directory = file_read_directory_none,
    .flush = mq_flush,
    .sync = file_sync_none,
    .release = mq_release,
};

helix_status mq_open_file(struct file *file, struct mq *queue)
{
    mq_get(queue);
    file->ops = &mq_ops;
    file->private_data = queue;
    return HELIX_OK;
}

helix_status mq_create_file(struct mq *queue, u32 flags, struct file **file_out)
{
    const helix_status status = file_create(&mq_ops, queue, flags, file_out);
    if (status == HELIX_OK)
        mq_get(queue);
    return status;
}

struct mq *mq_of_file(const struct file *file)
{
    return file->ops == &mq_ops ? file->private_data : NULL;
}

void mq_files_start(void)
{
    file_object_register(&mq_file_object);
    mq_tree_start();
}
