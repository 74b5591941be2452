/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <string.h>

#include <helix/capability/linux.h>
#include <helix/lib/test.h>

HELIX_TEST(linux_capability, has_the_numbers_and_names_of_linux)
{
    EXPECT(t, LINUX_CAPABILITIES == 41);
    EXPECT(t, CAP_SYS_MODULE == 16 && CAP_SYS_ADMIN == 21 && CAP_CHECKPOINT_RESTORE == 40);
    EXPECT(t, strcmp(capability_name(CAP_SYS_MODULE), "cap_sys_module") == 0);
    EXPECT(t, strcmp(capability_name(40), "cap_checkpoint_restore") == 0);
    EXPECT(t, capability_name(41) == NULL);
}

HELIX_TEST(linux_capability, is_a_set)
{
    struct capability_set set = CAPABILITY_SET_EMPTY;
    EXPECT(t, !capability_has(set, CAP_KILL));
    set = capability_with(set, CAP_KILL);
    EXPECT(t, capability_has(set, CAP_KILL) && capability_is_subset(set, CAPABILITY_SET_FULL));
    EXPECT(t, !capability_is_subset(CAPABILITY_SET_FULL, set));
    EXPECT(t, capability_both(set, CAPABILITY_SET_FULL).bits == set.bits);
    EXPECT(t, capability_without(set, CAP_KILL).bits == 0);
    EXPECT(t, CAPABILITY_SET_FULL.bits == 0x1ffffffffffull);
}
