/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "command.h"

#include <stdlib.h>
#include <string.h>

#include <helix/lib/test.h>

static char value[32];

static int finds(const char *line, const char *want)
{
    return command_line_value(line, "helix.cmd", value, sizeof value) && strcmp(value, want) == 0;
}

HELIX_TEST(command, is_found_in_the_kernel_command_line)
{
    EXPECT(t, finds("quiet helix.cmd=\"ls -l /; exit 3\" x=1", "ls -l /; exit 3"));
    EXPECT(t, finds("\"helix.cmd=a b\"", "a b"));
    EXPECT(t, finds("helix.cmd=one helix.cmd=two\n", "two"));
    EXPECT(t, finds("x=\"helix.cmd=no\" helix.cmd=yes", "yes"));
}

HELIX_TEST(command, is_not_found_where_there_is_none)
{
    static const char *const lines[] = {"",
                                        "helix.cmd",
                                        "helix.cmd=",
                                        "helix.cmd=\"\"",
                                        "xhelix.cmd=a",
                                        "helix.cmdx=a",
                                        "-- helix.cmd=a",
                                        "helix.cmd=0123456789012345678901234567890123456789"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        EXPECT(t, !command_line_value(lines[i], "helix.cmd", value, sizeof value));
}

HELIX_TEST(command, in_the_environment_comes_first_and_is_taken_away)
{
    setenv("HELIX_CMD", "echo x", 1);
    EXPECT(t, command_from_host(value, sizeof value) && strcmp(value, "echo x") == 0);
    EXPECT(t, getenv("HELIX_CMD") == NULL);
}
