/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* How the module framework reads files: as the running task sees them, and as root sees them where
 * no task runs. */
#include "helix/helix_calls.h"

#include <helix/abi/linux.h>
#include <helix/memory/heap.h>
#include <helix/modules/modules.h>
#include <helix/userspace/task.h>
#include <helix/vfs/path.h>

#define FILE_BYTES (64ull << 20)

static helix_status read_whole(struct file *file, void **data_out, size_t *bytes_out)
{
    u64 bytes;
    void *data;
    size_t done = 0;
    helix_status status = vfs_file_size(file, &bytes);
    if (status != HELIX_OK)
        return status;
    if (bytes == 0 || bytes > FILE_BYTES)
        return bytes ? HELIX_E_TOO_BIG : HELIX_E_MODULE_FORMAT;
    status = kvm_alloc(bytes, KVM_DATA, &data);
    if (status != HELIX_OK)
        return status;
    status = file_read_kernel(file, 0, data, bytes, &done);
    if (status != HELIX_OK) {
        kvm_free(data);
        return status;
    }
    *data_out = data;
    *bytes_out = done;
    return HELIX_OK;
}

static helix_status read_from(const struct walk_context *walk, const char *path, void **data_out,
                              size_t *bytes_out)
{
    struct file *file;
    helix_status status = vfs_open(walk, path, LINUX_O_RDONLY, 0, &file);
    if (status != HELIX_OK)
        return status;
    status = read_whole(file, data_out, bytes_out);
    file_put(file);
    return status;
}

static helix_status read_as_kernel(const char *path, void **data_out, size_t *bytes_out)
{
    struct fs_context *fs;
    helix_status status = fs_context_create(&fs);
    if (status != HELIX_OK)
        return status;
    struct credentials *root = credentials_root();
    const struct walk_context walk = {.fs = fs, .credentials = root};
    status = read_from(&walk, path, data_out, bytes_out);
    credentials_put(root);
    fs_context_put(fs);
    return status;
}

static helix_status read_file(const char *path, void **data_out, size_t *bytes_out)
{
    const struct task *task = task_current();
    if (!task || !task->fs)
        return read_as_kernel(path, data_out, bytes_out);
    const struct walk_context walk = {.fs = task->fs, .credentials = task->credentials};
    return read_from(&walk, path, data_out, bytes_out);
}

static void release(void *data)
{
    kvm_free(data);
}

void helix_files_start(void)
{
    static const struct module_file_source source = {.read = read_file, .release = release};
    modules_set_file_source(&source);
}
