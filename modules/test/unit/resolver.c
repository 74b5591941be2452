/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <string.h>

#include <helix/lib/test.h>

#include "resolver.h"

#define RECORD(name_, ...) static const struct helix_module name_ = {.name = #name_, __VA_ARGS__}

RECORD(app, .dependencies = HELIX_NAMES("helix.network", "helix.log"));
RECORD(net, .provides = HELIX_NAMES("helix.network"), .dependencies = HELIX_NAMES("scheduler"));
RECORD(rr, .provides = HELIX_NAMES("helix.scheduler"));
RECORD(lonely, .dependencies = HELIX_NAMES("helix.nothing"));
RECORD(ping, .dependencies = HELIX_NAMES("pong"));
RECORD(pong, .dependencies = HELIX_NAMES("ping"));

static const u32 equal[8];

HELIX_TEST(resolver, orders_modules_by_interface_and_by_name)
{
    static const struct helix_module *const records[] = {&app, &net, &rr};
    char reason[128];
    u8 order[3];
    REQUIRE(t, resolver_order(records, equal, 3, NULL, order, reason, sizeof reason) == HELIX_OK);
    EXPECT(t, order[0] == 2 && order[1] == 1 && order[2] == 0);
}

HELIX_TEST(resolver, names_who_misses_what)
{
    static const struct helix_module *const records[] = {&rr, &lonely};
    char reason[128];
    u8 order[2];
    EXPECT(t, resolver_order(records, equal, 2, NULL, order, reason, sizeof reason) ==
                  HELIX_E_MODULE_DEPENDENCY);
    EXPECT(t, strstr(reason, "lonely") != NULL && strstr(reason, "helix.nothing") != NULL);
}

HELIX_TEST(resolver, names_the_circle)
{
    static const struct helix_module *const records[] = {&rr, &ping, &pong};
    char reason[128];
    u8 order[3];
    EXPECT(t, resolver_order(records, equal, 3, NULL, order, reason, sizeof reason) ==
                  HELIX_E_MODULE_CYCLE);
    EXPECT(t, strstr(reason, "ping needs pong needs ping") != NULL);
}

static bool know_nothing_but(const char *name)
{
    return strcmp(name, "helix.nothing") == 0;
}

HELIX_TEST(resolver, takes_what_the_running_system_has)
{
    static const struct helix_module *const records[] = {&lonely};
    char reason[128];
    u8 order[1];
    EXPECT(t, resolver_order(records, equal, 1, know_nothing_but, order, reason, sizeof reason) ==
                  HELIX_OK);
}

/* The seed's own example: words as they stand there. */
RECORD(my_scheduler, .dependencies = HELIX_NAMES("helix-execution"),
       .provides = HELIX_NAMES("scheduler", "cpu.scheduling"));

HELIX_TEST(resolver, takes_the_seeds_example)
{
    static const struct helix_module *const records[] = {&my_scheduler, &net};
    char reason[128];
    u8 order[2];
    EXPECT(t, resolver_order(records, equal, 2, NULL, order, reason, sizeof reason) == HELIX_OK);
    EXPECT(t, record_provides(&my_scheduler, "helix.scheduler"));
}
