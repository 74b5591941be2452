/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>

/*
 * Kernel heap. Sizes up to 2048 come from the heap allocator's classes through per-CPU magazines,
 * larger ones are runs of frames. Any context. NULL: out of memory; callers always check. Fault
 * injection: fail_nth, see memory/inject.h.
 */
[[nodiscard]] void *kmalloc(size_t bytes);
[[nodiscard]] void *kzalloc(size_t bytes);
[[nodiscard]] void *krealloc(void *memory, size_t bytes); // NULL: the old one is unchanged
void kfree(void *memory);                                 // NULL is fine
size_t kmalloc_size(const void *memory);
[[nodiscard]] char *kstrdup(const char *text);

/* Caches of one type: kmem_cache names a size for accounting; objects come from the heap classes.
 */
struct kmem_cache {
    const char *name;
    size_t bytes;
    u64 live; // objects, atomic
};
#define KMEM_CACHE(type_) {.name = #type_, .bytes = sizeof(struct type_)}
[[nodiscard]] void *kmem_alloc(struct kmem_cache *cache); // zeroed
void kmem_free(struct kmem_cache *cache, void *object);

/*
 * Kernel virtual memory: whole pages with an unmapped guard page on both sides. For stacks, module
 * images and large tables. Thread context.
 */
enum kvm_kind {
    KVM_DATA, // read, write
    KVM_STACK,
    KVM_MODULE, // in the module arena, read/write until kvm_protect()
};
[[nodiscard]] helix_status kvm_alloc(size_t bytes, enum kvm_kind kind, void **memory_out);
void kvm_free(void *memory);
[[nodiscard]] helix_status kvm_protect(void *memory, size_t bytes,
                                       unsigned prot); // HAL_PROT_*; never WRITE and EXEC together
bool kvm_is_guard(vaddr at);                           // for the message of a stack overflow
