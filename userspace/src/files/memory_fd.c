/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* memfd_create(2), and the seals that fcntl(2) sets. */
#include <helix/abi/linux.h>
#include <helix/core/syscall.h>
#include <helix/memory/user_copy.h>
#include <helix/vfs/special.h>

#include "calls.h"
#include "files/fd.h"

#define MFD_CLOEXEC       1u
#define MFD_ALLOW_SEALING 2u
#define NAME_CAPACITY     250u

i64 sys_memfd_create(const u64 *arguments)
{
    char name[NAME_CAPACITY];
    const u32 flags = (u32)arguments[1];
    struct file *file;
    size_t length;
    if (flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING))
        return -LINUX_EINVAL;
    helix_status status = user_copy_string(name, vaddr_of(arguments[0]), sizeof name, &length);
    if (status == HELIX_E_NAME_TOO_LONG)
        status = HELIX_E_INVAL;
    if (status == HELIX_OK)
        status = memory_file_create(name, LINUX_O_RDWR, flags & MFD_ALLOW_SEALING,
                                    task_current()->credentials, &file);
    if (status != HELIX_OK)
        return syscall_result(status);
    return fd_publish(file, flags & MFD_CLOEXEC);
}
