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
    if (status == HELIX_OK)
        status = file_deny_writing(file);
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

/* The name is a string inside the file, its NUL counted. None is the folder one stands in. */
static helix_status read_name(const struct exec_image *image, char *name)
{
    const struct elf_program *program = &image->program;
    size_t done;
    if (program->interpreter_bytes > LINUX_PATH_MAX)
        return HELIX_E_NOT_EXEC;
    const helix_status status = file_read_kernel(image->file, program->interpreter_offset, name,
                                                 program->interpreter_bytes, &done);
    if (status != HELIX_OK)
        return status;
    if (done != program->interpreter_bytes || name[done - 1] != '\0')
        return HELIX_E_NOT_EXEC;
    return name[0] == '\0' ? HELIX_E_ACCESS : HELIX_OK;
}

static helix_status read_interpreter(struct exec_image *interpreter, const char *name)
{
    helix_status status = exec_image_open(interpreter, LINUX_AT_FDCWD, name);
    if (status != HELIX_OK)
        return status;
    if (interpreter->head_bytes < sizeof(struct elf64_header))
        return HELIX_E_IO;
    status = exec_image_read(interpreter);
    return status == HELIX_E_NOT_EXEC ? HELIX_E_BAD_INTERP : status;
}

helix_status exec_image_interpreter(const struct exec_image *image,
                                    struct exec_image **interpreter_out)
{
    helix_status status = HELIX_E_NOMEM;
    char *name = kmalloc(LINUX_PATH_MAX);
    struct exec_image *interpreter = kzalloc(sizeof *interpreter);
    if (name && interpreter)
        status = read_name(image, name);
    if (status == HELIX_OK)
        status = read_interpreter(interpreter, name);
    kfree(name);
    if (status != HELIX_OK) {
        if (interpreter)
            exec_image_close(interpreter);
        return status;
    }
    *interpreter_out = interpreter;
    return HELIX_OK;
}

void exec_image_close(struct exec_image *image)
{
    if (image->file)
        file_put(image->file);
    kfree(image);
}
