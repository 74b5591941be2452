/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * O_ASYNC: a hook in each wait queue of the file notes why it was woken, and the owner gets a
 * signal as soon as nothing is locked: at once for pipes and what a socket receives, by a timer
 * that is due for others, whose queues are woken under locks of theirs.
 *
 * A file's hooks go with it or with its flag; what is still to be told then finds no file.
 */
#include "files/owner.h"

#include <helix/abi/linux.h>
#include <helix/execution/mutex.h>
#include <helix/execution/timer.h>
#include <helix/execution/wait.h>
#include <helix/lib/atomic.h>
#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>
#include <helix/socket/socket.h>
#include <helix/vfs/special.h>

#include "epoll/epoll.h"
#include "files/leases.h"
#include "signal/signals.h"
#include "task/tasks.h"

#define F_SETOWN_EX   15
#define F_GETOWN_EX   16
#define F_GETOWN_UIDS 17

#define POLL_MESSAGE 0x400
#define HOOKS_MOST   4u

/* si_code, and the si_band that goes with it. */
enum ready_code {
    READY_IN = 1,
    READY_OUT = 2,
    READY_MESSAGE = 3,
    READY_URGENT = 5,
    READY_HANG_UP = 6,
};

static const i32 bands[POLL_CODES + 1] = {
    [READY_IN] = LINUX_POLLIN | LINUX_POLLRDNORM,
    [READY_OUT] = LINUX_POLLOUT | LINUX_POLLWRNORM | LINUX_POLLWRBAND,
    [READY_MESSAGE] = LINUX_POLLIN | LINUX_POLLRDNORM | POLL_MESSAGE,
    [READY_URGENT] = LINUX_POLLPRI | LINUX_POLLRDBAND,
    [READY_HANG_UP] = LINUX_POLLHUP | LINUX_POLLERR,
};

struct ready_hook {
    struct waiter waiter; // first
    struct file_async *async;
};

struct file_async {
    struct refcount references; // its file's, and that of what is to be told
    struct file *file;          // NULL: no longer; owners_lock
    int fd;
    u32 due;       // 1 << enum ready_code; atomic
    u32 announced; // somebody tells, or will; atomic
    struct wait_after after;
    struct timer timer;
    u32 hook_count;
    struct ready_hook hooks[HOOKS_MOST];
};

static struct kmem_cache async_cache = KMEM_CACHE(file_async);
static struct spinlock owners_lock = SPINLOCK_INIT(LOCK_RANK_OBJECT); // interrupts off
static struct mutex async_mutex = MUTEX_INIT(async_mutex, LOCK_RANK_NONE);

static void async_put(struct file_async *async)
{
    if (ref_put(&async->references))
        kmem_free(&async_cache, async);
}

/* ---- Telling ---- */

/* What an owner is told, apart from the file: that may go meanwhile. */
struct notice {
    struct file_owner owner;
    int fd;
    i32 code; // 0: SIGURG and no more
};

static bool may_tell(const struct file_owner *owner, const struct process *to)
{
    return owner->euid == 0 || owner->euid == to->suid || owner->euid == to->uid ||
           owner->uid == to->suid || owner->uid == to->uid;
}

/* These have codes of their own for what caused them. */
static bool has_own_codes(u32 signal)
{
    return signal == SIGCHLD || (SIGNALS_FAULT & SIGNAL_BIT(signal));
}

static void tell_one(const struct notice *notice, struct process *process, struct task *task)
    HELIX_REQUIRES(&process_table_lock)
{
    const u32 signal = notice->owner.signal;
    const struct signal_info info = {
        .number = (i32)signal,
        .code = has_own_codes(signal) ? SI_SIGIO : notice->code,
        .band = bands[notice->code],
        .fd = notice->fd,
    };
    if (!may_tell(&notice->owner, process))
        return;
    spin_lock(&process->lock);
    if (notice->code == 0)
        signal_send_locked(process, task, SIGURG, NULL);
    // A full queue of real-time signals: SIGIO says at least that something was lost.
    else if (signal == 0 || signal_queue_locked(process, task, (int)signal, &info) != HELIX_OK)
        signal_send_locked(process, task, SIGIO, NULL);
    spin_unlock(&process->lock);
}

static void tell_group(const struct notice *notice) HELIX_REQUIRES(&process_table_lock)
{
    list_for_each(struct process, process, &process_table, table_link)
        if (process->pgid == notice->owner.id)
            tell_one(notice, process, NULL);
}

static void tell(const struct notice *notice)
{
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    struct task *task = task_find_locked(notice->owner.id);
    struct process *process = task ? task->process : process_find_locked(notice->owner.id);
    if (notice->owner.type == FILE_OWNER_GROUP)
        tell_group(notice);
    else if (notice->owner.type == FILE_OWNER_PROCESS && process)
        tell_one(notice, process, NULL);
    else if (task)
        tell_one(notice, process, task);
    spin_unlock_irq(&process_table_lock, key);
}

/* False: nobody is to be told any more. */
static bool address(struct file_async *async, struct notice *notice)
{
    const struct irq_key key = spin_lock_irq(&owners_lock);
    const bool known = async->file && async->file->owner.id != 0;
    if (known)
        notice->owner = async->file->owner;
    notice->fd = async->fd;
    spin_unlock_irq(&owners_lock, key);
    return known;
}

static void tell_what_is_due(struct file_async *async)
{
    (void)atomic_exchange_acq_rel(&async->announced, 0u);
    const u32 due = atomic_exchange_acq_rel(&async->due, 0u);
    struct notice notice;
    if (address(async, &notice))
        for (notice.code = READY_IN; notice.code <= READY_HANG_UP; notice.code++)
            if (due & 1u << notice.code)
                tell(&notice);
    async_put(async);
}

void file_tell_message(struct file *file, int fd)
{
    struct notice notice = {.fd = fd, .code = READY_MESSAGE};
    const struct irq_key key = spin_lock_irq(&owners_lock);
    notice.owner = file->owner;
    spin_unlock_irq(&owners_lock, key);
    if (notice.owner.id != 0)
        tell(&notice);
}

void file_tell_urgent(struct file *file)
{
    struct notice notice = {.code = 0};
    const struct irq_key key = spin_lock_irq(&owners_lock);
    notice.owner = file->owner;
    const bool wanted = file->async && file->owner.signal != 0;
    notice.fd = wanted ? file->async->fd : -1;
    spin_unlock_irq(&owners_lock, key);
    if (notice.owner.id == 0)
        return;
    tell(&notice);
    notice.code = READY_URGENT;
    if (wanted)
        tell(&notice);
}

static void timer_fired(struct timer *timer)
{
    tell_what_is_due(container_of(timer, struct file_async, timer));
}

static void run_now(struct wait_after *after)
{
    tell_what_is_due(container_of(after, struct file_async, after));
}

static void run_later(struct wait_after *after)
{
    timer_arm(&container_of(after, struct file_async, after)->timer, 0, 0);
}

/* ---- Being woken ---- */

/* What a socket receives its waker names. Of room only who found none is told. */
static enum ready_code code_of_socket(struct socket *socket, bool first, u64 key)
{
    if (!first)
        return atomic_exchange_relaxed(&socket->lacked_room, 0u) ? READY_OUT : 0;
    if (key & LINUX_POLLHUP)
        return READY_HANG_UP;
    return key & LINUX_POLLIN ? READY_IN : 0;
}

static enum ready_code code_of(const struct ready_hook *hook, u64 key)
{
    struct file *file = hook->async->file;
    const bool first = hook == hook->async->hooks;
    struct socket *socket;
    if (socket_of_file(file, &socket) == HELIX_OK)
        return socket ? code_of_socket(socket, first, key) : 0;
    if (key != 0)
        return key & LINUX_POLLIN ? READY_IN : READY_OUT;
    if (file_is_pipe(file))
        return first && (file->access & 1) ? READY_IN : READY_OUT;
    return first ? READY_IN : 0; // a terminal's writers
}

/* Is nothing but the queue locked where @file's queues are woken for @code? */
static bool is_unlocked(struct file *file, enum ready_code code)
{
    struct socket *socket;
    return file_is_pipe(file) || (code != READY_OUT && socket_of_file(file, &socket) == HELIX_OK);
}

static bool woken(struct waiter *waiter, u64 key, struct wait_after **after)
{
    const struct ready_hook *hook = container_of(waiter, const struct ready_hook, waiter);
    struct file_async *async = hook->async;
    const enum ready_code code = code_of(hook, key);
    if (code == 0)
        return true;
    atomic_fetch_or_relaxed(&async->due, 1u << code);
    if (atomic_exchange_acq_rel(&async->announced, 1u) != 0)
        return true; // who announced has not looked yet
    ref_get(&async->references);
    async->after = (struct wait_after){.next = *after,
                                       .run = is_unlocked(async->file, code) ? run_now : run_later};
    *after = &async->after;
    return true;
}

struct hook_table {
    struct poll_table table; // first
    struct file_async *async;
};

static void hook_queue(struct poll_table *table, struct wait_queue *queue)
{
    struct file_async *async = container_of(table, struct hook_table, table)->async;
    if (async->hook_count == HOOKS_MOST)
        return;
    struct ready_hook *hook = &async->hooks[async->hook_count++];
    hook->async = async;
    wait_attach(queue, &hook->waiter, 0, woken);
}

static helix_status begin(struct file *file, int fd)
{
    struct file_async *async = kmem_alloc(&async_cache);
    if (!async)
        return HELIX_E_NOMEM;
    ref_init(&async->references);
    timer_init(&async->timer, timer_fired);
    async->file = file;
    async->fd = fd;
    const struct irq_key key = spin_lock_irq(&owners_lock);
    file->async = async;
    spin_unlock_irq(&owners_lock, key);
    struct hook_table hooks = {.table.add = hook_queue, .async = async};
    (void)file_poll(file, &hooks.table);
    return HELIX_OK;
}

static void end(struct file *file)
{
    struct file_async *async = file->async;
    if (!async)
        return;
    while (async->hook_count > 0)
        wait_detach(&async->hooks[--async->hook_count].waiter);
    const struct irq_key key = spin_lock_irq(&owners_lock);
    async->file = NULL;
    file->async = NULL;
    spin_unlock_irq(&owners_lock, key);
    async_put(async);
}

static void set_owner(struct file *file, enum file_owner_type type, u32 id);

/* A terminal without an owner belongs to who uses it. */
static void own_terminal(struct file *file)
{
    u32 group;
    if (file->owner.id != 0 || !tty_file_foreground(file, &group))
        return;
    if (group != 0)
        set_owner(file, FILE_OWNER_GROUP, group);
    else
        set_owner(file, FILE_OWNER_PROCESS, process_current()->pid);
}

helix_status file_set_async(struct file *file, int fd, bool on)
{
    if (!file->ops->tells)
        return HELIX_E_NOT_TTY;
    helix_status status = HELIX_OK;
    mutex_lock(&async_mutex);
    if (on && file->async)
        WRITE_ONCE(file->async->fd, fd);
    else if (on)
        status = begin(file, fd);
    else
        end(file);
    if (on && status == HELIX_OK) {
        own_terminal(file);
        atomic_fetch_or_relaxed(&file->flags, LINUX_O_ASYNC);
    } else {
        atomic_fetch_and_relaxed(&file->flags, ~LINUX_O_ASYNC);
    }
    mutex_unlock(&async_mutex);
    return status;
}

/* ---- Owners ---- */

static void set_owner(struct file *file, enum file_owner_type type, u32 id)
{
    const struct credentials *own = task_current()->credentials;
    const struct irq_key key = spin_lock_irq(&owners_lock);
    file->owner.type = (u8)type;
    file->owner.id = id;
    file->owner.uid = id ? own->uid : 0;
    file->owner.euid = id ? own->euid : 0;
    spin_unlock_irq(&owners_lock, key);
}

/* Whatever a number may name. */
static bool number_is_used(u32 id)
{
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    const bool used =
        task_find_locked(id) || process_find_locked(id) || group_exists_locked(id, SESSION_ANY);
    spin_unlock_irq(&process_table_lock, key);
    return used;
}

static bool is_alive(const struct file_owner *owner)
{
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    bool alive = false;
    if (owner->type == FILE_OWNER_GROUP)
        alive = group_exists_locked(owner->id, SESSION_ANY);
    else if (owner->type == FILE_OWNER_PROCESS)
        alive = process_find_locked(owner->id) != NULL;
    else
        alive = task_find_locked(owner->id) != NULL;
    spin_unlock_irq(&process_table_lock, key);
    return alive;
}

/* As it is now; id 0: nobody, or nobody who lives. */
static struct file_owner owner_now(const struct file *file)
{
    const struct irq_key key = spin_lock_irq(&owners_lock);
    struct file_owner owner = file->owner;
    spin_unlock_irq(&owners_lock, key);
    if (owner.id != 0 && !is_alive(&owner))
        owner.id = 0;
    return owner;
}

void file_owner_default(struct file *file)
{
    if (file->owner.id == 0)
        set_owner(file, FILE_OWNER_PROCESS, process_current()->pid);
}

void file_owner_forget(struct file *file)
{
    set_owner(file, FILE_OWNER_TASK, 0);
    WRITE_ONCE(file->owner.signal, (u8)0);
}

helix_status file_owner_set(struct file *file, i32 who)
{
    if (who == INT32_MIN)
        return HELIX_E_INVAL;
    const u32 id = (u32)(who < 0 ? -who : who);
    if (id != 0 && !number_is_used(id))
        return HELIX_E_NO_PROCESS;
    set_owner(file, who < 0 ? FILE_OWNER_GROUP : FILE_OWNER_PROCESS, id);
    return HELIX_OK;
}

i32 file_owner_get(const struct file *file)
{
    const struct file_owner owner = owner_now(file);
    return owner.type == FILE_OWNER_GROUP ? -(i32)owner.id : (i32)owner.id;
}

struct owner_ex {
    i32 type;
    i32 pid;
};

static helix_status set_owner_ex(struct file *file, u64 at)
{
    struct owner_ex owner;
    const helix_status status = user_copy_in(&owner, vaddr_of(at), sizeof owner);
    if (status != HELIX_OK)
        return status;
    if (owner.type < FILE_OWNER_TASK || owner.type > FILE_OWNER_GROUP)
        return HELIX_E_INVAL;
    if (owner.pid != 0 && !number_is_used((u32)owner.pid))
        return HELIX_E_NO_PROCESS;
    set_owner(file, (enum file_owner_type)owner.type, (u32)owner.pid);
    return HELIX_OK;
}

static helix_status get_owner_ex(const struct file *file, u64 at)
{
    const struct file_owner owner = owner_now(file);
    const struct owner_ex out = {owner.type, (i32)owner.id};
    return user_copy_out(vaddr_of(at), &out, sizeof out);
}

static helix_status get_owner_ids(const struct file *file, u64 at)
{
    const u32 ids[2] = {file->owner.uid, file->owner.euid};
    return user_copy_out(vaddr_of(at), ids, sizeof ids);
}

static helix_status set_signal(struct file *file, u64 signal)
{
    if (signal > SIGNAL_COUNT)
        return HELIX_E_INVAL;
    WRITE_ONCE(file->owner.signal, (u8)signal);
    return HELIX_OK;
}

bool file_owner_control(struct file *file, int command, u64 argument, i64 *result_out)
{
    helix_status status = HELIX_OK;
    i64 result = 0;
    switch (command) {
    case LINUX_F_SETOWN:
        status = file_owner_set(file, (i32)argument);
        break;
    case LINUX_F_GETOWN:
        result = file_owner_get(file);
        break;
    case LINUX_F_SETSIG:
        status = set_signal(file, argument);
        break;
    case LINUX_F_GETSIG:
        result = file->owner.signal;
        break;
    case F_SETOWN_EX:
        status = set_owner_ex(file, argument);
        break;
    case F_GETOWN_EX:
        status = get_owner_ex(file, argument);
        break;
    case F_GETOWN_UIDS:
        status = get_owner_ids(file, argument);
        break;
    default:
        return false;
    }
    *result_out = status == HELIX_OK ? result : syscall_result(status);
    return true;
}

/* The last reference of a file is gone. */
static void file_ended(struct file *file)
{
    if (file->watchers)
        epoll_file_ended(file);
    end(file);
    if (file->owner.kept & FILE_KEEPS_NOTICES)
        file_notices_end(file, NULL);
    if (file->owner.kept & FILE_KEEPS_LEASE)
        file_lease_end(file);
}

void file_owners_start(void)
{
    file_set_watch_hook(file_ended);
}
