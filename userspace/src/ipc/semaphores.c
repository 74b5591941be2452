/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * System V semaphores. A call's operations happen all at once, under the mutex of the table, or the
 * caller sleeps and tries again whenever the set changes. What a process asked to be undone is kept
 * with the set.
 */
#include <helix/core/syscall.h>
#include <helix/hal/time.h>
#include <helix/lib/atomic.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>

#include "calls.h"
#include "ipc/limits.h"
#include "ipc/records.h"
#include "ipc/semaphore_status.h"
#include "record.h"
#include "time/clock.h"

#define SEM_UNDO     0x1000
#define GETPID       11
#define GETVAL       12
#define GETALL       13
#define GETNCNT      14
#define GETZCNT      15
#define SETVAL       16
#define SETALL       17
#define SEM_STAT     18
#define SEM_INFO     19
#define SEM_STAT_ANY 20

struct linux_sembuf {
    u16 number;
    i16 change;
    i16 flags;
};

struct semaphore {
    i32 value;
    u32 pid; // who changed it last
};

/* What is added to each semaphore when the process ends. */
struct undo {
    struct list link;
    const struct process *process;
    i16 adjust[];
};

struct sem_set {
    struct ipc_object ipc; // first
    u32 count;
    i64 operated, changed;
    struct list undos;   // struct undo
    struct list waiting; // struct sem_wait
    struct wait_queue changes;
    struct semaphore all[];
};

struct sem_wait {
    struct list link;
    u16 number; // the semaphore that keeps the call from going on
    bool for_zero;
};

static void destroy(struct ipc_object *object);
static struct ipc_table sets =
    IPC_TABLE(sets, &sem_settings[SEM_SET_SETS], &sem_set_object_type, destroy);
static u64 semaphores_used; // sets.lock
static u32 undos_kept;      // atomic: lets exit skip the search

static struct sem_set *set_of(struct ipc_object *object)
{
    return container_of(object, struct sem_set, ipc);
}

static void drop_undo(struct undo *undo)
{
    list_remove(&undo->link);
    kfree(undo);
    atomic_fetch_sub_relaxed(&undos_kept, 1u);
}

static void destroy(struct ipc_object *object)
{
    struct sem_set *set = set_of(object);
    list_for_each_safe(struct undo, undo, &set->undos, link)
        drop_undo(undo);
    kfree(set);
}

static struct sem_set *allocate(u32 count)
{
    struct sem_set *set = kzalloc(sizeof *set + count * sizeof(struct semaphore));
    if (!set)
        return NULL;
    set->count = count;
    list_init(&set->undos);
    list_init(&set->waiting);
    wait_queue_init(&set->changes);
    return set;
}

static helix_status make_locked(i32 key, i32 count, u32 flags, i32 *id_out)
    HELIX_REQUIRES(&sets.lock)
{
    if (count <= 0)
        return HELIX_E_INVAL;
    if (semaphores_used + (u32)count > SEM_ALL_MOST)
        return HELIX_E_NO_SPACE;
    struct sem_set *set = allocate((u32)count);
    if (!set)
        return HELIX_E_NOMEM;
    set->changed = ipc_now();
    const helix_status status = ipc_add(&sets, &set->ipc, key, flags);
    if (status != HELIX_OK) {
        kfree(set);
        return status;
    }
    semaphores_used += (u32)count;
    *id_out = set->ipc.id;
    return HELIX_OK;
}

i64 sys_semget(const u64 *arguments)
{
    const i32 count = (i32)arguments[1];
    struct ipc_object *object;
    i32 id = 0;
    if (count < 0 || count > (i32)SEM_EACH_MOST)
        return -LINUX_EINVAL;
    mutex_lock(&sets.lock);
    helix_status status = ipc_get(&sets, (i32)arguments[0], (u32)arguments[2], &object);
    if (status == HELIX_OK && !object)
        status = make_locked((i32)arguments[0], count, (u32)arguments[2], &id);
    else if (status == HELIX_OK && (u32)count > set_of(object)->count)
        status = HELIX_E_INVAL;
    else if (status == HELIX_OK)
        id = object->id;
    mutex_unlock(&sets.lock);
    return status == HELIX_OK ? id : syscall_result(status);
}

/* ---- Operations ---- */

struct sem_call {
    struct linux_sembuf *operations;
    u32 count;
    bool changes, undoes;
    u32 highest;
    struct undo *undo;
    struct sem_wait wait;
};

/* Undo what the first @done operations of a call did. */
static void take_back(struct sem_set *set, const struct sem_call *call, u32 done)
{
    while (done-- > 0)
        set->all[call->operations[done].number].value -= call->operations[done].change;
}

static helix_status blocks(struct sem_call *call, const struct linux_sembuf *operation)
{
    call->wait.number = operation->number;
    call->wait.for_zero = operation->change == 0;
    return operation->flags & IPC_NOWAIT ? HELIX_E_AGAIN : HELIX_E_BUSY;
}

/* OK: it is possible, and done. BUSY: it has to wait. */
static helix_status try_values(struct sem_set *set, struct sem_call *call)
{
    for (u32 i = 0; i < call->count; i++) {
        const struct linux_sembuf *operation = &call->operations[i];
        struct semaphore *semaphore = &set->all[operation->number];
        const i32 value = semaphore->value + operation->change;
        helix_status status = HELIX_OK;
        if (value < 0 || (operation->change == 0 && semaphore->value != 0))
            status = blocks(call, operation);
        else if (value > SEM_VALUE_MOST)
            status = HELIX_E_RANGE;
        else if ((operation->flags & SEM_UNDO) &&
                 (call->undo->adjust[operation->number] - operation->change > SEM_VALUE_MOST ||
                  call->undo->adjust[operation->number] - operation->change < -SEM_VALUE_MOST - 1))
            status = HELIX_E_RANGE;
        if (status != HELIX_OK) {
            take_back(set, call, i);
            return status;
        }
        semaphore->value = value;
    }
    return HELIX_OK;
}

static void settle(struct sem_set *set, const struct sem_call *call)
{
    for (u32 i = 0; i < call->count; i++) {
        const struct linux_sembuf *operation = &call->operations[i];
        set->all[operation->number].pid = process_current()->pid;
        if (operation->flags & SEM_UNDO)
            call->undo->adjust[operation->number] =
                (i16)(call->undo->adjust[operation->number] - operation->change);
    }
    set->operated = ipc_now();
    wait_wake_all(&set->changes);
}

static struct undo *find_undo(struct sem_set *set, const struct process *process)
{
    list_for_each(struct undo, undo, &set->undos, link)
        if (undo->process == process)
            return undo;
    return NULL;
}

static struct undo *make_undo(struct sem_set *set, const struct process *process)
{
    struct undo *undo = kzalloc(sizeof *undo + set->count * sizeof(i16));
    if (!undo)
        return NULL;
    undo->process = process;
    list_push_back(&set->undos, &undo->link);
    atomic_fetch_add_relaxed(&undos_kept, 1u);
    return undo;
}

static helix_status prepare_undo(struct sem_set *set, struct sem_call *call)
{
    if (!call->undoes)
        return HELIX_OK;
    call->undo = find_undo(set, process_current());
    if (call->undo)
        return HELIX_OK;
    call->undo = make_undo(set, process_current());
    return call->undo ? HELIX_OK : HELIX_E_NOMEM;
}

static helix_status try_locked(struct sem_set *set, struct sem_call *call)
    HELIX_REQUIRES(&sets.lock)
{
    if (set->ipc.removed)
        return HELIX_E_REMOVED;
    helix_status status = prepare_undo(set, call);
    if (status == HELIX_OK)
        status = try_values(set, call);
    if (status == HELIX_OK)
        settle(set, call);
    return status;
}

static helix_status try_call(struct sem_set *set, struct sem_call *call)
{
    mutex_lock(&sets.lock);
    const helix_status status = try_locked(set, call);
    mutex_unlock(&sets.lock);
    return status;
}

static void show_waiting(struct sem_set *set, struct sem_call *call, bool waits)
{
    mutex_lock(&sets.lock);
    if (waits)
        list_push_back(&set->waiting, &call->wait.link);
    else
        list_remove(&call->wait.link);
    mutex_unlock(&sets.lock);
}

static helix_status wait_for(struct sem_set *set, struct sem_call *call, nanos deadline)
{
    struct waiter waiter;
    helix_status status;
    show_waiting(set, call, true);
    wait_begin(&set->changes, &waiter, "semop");
    while ((status = try_call(set, call)) == HELIX_E_BUSY) {
        status = wait_sleep(deadline, WAIT_INTERRUPTIBLE);
        if (status != HELIX_OK)
            break;
    }
    wait_end(&waiter);
    show_waiting(set, call, false);
    return status == HELIX_E_TIMEOUT ? HELIX_E_AGAIN : status;
}

/* The set with a reference. */
static helix_status begin_call(i32 id, const struct sem_call *call, struct sem_set **set_out)
{
    struct ipc_object *object;
    mutex_lock(&sets.lock);
    helix_status status = ipc_find(&sets, id, &object);
    if (status == HELIX_OK && call->highest >= set_of(object)->count)
        status = HELIX_E_FILE_TOO_BIG;
    if (status == HELIX_OK)
        status = ipc_allowed(object, call->changes ? IPC_WRITE : IPC_READ);
    if (status == HELIX_OK) {
        ref_get(&object->references);
        *set_out = set_of(object);
    }
    mutex_unlock(&sets.lock);
    return status;
}

static helix_status operate(i32 id, struct sem_call *call, nanos deadline)
{
    struct sem_set *set;
    for (u32 i = 0; i < call->count; i++) {
        call->changes |= call->operations[i].change != 0;
        call->undoes |= call->operations[i].flags & SEM_UNDO;
        call->highest = max(call->highest, (u32)call->operations[i].number);
    }
    helix_status status = begin_call(id, call, &set);
    if (status != HELIX_OK)
        return status;
    status = try_call(set, call);
    if (status == HELIX_E_BUSY)
        status = wait_for(set, call, deadline);
    ipc_put(&sets, &set->ipc);
    return status;
}

static i64 semaphore_call(i32 id, u64 user_operations, u32 count, nanos deadline)
{
    struct linux_sembuf few[8];
    struct sem_call call = {.operations = few, .count = count};
    if (count == 0)
        return -LINUX_EINVAL;
    if (count > SEM_CALL_MOST)
        return -LINUX_E2BIG;
    if (count > array_count(few))
        call.operations = kmalloc(count * sizeof *call.operations);
    if (!call.operations)
        return -LINUX_ENOMEM;
    helix_status status =
        user_copy_in(call.operations, vaddr_of(user_operations), count * sizeof *call.operations);
    if (status == HELIX_OK)
        status = id < 0 ? HELIX_E_INVAL : operate(id, &call, deadline);
    if (call.operations != few)
        kfree(call.operations);
    return ipc_result(status);
}

i64 sys_semop(const u64 *arguments)
{
    return semaphore_call((i32)arguments[0], arguments[1], (u32)arguments[2], NANOS_NEVER);
}

i64 sys_semtimedop(const u64 *arguments)
{
    nanos span = NANOS_NEVER;
    if (arguments[3]) {
        const helix_status status = clock_copy_in(arguments[3], &span);
        if (status != HELIX_OK)
            return syscall_result(status);
        span = clock_add(hal_clock_now(), span);
    }
    return semaphore_call((i32)arguments[0], arguments[1], (u32)arguments[2], span);
}

/* ---- The end of a process ---- */

static void apply_undo(struct sem_set *set, const struct undo *undo, u32 pid)
{
    for (u32 i = 0; i < set->count; i++) {
        if (undo->adjust[i] == 0)
            continue;
        const i32 value = set->all[i].value + undo->adjust[i];
        set->all[i].value = value < 0 ? 0 : min(value, SEM_VALUE_MOST);
        set->all[i].pid = pid;
    }
    set->operated = ipc_now();
    wait_wake_all(&set->changes);
}

static void undo_all_locked(struct process *process) HELIX_REQUIRES(&sets.lock)
{
    for (u32 i = 0; i < sets.capacity; i++) {
        struct sem_set *set = sets.slots[i] ? set_of(sets.slots[i]) : NULL;
        struct undo *undo = set ? find_undo(set, process) : NULL;
        if (!undo)
            continue;
        apply_undo(set, undo, process->pid);
        drop_undo(undo);
    }
}

bool semaphores_undo_for(const struct process *process)
{
    bool found = false;
    if (likely(atomic_load_relaxed(&undos_kept) == 0))
        return false;
    mutex_lock(&sets.lock);
    for (u32 i = 0; i < sets.capacity && !found; i++)
        found = sets.slots[i] && find_undo(set_of(sets.slots[i]), process);
    mutex_unlock(&sets.lock);
    return found;
}

void semaphores_process_ended(struct process *process)
{
    if (likely(atomic_load_relaxed(&undos_kept) == 0))
        return;
    mutex_lock(&sets.lock);
    undo_all_locked(process);
    mutex_unlock(&sets.lock);
}

/* ---- Control ---- */

static i64 count_waiting(const struct sem_set *set, u32 number, bool for_zero)
{
    i64 count = 0;
    list_for_each(struct sem_wait, wait, &set->waiting, link)
        count += wait->number == number && wait->for_zero == for_zero;
    return count;
}

static void forget_undos(struct sem_set *set, u32 first, u32 count)
{
    list_for_each(struct undo, undo, &set->undos, link)
        for (u32 i = first; i < first + count; i++)
            undo->adjust[i] = 0;
}

static void note_change(struct sem_set *set)
{
    set->changed = ipc_now();
    wait_wake_all(&set->changes);
}

static helix_status set_value(struct sem_set *set, u32 number, i32 value)
{
    if (value < 0 || value > SEM_VALUE_MOST)
        return HELIX_E_RANGE;
    set->all[number] = (struct semaphore){value, process_current()->pid};
    forget_undos(set, number, 1);
    note_change(set);
    return HELIX_OK;
}

/* All values go through @values, which holds as many as the largest set has. */
static helix_status all_values(struct sem_set *set, int command, u16 *values)
{
    if (command == GETALL) {
        for (u32 i = 0; i < set->count; i++)
            values[i] = (u16)set->all[i].value;
        return HELIX_OK;
    }
    for (u32 i = 0; i < set->count; i++)
        if (values[i] > SEM_VALUE_MOST)
            return HELIX_E_RANGE;
    for (u32 i = 0; i < set->count; i++)
        set->all[i] = (struct semaphore){values[i], process_current()->pid};
    forget_undos(set, 0, set->count);
    note_change(set);
    return HELIX_OK;
}

static i64 one_value(const struct sem_set *set, u32 number, int command)
{
    switch (command) {
    case GETVAL:
        return set->all[number].value;
    case GETPID:
        return set->all[number].pid;
    default:
        return count_waiting(set, number, command == GETZCNT);
    }
}

static i64 single(i32 id, u32 number, int command, i32 value)
{
    struct ipc_object *object;
    i64 result = 0;
    mutex_lock(&sets.lock);
    helix_status status = ipc_find(&sets, id, &object);
    if (status == HELIX_OK)
        status = ipc_allowed(object, command == SETVAL ? IPC_WRITE : IPC_READ);
    if (status == HELIX_OK && number >= set_of(object)->count)
        status = HELIX_E_INVAL;
    if (status == HELIX_OK && command == SETVAL)
        status = set_value(set_of(object), number, value);
    else if (status == HELIX_OK)
        result = one_value(set_of(object), number, command);
    mutex_unlock(&sets.lock);
    return status == HELIX_OK ? result : syscall_result(status);
}

static helix_status count_of(i32 id, int command, u32 *count_out)
{
    struct ipc_object *object;
    mutex_lock(&sets.lock);
    helix_status status = ipc_find(&sets, id, &object);
    if (status == HELIX_OK)
        status = ipc_allowed(object, command == SETALL ? IPC_WRITE : IPC_READ);
    if (status == HELIX_OK)
        *count_out = set_of(object)->count;
    mutex_unlock(&sets.lock);
    return status;
}

static i64 every(i32 id, int command, u64 user)
{
    struct ipc_object *object;
    u32 count;
    helix_status status = count_of(id, command, &count); // does not change while the id is the same
    if (status != HELIX_OK)
        return syscall_result(status);
    const size_t bytes = count * sizeof(u16);
    u16 *values = kmalloc(bytes);
    if (!values)
        return -LINUX_ENOMEM;
    if (command == SETALL)
        status = user_copy_in(values, vaddr_of(user), bytes);
    if (status == HELIX_OK) {
        mutex_lock(&sets.lock);
        status = ipc_find(&sets, id, &object);
        if (status == HELIX_OK)
            status = all_values(set_of(object), command, values);
        mutex_unlock(&sets.lock);
    }
    if (status == HELIX_OK && command == GETALL)
        status = user_copy_out(vaddr_of(user), values, bytes);
    kfree(values);
    return syscall_result(status);
}

struct linux_seminfo {
    i32 map, sets_most, all_most, undos_most, each_most, call_most, undo_entries, undo_bytes,
        value_most, exit_most;
};

static i64 tell_limits(int command, u64 user)
{
    struct linux_seminfo info = {0,
                                 (i32)SEM_SETS_MOST,
                                 (i32)SEM_ALL_MOST,
                                 (i32)SEM_ALL_MOST,
                                 (i32)SEM_EACH_MOST,
                                 (i32)SEM_CALL_MOST,
                                 (i32)SEM_CALL_MOST,
                                 20,
                                 SEM_VALUE_MOST,
                                 SEM_VALUE_MOST};
    mutex_lock(&sets.lock);
    if (command == SEM_INFO) {
        info.undo_bytes = (i32)sets.used;
        info.exit_most = (i32)semaphores_used;
    }
    const i32 highest = ipc_highest(&sets);
    mutex_unlock(&sets.lock);
    const helix_status status = user_copy_out(vaddr_of(user), &info, sizeof info);
    return status == HELIX_OK ? highest : syscall_result(status);
}

helix_status semaphores_show(struct text_writer *writer, void *unused)
{
    (void)unused;
    text_write(writer,
               "       key      semid perms      nsems   uid   gid  cuid  cgid      otime   "
               "   ctime\n");
    mutex_lock(&sets.lock);
    for (u32 i = 0; i < sets.capacity; i++) {
        if (!sets.slots[i])
            continue;
        const struct ipc_object *o = sets.slots[i];
        const struct sem_set *set = set_of(sets.slots[i]);
        text_write(writer, "%10d %10d  %4o %10u %5u %5u %5u %5u %10lld %10lld\n", o->key, o->id,
                   o->mode, set->count, o->uid, o->gid, o->creator_uid, o->creator_gid,
                   (long long)set->operated, (long long)set->changed);
    }
    mutex_unlock(&sets.lock);
    return HELIX_OK;
}

static i64 tell_status(i32 id, int command, u64 user)
{
    struct linux_semid_ds out = {0};
    struct ipc_object *object;
    helix_status status = HELIX_OK;
    i64 result = 0;
    mutex_lock(&sets.lock);
    if (command == IPC_STAT)
        status = ipc_find(&sets, id, &object);
    else if (!(object = ipc_at(&sets, id)))
        status = HELIX_E_INVAL;
    if (status == HELIX_OK && command != SEM_STAT_ANY)
        status = ipc_allowed(object, IPC_READ);
    if (status == HELIX_OK) {
        ipc_perm_get(object, &out.perm);
        out.operated = set_of(object)->operated;
        out.changed = set_of(object)->changed;
        out.count = set_of(object)->count;
        result = command == IPC_STAT ? 0 : object->id;
    }
    mutex_unlock(&sets.lock);
    if (status == HELIX_OK)
        status = user_copy_out(vaddr_of(user), &out, sizeof out);
    return status == HELIX_OK ? result : syscall_result(status);
}

static void remove_locked(struct sem_set *set) HELIX_REQUIRES(&sets.lock)
{
    semaphores_used -= set->count;
    set->ipc.removed = true;
    wait_wake_all(&set->changes);
    ipc_remove(&sets, &set->ipc);
}

static i64 change_set(i32 id, int command, u64 user)
{
    struct linux_semid_ds in;
    struct ipc_object *object;
    helix_status status = HELIX_OK;
    if (command == IPC_SET)
        status = user_copy_in(&in, vaddr_of(user), sizeof in);
    if (status != HELIX_OK)
        return syscall_result(status);
    mutex_lock(&sets.lock);
    status = ipc_find(&sets, id, &object);
    if (status == HELIX_OK)
        status = ipc_owned(object);
    if (status == HELIX_OK && command == IPC_SET) {
        ipc_perm_set(object, &in.perm);
        set_of(object)->changed = ipc_now();
    } else if (status == HELIX_OK) {
        remove_locked(set_of(object));
    }
    mutex_unlock(&sets.lock);
    return syscall_result(status);
}

i64 sys_semctl(const u64 *arguments)
{
    const i32 id = (i32)arguments[0];
    const int command = (int)arguments[2];
    if (id < 0)
        return -LINUX_EINVAL;
    switch (command) {
    case IPC_INFO:
    case SEM_INFO:
        return tell_limits(command, arguments[3]);
    case IPC_STAT:
    case SEM_STAT:
    case SEM_STAT_ANY:
        return tell_status(id, command, arguments[3]);
    case GETPID:
    case GETVAL:
    case GETNCNT:
    case GETZCNT:
    case SETVAL:
        return single(id, (u32)arguments[1], command, (i32)arguments[3]);
    case GETALL:
    case SETALL:
        return every(id, command, arguments[3]);
    case IPC_SET:
    case IPC_RMID:
        return change_set(id, command, arguments[3]);
    default:
        return -LINUX_EINVAL;
    }
}

/* ---- Records ---- */

static helix_status describe(const struct object *object, struct object_writer *writer)
{
    struct sem_set *set = set_of(ipc_of_object(object));
    mutex_lock(&sets.lock);
    const size_t adjusts = set->count * sizeof(i16);
    struct sem_set_record record = {
        .operated = set->operated,
        .changed = set->changed,
        .count = set->count,
        .undos = (u32)list_length(&set->undos),
    };
    ipc_record_fill(&set->ipc, &record.ipc);
    record_begin(object,
                 sizeof record + record.count * sizeof(struct semaphore_record) +
                     record.undos * (sizeof(struct undo_record) + align_up(adjusts, 8)),
                 writer);
    object_write(writer, &record, sizeof record);
    for (u32 i = 0; i < set->count; i++) {
        const struct semaphore_record each = {set->all[i].value, set->all[i].pid};
        object_write(writer, &each, sizeof each);
    }
    list_for_each(struct undo, undo, &set->undos, link) {
        const struct undo_record each = {undo->process->object.id};
        object_write(writer, &each, sizeof each);
        ipc_write_padded(writer, undo->adjust, adjusts);
    }
    mutex_unlock(&sets.lock);
    return HELIX_OK;
}

static helix_status undo_again(struct object_reader *reader, struct sem_set *set)
{
    struct undo_record record;
    helix_status status = object_read(reader, &record, sizeof record);
    if (status != HELIX_OK)
        return status;
    struct object *process = reader->resolve(reader->context, OBJECT_PROCESS, record.process);
    if (!process)
        return HELIX_E_CORRUPT;
    struct undo *undo = make_undo(set, container_of(process, struct process, object));
    return undo ? ipc_read_padded(reader, undo->adjust, set->count * sizeof(i16)) : HELIX_E_NOMEM;
}

static helix_status values_again(struct object_reader *reader, struct sem_set *set, u32 undos)
{
    helix_status status = HELIX_OK;
    for (u32 i = 0; i < set->count && status == HELIX_OK; i++) {
        struct semaphore_record record = {0};
        status = object_read(reader, &record, sizeof record);
        if (status == HELIX_OK && (record.value < 0 || record.value > SEM_VALUE_MOST))
            status = HELIX_E_CORRUPT;
        set->all[i] = (struct semaphore){record.value, record.pid};
    }
    for (u32 i = 0; i < undos && status == HELIX_OK; i++)
        status = undo_again(reader, set);
    return status;
}

static helix_status recreate(struct object_reader *reader, const struct object_record *header,
                             struct object **object_out)
{
    struct sem_set_record record;
    if (header->version != 1)
        return HELIX_E_NOTSUP;
    helix_status status = object_read(reader, &record, sizeof record);
    if (status != HELIX_OK)
        return status;
    if (record.count == 0 || record.count > reader->bytes / sizeof(struct semaphore_record))
        return HELIX_E_CORRUPT;
    struct sem_set *set = allocate(record.count);
    if (!set)
        return HELIX_E_NOMEM;
    set->operated = record.operated;
    set->changed = record.changed;
    mutex_lock(&sets.lock);
    status = values_again(reader, set, record.undos);
    if (status == HELIX_OK)
        status = ipc_restore(&sets, &set->ipc, &record.ipc);
    if (status == HELIX_OK)
        semaphores_used += set->count;
    mutex_unlock(&sets.lock);
    if (status != HELIX_OK) {
        destroy(&set->ipc);
        return status;
    }
    *object_out = &set->ipc.object;
    return HELIX_OK;
}

static void discard(struct object *object)
{
    mutex_lock(&sets.lock);
    remove_locked(set_of(ipc_of_object(object)));
    mutex_unlock(&sets.lock);
}

static bool equal(const struct object *left, const struct object *right)
{
    const struct sem_set *l = set_of(ipc_of_object(left)), *r = set_of(ipc_of_object(right));
    return ipc_equal(&l->ipc, &r->ipc) && l->count == r->count &&
           memcmp(l->all, r->all, l->count * sizeof l->all[0]) == 0;
}

const struct object_type sem_set_object_type = {
    .kind = OBJECT_SEMAPHORES,
    .version = 1,
    .name = "System V semaphores",
    .describe = describe,
    .recreate = recreate,
    .discard = discard,
    .equal = equal,
};
OBJECT_TYPE_ENTRY(sem_set_object_type);
