/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <string.h>

#include <helix/lib/test.h>

#include "names.h"

HELIX_TEST(names, of_the_seed_resolve)
{
    char text[NAME_BYTES];
    name_canonical_module("helix-scheduler-round-robin", text, sizeof text);
    EXPECT(t, strcmp(text, "round_robin") == 0);
    EXPECT(t, name_same_module("my-scheduler", "my_scheduler"));
    EXPECT(t, !name_same_module("my-scheduler", "scheduler"));
    EXPECT(t, strcmp(name_canonical_interface("scheduler"), "helix.scheduler") == 0);
    EXPECT(t, strcmp(name_canonical_interface("cpu.scheduling"), "helix.scheduler") == 0);
    EXPECT(t, strcmp(name_canonical_interface("helix.x"), "helix.x") == 0);
    EXPECT(t, name_is_kernel("helix-execution") && name_is_kernel("helix.timer"));
    EXPECT(t, !name_is_kernel("helix.scheduler"));
}

HELIX_TEST(names, of_bindings_are_cut_at_the_colon)
{
    char interface[NAME_BYTES];
    char instance[32];
    REQUIRE(t, name_split_binding("helix.filesystem:ramfs", interface, instance));
    EXPECT(t, strcmp(interface, "helix.filesystem") == 0 && strcmp(instance, "ramfs") == 0);
    REQUIRE(t, name_split_binding("scheduler", interface, instance));
    EXPECT(t, strcmp(interface, "helix.scheduler") == 0 && instance[0] == '\0');
    EXPECT(t,
           !name_split_binding("a:0123456789012345678901234567890123456789", interface, instance));
}
