/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The table of Helix's calls, and how their arguments come in and go out. */
#include "helix/helix_calls.h"

#include <helix/core/syscall.h>
#include <helix/lib/compiler.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>

#define TEXT_BYTES  4096u
#define IMAGE_BYTES (64ull << 20)

/* Dynamic Intent Scheduling is not built: its number is answered like any unknown one. */
static const struct syscall_entry table[] = {
    [HELIX_USER_DIS_STATS - SYSCALL_HELIX_FIRST] = {NULL, "helix_dis_stats"},
    [HELIX_USER_HOT_RELOAD - SYSCALL_HELIX_FIRST] = {helix_hot_reload, "helix_hot_reload"},
    [HELIX_USER_SELF_HEAL - SYSCALL_HELIX_FIRST] = {helix_self_heal, "helix_self_heal"},
    [HELIX_USER_BENCHMARK - SYSCALL_HELIX_FIRST] = {helix_benchmark, "helix_benchmark"},
    [HELIX_USER_KERNEL_INFO - SYSCALL_HELIX_FIRST] = {helix_kernel_info, "helix_kernel_info"},
    [HELIX_USER_MODULE_LOAD - SYSCALL_HELIX_FIRST] = {helix_module_load, "helix_module_load"},
    [HELIX_USER_MODULE_UNLOAD - SYSCALL_HELIX_FIRST] = {helix_module_unload, "helix_module_unload"},
    [HELIX_USER_MODULE_CALL - SYSCALL_HELIX_FIRST] = {helix_module_call, "helix_module_call"},
};

void helix_calls_start(void)
{
    syscall_register_helix(table, array_count(table));
    helix_files_start();
}

helix_status helix_struct_in(void *to, u64 user_struct, size_t bytes)
{
    struct helix_user_header header;
    helix_status status = user_copy_in(&header, vaddr_of(user_struct), sizeof header);
    if (status != HELIX_OK)
        return status;
    if (header.size != bytes || header.version != HELIX_USER_VERSION)
        return HELIX_E_INVAL;
    status = user_copy_in(to, vaddr_of(user_struct), bytes);
    // Another thread may have written to it meanwhile.
    memcpy(to, &header, sizeof header);
    return status;
}

i64 helix_struct_out(u64 user_struct, const void *from, size_t bytes, helix_status status)
{
    if (user_copy_out(vaddr_of(user_struct), from, bytes) != HELIX_OK)
        status = HELIX_E_FAULT;
    return -(i64)helix_status_errno(status);
}

helix_status helix_text_in(u64 user_text, char **text_out)
{
    size_t length;
    *text_out = NULL;
    if (!user_text)
        return HELIX_OK;
    char *text = kmalloc(TEXT_BYTES);
    if (!text)
        return HELIX_E_NOMEM;
    const helix_status status = user_copy_string(text, vaddr_of(user_text), TEXT_BYTES, &length);
    if (status != HELIX_OK) {
        kfree(text);
        return status;
    }
    *text_out = text;
    return HELIX_OK;
}

helix_status helix_image_in(u64 user_image, u64 bytes, void **image_out)
{
    void *image;
    if (bytes == 0)
        return HELIX_E_INVAL;
    if (bytes > IMAGE_BYTES)
        return HELIX_E_TOO_BIG;
    helix_status status = kvm_alloc(bytes, KVM_DATA, &image);
    if (status != HELIX_OK)
        return status;
    status = user_copy_in(image, vaddr_of(user_image), bytes);
    if (status != HELIX_OK) {
        kvm_free(image);
        return status;
    }
    *image_out = image;
    return HELIX_OK;
}
