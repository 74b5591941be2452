/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Mappings: mmap(2), munmap(2), mprotect(2), mremap(2), brk(2). */
#include <helix/abi/linux.h>
#include <helix/core/syscall.h>
#include <helix/lib/atomic.h>
#include <helix/memory/space.h>
#include <helix/vfs/special.h>

#include "calls.h"
#include "files/fd.h"

#define PROT_READ      1u
#define PROT_WRITE     2u
#define PROT_EXEC      4u
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
#define MAP_POPULATE        0x8000u
#define MAP_STACK           0x20000u
#define MAP_FIXED_NOREPLACE 0x100000u

#define MREMAP_MAYMOVE 1u
#define MREMAP_FIXED   2u

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

/* The access mode a mapping needs of its descriptor. */
static helix_status check_file_access(const struct file *file, u32 flags, u32 protection)
{
    if (file->flags & LINUX_O_PATH)
        return HELIX_E_BAD_FD;
    if (!(file->access & 1))
        return HELIX_E_ACCESS;
    const bool shared = (flags & MAP_TYPE) != MAP_PRIVATE;
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
    if (args->flags & VM_SHARED)
        status = vm_object_create_shared(args->bytes, &args->object);
    if (status == HELIX_OK)
        status = vm_map(process_current()->space, args, at_out);
    if (args->object)
        vm_object_put(args->object);
    return status;
}

static bool is_known_type(u32 flags)
{
    const u32 type = flags & MAP_TYPE;
    return type == MAP_SHARED || type == MAP_PRIVATE || type == MAP_SHARED_VALIDATE;
}

i64 sys_mmap(const u64 *arguments)
{
    const u64 at = arguments[0], bytes = arguments[1], offset = arguments[5];
    const u32 protection = (u32)arguments[2], flags = (u32)arguments[3];
    if (bytes == 0 || !is_known_type(flags) || (offset & PAGE_MASK))
        return -LINUX_EINVAL;
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
    const u32 known = PROT_READ | PROT_WRITE | PROT_EXEC | PROT_GROWSDOWN | PROT_GROWSUP;
    if ((arguments[0] & PAGE_MASK) || (protection & ~known) || (protection & PROT_GROWSUP))
        return -LINUX_EINVAL;
    if (arguments[1] == 0)
        return 0;
    const helix_status status = vm_protect(process_current()->space, vaddr_of(arguments[0]),
                                           arguments[1], area_flags(protection));
    return status == HELIX_E_FAULT ? -LINUX_ENOMEM : syscall_result(status); // a hole in the range
}

i64 sys_mremap(const u64 *arguments)
{
    const u32 flags = (u32)arguments[3];
    if ((arguments[0] & PAGE_MASK) || arguments[2] == 0 ||
        (flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED)))
        return -LINUX_EINVAL;
    if ((flags & MREMAP_FIXED) && (!(flags & MREMAP_MAYMOVE) || (arguments[4] & PAGE_MASK)))
        return -LINUX_EINVAL;
    vaddr at;
    const helix_status status =
        vm_remap(process_current()->space, vaddr_of(arguments[0]), arguments[1], arguments[2],
                 flags, vaddr_of(arguments[4]), &at);
    return status == HELIX_OK ? (i64)at.raw : syscall_result(status);
}

i64 sys_brk(const u64 *arguments)
{
    return (i64)vm_brk(process_current()->space, vaddr_of(arguments[0])).raw;
}
