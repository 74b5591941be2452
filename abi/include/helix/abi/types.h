/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t i8;
typedef int16_t i16;
typedef int32_t i32;
typedef int64_t i64;

/* A physical and a virtual address are structs, so that exchanging them does not compile. */
typedef struct {
    u64 raw;
} paddr;

typedef struct {
    uintptr_t raw;
} vaddr;

/* Nanoseconds: a span, or a point on the monotonic clock that starts near zero at boot. */
typedef u64 nanos;
#define NANOS_NEVER      UINT64_MAX
#define NANOS_PER_US     1000ull
#define NANOS_PER_MS     1000000ull
#define NANOS_PER_SECOND 1000000000ull

#define PAGE_SHIFT 12
#define PAGE_SIZE  4096ul
#define PAGE_MASK  (PAGE_SIZE - 1)

/* More CPUs than this stay parked. A set of CPUs fits one word. */
#define HELIX_MAX_CPUS 64
typedef u64 cpu_mask;
#define CPU_MASK_ALL    UINT64_MAX
#define CPU_MASK_OF(id) ((cpu_mask)1 << (id))

#define HELIX_CACHE_LINE 64

#define paddr_of(x) ((paddr){(u64)(x)})
#define vaddr_of(x) ((vaddr){(uintptr_t)(x)})
