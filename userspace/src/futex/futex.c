/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Futexes. A waiter is queued in a bucket chosen by its key; the bucket's lock orders the test of
 * the word against wakes, so none is lost. Waiters live on their threads' stacks: whoever wakes one
 * does it under the lock of the bucket it is in, and the thread takes that lock before it leaves.
 *
 * Keys: (address space, address) for private words and for private memory; (frame, offset) for
 * shared memory, where the waiter holds a reference on the frame.
 */
#include "calls.h"
#include "futex/waiter.h"
#include "task/tasks.h"

#include <helix/hal/user.h>
#include <helix/lib/atomic.h>
#include <helix/lib/hash.h>
#include <helix/memory/frame.h>
#include <helix/memory/user_copy.h>

#define BUCKETS 256u

static struct futex_bucket buckets[BUCKETS];

void futex_start(void)
{
    for (unsigned i = 0; i < BUCKETS; i++) {
        spinlock_init(&buckets[i].lock, LOCK_RANK_FUTEX);
        list_init(&buckets[i].waiters);
    }
}

struct futex_bucket *futex_bucket_of(const struct futex_key *key)
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
    bool others_see;
    helix_status status = vm_is_shared(process->space, vaddr_of(at), &others_see);
    if (status != HELIX_OK || !others_see)
        return status; // copied at its next change, so that a frame does not name it
    paddr frame;
    const unsigned access = HAL_ACCESS_USER | (write ? HAL_ACCESS_WRITE : HAL_ACCESS_READ);
    status = vm_pin(process->space, vaddr_of(at), access, &frame);
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

struct futex_waiter *futex_first(struct futex_bucket *bucket,
                                 const struct futex_key *key) HELIX_NO_THREAD_SAFETY
{
    list_for_each(struct futex_waiter, waiter, &bucket->waiters, link)
        if (futex_keys_equal(&waiter->key, key))
            return waiter;
    return NULL;
}

/* Under the bucket's lock: take @waiter out and let its thread go. */
static void wake_waiter(struct futex_waiter *waiter)
{
    list_remove_init(&waiter->link);
    WRITE_ONCE(waiter->woken, true);
    wait_wake_all(waiter->queue);
}

i64 futex_wake_key(const struct futex_key *key, u32 bitset, unsigned most)
{
    struct futex_bucket *bucket = futex_bucket_of(key);
    i64 count = 0;
    if (most == 0)
        return 0;
    spin_lock(&bucket->lock);
    list_for_each_safe(struct futex_waiter, waiter, &bucket->waiters, link) {
        if (!futex_keys_equal(&waiter->key, key))
            continue;
        if (waiter->kind != FUTEX_PLAIN) {
            count = call_error(LINUX_EINVAL);
            break;
        }
        if (!(waiter->bitset & bitset))
            continue;
        wake_waiter(waiter);
        if (++count == most)
            break;
    }
    spin_unlock(&bucket->lock);
    return count;
}

struct futex_bucket *futex_lock_bucket_of(struct futex_waiter *waiter) HELIX_NO_THREAD_SAFETY
{
    for (;;) {
        struct futex_bucket *bucket = READ_ONCE(waiter->bucket);
        spin_lock(&bucket->lock);
        if (bucket == READ_ONCE(waiter->bucket))
            return bucket;
        spin_unlock(&bucket->lock);
    }
}

bool futex_dequeue(struct futex_waiter *waiter) HELIX_NO_THREAD_SAFETY
{
    struct futex_bucket *bucket = futex_lock_bucket_of(waiter);
    const bool woken = waiter->woken;
    if (!woken)
        list_remove_init(&waiter->link);
    spin_unlock(&bucket->lock);
    return woken;
}

helix_status futex_enqueue_if(struct futex_waiter *waiter, u64 at, u32 expected)
{
    struct futex_bucket *bucket = futex_bucket_of(&waiter->key);
    helix_status status = HELIX_OK;
    u32 value;
    waiter->bucket = bucket;
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

helix_status futex_fault_in(u64 at)
{
    u32 value;
    return user_copy_in(&value, vaddr_of(at), sizeof value);
}

helix_status futex_fault_in_writable(u64 at)
{
    u32 value, seen;
    const helix_status status = user_copy_in(&value, vaddr_of(at), sizeof value);
    if (status != HELIX_OK)
        return status;
    // What it holds is stored again, unless it has changed: then it was writable.
    return hal_user_cas32(vaddr_of(at), value, value, &seen) ? HELIX_OK : HELIX_E_FAULT;
}

helix_status futex_wait(u64 at, bool shared, u32 expected, u32 bitset, nanos deadline)
{
    struct wait_queue queue;
    struct futex_waiter waiter = {.bitset = bitset, .queue = &queue};
    helix_status status = futex_key_get(at, shared, false, &waiter.key);
    if (status != HELIX_OK)
        return status;
    wait_queue_init(&queue);
    while ((status = futex_enqueue_if(&waiter, at, expected)) == HELIX_E_FAULT) {
        status = futex_fault_in(at);
        if (status != HELIX_OK)
            break;
    }
    if (status == HELIX_OK) {
        status = WAIT_FOR(&queue, READ_ONCE(waiter.woken), deadline, WAIT_INTERRUPTIBLE, "futex");
        if (futex_dequeue(&waiter))
            status = HELIX_OK;
    }
    futex_key_put(&waiter.key);
    return status;
}

void futex_lock_two(struct futex_bucket *a, struct futex_bucket *b) HELIX_NO_THREAD_SAFETY
{
    struct futex_bucket *first = a < b ? a : b;
    struct futex_bucket *second = a < b ? b : a;
    spin_lock(&first->lock);
    if (first != second)
        spin_lock_nested(&second->lock);
}

void futex_unlock_two(struct futex_bucket *a, struct futex_bucket *b) HELIX_NO_THREAD_SAFETY
{
    if (a != b)
        spin_unlock(&b->lock);
    spin_unlock(&a->lock);
}

void futex_move(struct futex_waiter *waiter, const struct futex_key *key,
                struct futex_bucket *bucket) HELIX_NO_THREAD_SAFETY
{
    list_remove_init(&waiter->link);
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
    struct futex_bucket *source = futex_bucket_of(from), *target = futex_bucket_of(to);
    u64 woken = 0, moved = 0;
    list_for_each_safe(struct futex_waiter, waiter, &source->waiters, link) {
        if (!futex_keys_equal(&waiter->key, from))
            continue;
        if (woken + moved == (u64)request->wake + request->move)
            break;
        if (waiter->kind != FUTEX_PLAIN)
            return call_error(LINUX_EINVAL);
        if (woken < request->wake) {
            wake_waiter(waiter);
            woken++;
        } else {
            // Under the same key it stays where it is, or this would not end.
            if (!futex_keys_equal(from, to))
                futex_move(waiter, to, target);
            moved++;
        }
    }
    return (i64)(woken + moved);
}

static i64 requeue_once(const struct futex_requeue *request, const struct futex_key *from,
                        const struct futex_key *to) HELIX_NO_THREAD_SAFETY
{
    struct futex_bucket *source = futex_bucket_of(from), *target = futex_bucket_of(to);
    i64 result;
    u32 value;
    futex_lock_two(source, target);
    if (request->compare && !hal_user_load32(vaddr_of(request->from), &value))
        result = call_error(LINUX_EFAULT);
    else if (request->compare && value != request->expected)
        result = call_error(LINUX_EAGAIN);
    else
        result = requeue_locked(request, from, to);
    futex_unlock_two(source, target);
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
        if (futex_fault_in(request->from) != HELIX_OK)
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
        if (key.pinned)
            futex_wake_key(&key, FUTEX_BITSET_ANY, most);
        futex_key_put(&key);
    }
}
