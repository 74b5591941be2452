/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Memory used by many threads at once; it is tested here because only execution has threads. */
#include <helix/hal/mmu.h>
#include <helix/hal/trap.h>
#include <helix/lib/random.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/memory/sleep_lock.h>
#include <helix/memory/space.h>

#include "crew.h"

#define THREADS 4u

/* ---- The heap and frames ---- */

#define SLOTS 256u

/* Objects that one thread allocates and another frees. */
static void *exchange[SLOTS]; // atomic

static void exchange_objects(void *argument)
{
    struct prng prng;
    prng_seed(&prng, (uintptr_t)argument);
    for (unsigned i = 0; i < 20000; i++) {
        size_t bytes = 1 + prng_below(&prng, 600);
        u8 *fresh = kmalloc(bytes);
        if (fresh != NULL)
            memset(fresh, 0x5a, bytes);
        kfree(atomic_exchange_acq_rel(&exchange[prng_below(&prng, SLOTS)], (void *)fresh));
    }
}

static void cycle_frames(void *argument)
{
    paddr frames[100];
    for (unsigned round = 0; round < 200; round++) {
        unsigned n = 0;
        while (n < 100 && frame_alloc(n % 16 == 0 ? 2 : 0, 0, &frames[n]) == HELIX_OK) {
            *(u64 *)phys_to_virt(frames[n]) = (uintptr_t)argument;
            n++;
        }
        for (unsigned i = 0; i < n; i++) {
            helix_assert(*(u64 *)phys_to_virt(frames[i]) == (uintptr_t)argument);
            frame_put(frames[i]);
        }
    }
}

HELIX_TEST(memory_smp, heap_objects_and_frames_change_hands)
{
    struct crew crew;
    crew_begin(&crew, t);
    for (uintptr_t i = 1; i <= THREADS; i++) {
        EXPECT(t, crew_add(&crew, exchange_objects, (void *)i) != NULL);
        EXPECT(t, crew_add(&crew, cycle_frames, (void *)i) != NULL);
    }
    crew_end(&crew);
    for (unsigned i = 0; i < SLOTS; i++)
        kfree(atomic_exchange_acq_rel(&exchange[i], NULL));
}

/* ---- Faults ---- */

#define PAGES 64u

struct shared_space {
    struct vm_space *space;
    uintptr_t at;
    u32 done; // atomic
};

/* Count up one word of the page in this space, as a program would. */
static void page_count_up(struct vm_space *space, uintptr_t at)
{
    for (;;) {
        paddr frame;
        if (vm_pin(space, vaddr_of(at), HAL_ACCESS_WRITE, &frame) != HELIX_OK)
            helix_panic("a page of the test is gone");
        // A fork between the two makes the frame the child's too: then this write may miss the
        // space.
        atomic_fetch_add_relaxed((u32 *)phys_to_virt(frame), 1u);
        frame_put(frame);
        return;
    }
}

static void fault_all_over(void *argument)
{
    struct shared_space *shared = argument;
    struct prng prng;
    prng_seed(&prng, (uintptr_t)hal_current());
    for (unsigned i = 0; i < 2000; i++) {
        uintptr_t at = shared->at + prng_below(&prng, PAGES) * PAGE_SIZE;
        unsigned access = prng_below(&prng, 2) == 0 ? HAL_ACCESS_READ : HAL_ACCESS_WRITE;
        helix_status st = vm_fault(shared->space, vaddr_of(at), HAL_ACCESS_USER | access);
        helix_assert(st == HELIX_OK);
        page_count_up(shared->space, at);
    }
    atomic_fetch_add_relaxed(&shared->done, 1u);
}

static u64 user_frames(void)
{
    struct memory_counts counts;
    memory_counts(&counts);
    return counts.anon + counts.tables;
}

static helix_status space_open(struct shared_space *shared)
{
    const struct vm_map_args args = {.bytes = PAGES * PAGE_SIZE, .flags = VM_READ | VM_WRITE};
    vaddr at = {0};
    helix_status st = vm_space_create(&shared->space);
    if (st == HELIX_OK)
        st = vm_map(shared->space, &args, &at);
    shared->at = at.raw;
    return st;
}

HELIX_TEST(memory_smp, threads_fault_on_the_same_pages)
{
    struct crew crew;
    struct shared_space shared = {0};
    u64 before = user_frames();
    REQUIRE(t, space_open(&shared) == HELIX_OK);
    crew_begin(&crew, t);
    for (unsigned i = 0; i < THREADS; i++)
        EXPECT(t, crew_add(&crew, fault_all_over, &shared) != NULL);
    crew_end(&crew);
    u64 sum = 0;
    for (unsigned i = 0; i < PAGES; i++) {
        u32 count = 0;
        size_t done;
        EXPECT(t, vm_copy_from(shared.space, vaddr_of(shared.at + i * PAGE_SIZE), &count,
                               sizeof(count), &done) == HELIX_OK);
        sum += count;
    }
    EXPECT(t, sum == THREADS * 2000); // no page was ever doubled or lost
    struct vm_usage usage;
    vm_space_usage(shared.space, &usage);
    EXPECT(t, usage.resident_pages == PAGES);
    vm_space_put(shared.space);
    EXPECT(t, user_frames() == before);
}

static void fork_and_change(void *argument)
{
    struct shared_space *shared = argument;
    while (atomic_load_relaxed(&shared->done) < THREADS - 1) {
        struct vm_space *child;
        if (vm_space_fork(shared->space, &child) != HELIX_OK)
            continue;
        for (unsigned i = 0; i < PAGES; i += 5)
            page_count_up(child, shared->at + i * PAGE_SIZE);
        vm_space_put(child);
        uintptr_t at = shared->at + 3 * PAGE_SIZE;
        helix_ignore(vm_advise(shared->space, vaddr_of(at), 2 * PAGE_SIZE, 4)); // MADV_DONTNEED
        thread_yield();
    }
}

HELIX_TEST(memory_smp, a_space_is_forked_while_its_threads_fault)
{
    struct crew crew;
    struct shared_space shared = {0};
    u64 before = user_frames();
    REQUIRE(t, space_open(&shared) == HELIX_OK);
    crew_begin(&crew, t);
    EXPECT(t, crew_add(&crew, fork_and_change, &shared) != NULL);
    for (unsigned i = 1; i < THREADS; i++)
        EXPECT(t, crew_add(&crew, fault_all_over, &shared) != NULL);
    crew_end(&crew);
    struct vm_usage usage;
    vm_space_usage(shared.space, &usage);
    EXPECT(t, usage.resident_pages <= PAGES);
    vm_space_put(shared.space);
    EXPECT(t, user_frames() == before);
}

/* ---- The sleeping lock ---- */

struct guarded {
    struct sleep_lock lock;
    u64 left, right;
    u32 torn; // atomic
};

static void write_guarded(void *argument) HELIX_NO_THREAD_SAFETY
{
    struct guarded *g = argument;
    for (unsigned i = 0; i < 3000; i++) {
        sleep_lock_write(&g->lock);
        g->left++;
        if (i % 64 == 0)
            thread_yield();
        g->right++;
        sleep_unlock_write(&g->lock);
    }
}

static void read_guarded(void *argument) HELIX_NO_THREAD_SAFETY
{
    struct guarded *g = argument;
    for (unsigned i = 0; i < 3000; i++) {
        sleep_lock_read(&g->lock);
        if (READ_ONCE(g->left) != READ_ONCE(g->right))
            atomic_fetch_add_relaxed(&g->torn, 1u);
        if (i % 64 == 0)
            thread_yield();
        sleep_unlock_read(&g->lock);
    }
}

HELIX_TEST(memory_smp, sleeping_locks_keep_writers_alone)
{
    struct crew crew;
    struct guarded guarded = {.lock = SLEEP_LOCK_INIT};
    crew_begin(&crew, t);
    for (unsigned i = 0; i < THREADS; i++) {
        EXPECT(t, crew_add(&crew, write_guarded, &guarded) != NULL);
        EXPECT(t, crew_add(&crew, read_guarded, &guarded) != NULL);
    }
    crew_end(&crew);
    EXPECT(t, guarded.left == THREADS * 3000 && guarded.right == guarded.left && guarded.torn == 0);
    EXPECT(t, guarded.lock.word == 0);
}
