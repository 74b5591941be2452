/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define array_count(a) (sizeof(a) / sizeof((a)[0]))

/* The object of @type whose @member is at @pointer. */
#define container_of(pointer, type, member) \
    ((type *)((uintptr_t)(pointer) - offsetof(type, member)))

/* One access, neither torn nor repeated nor elided by the compiler; no ordering between CPUs. */
#define READ_ONCE(x)         (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile __typeof__(x) *)&(x) = (value))

/* Both operands must have the same type: a mixed comparison is a compile error, not a surprise. */
#define min(a, b)                          \
    ({                                     \
        __typeof__(a) min_a_ = (a);        \
        __typeof__(b) min_b_ = (b);        \
        (void)(&min_a_ == &min_b_);        \
        min_a_ < min_b_ ? min_a_ : min_b_; \
    })
#define max(a, b)                          \
    ({                                     \
        __typeof__(a) max_a_ = (a);        \
        __typeof__(b) max_b_ = (b);        \
        (void)(&max_a_ == &max_b_);        \
        max_a_ > max_b_ ? max_a_ : max_b_; \
    })

/* Round to a multiple of @to, a power of two. align_up() wraps to 0 past the top of the range. */
static inline u64 align_up(u64 n, u64 to)
{
    return (n + to - 1) & ~(to - 1);
}

static inline u64 align_down(u64 n, u64 to)
{
    return n & ~(to - 1);
}

static inline bool is_aligned(u64 n, u64 to)
{
    return (n & (to - 1)) == 0;
}

static inline bool is_power_of_two(u64 n)
{
    return n != 0 && (n & (n - 1)) == 0;
}

static inline u64 div_round_up(u64 n, u64 by)
{
    return n / by + (n % by != 0);
}

/* The index of the highest bit set. @n is not 0. */
static inline unsigned log2_floor(u64 n)
{
    return 63u - (unsigned)__builtin_clzll(n);
}

/* The smallest k with 2^k >= @n. @n is not 0. */
static inline unsigned log2_ceil(u64 n)
{
    return n == 1 ? 0 : log2_floor(n - 1) + 1;
}

/* True when the sum or product does not fit; the result is then the truncated value. */
#define add_overflows(a, b, result_out) __builtin_add_overflow(a, b, result_out)
#define mul_overflows(a, b, result_out) __builtin_mul_overflow(a, b, result_out)

#define HELIX_PRINTF(format_index, first_argument) \
    __attribute__((format(printf, format_index, first_argument)))
/* A function whose indirect calls are not checked: for jumping where no function is. */
#ifdef __clang__
#define HELIX_NO_CFI __attribute__((no_sanitize("kcfi")))
#else
#define HELIX_NO_CFI
#endif

#define HELIX_NOINLINE      __attribute__((noinline))
#define HELIX_ALWAYS_INLINE __attribute__((always_inline)) inline
#define HELIX_WEAK          __attribute__((weak))
#define HELIX_HIDDEN        __attribute__((visibility("hidden")))
#define HELIX_PACKED        __attribute__((packed))
#define HELIX_ALIGNED(n)    __attribute__((aligned(n)))
/* A local that is written before it is read: not filled with zeros first, whatever the build says.
 */
#define HELIX_UNINITIALIZED __attribute__((uninitialized))
#define HELIX_COLD          __attribute__((cold))
#define HELIX_SECTION(s)    __attribute__((used, retain, section(s)))

/* An error is ignored on purpose; the caller's comment says why. */
#define helix_ignore(status) ((void)(status))

/*
 * Clang's thread-safety analysis. GCC rejects the attributes, so there they are nothing.
 * Function annotations name the lock's address: HELIX_REQUIRES(&queue->lock); so do members:
 * HELIX_GUARDED_BY(&lock).
 */
#ifdef __clang__
#define HELIX_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define HELIX_THREAD_ATTRIBUTE(x)
#endif
#define HELIX_CAPABILITY(name)     HELIX_THREAD_ATTRIBUTE(capability(name))
#define HELIX_ACQUIRE(...)         HELIX_THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define HELIX_RELEASE(...)         HELIX_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))
#define HELIX_TRY_ACQUIRE(...)     HELIX_THREAD_ATTRIBUTE(try_acquire_capability(__VA_ARGS__))
#define HELIX_ACQUIRE_SHARED(...)  HELIX_THREAD_ATTRIBUTE(acquire_shared_capability(__VA_ARGS__))
#define HELIX_RELEASE_SHARED(...)  HELIX_THREAD_ATTRIBUTE(release_shared_capability(__VA_ARGS__))
#define HELIX_REQUIRES(...)        HELIX_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define HELIX_REQUIRES_SHARED(...) HELIX_THREAD_ATTRIBUTE(requires_shared_capability(__VA_ARGS__))
#define HELIX_EXCLUDES(...)        HELIX_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))
#define HELIX_ASSERT_HELD(...)     HELIX_THREAD_ATTRIBUTE(assert_capability(__VA_ARGS__))
#define HELIX_GUARDED_BY(lock)     HELIX_THREAD_ATTRIBUTE(guarded_by(lock))
#define HELIX_NO_THREAD_SAFETY     HELIX_THREAD_ATTRIBUTE(no_thread_safety_analysis)
