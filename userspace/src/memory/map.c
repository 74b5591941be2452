/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Mappings: mmap(2), munmap(2), mprotect(2), mremap(2), brk(2). */
#include <helix/abi/linux.h>
#include <helix/capability/linux.h>
#include <helix/core/syscall.h>
#include <helix/lib/atomic.h>
#include <helix/memory/space.h>
#include <helix/vfs/special.h>

#include "calls.h"
#include "files/fd.h"
#include "task/tasks.h"

#define PROT_READ      1u
#define PROT_WRITE     2u
#define PROT_EXEC      4u
#define PROT_SEM       8u
#define PROT_GROWSDOWN 0x01000000u
#define PROT_GROWSUP   0x02000000u

#define MAP_SHARED          0x01u
#define MAP_PRIVATE         0x02u
#define MAP_SHARED_VALIDATE 0x03u
#define MAP_TYPE            0x0fu
#define MAP_FIXED           0x10u
#define MAP_ANONYMOUS       0x20u
#define MAP_GROWSDOWN       0x0100u
#define MAP_LOCKED          0x2000u
#define MAP_NORESERVE       0x4000u
#define MAP_POPULATE        0x8000u
#define MAP_STACK           0x20000u
#define MAP_HUGETLB         0x40000u
#define MAP_SYNC            0x80000u
#define MAP_FIXED_NOREPLACE 0x100000u

/* What MAP_SHARED_VALIDATE accepts: every flag but MAP_SYNC (0xffff: those that always were). */
#define MAP_VALID (0xffffu | MAP_STACK | 0x10000u | MAP_HUGETLB | MAP_FIXED_NOREPLACE)

#define MREMAP_MAYMOVE   1u
#define MREMAP_FIXED     2u
#define MREMAP_DONTUNMAP 4u

static unsigned area_flags(u32 protection)
{
    return (protection & PROT_READ ? VM_READ : 0u) | (protection & PROT_WRITE ? VM_WRITE : 0u) |
           (protection & PROT_EXEC ? VM_EXEC : 0u);
}

static unsigned how_of(u32 flags)
{
    unsigned how = flags & MAP_FIXED_NOREPLACE ? VM_MAP_FIXED_NOREPLACE
                   : flags & MAP_FIXED         ? VM_MAP_FIXED
                                               : 0u;
    if (flags & (MAP_POPULATE | MAP_LOCKED))
        how |= VM_MAP_POPULATE;
    return how;
}

static bool is_on_noexec(const struct file *file)
{
    return file->mount && (mount_flags(file->mount) & LINUX_MS_NOEXEC);
}

/* The access mode a mapping needs of its descriptor. */
static helix_status check_file_access(const struct file *file, u32 flags, u32 protection)
{
    if (file->flags & LINUX_O_PATH)
        return HELIX_E_BAD_FD;
    if (!(file->access & 1))
        return HELIX_E_ACCESS;
    const bool shared = (flags & MAP_TYPE) != MAP_PRIVATE;
    if ((protection & PROT_EXEC) && is_on_noexec(file))
        return HELIX_E_PERM;
    if (shared && (protection & PROT_WRITE) && !(file->access & 2))
        return HELIX_E_ACCESS;
    return HELIX_OK;
}

static helix_status map_file(struct vm_map_args *args, int fd, u32 flags, u32 protection,
                             vaddr *at_out)
{
    struct fd_ref ref;
    helix_status status = fd_borrow(fd, &ref);
    if (status != HELIX_OK)
        return status;
    status = check_file_access(ref.file, flags, protection);
    if ((args->flags & VM_SHARED) && !file_may_become_writable(ref.file))
        args->flags |= VM_NEVER_WRITE;
    if (is_on_noexec(ref.file))
        args->flags |= VM_NEVER_EXEC;
    // Files end before 2^63 bytes.
    if (status == HELIX_OK && ref.file->vnode &&
        (args->bytes > INT64_MAX || args->offset > INT64_MAX - args->bytes))
        status = HELIX_E_OVERFLOW;
    if (status == HELIX_OK)
        status = ref.file->ops->map(ref.file, args->offset, args->flags, &args->object);
    if (status == HELIX_OK) {
        status = vm_map(process_current()->space, args, at_out);
        vm_object_put(args->object);
    }
    // A seal that came meanwhile did not see the mapping: it is undone.
    atomic_fence_seq();
    if (status == HELIX_OK && (args->flags & VM_SHARED) && !(args->flags & VM_NEVER_WRITE) &&
        !file_may_become_writable(ref.file)) {
        helix_ignore(vm_unmap(process_current()->space, *at_out, args->bytes));
        status = HELIX_E_PERM;
    }
    fd_release(&ref);
    return status;
}

static helix_status map_anonymous(struct vm_map_args *args, vaddr *at_out)
{
    helix_status status = HELIX_OK;
    args->offset = 0;
    // Shared memory is a file without a name: the limit of files holds for it, too.
    if ((args->flags & VM_SHARED) && file_count() >= file_limit() && !task_capable(CAP_SYS_ADMIN))
        status = HELIX_E_FILE_TABLE_FULL;
    else if (args->flags & VM_SHARED)
        status = vm_object_create_shared(args->bytes, &args->object);
    if (status == HELIX_OK)
        status = vm_map(process_current()->space, args, at_out);
    if (args->object)
        vm_object_put(args->object);
    return status;
}

/* MAP_SHARED_VALIDATE is for files alone, and refuses what it does not know. */
static i64 check_flags(u32 flags)
{
    const u32 type = flags & MAP_TYPE;
    if (type == MAP_SHARED_VALIDATE && !(flags & MAP_ANONYMOUS))
        return flags & ~(u32)MAP_VALID ? -LINUX_EOPNOTSUPP : 0;
    if (type != MAP_SHARED && type != MAP_PRIVATE)
        return -LINUX_EINVAL;
    if (flags & MAP_HUGETLB)
        return -LINUX_ENOMEM; // no huge page is ever set aside
    const bool may_lock = process_limit(LINUX_RLIMIT_MEMLOCK) != 0 || task_capable(CAP_IPC_LOCK);
    return (flags & MAP_LOCKED) && !may_lock ? -LINUX_EPERM : 0;
}

i64 sys_mmap(const u64 *arguments)
{
    const u64 at = arguments[0], bytes = arguments[1], offset = arguments[5];
    const u32 protection = (u32)arguments[2], flags = (u32)arguments[3];
    if (bytes == 0 || (offset & PAGE_MASK))
        return -LINUX_EINVAL;
    const i64 error = check_flags(flags);
    if (error)
        return error;
    if ((flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) && (at & PAGE_MASK))
        return -LINUX_EINVAL;
    if (bytes + PAGE_MASK < bytes)
        return -LINUX_ENOMEM;
    struct vm_map_args args = {
        .at = vaddr_of(at & ~PAGE_MASK),
        .bytes = bytes,
        .flags = area_flags(protection),
        .how = how_of(flags),
        .offset = offset,
    };
    if ((flags & MAP_TYPE) != MAP_PRIVATE)
        args.flags |= VM_SHARED;
    if (flags & MAP_GROWSDOWN)
        args.flags |= VM_GROWS_DOWN;
    if (flags & MAP_LOCKED)
        args.flags |= VM_LOCKED;
    if (flags & MAP_NORESERVE)
        args.flags |= VM_NO_RESERVE;
    vaddr mapped;
    const helix_status status =
        flags & MAP_ANONYMOUS ? map_anonymous(&args, &mapped)
                              : map_file(&args, (int)arguments[4], flags, protection, &mapped);
    return status == HELIX_OK ? (i64)mapped.raw : syscall_result(status);
}

i64 sys_munmap(const u64 *arguments)
{
    if ((arguments[0] & PAGE_MASK) || arguments[1] == 0)
        return -LINUX_EINVAL;
    return syscall_result(vm_unmap(process_current()->space, vaddr_of(arguments[0]), arguments[1]));
}

i64 sys_mprotect(const u64 *arguments)
{
    const u32 protection = (u32)arguments[2];
    const u32 known = PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM | PROT_GROWSDOWN;
    if ((arguments[0] & PAGE_MASK) || (protection & ~known)) // no stack grows upwards here
        return -LINUX_EINVAL;
    if (arguments[1] == 0)
        return 0;
    struct vm_space *space = process_current()->space;
    const vaddr at = vaddr_of(arguments[0]);
    const unsigned flags = area_flags(protection);
    const helix_status status = protection & PROT_GROWSDOWN
                                    ? vm_protect_stack(space, at, arguments[1], flags)
                                    : vm_protect(space, at, arguments[1], flags);
    return status == HELIX_E_FAULT ? -LINUX_ENOMEM : syscall_result(status); // a hole in the range
}

i64 sys_mremap(const u64 *arguments)
{
    const u32 flags = (u32)arguments[3];
    if ((arguments[0] & PAGE_MASK) || arguments[2] == 0 ||
        (flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)))
        return -LINUX_EINVAL;
    if ((flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) && !(flags & MREMAP_MAYMOVE))
        return -LINUX_EINVAL;
    if ((flags & MREMAP_FIXED) && (arguments[4] & PAGE_MASK))
        return -LINUX_EINVAL;
    vaddr at;
    const helix_status status =
        vm_remap(process_current()->space, vaddr_of(arguments[0]), arguments[1], arguments[2],
                 flags, vaddr_of(arguments[4]), &at);
    return status == HELIX_OK ? (i64)at.raw : syscall_result(status);
}

/* What is left of a call for windows of a file in any order: another part of it, in the place of
 * one shared mapping. */
i64 sys_remap_file_pages(const u64 *arguments)
{
    const u64 at = arguments[0] & ~(u64)PAGE_MASK, bytes = arguments[1] & ~(u64)PAGE_MASK;
    const u64 first = arguments[3];
    if (arguments[2] != 0 || at + bytes <= at || first + bytes / PAGE_SIZE < first ||
        first > UINT64_MAX / PAGE_SIZE - bytes / PAGE_SIZE)
        return -LINUX_EINVAL;
    return syscall_result(
        vm_map_elsewhere(process_current()->space, vaddr_of(at), bytes, first * PAGE_SIZE));
}

i64 sys_brk(const u64 *arguments)
{
    return (i64)vm_brk(process_current()->space, vaddr_of(arguments[0])).raw;
}
