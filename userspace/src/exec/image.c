/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* A program's file: found, allowed to be executed, its headers read. */
#include "arch.h"
#include "exec/exec.h"

#include <helix/hal/mmu.h>
#include <helix/memory/heap.h>
#include <helix/userspace/file_table.h>

/* Check that the running task may execute @file, and read its beginning. */
static helix_status examine_file(struct exec_image *image)
{
    struct file *file = image->file;
    struct fs_attributes attributes;
    u64 device;
    helix_status status = file_stat(file, &attributes, &device);
    if (status != HELIX_OK)
        return status;
    if ((attributes.mode & LINUX_S_IFMT) != LINUX_S_IFREG || !file->dentry ||
        (mount_flags(file->mount) & LINUX_MS_NOEXEC))
        return HELIX_E_ACCESS;
    const struct path path = {file->mount, file->dentry};
    status = vfs_access(&path, 1, task_current()->credentials);
    if (status != HELIX_OK)
        return status;
    image->file_bytes = attributes.size;
    return file_read_kernel(file, 0, image->head, sizeof image->head, &image->head_bytes);
}

helix_status exec_image_open(struct exec_image *image, int dirfd, const char *path)
{
    struct walk_start start;
    helix_status status = walk_begin(path[0] == '/' ? LINUX_AT_FDCWD : dirfd, &start);
    if (status != HELIX_OK)
        return status;
    struct path place;
    status = path_walk(&start.walk, path, WALK_FOLLOW, &place);
    if (status == HELIX_OK) {
        // Reading is the kernel's business here: permission to execute is what counts.
        struct credentials *root = credentials_root();
        status = vfs_open_path(&place, LINUX_O_RDONLY, root, &image->file);
        credentials_put(root);
        path_put(&place);
    }
    walk_end(&start);
    if (status != HELIX_OK)
        return status;
    return examine_file(image);
}

helix_status exec_image_read(struct exec_image *image)
{
    u64 offset, bytes;
    helix_status status = elf_check_header(image->head, image->head_bytes, arch_elf_machine,
                                           image->file_bytes, &offset, &bytes);
    if (status != HELIX_OK)
        return status;
    const struct elf64_header *header = (const void *)image->head;
    if (offset + bytes <= image->head_bytes)
        return elf_read_program(header, image->head + offset, image->file_bytes, HAL_USER_END,
                                &image->program);
    void *headers = kmalloc(bytes);
    if (!headers)
        return HELIX_E_NOMEM;
    size_t done;
    status = file_read_kernel(image->file, offset, headers, bytes, &done);
    if (status == HELIX_OK && done != bytes)
        status = HELIX_E_NOT_EXEC;
    if (status == HELIX_OK)
        status =
            elf_read_program(header, headers, image->file_bytes, HAL_USER_END, &image->program);
    kfree(headers);
    return status;
}
