/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <pthread.h>
#include <sched.h>

#include <helix/lib/mpsc.h>
#include <helix/lib/test.h>

#define PRODUCERS 3
#define EACH      20000

static struct mpsc ring;
static struct mpsc_slot slots[64];

static void *produce(void *argument)
{
    u64 who = (u64)(uintptr_t)argument;
    for (u64 i = 0; i < EACH; i++) {
        while (!mpsc_push(&ring, who << 32 | i))
            sched_yield();
    }
    return NULL;
}

HELIX_TEST(mpsc, loses_nothing_and_keeps_each_producers_order)
{
    pthread_t threads[PRODUCERS];
    u64 next[PRODUCERS] = {0};
    mpsc_init(&ring, slots, array_count(slots));
    for (uintptr_t i = 0; i < PRODUCERS; i++)
        REQUIRE(t, pthread_create(&threads[i], NULL, produce, (void *)i) == 0);
    bool in_order = true;
    for (unsigned taken = 0; taken < PRODUCERS * EACH;) {
        u64 value;
        if (!mpsc_pop(&ring, &value)) {
            sched_yield();
            continue;
        }
        in_order &= next[value >> 32]++ == (value & 0xffffffff);
        taken++;
    }
    EXPECT(t, in_order);
    for (unsigned i = 0; i < PRODUCERS; i++)
        pthread_join(threads[i], NULL);
    EXPECT(t, mpsc_count(&ring) == 0);
}

HELIX_TEST(mpsc, says_when_full_and_empty)
{
    u64 value;
    mpsc_init(&ring, slots, 4);
    EXPECT(t, !mpsc_pop(&ring, &value));
    for (u64 i = 0; i < 4; i++)
        EXPECT(t, mpsc_push(&ring, i));
    EXPECT(t, !mpsc_push(&ring, 4));
    EXPECT(t, mpsc_pop(&ring, &value) && value == 0 && mpsc_push(&ring, 5));
}
