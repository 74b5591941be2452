/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* Control and status registers, and instructions that C has no words for. */

#define csr_read(name)                                                       \
    ({                                                                       \
        u64 csr_value_;                                                      \
        __asm__ volatile("csrr %0, " #name : "=r"(csr_value_) : : "memory"); \
        csr_value_;                                                          \
    })
#define csr_write(name, value) \
    __asm__ volatile("csrw " #name ", %0" : : "rK"((u64)(value)) : "memory")
#define csr_set(name, bits) __asm__ volatile("csrs " #name ", %0" : : "rK"((u64)(bits)) : "memory")
#define csr_clear(name, bits) \
    __asm__ volatile("csrc " #name ", %0" : : "rK"((u64)(bits)) : "memory")

static inline void fence_i(void)
{
    __asm__ volatile("fence.i" : : : "memory");
}

static inline void sfence_vma_all(void)
{
    __asm__ volatile("sfence.vma" : : : "memory");
}

static inline void sfence_vma_page(uintptr_t at)
{
    __asm__ volatile("" : "+r"(at));
    __asm__ volatile("sfence.vma %0" : : "r"(at) : "memory");
}

/* The register x0 would name all spaces and the global entries too, so a zero must be in another
 * one. */
static inline void sfence_vma_asid(u64 asid)
{
    __asm__ volatile("" : "+r"(asid));
    __asm__ volatile("sfence.vma x0, %0" : : "r"(asid) : "memory");
}

static inline void sfence_vma_page_asid(uintptr_t at, u64 asid)
{
    __asm__ volatile("" : "+r"(at), "+r"(asid));
    __asm__ volatile("sfence.vma %0, %1" : : "r"(at), "r"(asid) : "memory");
}
