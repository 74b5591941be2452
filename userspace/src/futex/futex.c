/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Futexes. A waiter is queued in a bucket chosen by its key; the bucket's lock orders the test of
 * the word against wakes, so none is lost. Waiters live on their threads' stacks: whoever wakes one
 * does it under the lock of the bucket it is in, and the thread takes that lock before it leaves.
 *
 * Keys: (address space, address) for private words; (frame, offset) for shared ones, where the
 * waiter holds a reference on the frame.
 */
#include "futex/futex.h"
#include "calls.h"
#include "task/tasks.h"

#include <helix/hal/user.h>
#include <helix/lib/atomic.h>
#include <helix/lib/hash.h>
#include <helix/memory/frame.h>
#include <helix/memory/user_copy.h>

#define BUCKETS 256u

struct futex_bucket {
    struct spinlock lock;
    struct list waiters;
} HELIX_ALIGNED(HELIX_CACHE_LINE);

struct futex_waiter {
    struct list link;
    struct futex_bucket *bucket; // where it is queued; changes by requeue, under both locks
    struct futex_key key;
    u32 bitset;
    bool woken;
    struct wait_queue queue; // only this thread sleeps on it
};

static struct futex_bucket buckets[BUCKETS];

void futex_start(void)
{
    for (unsigned i = 0; i < BUCKETS; i++) {
        spinlock_init(&buckets[i].lock, LOCK_RANK_FUTEX);
        list_init(&buckets[i].waiters);
    }
}

static bool keys_equal(const struct futex_key *a, const struct futex_key *b)
{
    return a->base == b->base && a->offset == b->offset;
}

static struct futex_bucket *bucket_of(const struct futex_key *key)
{
    return &buckets[hash_u64(key->base ^ (key->offset << 1)) % BUCKETS];
}

helix_status futex_key_get(u64 at, bool shared, bool write, struct futex_key *key_out)
{
    struct process *process = process_current();
    *key_out = (struct futex_key){.base = (u64)process->space, .offset = at};
    if (at % sizeof(u32) != 0)
        return HELIX_E_INVAL;
    if (!user_range_ok(vaddr_of(at), sizeof(u32)))
        return HELIX_E_FAULT;
    if (!shared)
        return HELIX_OK;
    paddr frame;
    const unsigned access = HAL_ACCESS_USER | (write ? HAL_ACCESS_WRITE : HAL_ACCESS_READ);
    helix_status status = vm_pin(process->space, vaddr_of(at), access, &frame);
    if (status == HELIX_E_ACCESS && write)
        status = vm_pin(process->space, vaddr_of(at), HAL_ACCESS_USER | HAL_ACCESS_READ, &frame);
    if (status != HELIX_OK)
        return HELIX_E_FAULT;
    *key_out = (struct futex_key){.base = frame.raw & ~PAGE_MASK,
                                  .offset = at & PAGE_MASK,
                                  .frame = paddr_of(frame.raw & ~PAGE_MASK),
                                  .pinned = true};
    return HELIX_OK;
}

void futex_key_put(const struct futex_key *key)
{
    if (key->pinned)
        frame_put(key->frame);
}

/* Under the bucket's lock: take @waiter out and let its thread go. */
static void wake_waiter(struct futex_waiter *waiter)
{
    list_remove_init(&waiter->link);
    WRITE_ONCE(waiter->woken, true);
    wait_wake_all(&waiter->queue);
}

unsigned futex_wake_key(const struct futex_key *key, u32 bitset, unsigned most)
{
    struct futex_bucket *bucket = bucket_of(key);
    unsigned count = 0;
    if (most == 0)
        return 0;
    spin_lock(&bucket->lock);
    list_for_each_safe(struct futex_waiter, waiter, &bucket->waiters, link) {
        if (!keys_equal(&waiter->key, key) || !(waiter->bitset & bitset))
            continue;
        wake_waiter(waiter);
        if (++count == most)
            break;
    }
    spin_unlock(&bucket->lock);
    return count;
}

/* The bucket a waiter is in may change until its lock is held. */
static struct futex_bucket *lock_bucket_of(struct futex_waiter *waiter) HELIX_NO_THREAD_SAFETY
{
    for (;;) {
        struct futex_bucket *bucket = READ_ONCE(waiter->bucket);
        spin_lock(&bucket->lock);
        if (bucket == READ_ONCE(waiter->bucket))
            return bucket;
        spin_unlock(&bucket->lock);
    }
}

/* True: it had been woken. */
static bool dequeue(struct futex_waiter *waiter) HELIX_NO_THREAD_SAFETY
{
    struct futex_bucket *bucket = lock_bucket_of(waiter);
    const bool woken = waiter->woken;
    if (!woken)
        list_remove_init(&waiter->link);
    spin_unlock(&bucket->lock);
    return woken;
}

/* Queue @waiter if the word still has @expected. AGAIN: it has not. FAULT: the page is not there
 * now. */
static helix_status enqueue_if(struct futex_waiter *waiter, u64 at, u32 expected)
{
    struct futex_bucket *bucket = bucket_of(&waiter->key);
    helix_status status = HELIX_OK;
    u32 value;
    waiter->bucket = bucket;
    wait_queue_init(&waiter->queue);
    spin_lock(&bucket->lock);
    if (!hal_user_load32(vaddr_of(at), &value))
        status = HELIX_E_FAULT;
    else if (value != expected)
        status = HELIX_E_AGAIN;
    else
        list_push_back(&bucket->waiters, &waiter->link);
    spin_unlock(&bucket->lock);
    return status;
}

static helix_status fault_in(u64 at)
{
    u32 value;
    return user_copy_in(&value, vaddr_of(at), sizeof value);
}

helix_status futex_wait(u64 at, bool shared, u32 expected, u32 bitset, nanos deadline)
{
    struct futex_waiter waiter = {.bitset = bitset};
    helix_status status = futex_key_get(at, shared, false, &waiter.key);
    if (status != HELIX_OK)
        return status;
    while ((status = enqueue_if(&waiter, at, expected)) == HELIX_E_FAULT) {
        status = fault_in(at);
        if (status != HELIX_OK)
            break;
    }
    if (status == HELIX_OK) {
        status =
            WAIT_FOR(&waiter.queue, READ_ONCE(waiter.woken), deadline, WAIT_INTERRUPTIBLE, "futex");
        if (dequeue(&waiter))
            status = HELIX_OK;
    }
    futex_key_put(&waiter.key);
    return status;
}

static void lock_two(struct futex_bucket *a, struct futex_bucket *b) HELIX_NO_THREAD_SAFETY
{
    struct futex_bucket *first = a < b ? a : b;
    struct futex_bucket *second = a < b ? b : a;
    spin_lock(&first->lock);
    if (first != second)
        spin_lock_nested(&second->lock);
}

static void unlock_two(struct futex_bucket *a, struct futex_bucket *b) HELIX_NO_THREAD_SAFETY
{
    if (a != b)
        spin_unlock(&b->lock);
    spin_unlock(&a->lock);
}

static void move_waiter(struct futex_waiter *waiter, const struct futex_key *key,
                        struct futex_bucket *bucket)
{
    list_remove(&waiter->link);
    // A pinned frame stays pinned by the thread that sleeps: it gives back what it took, whatever
    // key it sleeps under.
    waiter->key.base = key->base;
    waiter->key.offset = key->offset;
    WRITE_ONCE(waiter->bucket, bucket);
    list_push_back(&bucket->waiters, &waiter->link);
}

/* Wake some of @from's waiters and let others wait on @to. The number of both, or AGAIN when the
 * word changed. */
static i64 requeue_locked(const struct futex_requeue *request, const struct futex_key *from,
                          const struct futex_key *to)
{
    struct futex_bucket *source = bucket_of(from), *target = bucket_of(to);
    unsigned woken = 0, moved = 0;
    list_for_each_safe(struct futex_waiter, waiter, &source->waiters, link) {
        if (!keys_equal(&waiter->key, from))
            continue;
        if (woken < request->wake) {
            wake_waiter(waiter);
            woken++;
        } else if (moved < request->move) {
            // Under the same key it stays where it is, or this would not end.
            if (!keys_equal(from, to))
                move_waiter(waiter, to, target);
            moved++;
        } else {
            break;
        }
    }
    return (i64)woken + moved;
}

static i64 requeue_once(const struct futex_requeue *request, const struct futex_key *from,
                        const struct futex_key *to) HELIX_NO_THREAD_SAFETY
{
    struct futex_bucket *source = bucket_of(from), *target = bucket_of(to);
    i64 result;
    u32 value;
    lock_two(source, target);
    if (request->compare && !hal_user_load32(vaddr_of(request->from), &value))
        result = call_error(LINUX_EFAULT);
    else if (request->compare && value != request->expected)
        result = call_error(LINUX_EAGAIN);
    else
        result = requeue_locked(request, from, to);
    unlock_two(source, target);
    return result;
}

i64 futex_requeue(const struct futex_requeue *request)
{
    struct futex_key from, to;
    helix_status status = futex_key_get(request->from, request->shared, false, &from);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = futex_key_get(request->to, request->shared, true, &to);
    if (status != HELIX_OK) {
        futex_key_put(&from);
        return syscall_result(status);
    }
    i64 result;
    while ((result = requeue_once(request, &from, &to)) == call_error(LINUX_EFAULT))
        if (fault_in(request->from) != HELIX_OK)
            break;
    futex_key_put(&from);
    futex_key_put(&to);
    return result;
}

void futex_wake_address(vaddr at, unsigned most)
{
    // Who waits for a thread's end may use either kind of key.
    struct futex_key key;
    if (futex_key_get(at.raw, false, false, &key) == HELIX_OK)
        futex_wake_key(&key, FUTEX_BITSET_ANY, most);
    if (futex_key_get(at.raw, true, false, &key) == HELIX_OK) {
        futex_wake_key(&key, FUTEX_BITSET_ANY, most);
        futex_key_put(&key);
    }
}
