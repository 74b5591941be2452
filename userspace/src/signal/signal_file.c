/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * signalfd(2). A signal file takes what is pending for the task that reads it, so it has no queue
 * of signals of its own, and outlives the tasks it serves: readers of all signal files wait on one
 * queue, which senders of signals wake, and look for themselves.
 */
#include <helix/core/syscall.h>
#include <helix/lib/atomic.h>
#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>
#include <helix/vfs/file.h>

#include "calls.h"
#include "files/fd.h"
#include "linux_task.h"
#include "record.h"
#include "signal/signal_file.h"
#include "signal/signals.h"

struct signal_file {
    struct object object;
    struct refcount references;
    signal_set wanted; // atomic
};

/* struct signalfd_siginfo */
struct linux_signalfd_siginfo {
    u32 number;
    i32 error, code;
    u32 pid, uid;
    i32 fd;
    u32 timer_id, band, overrun, trap;
    i32 status, value;
    u64 pointer;
    u64 user_time, system_time;
    u64 address;
    u16 address_lsb, pad;
    i32 call;
    u64 call_address;
    u32 architecture;
    u8 pads[28];
};
static_assert(sizeof(struct linux_signalfd_siginfo) == 128);

static struct kmem_cache signal_file_cache = KMEM_CACHE(signal_file);
static struct wait_queue watchers = WAIT_QUEUE_INIT(watchers);

void signal_files_wake(void)
{
    if (unlikely(wait_queue_active(&watchers)))
        wait_wake_all(&watchers);
}

static signal_set wanted_of(const struct file *file)
{
    return atomic_load_relaxed(&((const struct signal_file *)file->private_data)->wanted);
}

/* What depends on the sender as in siginfo_t, in fields of their own. */
static struct linux_signalfd_siginfo form_of(const struct signal_info *info)
{
    struct linux_signalfd_siginfo form = {
        .number = (u32)info->number, .error = info->error, .code = info->code};
    if (info->code == SI_TIMER) {
        form.timer_id = (u32)info->timer_id;
        form.overrun = (u32)info->overrun;
    } else if (info->code > 0 && info->code < SI_KERNEL &&
               (SIGNALS_FAULT & SIGNAL_BIT(info->number))) {
        form.address = info->address;
        return form;
    } else if (signal_tells_of_file(info)) {
        form.band = (u32)info->band;
        form.fd = info->fd;
        return form;
    } else {
        form.pid = info->pid;
        form.uid = info->uid;
    }
    if (info->number == SIGCHLD && info->code > 0 && info->code < SI_KERNEL) {
        form.status = info->status;
        form.user_time = (u64)info->user_time;
        form.system_time = (u64)info->kernel_time;
    } else if (info->code < 0) {
        form.value = (i32)info->value;
        form.pointer = info->value;
    }
    return form;
}

static helix_status wait_first(struct file *file, const struct io_buffer *to,
                               struct signal_info *info)
{
    if (signal_take(wanted_of(file), info))
        return HELIX_OK;
    if (to->nowait || (atomic_load_relaxed(&file->flags) & LINUX_O_NONBLOCK))
        return HELIX_E_WOULD_BLOCK;
    return WAIT_FOR(&watchers, signal_take(wanted_of(file), info), NANOS_NEVER, WAIT_INTERRUPTIBLE,
                    "signalfd");
}

static helix_status signal_read(struct file *file, struct io_buffer *to, u64 *position,
                                size_t *done_out)
{
    struct signal_info info;
    (void)position;
    if (to->remaining < sizeof(struct linux_signalfd_siginfo))
        return HELIX_E_INVAL;
    helix_status status = wait_first(file, to, &info);
    while (status == HELIX_OK) {
        const struct linux_signalfd_siginfo form = form_of(&info);
        status = io_copy_out(to, &form, sizeof form);
        if (status != HELIX_OK)
            break;
        *done_out += sizeof form;
        if (to->remaining < sizeof form || !signal_take(wanted_of(file), &info))
            break;
    }
    return *done_out > 0 ? HELIX_OK : status;
}

static u32 signal_poll(struct file *file, struct poll_table *table) HELIX_NO_THREAD_SAFETY
{
    const struct task *task = task_current();
    if (table->add)
        table->add(table, &watchers);
    if (!task)
        return 0;
    const signal_set pending =
        READ_ONCE(task->signal.pending.set) | READ_ONCE(task->process->pending.set);
    return pending & wanted_of(file) ? LINUX_POLLIN | LINUX_POLLRDNORM : 0;
}

static void signal_file_put(struct signal_file *signals)
{
    if (ref_put(&signals->references))
        kmem_free(&signal_file_cache, signals);
}

static void signal_release(struct file *file)
{
    signal_file_put(file->private_data);
}

static struct file_object_ops object_ops;

static const struct file_ops signal_ops = {
    .name = "signalfd",
    .object = &object_ops,
    .read = signal_read,
    .write = file_write_none,
    .seek = file_seek_none,
    .poll = signal_poll,
    .ioctl = file_ioctl_none,
    .map = file_map_none,
    .read_directory = file_read_directory_none,
    .flush = file_flush_none,
    .sync = file_sync_none,
    .release = signal_release,
};

static const struct object_type signal_file_type;

static struct signal_file *signal_file_create(signal_set wanted)
{
    struct signal_file *signals = kmem_alloc(&signal_file_cache);
    if (!signals)
        return NULL;
    signals->object = (struct object){.type = &signal_file_type, .id = object_id_new()};
    ref_init(&signals->references);
    signals->wanted = wanted;
    return signals;
}

static i64 make_signal_file(signal_set wanted, u32 flags)
{
    struct file *file;
    struct signal_file *signals = signal_file_create(wanted);
    if (!signals)
        return -LINUX_ENOMEM;
    const helix_status status =
        file_create(&signal_ops, signals, LINUX_O_RDWR | (flags & LINUX_O_NONBLOCK), &file);
    if (status != HELIX_OK) {
        signal_file_put(signals);
        return syscall_result(status);
    }
    return fd_publish(file, flags & LINUX_O_CLOEXEC);
}

static i64 change_signal_file(int fd, signal_set wanted)
{
    struct fd_ref ref;
    const helix_status status = fd_borrow(fd, &ref);
    if (status != HELIX_OK)
        return syscall_result(status);
    const bool fits = ref.file->ops == &signal_ops;
    if (fits)
        atomic_store_relaxed(&((struct signal_file *)ref.file->private_data)->wanted, wanted);
    fd_release(&ref);
    if (!fits)
        return -LINUX_EINVAL;
    signal_files_wake();
    return fd;
}

static i64 signal_fd(int fd, u64 user_mask, u64 bytes, u32 flags)
{
    signal_set wanted;
    if (bytes != sizeof wanted || (flags & ~(LINUX_O_CLOEXEC | LINUX_O_NONBLOCK)))
        return -LINUX_EINVAL;
    if (user_copy_in(&wanted, vaddr_of(user_mask), sizeof wanted) != HELIX_OK)
        return -LINUX_EFAULT;
    wanted &= ~SIGNALS_UNBLOCKABLE;
    return fd == -1 ? make_signal_file(wanted, flags) : change_signal_file(fd, wanted);
}

i64 sys_signalfd(const u64 *arguments)
{
    return signal_fd((int)arguments[0], arguments[1], arguments[2], 0);
}

i64 sys_signalfd4(const u64 *arguments)
{
    return signal_fd((int)arguments[0], arguments[1], arguments[2], (u32)arguments[3]);
}

/* ---- Records ---- */

static struct signal_file *signals_of(const struct object *object)
{
    return container_of(object, struct signal_file, object);
}

static helix_status describe(const struct object *object, struct object_writer *writer)
{
    const signal_set wanted = atomic_load_relaxed(&signals_of(object)->wanted);
    record_begin(object, sizeof wanted, writer);
    object_write(writer, &wanted, sizeof wanted);
    return HELIX_OK;
}

static helix_status recreate(struct object_reader *reader, const struct object_record *header,
                             struct object **object_out)
{
    signal_set wanted;
    if (header->version != 1)
        return HELIX_E_NOTSUP;
    const helix_status status = object_read(reader, &wanted, sizeof wanted);
    if (status != HELIX_OK)
        return status;
    struct signal_file *signals = signal_file_create(wanted & ~SIGNALS_UNBLOCKABLE);
    if (!signals)
        return HELIX_E_NOMEM;
    *object_out = &signals->object;
    return HELIX_OK;
}

static void discard(struct object *object)
{
    signal_file_put(signals_of(object));
}

static bool equal(const struct object *left, const struct object *right)
{
    return signals_of(left)->wanted == signals_of(right)->wanted;
}

static const struct object_type signal_file_type = {
    .kind = OBJECT_SIGNAL_FD,
    .version = 1,
    .name = "signalfd",
    .describe = describe,
    .recreate = recreate,
    .discard = discard,
    .equal = equal,
};
OBJECT_TYPE_ENTRY(signal_file_type);

static struct object *object_of_file(struct file *file)
{
    return &((struct signal_file *)file->private_data)->object;
}

static helix_status open_object(struct object *object, u32 flags, struct file **file_out)
{
    struct signal_file *signals = signals_of(object);
    const helix_status status = file_create(&signal_ops, signals, flags, file_out);
    if (status == HELIX_OK)
        ref_get(&signals->references);
    return status;
}

static struct file_object_ops object_ops = {
    .kind = OBJECT_SIGNAL_FD,
    .object = object_of_file,
    .open = open_object,
};

void signal_files_start(void)
{
    file_object_register(&object_ops);
}
