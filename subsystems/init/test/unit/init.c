/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <string.h>

#include <helix/abi/boot_info.h>
#include <helix/init/init.h>
#include <helix/lib/test.h>

#include "table.h"

static char trace[512];

static helix_status note(const char *what)
{
    strcat(trace, what);
    strcat(trace, " ");
    return HELIX_OK;
}

static helix_status run_boot(void)
{
    return note("boot");
}

static helix_status run_frames(void)
{
    return note("frames");
}

static helix_status run_heap(void)
{
    return note("heap");
}

static helix_status run_drivers(void)
{
    return HELIX_E_NODEV;
}

static helix_status run_files(void)
{
    return note("files");
}

static helix_status run_ipc(void)
{
    return note("ipc");
}

static void end_heap(void)
{
    (void)note("-heap");
}

static void end_frames(void)
{
    (void)note("-frames");
}

static const struct init_step boot = {.subsystem = "boot", .name = "boot.start", .run = run_boot};
static const struct init_step frames = {
    .subsystem = "memory", .name = "memory.frames", .run = run_frames, .shutdown = end_frames};
static const struct init_step heap = {.subsystem = "memory",
                                      .name = "memory.a_heap",
                                      .run = run_heap,
                                      .after = HELIX_INIT_NAMES("memory.frames", "memory.nobody"),
                                      .shutdown = end_heap};
static const struct init_step drivers = {
    .subsystem = "drivers", .name = "drivers.all", .run = run_drivers};
static const struct init_step files = {
    .subsystem = "filesystem", .name = "filesystem.all", .run = run_files};
static const struct init_step ipc = {.subsystem = "ipc", .name = "ipc.all", .run = run_ipc};

HELIX_TEST(init, runs_what_is_there_in_the_order_of_the_names)
{
    static const struct init_step *const steps[] = {&ipc, &heap, &boot, &frames};
    struct init_report report;
    trace[0] = '\0';
    REQUIRE(t, init_solve(steps, steps + 4) == HELIX_OK);
    for (unsigned p = 0; p < INIT_PHASES; p++)
        EXPECT(t, init_run_phase((enum init_phase)p, 0) == HELIX_OK);
    EXPECT(t, strcmp(trace, "boot frames heap ipc ") == 0);
    REQUIRE(t, init_report_get(0, &report));
    EXPECT(t, strcmp(report.name, "boot") == 0 && report.result == INIT_RESULT_OK);
    REQUIRE(t, init_report_get(12, &report));
    EXPECT(t, strcmp(report.name, "userland") == 0 && report.result == INIT_RESULT_ABSENT);
    EXPECT(t, report.priority == 110 && report.phase == INIT_PHASE_RUNTIME);
    EXPECT(t, !init_report_get(13, &report));
    trace[0] = '\0';
    init_shutdown();
    EXPECT(t, strcmp(trace, "-heap -frames ") == 0);
}

HELIX_TEST(init, skips_what_needs_a_failed_part_and_goes_on_with_the_rest)
{
    static const struct init_step *const steps[] = {&boot, &drivers, &files, &ipc};
    struct init_report report;
    const char *sick = NULL;
    trace[0] = '\0';
    REQUIRE(t, init_solve(steps, steps + 4) == HELIX_OK);
    for (unsigned p = 0; p < INIT_PHASES; p++)
        EXPECT(t, init_run_phase((enum init_phase)p, 0) == HELIX_OK);
    EXPECT(t, strcmp(trace, "boot ipc ") == 0);
    for (unsigned i = 0; init_report_get(i, &report); i++) {
        if (strcmp(report.name, "drivers") == 0) {
            EXPECT(t, report.result == INIT_RESULT_FAILED && report.status == HELIX_E_NODEV);
            EXPECT(t, strcmp(report.step, "drivers.all") == 0);
        }
        if (strcmp(report.name, "filesystem") == 0)
            EXPECT(t, report.result == INIT_RESULT_SKIPPED);
    }
    EXPECT(t, !init_is_healthy(&sick) && strcmp(sick, "drivers") == 0);
}

HELIX_TEST(init, solves_the_thirteen_in_the_order_of_their_priorities)
{
    u8 order[INIT_SUBSYSTEMS];
    REQUIRE(t, init_order_subsystems(init_subsystems, INIT_SUBSYSTEMS, order) == HELIX_OK);
    for (unsigned i = 0; i < INIT_SUBSYSTEMS; i++)
        EXPECT(t, order[i] == i);
}

HELIX_TEST(init, refuses_a_circle_with_its_names)
{
    static const struct init_subsystem table[] = {
        {"a", INIT_PHASE_EARLY, 1, {"b"}},
        {"b", INIT_PHASE_EARLY, 2, {"c"}},
        {"c", INIT_PHASE_EARLY, 3, {"a"}},
        {"d", INIT_PHASE_EARLY, 4, {NULL}},
    };
    u8 order[4];
    EXPECT(t, init_order_subsystems(table, 4, order) == HELIX_E_MODULE_CYCLE);
    EXPECT(t, strstr(init_problem(), "a needs b needs c needs a") != NULL);
}

HELIX_TEST(init, refuses_a_missing_name)
{
    static const struct init_subsystem table[] = {{"a", INIT_PHASE_EARLY, 1, {"nobody"}}};
    static const struct init_step stray = {.subsystem = "nothing", .name = "nothing.x"};
    static const struct init_step *const steps[] = {&stray};
    u8 order[1];
    EXPECT(t, init_order_subsystems(table, 1, order) == HELIX_E_NOENT);
    EXPECT(t, strstr(init_problem(), "nobody") != NULL);
    EXPECT(t, init_solve(steps, steps + 1) == HELIX_E_NOENT);
    EXPECT(t, strstr(init_problem(), "nothing") != NULL);
}

static const struct init_step left = {
    .subsystem = "ipc", .name = "ipc.left", .after = HELIX_INIT_NAMES("ipc.right")};
static const struct init_step right = {
    .subsystem = "ipc", .name = "ipc.right", .after = HELIX_INIT_NAMES("ipc.left")};

HELIX_TEST(init, refuses_steps_that_wait_for_each_other)
{
    static const struct init_step *const steps[] = {&left, &right};
    EXPECT(t, init_solve(steps, steps + 2) == HELIX_E_MODULE_CYCLE);
    EXPECT(t, strstr(init_problem(), "ipc.left needs ipc.right") != NULL);
}

HELIX_TEST(init, reads_options_before_the_dashes_only)
{
    static struct boot_info info;
    u64 number = 0;
    bool after = false;
    strcpy(info.cmdline, "quiet loglevel=3  root=\"a b\" loglevel=5 -- loglevel=9 x");
    init_set_boot_info(&info);
    EXPECT(t, init_boot_info() == &info);
    EXPECT(t, strcmp(init_option("quiet"), "") == 0);
    EXPECT(t, strcmp(init_option("root"), "a b") == 0);
    EXPECT(t, init_option("roo") == NULL && init_option("x") == NULL);
    EXPECT(t, init_option_number("loglevel", &number) && number == 5);
    EXPECT(t, init_word_count() == 6);
    EXPECT(t, strcmp(init_word(4, &after), "loglevel=9") == 0 && after);
    EXPECT(t, strcmp(init_word(3, &after), "loglevel=5") == 0 && !after);
    EXPECT(t, init_word(6, &after) == NULL);
}
