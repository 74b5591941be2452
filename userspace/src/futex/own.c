/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Futexes with an owner: their word is 0 or the number of the thread that owns them, with a bit
 * that sends it into the kernel to give them up while others wait. Programs take and give up a free
 * one by themselves; here are those who have to wait.
 *
 * The waiters in the bucket are all there is: no state of the futex outlives them, so nothing is
 * allocated. Whoever gives up writes the next owner's number into the word and grants: then the
 * waiter owns it, whatever else ends its wait. An owner that dies cannot reach the word any more;
 * whom it grants to writes it, and is in the bucket until then.
 */
#include "futex/inherit.h"
#include "futex/waiter.h"
#include "task/tasks.h"

#include <helix/hal/user.h>
#include <helix/lib/atomic.h>
#include <helix/memory/user_copy.h>

/* How many tasks have given up all their futexes; who met one at that waits for the next. */
static u32 endings;
static struct wait_queue endings_queue = WAIT_QUEUE_INIT(endings_queue);

/* What one try to own a futex is about. */
struct try_to_own {
    struct futex_waiter *waiter;
    const struct futex_key *key;
    u64 at;
    struct task *owner; // whom the word names, or NULL: there is none
    u32 owner_tid;
    bool only_try, others_wait;
};

/* Who takes the futex next: the most urgent, the first of equals. */
static struct futex_waiter *best_waiter(struct futex_bucket *bucket,
                                        const struct futex_key *key) HELIX_NO_THREAD_SAFETY
{
    struct futex_waiter *best = NULL;
    list_for_each(struct futex_waiter, waiter, &bucket->waiters, link) {
        if (!futex_keys_equal(&waiter->key, key) || waiter->kind != FUTEX_OWNED || waiter->granted)
            continue;
        // All that are not real-time are equal.
        const i32 urgency = min(task_urgency(waiter->task), 100);
        if (!best || urgency < min(task_urgency(best->task), 100))
            best = waiter;
    }
    return best;
}

/* @next owns the futex; those who go on waiting wait for it. The bucket is locked. */
static void grant(struct futex_bucket *bucket, struct futex_waiter *next,
                  bool died) HELIX_NO_THREAD_SAFETY
{
    spin_lock(&futex_owner_lock);
    struct task *before = next->owner;
    futex_owner_leave_locked(next);
    list_for_each(struct futex_waiter, waiter, &bucket->waiters, link)
        if (waiter->owner == before && futex_keys_equal(&waiter->key, &next->key))
            futex_owner_move_locked(waiter, next->task);
    futex_owner_settle_locked(before);
    futex_owner_settle_locked(next->task);
    spin_unlock(&futex_owner_lock);
    if (!died)
        list_remove_init(&next->link);
    next->died = died;
    WRITE_ONCE(next->granted, true);
    wait_wake_all(next->queue);
}

/* Does the word say what the waiters know of the owner? */
static bool word_fits(u32 word, const struct futex_waiter *first)
{
    const u32 tid = word & FUTEX_TID_MASK;
    if (first->granted || (tid == 0 && (word & FUTEX_OWNER_DIED)))
        return true; // on its way to the next owner
    return first->owner && first->owner->tid == tid;
}

/* OK never; WOULD_BLOCK: queued, or not when it is only a try. The bucket is locked. */
static helix_status queue_behind(struct futex_bucket *bucket, const struct try_to_own *try,
                                 struct task *owner) HELIX_NO_THREAD_SAFETY
{
    struct futex_waiter *waiter = try->waiter;
    if (try->only_try)
        return HELIX_E_WOULD_BLOCK;
    const helix_status status = futex_owner_attach(waiter, owner);
    if (status != HELIX_OK)
        return status;
    waiter->kind = FUTEX_OWNED;
    if (list_is_linked(&waiter->link)) {
        futex_move(waiter, try->key, bucket);
    } else {
        waiter->bucket = bucket;
        list_push_back(&bucket->waiters, &waiter->link);
    }
    return HELIX_E_WOULD_BLOCK;
}

/* Change the word from @word to @wanted. AGAIN: it is another by now. */
static helix_status change_word(u64 at, u32 word, u32 wanted)
{
    u32 seen;
    if (word == wanted)
        return HELIX_OK;
    if (!hal_user_cas32(vaddr_of(at), word, wanted, &seen))
        return HELIX_E_FAULT;
    return seen == word ? HELIX_OK : HELIX_E_AGAIN;
}

/* Nobody waits yet: the word alone says who owns it. */
static helix_status own_by_word(struct futex_bucket *bucket, const struct try_to_own *try, u32 word)
{
    const u32 died = word & FUTEX_OWNER_DIED;
    if (!(word & FUTEX_TID_MASK))
        return change_word(try->at, word,
                           try->waiter->task->tid | died | (try->others_wait ? FUTEX_WAITERS : 0));
    if ((word & FUTEX_TID_MASK) != try->owner_tid)
        return HELIX_E_AGAIN;
    if (!try->owner)
        return HELIX_E_NO_PROCESS;
    helix_status status = change_word(try->at, word, word | FUTEX_WAITERS);
    if (status != HELIX_OK)
        return status;
    status = queue_behind(bucket, try, try->owner);
    if (status != HELIX_E_NO_PROCESS)
        return status;
    // It has ended since, and may have said so in the word.
    u32 now;
    if (!hal_user_load32(vaddr_of(try->at), &now))
        return HELIX_E_FAULT;
    return now == (word | FUTEX_WAITERS) ? HELIX_E_NO_PROCESS : HELIX_E_AGAIN;
}

/*
 * OK: the waiter's task owns it. WOULD_BLOCK: it is queued. FAULT: the page is not there now.
 * AGAIN: the word has changed. BUSY: its owner is ending. The bucket is locked.
 */
static helix_status own_locked(struct futex_bucket *bucket, const struct try_to_own *try)
{
    u32 word;
    if (!hal_user_load32(vaddr_of(try->at), &word))
        return HELIX_E_FAULT;
    if ((word & FUTEX_TID_MASK) == try->waiter->task->tid)
        return HELIX_E_DEADLOCK;
    struct futex_waiter *first = futex_first(bucket, try->key);
    if (!first)
        return own_by_word(bucket, try, word);
    if (first->kind != FUTEX_OWNED || !word_fits(word, first))
        return HELIX_E_INVAL;
    return queue_behind(bucket, try, first->granted ? first->task : first->owner);
}

/* Whom does the word name? Before a try, outside of all locks; the try looks whether it still does.
 */
static helix_status find_owner(struct try_to_own *try)
{
    u32 word;
    if (user_copy_in(&word, vaddr_of(try->at), sizeof word) != HELIX_OK)
        return HELIX_E_FAULT;
    try->owner_tid = word & FUTEX_TID_MASK;
    try->owner = try->owner_tid ? task_find(try->owner_tid) : NULL;
    return HELIX_OK;
}

static void forget_owner(struct try_to_own *try)
{
    if (try->owner)
        task_put(try->owner);
    try->owner = NULL;
}

/* True: what kept the last try from its end has passed; try again. @seen: endings before it. */
static bool may_try_again(u64 at, u32 seen, helix_status *status)
{
    if (*status == HELIX_E_AGAIN)
        return true;
    if (*status == HELIX_E_FAULT)
        return futex_fault_in_writable(at) == HELIX_OK;
    if (*status != HELIX_E_BUSY)
        return false;
    if (WAIT_FOR(&endings_queue, READ_ONCE(endings) != seen, NANOS_NEVER, WAIT_KILLABLE,
                 "futex owner") == HELIX_OK)
        return true;
    *status = HELIX_E_INTERRUPTED;
    return false;
}

static helix_status try_until_clear(struct try_to_own *try)
{
    struct futex_bucket *bucket = futex_bucket_of(try->key);
    helix_status status;
    u32 seen;
    do {
        seen = READ_ONCE(endings);
        status = find_owner(try);
        if (status != HELIX_OK)
            return status;
        spin_lock(&bucket->lock);
        status = own_locked(bucket, try);
        spin_unlock(&bucket->lock);
        forget_owner(try);
    } while (may_try_again(try->at, seen, &status));
    return status;
}

/* The owner before died: @waiter writes its own number. The bucket is locked. */
static helix_status write_owner(struct futex_waiter *waiter, u64 at)
{
    helix_status status;
    u32 word;
    do {
        if (!hal_user_load32(vaddr_of(at), &word))
            return HELIX_E_FAULT;
        status = change_word(at, word, waiter->task->tid | FUTEX_WAITERS | FUTEX_OWNER_DIED);
    } while (status == HELIX_E_AGAIN);
    return status;
}

/* @waiter cannot use what it was granted: the next one has it. The bucket is locked. */
static void give_away(struct futex_bucket *bucket, struct futex_waiter *waiter)
{
    list_remove_init(&waiter->link);
    struct futex_waiter *next = best_waiter(bucket, &waiter->key);
    if (next && next->owner == waiter->task)
        grant(bucket, next, true);
}

/* The wait of @waiter for the futex at @at is over. OK: it owns it; else @why not. */
static helix_status end_wait(struct futex_waiter *waiter, u64 at,
                             helix_status why) HELIX_NO_THREAD_SAFETY
{
    for (;;) {
        struct futex_bucket *bucket = futex_lock_bucket_of(waiter);
        helix_status status = HELIX_OK;
        if (!waiter->granted) {
            list_remove_init(&waiter->link);
            if (waiter->kind == FUTEX_OWNED)
                futex_owner_detach(waiter);
            status = why;
        } else if (waiter->died) {
            status = write_owner(waiter, at);
            if (status == HELIX_OK)
                list_remove_init(&waiter->link);
        }
        const bool again = waiter->granted && status == HELIX_E_FAULT;
        spin_unlock(&bucket->lock);
        if (!again)
            return status;
        if (futex_fault_in_writable(at) != HELIX_OK) {
            spin_lock(&bucket->lock);
            give_away(bucket, waiter);
            spin_unlock(&bucket->lock);
            return HELIX_E_FAULT;
        }
    }
}

helix_status futex_own(const struct futex_own *request)
{
    struct wait_queue queue;
    struct futex_waiter waiter = {
        .bitset = FUTEX_BITSET_ANY, .task = task_current(), .queue = &queue};
    struct try_to_own try = {
        .waiter = &waiter, .key = &waiter.key, .at = request->at, .only_try = request->only_try};
    helix_status status = futex_key_get(request->at, request->shared, true, &waiter.key);
    if (status != HELIX_OK)
        return status;
    wait_queue_init(&queue);
    list_init(&waiter.link);
    status = try_until_clear(&try);
    if (status == HELIX_E_WOULD_BLOCK && !request->only_try) {
        status = WAIT_FOR(&queue, READ_ONCE(waiter.granted), request->deadline, WAIT_INTERRUPTIBLE,
                          "futex owner");
        status = end_wait(&waiter, request->at, status);
    }
    futex_key_put(&waiter.key);
    return status;
}

static helix_status disown_locked(struct futex_bucket *bucket, const struct futex_key *key, u64 at)
{
    struct task *self = task_current();
    const struct futex_waiter *first = futex_first(bucket, key);
    struct futex_waiter *next = best_waiter(bucket, key);
    u32 word;
    if (!hal_user_load32(vaddr_of(at), &word))
        return HELIX_E_FAULT;
    if ((word & FUTEX_TID_MASK) != self->tid)
        return HELIX_E_PERM;
    if (first && (first->kind != FUTEX_OWNED || !next || next->owner != self))
        return HELIX_E_INVAL;
    const helix_status status = change_word(at, word, next ? next->task->tid | FUTEX_WAITERS : 0);
    if (status == HELIX_OK && next)
        grant(bucket, next, false);
    return status;
}

helix_status futex_disown(u64 at, bool shared)
{
    struct futex_key key;
    helix_status status = futex_key_get(at, shared, true, &key);
    if (status != HELIX_OK)
        return status;
    struct futex_bucket *bucket = futex_bucket_of(&key);
    do {
        spin_lock(&bucket->lock);
        status = disown_locked(bucket, &key, at);
        spin_unlock(&bucket->lock);
    } while (may_try_again(at, 0, &status));
    futex_key_put(&key);
    return status;
}

/* ---- Waiting at a plain futex, to own another one in the end ---- */

static helix_status sleep_to_own(struct futex_waiter *waiter,
                                 const struct futex_wait_to_own *request)
{
    helix_status status;
    while ((status = futex_enqueue_if(waiter, request->at, request->expected)) == HELIX_E_FAULT)
        if (futex_fault_in(request->at) != HELIX_OK)
            return HELIX_E_FAULT;
    if (status != HELIX_OK)
        return status;
    status = WAIT_FOR(waiter->queue, READ_ONCE(waiter->granted), request->deadline,
                      WAIT_INTERRUPTIBLE, "futex owner");
    status = end_wait(waiter, request->target, status);
    // Once it was moved the first word says nothing any more: the program has to look again.
    if (status == HELIX_E_INTERRUPTED && waiter->kind == FUTEX_OWNED)
        return HELIX_E_AGAIN;
    return status;
}

helix_status futex_wait_to_own(const struct futex_wait_to_own *request)
{
    struct wait_queue queue;
    struct futex_key target;
    struct futex_waiter waiter = {.bitset = FUTEX_BITSET_ANY,
                                  .kind = FUTEX_REQUEUES,
                                  .task = task_current(),
                                  .target = &target,
                                  .queue = &queue};
    helix_status status = futex_key_get(request->target, request->shared, true, &target);
    if (status != HELIX_OK)
        return status;
    status = futex_key_get(request->at, request->shared, false, &waiter.key);
    if (status == HELIX_OK) {
        wait_queue_init(&queue);
        status =
            futex_keys_equal(&waiter.key, &target) ? HELIX_E_INVAL : sleep_to_own(&waiter, request);
        futex_key_put(&waiter.key);
    }
    futex_key_put(&target);
    return status;
}

/* One waiter gets the futex at try->key, or waits for it from now on. WOULD_BLOCK: it waits. */
static helix_status move_one(struct futex_bucket *target, struct try_to_own *try,
                             struct futex_waiter *waiter)
{
    if (waiter->kind != FUTEX_REQUEUES || !futex_keys_equal(waiter->target, try->key))
        return HELIX_E_INVAL;
    try->waiter = waiter;
    const helix_status status = own_locked(target, try);
    if (status == HELIX_OK) {
        list_remove_init(&waiter->link);
        waiter->kind = FUTEX_OWNED;
        WRITE_ONCE(waiter->granted, true);
        wait_wake_all(waiter->queue);
        // Those who follow wait for it.
        try->owner = waiter->task;
        try->owner_tid = waiter->task->tid;
    }
    return status;
}

/* Both buckets are locked. The number of those moved, or an error of the first. */
static i64 move_all(const struct futex_requeue *request, const struct futex_key *from,
                    struct try_to_own *try) HELIX_NO_THREAD_SAFETY
{
    struct futex_bucket *source = futex_bucket_of(from), *target = futex_bucket_of(try->key);
    struct task *looked_up = try->owner;
    helix_status status = HELIX_OK;
    i64 moved = 0;
    list_for_each_safe(struct futex_waiter, waiter, &source->waiters, link) {
        if (!futex_keys_equal(&waiter->key, from) || waiter->granted)
            continue;
        if (moved == (i64)request->move + 1)
            break;
        status = move_one(target, try, waiter);
        if (status != HELIX_OK && status != HELIX_E_WOULD_BLOCK)
            break;
        status = HELIX_OK;
        moved++;
    }
    try->owner = looked_up;
    // What has been moved stays moved: the caller may come again only when it was none.
    const bool later = status == HELIX_E_AGAIN || status == HELIX_E_FAULT || status == HELIX_E_BUSY;
    return status == HELIX_OK || (moved && later) ? moved : (i64)status;
}

static helix_status requeue_once(const struct futex_requeue *request, const struct futex_key *from,
                                 struct try_to_own *try, i64 *moved_out)
{
    struct futex_bucket *source = futex_bucket_of(from), *target = futex_bucket_of(try->key);
    u32 value;
    futex_lock_two(source, target);
    if (!hal_user_load32(vaddr_of(request->from), &value))
        *moved_out = HELIX_E_FAULT;
    else if (value != request->expected)
        *moved_out = HELIX_E_CANCELED; // AGAIN is for the other word
    else
        *moved_out = move_all(request, from, try);
    futex_unlock_two(source, target);
    return *moved_out < 0 ? (helix_status)*moved_out : HELIX_OK;
}

static i64 requeue_until_clear(const struct futex_requeue *request, const struct futex_key *from,
                               const struct futex_key *to)
{
    struct try_to_own try = {.key = to, .at = request->to, .others_wait = request->move != 0};
    helix_status status;
    i64 moved = 0;
    u32 seen;
    do {
        seen = READ_ONCE(endings);
        status = find_owner(&try);
        if (status == HELIX_OK)
            status = requeue_once(request, from, &try, &moved);
        forget_owner(&try);
        if (status == HELIX_E_FAULT && futex_fault_in(request->from) != HELIX_OK)
            break;
    } while (may_try_again(request->to, seen, &status));
    if (status == HELIX_E_CANCELED)
        return call_error(LINUX_EAGAIN);
    return status == HELIX_OK ? moved : syscall_result(status);
}

i64 futex_requeue_to_own(const struct futex_requeue *request)
{
    struct futex_key from, to;
    if (request->wake != 1)
        return call_error(LINUX_EINVAL);
    helix_status status = futex_key_get(request->from, request->shared, false, &from);
    if (status != HELIX_OK)
        return syscall_result(status);
    status = futex_key_get(request->to, request->shared, true, &to);
    i64 result = syscall_result(status);
    if (status == HELIX_OK) {
        result = futex_keys_equal(&from, &to) ? call_error(LINUX_EINVAL)
                                              : requeue_until_clear(request, &from, &to);
        futex_key_put(&to);
    }
    futex_key_put(&from);
    return result;
}

/* ---- The end of an owner ---- */

/* Any waiter for @task's futexes: its bucket, or NULL and nobody waits for it from now on. */
static struct futex_bucket *next_bucket(const struct task *task)
{
    spin_lock(&futex_owner_lock);
    struct futex_waiter *waiter =
        list_first(&task->inheritance.waiters, struct futex_waiter, owner_link);
    struct futex_bucket *bucket = waiter ? READ_ONCE(waiter->bucket) : NULL;
    spin_unlock(&futex_owner_lock);
    return bucket;
}

static void pass_on_in(struct futex_bucket *bucket, const struct task *task)
{
    spin_lock(&bucket->lock);
    list_for_each(struct futex_waiter, waiter, &bucket->waiters, link)
        if (waiter->owner == task) {
            grant(bucket, best_waiter(bucket, &waiter->key), true);
            break;
        }
    spin_unlock(&bucket->lock);
}

static void set_life(struct task *task, enum futex_life life)
{
    spin_lock(&futex_owner_lock);
    task->inheritance.futexes = (u8)life;
    spin_unlock(&futex_owner_lock);
}

void futex_owner_ends(struct task *task)
{
    set_life(task, FUTEX_LIFE_ENDING);
    futex_release_robust_list(task);
    struct futex_bucket *bucket;
    while ((bucket = next_bucket(task)) != NULL)
        pass_on_in(bucket, task);
}

void futex_owner_ended(struct task *task, enum futex_life life)
{
    set_life(task, life);
    atomic_fetch_add_acq_rel(&endings, 1u);
    if (wait_queue_active(&endings_queue))
        wait_wake_all(&endings_queue);
}
