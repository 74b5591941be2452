/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/random.h>
#include <helix/lib/string.h>
#include <helix/lib/test.h>
#include <helix/memory/inject.h>

#include "machine.h"

HELIX_TEST(heap, gives_aligned_memory_of_every_size)
{
    machine_start();
    for (size_t bytes = 0; bytes < 9000; bytes += 7) {
        u8 *memory = kmalloc(bytes);
        REQUIRE(t, memory != NULL && kmalloc_size(memory) >= bytes);
        EXPECT(t, (uintptr_t)memory % 16 == 0);
        if (bytes > 0 && (bytes & (bytes - 1)) == 0)
            EXPECT(t, (uintptr_t)memory % bytes == 0);
        memset(memory, 0xee, bytes);
        kfree(memory);
    }
}

/* Objects keep what is written to them while others come and go. */
HELIX_TEST(heap, keeps_objects_apart_under_random_use)
{
    enum {
        HELD = 3000,
    };
    static struct {
        u8 *memory;
        size_t bytes;
        u8 tag;
    } held[HELD];
    machine_start();
    struct prng prng;
    prng_seed(&prng, 7);
    for (unsigned step = 0; step < 60000; step++) {
        unsigned i = (unsigned)prng_below(&prng, HELD);
        if (held[i].memory != NULL) {
            for (size_t b = 0; b < held[i].bytes; b += 13)
                REQUIRE(t, held[i].memory[b] == held[i].tag);
            kfree(held[i].memory);
            held[i].memory = NULL;
            continue;
        }
        held[i].bytes = prng_below(&prng, prng_below(&prng, 16) == 0 ? 6000 : 600);
        held[i].tag = (u8)prng_next(&prng);
        held[i].memory = kmalloc(held[i].bytes);
        REQUIRE(t, held[i].memory != NULL);
        memset(held[i].memory, held[i].tag, held[i].bytes);
    }
    for (unsigned i = 0; i < HELD; i++) {
        kfree(held[i].memory);
        held[i].memory = NULL;
    }
    frame_reclaim(100000);
    struct memory_counts c;
    memory_counts(&c);
    EXPECT(t, c.heap == 0);
}

HELIX_TEST(heap, moves_and_copies_on_realloc)
{
    machine_start();
    char *text = kstrdup("sixteen bytes...");
    REQUIRE(t, text != NULL);
    text = krealloc(text, 5000);
    REQUIRE(t, text != NULL && strcmp(text, "sixteen bytes...") == 0);
    text = krealloc(text, 4100);
    text = krealloc(text, 17);
    REQUIRE(t, text != NULL && strcmp(text, "sixteen bytes...") == 0);
    EXPECT(t, kmalloc_size(text) == 32);
    kfree(text);
    char *fresh = krealloc(NULL, 10);
    EXPECT(t, fresh != NULL);
    kfree(fresh);
}

HELIX_TEST(heap, counts_the_objects_of_a_cache)
{
    struct list_pair {
        u64 a, b, c;
    };
    static struct kmem_cache cache = {.name = "pair", .bytes = sizeof(struct list_pair)};
    machine_start();
    struct list_pair *pair = kmem_alloc(&cache);
    REQUIRE(t, pair != NULL);
    EXPECT(t, pair->a == 0 && pair->b == 0 && pair->c == 0 && cache.live == 1);
    kmem_free(&cache, pair);
    EXPECT(t, cache.live == 0);
}

HELIX_TEST(heap, fails_on_purpose_and_names_its_sites)
{
    machine_start();
    u64 fired = inject_fired();
    inject_fail_nth(1);
    EXPECT(t, kmalloc(10) == NULL && inject_fired() == fired + 1);
    void *memory = kmalloc(10);
    EXPECT(t, memory != NULL);
    inject_fail_nth(1);
    EXPECT(t, krealloc(memory, 500) == NULL);
    kfree(memory);
}

HELIX_TEST(heap, gives_kernel_virtual_memory_between_guards)
{
    machine_start();
    u8 *one, *two;
    REQUIRE(t, kvm_alloc(10000, KVM_DATA, (void **)&one) == HELIX_OK);
    REQUIRE(t, kvm_alloc(PAGE_SIZE, KVM_STACK, (void **)&two) == HELIX_OK);
    memset(one, 1, 3 * PAGE_SIZE);
    memset(two, 2, PAGE_SIZE);
    EXPECT(t, one[3 * PAGE_SIZE - 1] == 1);
    EXPECT(t, kvm_is_guard(vaddr_of(one - 1)) && kvm_is_guard(vaddr_of(one + 3 * PAGE_SIZE)));
    EXPECT(t, !kvm_is_guard(vaddr_of(one)) && kvm_is_guard(vaddr_of(two - 1)));
    EXPECT(t, kvm_protect(one, PAGE_SIZE, HAL_PROT_READ) == HELIX_OK);
    EXPECT(t, kvm_protect(one, PAGE_SIZE, HAL_PROT_WRITE | HAL_PROT_EXEC) == HELIX_E_INVAL);
    kvm_free(two);
    kvm_free(one);
    u8 *again;
    REQUIRE(t, kvm_alloc(PAGE_SIZE, KVM_STACK, (void **)&again) == HELIX_OK);
    EXPECT(t, again == two); // stacks are kept for the next thread
    kvm_free(again);
}

/* Take everything, in every order of failing, and lose nothing. */
HELIX_TEST(heap, survives_every_failing_allocation)
{
    machine_start();
    frame_reclaim(100000);
    u64 before = machine_free();
    for (u64 n = 1; n < 40; n++) {
        inject_fail_nth(n);
        void *memory;
        helix_status st = kvm_alloc(8 * PAGE_SIZE, KVM_DATA, &memory);
        void *object = kmalloc(3000);
        inject_fail_nth(0);
        if (st == HELIX_OK)
            kvm_free(memory);
        kfree(object);
        frame_reclaim(100000);
        EXPECT(t, machine_free() == before);
    }
}
