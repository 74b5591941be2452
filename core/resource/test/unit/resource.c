/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <pthread.h>

#include <helix/lib/test.h>
#include <helix/resource/resource.h>

static unsigned told;

static void count_crossing(struct resource_account *account, enum resource_kind kind)
{
    (void)account;
    (void)kind;
    told++;
}

HELIX_TEST(resource, refuses_above_the_hard_limit_and_tells_of_the_soft_one_once)
{
    struct resource_account a;
    resource_account_init(&a, NULL, 1);
    a.crossed = count_crossing;
    resource_limit_set(&a, RESOURCE_MEMORY, (struct resource_limit){100, 150});
    told = 0;
    EXPECT(t, resource_reserve(&a, RESOURCE_MEMORY, 100) == HELIX_OK && told == 0);
    EXPECT(t, resource_reserve(&a, RESOURCE_MEMORY, 20) == HELIX_OK && told == 1);
    EXPECT(t, resource_reserve(&a, RESOURCE_MEMORY, 20) == HELIX_OK && told == 1);
    EXPECT(t, resource_reserve(&a, RESOURCE_MEMORY, 20) == HELIX_E_LIMIT);
    EXPECT(t, resource_reserve(&a, RESOURCE_MEMORY, UINT64_MAX) == HELIX_E_LIMIT);
    resource_release(&a, RESOURCE_MEMORY, 140);
    EXPECT(t, a.over_soft == 0);
    struct resource_usage usage = resource_usage(&a, RESOURCE_MEMORY);
    EXPECT(t, usage.used == 0 && usage.peak == 140);
}

HELIX_TEST(resource, counts_above_and_rolls_back_when_refused_there)
{
    struct resource_account parent;
    struct resource_account child;
    resource_account_init(&parent, NULL, 1);
    resource_account_init(&child, &parent, 2);
    resource_limit_set(&parent, RESOURCE_IRQS, (struct resource_limit){2, 2});
    EXPECT(t, resource_reserve(&child, RESOURCE_IRQS, 2) == HELIX_OK);
    EXPECT(t, resource_reserve(&child, RESOURCE_IRQS, 1) == HELIX_E_LIMIT);
    EXPECT(t, resource_usage(&child, RESOURCE_IRQS).used == 2);
    EXPECT(t, resource_usage(&parent, RESOURCE_IRQS).used == 2);
    resource_release(&child, RESOURCE_IRQS, 2);
    EXPECT(t, resource_usage(&parent, RESOURCE_IRQS).used == 0);
}

HELIX_TEST(resource, takes_a_bundle_whole_or_not_at_all)
{
    static const struct resource_request bundle[] = {
        {RESOURCE_MEMORY, 10}, {RESOURCE_DESCRIPTORS, 3}, {RESOURCE_SOCKETS, 1}};
    struct resource_account a;
    resource_account_init(&a, NULL, 1);
    resource_limit_set(&a, RESOURCE_SOCKETS, (struct resource_limit){0, 0});
    EXPECT(t, resource_reserve_all(&a, bundle, 3) == HELIX_E_LIMIT);
    EXPECT(t, resource_usage(&a, RESOURCE_MEMORY).used == 0);
    EXPECT(t, resource_usage(&a, RESOURCE_DESCRIPTORS).used == 0);
    EXPECT(t, resource_reserve_all(&a, bundle, 2) == HELIX_OK);
    resource_release_all(&a, bundle, 2);
    EXPECT(t, resource_usage(&a, RESOURCE_MEMORY).used == 0);
}

static struct resource_account shared;

static void *reserve_often(void *argument)
{
    hal_host_cpu = (unsigned)(uintptr_t)argument;
    for (unsigned i = 0; i < 20000; i++) {
        if (resource_reserve(&shared, RESOURCE_MEMORY, 3) == HELIX_OK)
            resource_release(&shared, RESOURCE_MEMORY, 3);
    }
    return NULL;
}

HELIX_TEST(resource, keeps_count_under_many_threads)
{
    pthread_t threads[4];
    resource_account_init(&shared, NULL, 1);
    resource_limit_set(&shared, RESOURCE_MEMORY, (struct resource_limit){9, 9});
    for (uintptr_t i = 0; i < 4; i++)
        REQUIRE(t, pthread_create(&threads[i], NULL, reserve_often, (void *)i) == 0);
    for (unsigned i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    struct resource_usage usage = resource_usage(&shared, RESOURCE_MEMORY);
    EXPECT(t, usage.used == 0 && usage.peak <= 9);
}
