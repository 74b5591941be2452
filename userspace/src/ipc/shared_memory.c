/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * System V shared memory. A segment is a shared vm_object; how often it is attached is how many
 * areas map it, so fork, exec and exit need no bookkeeping. One that was removed while attached
 * keeps its id, without its key, until it is looked at with no area left.
 */
#include <helix/capability/linux.h>
#include <helix/core/syscall.h>
#include <helix/lib/atomic.h>
#include <helix/memory/frame.h>
#include <helix/memory/heap.h>
#include <helix/memory/object.h>
#include <helix/memory/user_copy.h>

#include "calls.h"
#include "ipc/limits.h"
#include "ipc/records.h"
#include "record.h"

#define SHM_RDONLY   010000u
#define SHM_RND      020000u
#define SHM_REMAP    040000u
#define SHM_EXEC     0100000u
#define SHM_DEST     01000u
#define SHM_LOCKED   02000u
#define SHM_HUGETLB  04000u
#define SHM_LOCK     11
#define SHM_UNLOCK   12
#define SHM_STAT     13
#define SHM_INFO     14
#define SHM_STAT_ANY 15

struct segment {
    struct ipc_object ipc; // first
    struct vm_object *memory;
    u64 bytes;
    i64 attached, detached, changed;
    u32 creator_pid, last_pid;
    u32 locker_uid; // while SHM_LOCKED
};

struct linux_shmid_ds {
    struct linux_ipc_perm perm;
    u64 bytes;
    i64 attached, detached, changed;
    u32 creator_pid, last_pid;
    u64 attaches;
    u64 unused[2];
};

static struct kmem_cache segment_cache = KMEM_CACHE(segment);
static void destroy(struct ipc_object *object);
static struct ipc_table segments =
    IPC_TABLE(segments, &ipc_settings[IPC_SHM_SEGMENTS].value, &shared_memory_object_type, destroy);
static u64 pages_used; // segments.lock
static u32 leaving;    // segments that were removed while attached; atomic

static u64 pages_of(u64 bytes)
{
    return (bytes + PAGE_SIZE - 1) >> PAGE_SHIFT;
}

static struct segment *segment_of(struct ipc_object *object)
{
    return container_of(object, struct segment, ipc);
}

static void destroy(struct ipc_object *object)
{
    struct segment *segment = segment_of(object);
    vm_object_put(segment->memory);
    kmem_free(&segment_cache, segment);
}

static void remove_locked(struct segment *segment) HELIX_REQUIRES(&segments.lock)
{
    pages_used -= pages_of(segment->bytes);
    if (segment->ipc.mode & SHM_DEST)
        atomic_fetch_sub_relaxed(&leaving, 1u);
    ipc_remove(&segments, &segment->ipc);
}

static void reap_locked(void) HELIX_REQUIRES(&segments.lock)
{
    for (u32 i = 0; i < segments.capacity; i++) {
        struct ipc_object *object = segments.slots[i];
        if (object && (object->mode & SHM_DEST) && !vm_object_areas(segment_of(object)->memory))
            remove_locked(segment_of(object));
    }
}

void shared_memory_reap(void)
{
    if (likely(atomic_load_relaxed(&leaving) == 0))
        return;
    mutex_lock(&segments.lock);
    reap_locked();
    mutex_unlock(&segments.lock);
}

static bool may_use_huge(void)
{
    return task_capable(CAP_IPC_LOCK) || credentials_in_group(task_current()->credentials, 0);
}

static helix_status make_locked(i32 key, u64 bytes, u32 flags, i32 *id_out)
    HELIX_REQUIRES(&segments.lock)
{
    if (bytes < 1 || bytes > SHM_BYTES_MOST)
        return HELIX_E_INVAL;
    if (pages_used + pages_of(bytes) > SHM_PAGES_MOST)
        return HELIX_E_NO_SPACE;
    if (flags & SHM_HUGETLB) // no pages of another size are kept
        return may_use_huge() ? HELIX_E_NOMEM : HELIX_E_PERM;
    if (file_count() >= file_limit() && !task_capable(CAP_SYS_ADMIN))
        return HELIX_E_FILE_TABLE_FULL; // a file without a name, as programs see it
    struct segment *segment = kmem_alloc(&segment_cache);
    if (!segment)
        return HELIX_E_NOMEM;
    helix_status status = vm_object_create_shared(bytes, &segment->memory);
    if (status != HELIX_OK)
        goto free_segment;
    segment->bytes = bytes;
    segment->changed = ipc_now();
    segment->creator_pid = process_current()->pid;
    status = ipc_add(&segments, &segment->ipc, key, flags);
    if (status != HELIX_OK)
        goto put_memory;
    pages_used += pages_of(bytes);
    *id_out = segment->ipc.id;
    return HELIX_OK;
put_memory:
    vm_object_put(segment->memory);
free_segment:
    kmem_free(&segment_cache, segment);
    return status;
}

i64 sys_shmget(const u64 *arguments)
{
    const u32 flags = (u32)arguments[2];
    struct ipc_object *object;
    i32 id = 0;
    mutex_lock(&segments.lock);
    reap_locked();
    helix_status status = ipc_get(&segments, (i32)arguments[0], flags, &object);
    if (status == HELIX_OK && !object)
        status = make_locked((i32)arguments[0], arguments[1], flags, &id);
    else if (status == HELIX_OK && segment_of(object)->bytes < arguments[1])
        status = HELIX_E_INVAL;
    else if (status == HELIX_OK)
        id = object->id;
    mutex_unlock(&segments.lock);
    return status == HELIX_OK ? id : syscall_result(status);
}

/* ---- Attaching ---- */

static helix_status attach_args(u64 at, u32 flags, struct vm_map_args *args)
{
    if (flags & SHM_RND)
        at &= ~PAGE_MASK;
    if ((at & PAGE_MASK) || (!at && (flags & SHM_REMAP)))
        return HELIX_E_INVAL;
    args->at = vaddr_of(at);
    if (at)
        args->how = flags & SHM_REMAP ? VM_MAP_FIXED : VM_MAP_FIXED_NOREPLACE;
    args->flags = VM_SHARED | VM_READ | (flags & SHM_RDONLY ? VM_NEVER_WRITE : VM_WRITE) |
                  (flags & SHM_EXEC ? VM_EXEC : 0u);
    return HELIX_OK;
}

static helix_status attach_locked(i32 id, u32 flags, struct vm_map_args *args, vaddr *at_out)
    HELIX_REQUIRES(&segments.lock)
{
    struct ipc_object *object;
    helix_status status = ipc_find(&segments, id, &object);
    if (status == HELIX_OK)
        status = ipc_allowed(object, flags & SHM_RDONLY ? IPC_READ : IPC_READ | IPC_WRITE);
    if (status != HELIX_OK)
        return status;
    struct segment *segment = segment_of(object);
    args->bytes = segment->bytes;
    args->object = segment->memory;
    args->name = "SYSV";
    status = vm_map(process_current()->space, args, at_out);
    if (status == HELIX_E_EXIST)
        return HELIX_E_INVAL;
    if (status == HELIX_OK) {
        segment->attached = ipc_now();
        segment->last_pid = process_current()->pid;
    }
    return status;
}

i64 sys_shmat(const u64 *arguments)
{
    struct vm_map_args args = {0};
    vaddr at;
    helix_status status = attach_args(arguments[1], (u32)arguments[2], &args);
    if (status == HELIX_OK) {
        mutex_lock(&segments.lock);
        status = attach_locked((i32)arguments[0], (u32)arguments[2], &args, &at);
        mutex_unlock(&segments.lock);
    }
    return status == HELIX_OK ? (i64)at.raw : syscall_result(status);
}

/* The segment that is attached at an address, and how far it reaches. */
struct attached {
    u64 at;
    struct segment *segment; // NULL: not found yet
    vaddr start;             // of an area that is left
    size_t bytes;
};

static struct segment *segment_of_memory(const struct vm_object *memory) HELIX_NO_THREAD_SAFETY
{
    for (u32 i = 0; i < segments.capacity; i++)
        if (segments.slots[i] && segment_of(segments.slots[i])->memory == memory)
            return segment_of(segments.slots[i]);
    return NULL;
}

static bool look_at_area(const struct vm_area_info *area, void *context)
{
    struct attached *attached = context;
    if (!area->object || area->start.raw - area->offset != attached->at ||
        area->start.raw < attached->at)
        return true;
    struct segment *segment = segment_of_memory(area->object);
    if (!segment || (attached->segment && attached->segment != segment))
        return true;
    *attached =
        (struct attached){attached->at, segment, area->start, area->end.raw - area->start.raw};
    return false;
}

i64 sys_shmdt(const u64 *arguments)
{
    struct attached attached = {.at = arguments[0]};
    helix_status status = HELIX_E_INVAL;
    if (attached.at & PAGE_MASK)
        return -LINUX_EINVAL;
    mutex_lock(&segments.lock);
    do {
        attached.bytes = 0;
        vm_for_each_area(process_current()->space, vaddr_of(0), look_at_area, &attached);
        if (attached.bytes)
            status = vm_unmap(process_current()->space, attached.start, attached.bytes);
    } while (attached.bytes && status == HELIX_OK);
    if (attached.segment) {
        attached.segment->detached = ipc_now();
        attached.segment->last_pid = process_current()->pid;
        reap_locked();
    }
    mutex_unlock(&segments.lock);
    return syscall_result(status);
}

/* ---- Control ---- */

struct linux_shminfo {
    u64 bytes_most, bytes_least, segments_most, segments_each, pages_most;
    u64 unused[4];
};

struct linux_shm_info {
    i32 used, pad;
    u64 pages, resident, swapped, swap_attempts, swap_successes;
};

static i64 tell_limits(u64 user)
{
    const struct linux_shminfo info = {.bytes_most = SHM_BYTES_MOST,
                                       .bytes_least = 1,
                                       .segments_most = SHM_MOST,
                                       .segments_each = SHM_MOST,
                                       .pages_most = SHM_PAGES_MOST};
    mutex_lock(&segments.lock);
    const i32 highest = ipc_highest(&segments);
    mutex_unlock(&segments.lock);
    const helix_status status = user_copy_out(vaddr_of(user), &info, sizeof info);
    return status == HELIX_OK ? highest : syscall_result(status);
}

static i64 tell_use(u64 user)
{
    mutex_lock(&segments.lock);
    const struct linux_shm_info info = {.used = (i32)segments.used, .pages = pages_used};
    const i32 highest = ipc_highest(&segments);
    mutex_unlock(&segments.lock);
    const helix_status status = user_copy_out(vaddr_of(user), &info, sizeof info);
    return status == HELIX_OK ? highest : syscall_result(status);
}

static void read_status(struct segment *segment, struct linux_shmid_ds *to)
{
    *to = (struct linux_shmid_ds){.bytes = segment->bytes,
                                  .attached = segment->attached,
                                  .detached = segment->detached,
                                  .changed = segment->changed,
                                  .creator_pid = segment->creator_pid,
                                  .last_pid = segment->last_pid,
                                  .attaches = vm_object_areas(segment->memory)};
    ipc_perm_get(&segment->ipc, &to->perm);
}

helix_status shared_memory_show(struct text_writer *writer, void *unused)
{
    (void)unused;
    text_write(writer,
               "       key      shmid perms                  size  cpid  lpid nattch   uid   "
               "gid  cuid  cgid      atime      dtime      ctime                   rss     "
               "             swap\n");
    mutex_lock(&segments.lock);
    reap_locked();
    for (u32 i = 0; i < segments.capacity; i++) {
        if (!segments.slots[i])
            continue;
        const struct ipc_object *o = segments.slots[i];
        const struct segment *s = segment_of(segments.slots[i]);
        text_write(writer, "%10d %10d  %4o %21llu %5u %5u  %5llu %5u %5u %5u %5u ", o->key, o->id,
                   o->mode, (unsigned long long)s->bytes, s->creator_pid, s->last_pid,
                   (unsigned long long)vm_object_areas(s->memory), o->uid, o->gid, o->creator_uid,
                   o->creator_gid);
        text_write(writer, "%10lld %10lld %10lld %21u %21u\n", (long long)s->attached,
                   (long long)s->detached, (long long)s->changed, 0u, 0u);
    }
    mutex_unlock(&segments.lock);
    return HELIX_OK;
}

static i64 tell_status(i32 id, int command, u64 user)
{
    struct linux_shmid_ds out;
    struct ipc_object *object;
    helix_status status = HELIX_OK;
    i64 result = 0;
    mutex_lock(&segments.lock);
    reap_locked();
    if (command == IPC_STAT)
        status = ipc_find(&segments, id, &object);
    else if (!(object = ipc_at(&segments, id)))
        status = HELIX_E_INVAL;
    if (status == HELIX_OK && command != SHM_STAT_ANY)
        status = ipc_allowed(object, IPC_READ);
    if (status == HELIX_OK) {
        read_status(segment_of(object), &out);
        result = command == IPC_STAT ? 0 : object->id;
    }
    mutex_unlock(&segments.lock);
    if (status == HELIX_OK)
        status = user_copy_out(vaddr_of(user), &out, sizeof out);
    return status == HELIX_OK ? result : syscall_result(status);
}

/* Pages that @uid has locked in segments. */
static u64 locked_by(u32 uid) HELIX_REQUIRES(&segments.lock)
{
    u64 pages = 0;
    for (u32 i = 0; i < segments.capacity; i++) {
        struct ipc_object *object = segments.slots[i];
        if (object && (object->mode & SHM_LOCKED) && segment_of(object)->locker_uid == uid)
            pages += pages_of(segment_of(object)->bytes);
    }
    return pages;
}

static bool lock_fits(const struct segment *segment, u32 uid) HELIX_REQUIRES(&segments.lock)
{
    return task_capable(CAP_IPC_LOCK) || locked_by(uid) + pages_of(segment->bytes) <=
                                             process_limit(LINUX_RLIMIT_MEMLOCK) >> PAGE_SHIFT;
}

/* Nothing is ever paged out: locking only marks the segment, for those who may. */
static helix_status set_lock(struct segment *segment, int command) HELIX_REQUIRES(&segments.lock)
{
    const u32 uid = task_current()->credentials->uid;
    const u32 euid = task_current()->credentials->euid;
    if (!task_capable(CAP_IPC_LOCK)) {
        if (euid != segment->ipc.uid && euid != segment->ipc.creator_uid)
            return HELIX_E_PERM;
        if (command == SHM_LOCK && process_limit(LINUX_RLIMIT_MEMLOCK) == 0)
            return HELIX_E_PERM;
    }
    if (command == SHM_LOCK && !(segment->ipc.mode & SHM_LOCKED)) {
        if (!lock_fits(segment, uid))
            return HELIX_E_NOMEM;
        segment->locker_uid = uid;
    }
    segment->ipc.mode =
        command == SHM_LOCK ? segment->ipc.mode | SHM_LOCKED : segment->ipc.mode & ~SHM_LOCKED;
    return HELIX_OK;
}

static void mark_for_removal(struct segment *segment) HELIX_REQUIRES(&segments.lock)
{
    if (!(segment->ipc.mode & SHM_DEST))
        atomic_fetch_add_relaxed(&leaving, 1u);
    segment->ipc.mode |= SHM_DEST;
    segment->ipc.key = IPC_PRIVATE;
    reap_locked();
}

static helix_status control_locked(i32 id, int command, const struct linux_shmid_ds *in)
    HELIX_REQUIRES(&segments.lock)
{
    struct ipc_object *object;
    helix_status status = ipc_find(&segments, id, &object);
    if (status != HELIX_OK)
        return status;
    struct segment *segment = segment_of(object);
    if (command == SHM_LOCK || command == SHM_UNLOCK)
        return set_lock(segment, command);
    status = ipc_owned(object);
    if (status != HELIX_OK)
        return status;
    if (command == IPC_RMID) {
        mark_for_removal(segment);
    } else {
        ipc_perm_set(object, &in->perm);
        segment->changed = ipc_now();
    }
    return HELIX_OK;
}

i64 sys_shmctl(const u64 *arguments)
{
    const i32 id = (i32)arguments[0];
    const int command = (int)arguments[1];
    struct linux_shmid_ds in = {0};
    helix_status status = HELIX_OK;
    if (id < 0 || command < 0)
        return -LINUX_EINVAL;
    switch (command) {
    case IPC_INFO:
        return tell_limits(arguments[2]);
    case SHM_INFO:
        return tell_use(arguments[2]);
    case IPC_STAT:
    case SHM_STAT:
    case SHM_STAT_ANY:
        return tell_status(id, command, arguments[2]);
    case IPC_SET:
        status = user_copy_in(&in, vaddr_of(arguments[2]), sizeof in);
        break;
    case IPC_RMID:
    case SHM_LOCK:
    case SHM_UNLOCK:
        break;
    default:
        return -LINUX_EINVAL;
    }
    if (status == HELIX_OK) {
        mutex_lock(&segments.lock);
        status = control_locked(id, command, &in);
        mutex_unlock(&segments.lock);
    }
    return syscall_result(status);
}

/* ---- Records ---- */

static helix_status describe(const struct object *object, struct object_writer *writer)
{
    const struct segment *segment = segment_of(ipc_of_object(object));
    mutex_lock(&segments.lock);
    struct segment_record record = {
        .memory = segment->memory->object.id,
        .bytes = segment->bytes,
        .attached = segment->attached,
        .detached = segment->detached,
        .changed = segment->changed,
        .creator_pid = segment->creator_pid,
        .last_pid = segment->last_pid,
        .locker_uid = segment->locker_uid,
    };
    ipc_record_fill(&segment->ipc, &record.ipc);
    mutex_unlock(&segments.lock);
    record_begin(object, sizeof record, writer);
    object_write(writer, &record, sizeof record);
    return HELIX_OK;
}

static helix_status read_record(struct object_reader *reader, struct segment_record *record,
                                struct vm_object **memory_out)
{
    const helix_status status = object_read(reader, record, sizeof *record);
    if (status != HELIX_OK)
        return status;
    struct object *memory = reader->resolve(reader->context, OBJECT_MAPPING, record->memory);
    if (!memory || record->bytes < 1)
        return HELIX_E_CORRUPT;
    *memory_out = container_of(memory, struct vm_object, object);
    return HELIX_OK;
}

static helix_status enter_again(struct segment *segment, const struct segment_record *record)
{
    mutex_lock(&segments.lock);
    const helix_status status = ipc_restore(&segments, &segment->ipc, &record->ipc);
    if (status == HELIX_OK) {
        pages_used += pages_of(segment->bytes);
        if (segment->ipc.mode & SHM_DEST)
            atomic_fetch_add_relaxed(&leaving, 1u);
    }
    mutex_unlock(&segments.lock);
    return status;
}

static helix_status recreate(struct object_reader *reader, const struct object_record *header,
                             struct object **object_out)
{
    struct segment_record record;
    struct vm_object *memory;
    if (header->version != 1)
        return HELIX_E_NOTSUP;
    helix_status status = read_record(reader, &record, &memory);
    if (status != HELIX_OK)
        return status;
    struct segment *segment = kmem_alloc(&segment_cache);
    if (!segment)
        return HELIX_E_NOMEM;
    vm_object_get(memory);
    segment->memory = memory;
    segment->bytes = record.bytes;
    segment->attached = record.attached;
    segment->detached = record.detached;
    segment->changed = record.changed;
    segment->creator_pid = record.creator_pid;
    segment->last_pid = record.last_pid;
    segment->locker_uid = record.locker_uid;
    status = enter_again(segment, &record);
    if (status != HELIX_OK) {
        destroy(&segment->ipc);
        return status;
    }
    *object_out = &segment->ipc.object;
    return HELIX_OK;
}

static void discard(struct object *object)
{
    mutex_lock(&segments.lock);
    remove_locked(segment_of(ipc_of_object(object)));
    mutex_unlock(&segments.lock);
}

static bool equal(const struct object *left, const struct object *right)
{
    const struct segment *l = segment_of(ipc_of_object(left));
    const struct segment *r = segment_of(ipc_of_object(right));
    return ipc_equal(&l->ipc, &r->ipc) && l->bytes == r->bytes && l->memory == r->memory;
}

const struct object_type shared_memory_object_type = {
    .kind = OBJECT_SHARED_SEGMENT,
    .version = 1,
    .name = "System V shared memory",
    .describe = describe,
    .recreate = recreate,
    .discard = discard,
    .equal = equal,
};
OBJECT_TYPE_ENTRY(shared_memory_object_type);
